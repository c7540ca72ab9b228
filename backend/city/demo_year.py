"""Let the demo city live month after month (演示年度): files, desks, the month, its promises.

Each month's files are written, its staff act at their desks, ``run_month`` runs, and every promise
is proved. What a call has done the next one finds done: it goes on with the first month whose books
are not closed. It stops at the first gate or broken promise.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from backend.access.models import Staff
from backend.city import demo_staff
from backend.city.demo_adjustments import adjust
from backend.city.demo_checks import let_check
from backend.city.demo_desk import DemoDesk
from backend.city.demo_false_death import let_return
from backend.city.demo_inheritance import let_inherit_account
from backend.city.demo_life import let_tell
from backend.city.demo_recovery import let_recover
from backend.city.demo_refunds import let_refund
from backend.city.demo_residents import let_draw
from backend.city.demo_retirements import let_retire
from backend.city.demo_skills import let_certify
from backend.city.demo_survivors import let_inherit
from backend.city.demo_unemployment import let_register
from backend.city.make.employers import employers_of
from backend.city.make.later_months import make_later_month
from backend.city.make.told import first_period, month_folder
from backend.city.month_steps import REGION, Jobs, Tell
from backend.city.promises import broken_promises
from backend.city.run_month import run_month
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts import tasks as account_tasks
from insurance.accounts.models import InterestRun, InterestRunState, Scheme
from insurance.accounts.yearly_interest import chunk_keys, close_year, open_year
from insurance.benefits.models import Due, DueKind
from insurance.pension.models import Award, AwardKind
from payments.ledger.models import LedgerMonth

HANDLERS = account_tasks  # imported so that its jobs can be done here
JANUARY = 1
ADDED_UP = (  # of the months, for the year
    *("deaths_confirmed", "survivor_grants", "awards", "resident_awards", "recalculated"),
    *("adjustments", "unemployed", "claims", "benefits_stopped", "life_events", "interest"),
    *("false_deaths", "accounts_inherited", "checks_held", "recovery_steps", "skill_subsidies"),
    *("objections_upheld", "objections_granted", "refund_lists", "refunds"),
    *("billed_fen", "collected_fen", "batched", "batch_fen", "difference_fen", "ledger_fen"),
    *("reissued", "changed"),
)


class NotADemo(Refusal):
    """Only invented people live in a moment (只限演示库)."""

    code = "demo_year_live"


@dataclass(frozen=True)
class YearMonth:
    """What came of one month."""

    summary: dict[str, Any]
    broken: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether the month closed and every promise holds."""
        return self.summary["gate"] is None and not self.broken


def live(
    *, months: int, tell: Tell, clock: Callable[[], float] = time.perf_counter
) -> Iterator[YearMonth]:
    """Live the next months of the city, one after the other, up to the first that does not end.

    Raises:
        NotADemo; Refusal: as the acts of the month say.
    """
    if not is_demo():
        raise NotADemo("演示年度只能在演示库里运行。")
    for _ in range(months):
        lived = _live_month(period=_next_month(), tell=tell, clock=clock)
        yield lived
        if not lived.ended:
            return


def year_summary(*, months: Sequence[YearMonth]) -> dict[str, Any]:
    """What came of all months that were lived, for the last line."""
    summaries = [month.summary for month in months]
    last = summaries[-1]
    return {
        "months": len(summaries),
        "from": summaries[0]["period"],
        "until": last["period"],
        **{name: sum(summary[name] for summary in summaries) for name in ADDED_UP},
        "people": last["people"],
        "held": last["held"],
        "held_fen": last["held_fen"],
        "open_exceptions": last["open_exceptions"],
        "seconds": round(sum(summary["seconds"] for summary in summaries), 2),
        "gate": last["gate"],
        "broken": last["broken"],
    }


