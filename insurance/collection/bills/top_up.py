"""New figures were published (补差): months billed before are assessed again, by difference alone.

Whoever was insured in these months, or stood on a roll of these years, is looked at with what is
published now. A second run of the same months finds nothing. Months are assessed as known now:
what a roster or a wage brought since comes along. Years are assessed as known at their last run:
what a roll brought since the next monthly run bills.

A decision only orders the run: a job opens it, for it lists a whole city. Until it is open no month
is billed, or the run would find another one at work.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backend.jobs.faultpoint import faultpoint
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.bills import bill_figures as figures
from insurance.collection.bills import (
    bill_run,
    decided_sql,
    employers,
    residents_sql,
    residents_year,
)
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_run import (
    Opening,
    RunStillOpen,
    Shape,
    Written,
    open_run,
    require_nothing_open,
    write,
)
from insurance.collection.models import Bill, BillRun, BillRunKind, PayerKind, RunState
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE
from insurance.enrolment.queries import known_now

KINDS = (EMPLOYED, FLEXIBLE)
LISTED = "SELECT DISTINCT person_id FROM bill_changes"
REASON_MIN, REASON_MAX = 2, 200
OPEN_JOB = "collection.open_top_up"
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('collection.bills'))"


class MonthsNotBilled(Refusal):
    """Only months that were billed are billed again (月份尚未核定)."""

    code = "collection_months_not_billed"


class TopUpReasonMissing(Refusal):
    """A top-up names the document by which it is owed (请写明补差依据)."""

    code = "collection_top_up_reason_missing"


def order_top_up(
    *, kind: BillRunKind, period: Month, first: Month, last: Month, today: date, case_id: int
) -> str:
    """Let a job open the run that a case decided, once for ever; its key.

    What could refuse the job refuses the decision; it waits for nothing.

    Raises:
        as ``open_top_up``.
    """
    key = f"{OPEN_JOB}/{case_id}"
    if Job.objects.filter(key=key).exists():
        return key
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        (free,) = cursor.fetchone()
    if not free:
        raise RunStillOpen("另一次核定正在开始，请稍后再办结。")
    require_nothing_open()
    require_none_ordered()
    require_billed(kind=kind, period=period, first=first, last=last)
    opening = Opening(
        kind=kind,
        period=period,
        today=today,
        known_at=_KNOWN[kind](),
        first_month=first,
        last_month=last,
    )
    SHAPES[kind].figures(opening, list(first.until(opening.until_month)))
    enqueue(kind=OPEN_JOB, key=key, arguments={"case_id": case_id, "today": today.isoformat()})
    return key


@transaction.atomic
def open_top_up(
    *,
    kind: BillRunKind = BillRunKind.TOP_UP,
    period: Month,
    first: Month,
    last: Month,
    reason: str,
    today: date,
    case_id: int,
) -> BillRun:
    """Open a run over the months ``first`` to ``last``, to be paid with those of ``period``.

    ``kind``: TOP_UP of what is paid by the month, YEAR_TOP_UP of residents' years. ``reason`` names
    what was published. A case opens one run: the one that it has opened is given as it is.

    Raises:
        TopUpReasonMissing, MonthsNotBilled, RunStillOpen; NotConfigured, NotVerified: a figure.
    """
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise TopUpReasonMissing(f"请写明补差依据（{REASON_MIN}至{REASON_MAX}个字）。")
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
    there = BillRun.objects.filter(kind=kind, case_id=case_id).first()
    if there is not None:
        return there
    require_nothing_open()
    require_billed(kind=kind, period=period, first=first, last=last)
    run = open_run(
        shape=SHAPES[kind],
        opening=Opening(
            kind=kind,
            period=period,
            today=today,
            known_at=_KNOWN[kind](),
            first_month=first,
            last_month=last,
            ordinal=BillRun.objects.filter(kind=kind, period=period.first_day).count() + 1,
            reason=reason,
            case_id=case_id,
        ),
    )
    faultpoint("collection.bills.opened")
    return run


def ordered_top_ups() -> list[str]:
    """The jobs of the top-ups that were decided and are not open yet: one at most."""
    jobs = Job.objects.filter(kind=OPEN_JOB).exclude(state=JobState.DONE)
    return list(jobs.order_by("pk").values_list("key", flat=True))


def require_none_ordered() -> None:
    """Let nothing begin that a top-up which was decided would find at work.

    Raises:
        RunStillOpen.
    """
    if ordered_top_ups():
        raise RunStillOpen("已办结的补差尚未开始计算。")


def open_top_ups() -> list[BillRun]:
    """Give the top-ups that are being computed: one at most."""
    return list(BillRun.objects.filter(kind__in=SHAPES, state=RunState.OPEN).order_by("pk"))


def require_billed(*, kind: BillRunKind, period: Month, first: Month, last: Month) -> None:
    """Let only billed months be topped up, with the bills of the newest month or of the next.

    Raises:
        MonthsNotBilled.
    """
    runs = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS).order_by("period")
    billed = [Month.of(day) for day in runs.values_list("period", flat=True)]
    if not billed:
        raise MonthsNotBilled(f"不能对 {first} 至 {last} 补差：还没有核定过。")
    if not billed[-1] <= period <= billed[-1].next:
        raise MonthsNotBilled(f"补差随 {billed[-1]} 或 {billed[-1].next} 的应缴征收。")
    if kind == BillRunKind.YEAR_TOP_UP:
        if first > last or not _years_billed(first, last):
            raise MonthsNotBilled(f"{first} 至 {last} 没有核定过居民年度缴费，按该年一月填写。")
    elif not billed[0] <= first <= last <= billed[-1]:
        raise MonthsNotBilled(
            f"不能对 {first} 至 {last} 补差：已核定的是 {billed[0]} 至 {billed[-1]}。"
        )


def _years_billed(first: Month, last: Month) -> list[int]:
    """The years whose January lies in these months and for which residents were billed."""
    bills = Bill.objects.filter(
        kind=PayerKind.RESIDENT, month__gte=first.first_day, month__lte=last.first_day
    )
    return sorted({day.year for day in bills.values_list("month", flat=True).distinct()})


def _known_at_last_roll() -> datetime:
    """What residents' last run knew; without one there was nothing to top up."""
    run = BillRun.objects.filter(kind=BillRunKind.RESIDENTS).order_by("-period").first()
    return run.known_at if run else known_now()


