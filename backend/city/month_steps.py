"""The steps between two human gates (月度流程的步骤): each does what can be done, or nothing."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from backend.jobs import runner
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.benefits import tasks as benefit_tasks
from insurance.policy import parameters as policy
from payments import tasks as payment_tasks
from payments.bank_files import bank_folder
from payments.models import Batch, BatchState, ReturnFile
from payments.returns import ReturnTooEarly, receive_return

HANDLERS = (benefit_tasks, payment_tasks)  # imported so that their jobs can be done here
PATIENCE_SECONDS = 1.0
PAUSE_SECONDS = 0.05
REGION = "340800"
Tell = Callable[[str], None]

BARRED = """
SELECT DISTINCT e.person_id FROM benefits_entitlement e
WHERE EXISTS (SELECT 1 FROM people_death d WHERE d.person_id = e.person_id
        AND d.superseded_at IS NULL)
    OR EXISTS (SELECT 1 FROM benefits_hold h WHERE h.entitlement_id = e.id
        AND h.superseded_at IS NULL AND h.valid @> %s::date)
"""


class AlreadyRunning(Refusal):
    """One call of ``run_month`` at a time (另一个月度流程正在运行)."""

    code = "run_month_busy"


@contextmanager
def alone() -> Iterator[None]:
    """Be the only call at work; the database forgets a caller that dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('run_month', 0))")
        (free,) = cursor.fetchone()
    if not free:
        raise AlreadyRunning("另一个 run_month 正在办理，请等它结束后再试。")
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended('run_month', 0))")


class Jobs:
    """Jobs that the month waits for: left to the workers, or done here when there are none."""

    def __init__(self) -> None:
        self._patience_seconds = PATIENCE_SECONDS

    def finish(self, *, keys: Collection[str]) -> None:
        """Wait until these jobs are done; do those that no worker takes within a second.

        Where no worker took the first ones, none is waited for again.

        Raises:
            JobFailed: one of them failed for good.
        """
        started = time.monotonic()
        while runner.unfinished(keys=keys):
            waited = time.monotonic() - started
            if waited >= self._patience_seconds and runner.run_waiting(keys=keys):
                self._patience_seconds = 0.0
            else:
                time.sleep(PAUSE_SECONDS)


def pay_day(*, period: Month, reissue: bool = False) -> tuple[int, str]:
    """The day of the month on which people are paid, and the standing of that figure."""
    key = "benefits.reissue_day" if reissue else "benefits.pay_day"
    value = policy.load().resolve(key, region=REGION, on=period.first_day, demo=is_demo())
    return value.whole, value.standing.value


def is_demo() -> bool:
    """Whether the database was marked 演示 at its creation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind FROM deployment")
        (kind,) = cursor.fetchone()
    return bool(kind == "DEMO")


def death_match_file(*, period: Month) -> Path:
    """Where the month's death match is put."""
    return settings.VAR_DIR / "city" / "months" / str(period) / f"deaths-{period}.json"


def take_in_returns(*, banks: Collection[str], tell: Tell) -> int:
    """Take in every return file that lies there, in order; how many were new and accepted."""
    accepted = 0
    for bank in sorted(banks):
        for path in sorted(bank_folder(bank=bank, name="returns").iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            if ReturnFile.objects.filter(bank=bank, name=path.name, accepted=True).exists():
                continue
            try:
                file = receive_return(bank=bank, path=path)
            except ReturnTooEarly:
                continue
            if file.accepted:
                accepted += 1
                tell(f"  回盘 {file.name}：{file.line_count} 笔")
            else:
                tell(f"  拒收 {file.name}：{file.detail}")
    return accepted


def barred_payees(*, period: Month) -> list[int]:
    """Persons whose payments are held: nothing is reissued to them."""
    with connection.cursor() as cursor:
        cursor.execute(BARRED, [period.first_day])
        return [row[0] for row in cursor.fetchall()]


def batches_in(*, ids: Sequence[int], state: BatchState) -> list[Batch]:
    """Those of the batches that stand at ``state``."""
    return list(Batch.objects.filter(id__in=ids, state=state).order_by("id"))
