"""Employers pay by the month for their employees (单位月度核定)."""

from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from backend.people.models import Organisation, PartyKind
from insurance.collection.bills import bill_figures as figures
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills import decided_sql, employers_sql
from insurance.collection.bills.bill_run import Opening, Shape, Written, values_of, write
from insurance.collection.models import BillRun, BillRunKind, Undeclared
from insurance.collection.rules.terms import EMPLOYED

KINDS = (EMPLOYED,)
EMPLOYERS = (PartyKind.EMPLOYER, PartyKind.INSTITUTION)
LAST_ID = 2**63 - 1


def complete(run: BillRun) -> Written:
    """Write what employers owe for nobody in particular: rounded totals, undeclared months."""
    done = Written()
    for month in _months_of(run):
        values = values_of(run=run, kinds=KINDS, month=month)
        if _rounds_once(run):
            done += write(statement=employers_sql.ROUND_TOTALS, values=values)
        if Undeclared.objects.filter(valid__contains=month).exists():
            done += write(statement=employers_sql.ESTIMATE_UNDECLARED, values=values)
            with connection.cursor() as cursor:
                cursor.execute(employers_sql.WITHOUT_TOTAL, values)
    return done


def districts() -> set[str]:
    """Where there are employers."""
    rows = Organisation.objects.filter(party__kind__in=EMPLOYERS)
    return {district[:6] for district in rows.values_list("district", flat=True).distinct()}


def bill_persons(run: BillRun, values: dict[str, Any]) -> Written:
    """Write the month's lines of a chunk's persons; take back what is not enrolled any more."""
    each = not any(term["sums_to_ceiling"] for term in run.parameters["terms"])
    done = write(statement=sql.bill(each=each), values=values)
    return done + write(statement=decided_sql.TAKE_BACK, values=values)


def bill_persons_again(run: BillRun, values: dict[str, Any]) -> Written:
    """Write what is missing, or too much, for months billed before."""
    return write(statement=sql.BILL_AGAIN, values=values)


def list_changes(opening: Opening, kinds: tuple[str, ...]) -> None:
    """List who may owe something else for past months; nobody when no run was before."""
    if opening.known_before is None:
        return
    values = {**opening.values, "kinds": list(kinds), "first_id": 0, "last_id": LAST_ID}
    with connection.cursor() as cursor:
        cursor.execute(sql.LIST_CHANGES, values)
        cursor.execute(decided_sql.LIST_TAKEN_BACK, values)


def _months_again(opening: Opening) -> set[Month]:
    """Months of employers whose amount was missing, or was fixed since the run before."""
    runs = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS, period__lt=opening.period.first_day)
    previous = runs.order_by("period").last()
    if previous is None:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(employers_sql.MONTHS_AGAIN, {**opening.values, "previous": previous.pk})
        return {Month.of(day) for (day,) in cursor.fetchall()}


def _figures(opening: Opening, past: list[Month]) -> dict[str, Any]:
    return figures.of_months(
        place=opening.place,
        kinds=KINDS,
        months=sorted({*past, *_months_again(opening), opening.period}),
        districts=districts(),
    )


def _months_of(run: BillRun) -> list[date]:
    """The months that the run looks at, in their order: an estimate may rest on the one before."""
    return sorted({date.fromisoformat(term["month"]) for term in run.parameters.get("terms", ())})


def _rounds_once(run: BillRun) -> bool:
    """Whether totals are rounded once in this run, or were in an earlier one."""
    return BillRun.objects.filter(pk__lte=run.pk, parameters__rounds_once=True).exists()


SHAPE = Shape(
    kinds=KINDS,
    list_changes=lambda opening: list_changes(opening, KINDS),
    persons=sql.INSURED,
    figures=_figures,
    bill=bill_persons,
    bill_again=bill_persons_again,
    complete=complete,
)
