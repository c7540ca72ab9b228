"""Flexible workers pay by the month, alone and voluntarily (灵活就业人员月度核定)."""

from typing import Any

from backend.kernel.months import Month
from insurance.collection.bills import bill_figures as figures
from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.bill_run import Opening, Shape, Written
from insurance.collection.bills.employers import bill_persons, bill_persons_again, list_changes
from insurance.collection.rules.terms import FLEXIBLE

KINDS = (FLEXIBLE,)


def _figures(opening: Opening, past: list[Month]) -> dict[str, Any]:
    return figures.of_months(
        place=opening.place, kinds=KINDS, months=[*past, opening.period], districts=()
    )


SHAPE = Shape(
    kinds=KINDS,
    list_changes=lambda opening: list_changes(opening, KINDS),
    persons=sql.INSURED,
    figures=_figures,
    bill=bill_persons,
    bill_again=bill_persons_again,
    complete=lambda run: Written(),
)