def _live_month(*, period: Month, tell: Tell, clock: Callable[[], float]) -> YearMonth:
    started, known = clock(), _recalculated()
    folder = _city()
    make_later_month(folder=folder, month=period)
    desk = DemoDesk(office=demo_staff.DemoOffice(office=demo_staff.office_file()), rest=rest)
    acts = _act(desk, period)
    rest()
    outcome = run_month(period=period, lying=False, tell=tell)
    broken = tuple(
        f"{one.promise}：{one.subject}，应为 {one.expected}，实为 {one.found}"
        for one in broken_promises()
    )
    summary = {
        **outcome.summary,
        **acts,
        "recalculated": _recalculated() - known,
        "difference_fen": _differences(period),
        "broken": list(broken),
    }
    return YearMonth({**summary, "seconds": round(clock() - started, 2)}, broken)


def _act(desk: DemoDesk, period: Month) -> dict[str, int]:
    """What the staff do at the beginning of a month; how many of each."""
    window = month_folder(folder=_city(), period=period.index) / "window"
    return {
        **let_inherit(desk=desk, path=window / "survivors.csv", period=period),
        "awards": let_retire(desk=desk, path=window / "retirements.csv", period=period),
        "resident_awards": let_draw(desk=desk, path=window / "residents.csv", period=period),
        **let_register(desk=desk, path=window / "unemployed.csv", period=period),
        "life_events": let_tell(desk=desk, path=window / "life.csv", period=period),
        **_tell_stories(desk, window, period),
        "adjustments": adjust(desk=desk, about=employers_of(count=1)[0].credit_code, period=period),
        "interest": _close_accounts(period) if period.month == JANUARY else 0,
    }


def _tell_stories(desk: DemoDesk, window: Path, period: Month) -> dict[str, int]:
    """What happens to those of whom the year tells more; how many of each."""
    return {
        "false_deaths": let_return(desk=desk, path=window / "false-deaths.csv", period=period),
        "accounts_inherited": let_inherit_account(
            desk=desk, path=window / "inheritances.csv", period=period
        ),
        "checks_held": let_check(desk=desk, folder=window / "checks", period=period),
        **let_recover(desk=desk, path=window / "recoveries.csv", period=period),
        **let_certify(desk=desk, path=window / "skills.csv", period=period),
        **let_refund(desk=desk, path=window / "refunds.csv", period=period),
    }


def _close_accounts(period: Month) -> int:
    """Interest of the year that is over, on every account; how many schemes."""
    year = period.year - 1
    done = InterestRun.objects.filter(year=year, state=InterestRunState.DONE)
    schemes = [one for one in Scheme.values if not done.filter(scheme=one).exists()]
    for scheme in schemes:
        run = open_year(scheme=scheme, year=year, region=REGION, today=period.first_day, demo=True)
        Jobs().finish(keys=chunk_keys(run=run))
        close_year(run_id=run.pk, now=timezone.now())
    return len(schemes)


def _recalculated() -> int:
    """How many awards took the place of an interim one, ever."""
    return Award.objects.filter(kind=AwardKind.RECALCULATION).count()


def _differences(period: Month) -> int:
    """What the month paid, or holds, for months before it (补发)."""
    dues = Due.objects.filter(run_period=period.first_day, kind=DueKind.DIFFERENCE)
    return int(dues.aggregate(fen=Sum("fen"))["fen"] or 0)


def rest() -> None:
    """Let time pass: a month is lived in seconds, and nobody waits for the code of another day."""
    Staff.objects.update(totp_last_step=0)


def _next_month() -> Month:
    """The first month that is not lived to its end."""
    still_open = LedgerMonth.objects.filter(closed_at=None).order_by("month").first()
    if still_open is not None:
        return Month.of(still_open.month)
    last = LedgerMonth.objects.order_by("-month").first()
    return Month.of(last.month).next if last else Month.from_index(first_period(folder=_city()))


def _city() -> Path:
    return Path(settings.VAR_DIR) / "city"