_KNOWN: dict[BillRunKind, Callable[[], datetime]] = {
    BillRunKind.TOP_UP: known_now,
    BillRunKind.YEAR_TOP_UP: _known_at_last_roll,
}


def _list_everybody(opening: Opening) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.LIST_EVERYBODY, {**opening.values, "kinds": list(KINDS)})


def _list_residents(opening: Opening) -> None:
    with connection.cursor() as cursor:
        cursor.execute(residents_sql.LIST_EVERYBODY, opening.values)


def _bill_again(run: BillRun, values: dict[str, Any]) -> Written:
    """What monthly runs would assess again, and what cases decided."""
    done = employers.bill_persons_again(run, values)
    return done + write(statement=decided_sql.DECIDED_AGAIN, values=values)


def _figures(opening: Opening, past: list[Month]) -> dict[str, Any]:
    return figures.of_months(
        place=opening.place, kinds=KINDS, months=past, districts=employers.districts()
    )


def _figures_of_years(opening: Opening, past: list[Month]) -> dict[str, Any]:
    years = _years_billed(past[0], opening.until_month.previous)
    return figures.of_years(place=opening.place, years=years, missing_stops=True)


SHAPES: dict[BillRunKind, Shape] = {
    BillRunKind.TOP_UP: Shape(
        kinds=KINDS,
        list_changes=_list_everybody,
        persons=LISTED,
        figures=_figures,
        bill=lambda run, values: Written(),
        bill_again=_bill_again,
        complete=employers.complete,
    ),
    BillRunKind.YEAR_TOP_UP: Shape(
        kinds=residents_year.KINDS,
        list_changes=_list_residents,
        persons=LISTED,
        figures=_figures_of_years,
        bill=lambda run, values: Written(),
        bill_again=residents_year.bill_persons_again,
        complete=lambda run: Written(),
    ),
}
