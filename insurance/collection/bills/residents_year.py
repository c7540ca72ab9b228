"""Residents pay once a year through their village (居民年度核定), as the rolls say.

Each monthly run bills the entries that came since the run before, whatever year they are for, and
assesses again whose entry or support group changed, or who could not be assessed before. A roll of
a year whose figures are not there yet is listed as not billed until they are.
"""

from typing import Any

from django.db import connection

from backend.kernel.months import Month
from insurance.collection.bills import bill_figures as figures
from insurance.collection.bills import residents_sql as sql
from insurance.collection.bills.bill_run import Opening, Shape, Written, write
from insurance.collection.models import BillRun, BillRunKind

KINDS = ("RESIDENT",)


def _list_changes(opening: Opening) -> None:
    runs = BillRun.objects.filter(kind=BillRunKind.RESIDENTS).order_by("period")
    previous = runs.last()
    values = {
        **opening.values,
        "is_first": previous is None,
        "previous": previous.pk if previous else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.LIST_CHANGES, values)


def _figures(opening: Opening, past: list[Month]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql.YEARS, opening.values)
        years = [year for (year,) in cursor.fetchall()]
    return figures.of_years(place=opening.place, years=years, missing_stops=False)


def _bill(run: BillRun, values: dict[str, Any]) -> Written:
    return write(statement=sql.BILL, values=values)


def bill_persons_again(run: BillRun, values: dict[str, Any]) -> Written:
    """Write what is missing, or too much, of years billed before."""
    return write(statement=sql.BILL_AGAIN, values=values)


SHAPE = Shape(
    kinds=KINDS,
    list_changes=_list_changes,
    persons=sql.PERSONS,
    figures=_figures,
    bill=_bill,
    bill_again=bill_persons_again,
    complete=lambda run: Written(),
)
