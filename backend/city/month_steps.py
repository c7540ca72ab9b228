"""What goes on by itself between two human gates (自动推进的步骤): ``run_month`` and beat call it.

Each step does what can be done now, or nothing; repeated, it writes nothing twice.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.models import Act
from backend.audit.record import record
from backend.cases.models import Case, CaseState
from backend.deployment import is_demo
from backend.jobs import runner
from backend.jobs.models import Job
from backend.jobs.queue import enqueue
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.accounts import outgoing_batches
from insurance.benefits import account_payouts, conditions, monthly_run
from insurance.benefits import tasks as benefit_tasks
from insurance.benefits.claims import claim_batches
from insurance.benefits.claims import undo as claims_undo
from insurance.benefits.conditions import ConditionMissing
from insurance.benefits.death_match import import_death_match
from insurance.benefits.models import Run, RunChunk, RunState
from insurance.collection import tasks as collection_tasks
from insurance.pension import recalculation
from insurance.pension import tasks as pension_tasks
from insurance.pension.adjusting import follow_up
from insurance.pension.adjusting import tasks as adjusting_tasks
from insurance.policy import parameters as policy
from insurance.unemployment import refund_batches
from insurance.unemployment.sweep import sweep
from payments import tasks as payment_tasks
from payments.account_changes import KIND as ACCOUNT_CHANGE
from payments.ledger.models import LedgerMonth
from payments.models import Batch, BatchState
from payments.reconcile import reconcile
from payments.reissue import reissue

# Imported so that their jobs can be done here.
HANDLERS = (collection_tasks, benefit_tasks, payment_tasks, pension_tasks, adjusting_tasks)
PATIENCE_SECONDS = 1.0
PAUSE_SECONDS = 0.05
OUTSIDE_SECONDS = 150.0  # for an archive, which takes a minute; who waits longer says so at a gate
REGION = "340800"
ASKED, SUBJECT = "city.month_asked", "city.month"
ANSWERED = (BatchState.RETURNED, BatchState.RECONCILED, BatchState.CLOSED, BatchState.EMPTY)
Tell = Callable[[str], None]

BARRED = """
SELECT DISTINCT e.person_id FROM benefits_entitlement e
WHERE EXISTS (SELECT 1 FROM people_death d WHERE d.person_id = e.person_id
        AND d.superseded_at IS NULL)
    OR EXISTS (SELECT 1 FROM benefits_hold h WHERE h.entitlement_id = e.id
        AND h.superseded_at IS NULL AND h.valid @> %s::date)
    OR EXISTS (  -- stopped since it came back: the next run cancels it
        SELECT 1 FROM benefits_stop s
        JOIN benefits_due u ON u.entitlement_id = s.entitlement_id AND s.valid @> u.for_month
        JOIN payments_outcome o ON o.due_ref = u.due_ref AND o.state = 9
        WHERE s.entitlement_id = e.id AND s.superseded_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM payments_attempt a
                WHERE a.due_ref = o.due_ref AND a.n > o.n)
            AND NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = u.due_ref))
    OR EXISTS (  -- asked to give back what is returned now: the next run cancels it
        SELECT 1 FROM benefits_overpaid v
        JOIN benefits_due u ON (u.entitlement_id, u.for_month) = (v.entitlement_id, v.for_month)
        JOIN payments_outcome o ON o.due_ref = u.due_ref AND o.state = 9
        WHERE v.entitlement_id = e.id
            AND NOT EXISTS (SELECT 1 FROM payments_attempt a
                WHERE a.due_ref = o.due_ref AND a.n > o.n)
            AND NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = u.due_ref)
        GROUP BY u.due_ref HAVING sum(v.fen) > 0)
