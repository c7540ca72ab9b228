"""New bounds were published (补差): months billed before are assessed again, by difference alone.

Whoever was insured in these months is looked at with what is known and published now. What a
roster or a wage brought since comes along; a second run of the same months finds nothing.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection import bill_figures as figures
from insurance.collection import bill_run, employers
from insurance.collection import bill_sql as sql
from insurance.collection.bill_run import Opening, Shape, Written, open_run, require_nothing_open
from insurance.collection.models import BillRun, BillRunKind, RunState
from insurance.collection.terms import EMPLOYED, FLEXIBLE
from insurance.enrolment.queries import known_now

KINDS = (EMPLOYED, FLEXIBLE)
REASON_MIN, REASON_MAX = 2, 200


class MonthsNotBilled(Refusal):
    """Only months that were billed are billed again (月份尚未核定)."""

    code = "collection_months_not_billed"


class TopUpReasonMissing(Refusal):
    """A top-up names the document by which it is owed (请写明补差依据)."""

    code = "collection_top_up_reason_missing"


@transaction.atomic
def open_top_up(*, period: Month, first: Month, last: Month, reason: str, today: date) -> BillRun:
    """Open a run over the months ``first`` to ``last``, to be paid with those of ``period``.

    ``reason`` names what was published. The same top-up that is still open is given as it is.

    Raises:
        TopUpReasonMissing, MonthsNotBilled, RunStillOpen; NotConfigured, NotVerified: a figure.
    """
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise TopUpReasonMissing(f"请写明补差依据（{REASON_MIN}至{REASON_MAX}个字）。")
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)
    top_ups = BillRun.objects.filter(kind=BillRunKind.TOP_UP, period=period.first_day)
    for run in top_ups.filter(state=RunState.OPEN, reason=reason):
        if run.parameters.get("span") == [str(first), str(last)]:
            return run
    require_nothing_open()
    _require_billed(period, first, last)
    run = open_run(
        shape=SHAPE,
        opening=Opening(
            kind=BillRunKind.TOP_UP,
            period=period,
            today=today,
            known_at=known_now(),
            first_month=first,
            last_month=last,
            ordinal=top_ups.count() + 1,
            reason=reason,
        ),
    )
    faultpoint("collection.bills.opened")
    return run


def _require_billed(period: Month, first: Month, last: Month) -> None:
    runs = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS).order_by("period")
    billed = [Month.of(day) for day in runs.values_list("period", flat=True)]
    if not billed or not billed[0] <= first <= last <= billed[-1] <= period:
        known = f"已核定的是 {billed[0]} 至 {billed[-1]}" if billed else "还没有核定过"
        raise MonthsNotBilled(f"不能对 {first} 至 {last} 补差：{known}。")


def _list_everybody(opening: Opening) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.LIST_EVERYBODY, {**opening.values, "kinds": list(KINDS)})


def _figures(opening: Opening, past: list[Month]) -> dict[str, Any]:
    found = figures.of_months(
        place=opening.place, kinds=KINDS, months=past, districts=employers.districts()
    )
    return {**found, "span": [str(opening.first_month), str(opening.last_month)]}


SHAPE = Shape(
    kinds=KINDS,
    list_changes=_list_everybody,
    persons="SELECT person_id FROM bill_changes",
    figures=_figures,
    bill=lambda run, values: Written(),
    bill_again=employers.bill_persons_again,
    complete=employers.complete,
)