"""


class AlreadyRunning(Refusal):
    """One call of ``run_month`` at a time (另一个月度流程正在运行)."""

    code = "run_month_busy"


@contextmanager
def alone() -> Iterator[None]:
    """Be the only ``run_month`` at work, and let nothing go on by itself meanwhile.

    Raises:
        AlreadyRunning: another call is at work on this database.
    """
    with _advisory("run_month", wait=False) as free:
        if not free:
            raise AlreadyRunning("另一个 run_month 正在办理，请等它结束后再试。")
        with going_on(wait=True):
            yield


@contextmanager
def going_on(*, wait: bool) -> Iterator[bool]:
    """Let only one at a time take the steps below; what a ``with`` gives is whether it may."""
    with _advisory("city.go_on", wait=wait) as free:
        yield free


class Jobs:
    """Jobs that the month waits for: left to the workers, or done here when there are none."""

    def __init__(self) -> None:
        self._patience_seconds = PATIENCE_SECONDS

    def finish(self, *, keys: Collection[str]) -> None:
        """Wait until these jobs are done; do those that no worker takes within a second.

        Where no worker took the first ones, none is waited for again. Jobs that wait for something
        outside are left to the gate after a while, so that nobody waits for them.

        Raises:
            JobFailed: one of them failed for good.
        """
        started = time.monotonic()
        while left := runner.unfinished(keys=keys):
            waited = time.monotonic() - started
            if waited >= OUTSIDE_SECONDS and runner.waiting(keys=keys) == left:
                return
            if waited >= self._patience_seconds and runner.run_waiting(keys=keys):
                self._patience_seconds = 0.0
            else:
                time.sleep(PAUSE_SECONDS)


def ask(*, period: Month, asked_by: Staff | None = None) -> bool:
    """Put on record that the next month is to be paid: from now on it opens by itself; whether it
    is the next and was not asked for before.

    Raises:
        BeforeTakeOver: the old system pays it.
    """
    last = Run.objects.order_by("-period").first()
    if last is None:
        monthly_run.require_taken_over(period=period)
    is_next = last is None or Month.of(last.period).next == period
    if not is_next or period in _asked():
        return False
    record(
        name=ASKED,
        subject_kind=SUBJECT,
        subject_id=str(period),
        staff_id=asked_by.pk if asked_by else None,
        person_id=asked_by.person_id if asked_by else None,
    )
    return True


def asked() -> list[Month]:
    """The months that were asked for and can still be opened."""
    last = Run.objects.order_by("-period").first()
    first = Month.of(last.period).next if last else monthly_run.first_taken_over()
    return sorted(month for month in _asked() if first is None or month >= first)


def last_asked() -> Month | None:
    """The newest month that was asked for: files of the tax bureau may still come for it."""
    return max(_asked(), default=None)


def order_recalculations(*, period: Month, tell: Tell) -> list[str]:
    """Let awards be computed again before the month is opened: interim ones whose base is published
    by now, and those of 170 that the figures of now give another amount; the keys of the jobs that
    the month waits for."""
    known_on = pay_day(period=period)
    keys: list[str] = []
    for one in recalculation.waiting():
        try:
            if not recalculation.base_is_published(of=one, known_on=known_on):
                continue
            run = recalculation.open_recalculation(of=one, known_on=known_on)
        except (NotConfigured, NotVerified) as missing:  # and costs nobody a pay day
            tell(f"  {one.year} 年核定的待遇暂不重算：{missing.detail}")
            continue
        if run is not None:
            tell(f"▶ 重算险种 {one.scheme} {one.region} {one.year} 年核定的待遇：依据已公布或更正")
            keys += recalculation.chunk_keys(run=run)
    return keys


def order_adjustments(*, period: Month, tell: Tell) -> list[str]:
    """Bring adjustments to what is known when the month can be opened; the keys of the jobs that
    it waits for. What can not be adjusted now costs nobody a pay day: the next month pays it."""
    try:
        require_conditions(period=period)
        return follow_up.advance(period=period)
    except ConditionMissing:
        return []
    except Refusal as refusal:
        tell(f"  调整暂停：{refusal.detail}[{refusal.code}]")
        return []


def take_death_match(*, period: Month, tell: Tell) -> None:
    """Take in the match that lies there: its deaths hold at once, two persons confirm the rest.

    Raises:
        FileDamaged, MatchInvalid: with file and line.
    """
    match = death_match_file(period=period)
    if match.exists():
        found = import_death_match(path=match)
        if not found.already:
            tell(f"▶ 死亡比对：{found.told} 条，新立案 {found.reported}")


def open_month(*, period: Month, tell: Tell) -> Run:
    """Open the run only when the deaths are known: what comes later is not in it.

    Raises:
        ConditionMissing: they are not, and nobody has signed that the month is paid without.
        MonthsInOrder, NoEntitlements, NotConfigured: as their sentences say.
    """
    sweep_unemployed(period=period, tell=tell)
    pay_date = pay_day(period=period)
    return monthly_run.open_run(period=period, pay_date=pay_date, now=timezone.now())


def sweep_unemployed(*, period: Month, tell: Tell) -> None:
    """Hold who draws unemployment benefit and works again; what is refused holds up no month."""
    try:
        swept = sweep(period=period)
    except Refusal as refusal:
        tell(f"  失业人员状态清查暂停：{refusal.detail}")
        return
    if swept.held or swept.ended:
        tell(f"▶ 失业人员状态清查：暂停待核 {swept.held}，注销登记 {swept.ended}")


def require_conditions(*, period: Month) -> None:
    """Refuse a month whose seal conditions have neither evidence nor a signed override.

    Raises:
        ConditionMissing: naming the condition.
    """
    run = Run.objects.filter(period=period.first_day).first()
    pay_date = run.pay_date if run else pay_day(period=period)
    conditions.require_conditions(period=period, pay_date=pay_date)


def is_computed(*, run: Run) -> bool:
    """Whether every chunk of the run is there."""
    return RunChunk.objects.filter(run=run).count() == len(run.parameters["chunks"])


def order_seal(*, run: Run) -> str:
    """Let a job seal a computed run, once for ever; its key.

    Raises:
        ConditionMissing: people must act first.
    """
    period = Month.of(run.period)
    require_conditions(period=period)
    key = f"{benefit_tasks.SEAL}/{period}"
    if not Job.objects.filter(key=key).exists():
        enqueue(kind=benefit_tasks.SEAL, key=key, arguments={"period": str(period)})
    return key


def reconcile_answered() -> None:
    """Close the batches of which nothing is open any more."""
    answered = Batch.objects.filter(state=BatchState.RETURNED)
    reconcile(batch_ids=list(answered.values_list("id", flat=True)), now=timezone.now())


def seal_outgoing(*, period: Month) -> list[Batch]:
    """Seal what left accounts to persons, what is granted once, what employers get back, from the
    seal of the month until its books close."""
    day = period.first_day
    if not Run.objects.filter(period=day, state=RunState.SEALED).exists():
        return []
    if LedgerMonth.objects.filter(month=day, closed_at__isnull=False).exists():
        return []
    pay_date, now = pay_day(period=period), timezone.now()
    return [
        *outgoing_batches.seal_outgoing(period=period, pay_date=pay_date, now=now),
        *claim_batches.seal_grants(period=period, pay_date=pay_date, now=now),
        *refund_batches.seal_refunds(period=period, pay_date=pay_date, now=now),
    ]


def order_payouts() -> list[str]:
    """Let the accounts pay their part of what was paid; the jobs that are still to be done."""
    account_payouts.put_back_returned()
    return account_payouts.order_payouts()


def is_answered(*, period: Month) -> bool:
    """Whether the banks have answered all batches of the month that there are."""
    return not Batch.objects.filter(period=period.first_day).exclude(state__in=ANSWERED).exists()


def reissue_ready(*, period: Month) -> list[Batch]:
    """Seal one round of reissues in a month: the next only when the banks have answered this one.

    While corrections wait for their decision nothing is reissued, or each would be a round.
    """
    if not is_answered(period=period) or corrections_waiting():
        return []
    claims_undo.withdraw_undone()
    return reissue(
        period=period,
        pay_date=pay_day(period=period, reissue=True),
        barred=barred_payees(period=period),
        made_by=None,
        now=timezone.now(),
    )


def corrections_waiting() -> int:
    """How many corrections of returned payments nobody has decided yet."""
    undecided = [CaseState.RECEIVED, CaseState.REVIEWED]
    cases = Case.objects.filter(kind=ACCOUNT_CHANGE, state__in=undecided)
    return cases.filter(content__has_key="ref").count()


def pay_day(*, period: Month, reissue: bool = False) -> date:
    """The day on which a month's people are paid, for the first time or again.

    Raises:
        NotConfigured: the city has not said on which day it pays.
    """
    key = "benefits.reissue_day" if reissue else "benefits.pay_day"
    demo = is_demo()
    value = policy.load().resolve(key, region=REGION, on=period.first_day, demo=demo)
    planned = period.first_day.replace(day=value.whole)
    return planned if demo else not_past(planned=planned, today=timezone.localdate())


def not_past(*, planned: date, today: date) -> date:
    """The day that a bank's file and a voucher may carry: never one that is over (收付实现制).

    A demonstration plays its month on the days of that month, whatever today is.
    """
    return max(planned, today)


def death_match_file(*, period: Month) -> Path:
    """Where the month's death match is put."""
    return settings.VAR_DIR / "city" / "months" / str(period) / f"deaths-{period}.json"


def barred_payees(*, period: Month) -> list[int]:
    """Persons whose payments are held or stopped: nothing is reissued to them."""
    with connection.cursor() as cursor:
        cursor.execute(BARRED, [period.first_day])
        return [row[0] for row in cursor.fetchall()]


def batches_in(*, period: Month, state: BatchState) -> list[Batch]:
    """Those of the month's batches that stand at ``state``."""
    return list(Batch.objects.filter(period=period.first_day, state=state).order_by("id"))


def _asked() -> set[Month]:
    acts = Act.objects.filter(subject_kind=SUBJECT, name=ASKED)
    return {Month.parse(text) for text in acts.values_list("subject_id", flat=True)}


@contextmanager
def _advisory(name: str, *, wait: bool) -> Iterator[bool]:
    """Hold a lock of the session; the database forgets a caller that dies."""
    take = "SELECT pg_advisory_lock(k), true" if wait else "SELECT NULL, pg_try_advisory_lock(k)"
    with connection.cursor() as cursor:
        cursor.execute(f"{take} FROM hashtextextended(%s, 0) k", [name])
        free = bool(cursor.fetchone()[1])
    try:
        yield free
    finally:
        if free:
            with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
