"""Which awards left months out that are paid by now (核定以后缴清的月份): they are to be corrected.

An award keeps the months that were billed and not paid, and those of which a difference was not.
"""

from django.db.models import Q, QuerySet

from backend.kernel.months import Month
from insurance.collection.contributed import billed_of
from insurance.pension.models import Award
from insurance.pension.paid_years import years_of

OPEN, DIFFERENCES, YEARS = "open_months", "difference_months", "open_years"


def left_months_out() -> "QuerySet[Award]":
    """Give the last awards that name a month or year which was not paid, or not all of it."""
    named = Q()
    for name in (OPEN, DIFFERENCES, YEARS):
        named |= Q(**{f"figures__{name}__0__isnull": False})
    return Award.objects.filter(named, successor__isnull=True)


def paid_since(*, award: Award) -> list[str]:
    """Give the months, or years, that an award left out, in part or whole, and that are paid."""
    return sorted([*_months(award), *_years(award)])


def _months(award: Award) -> set[str]:
    counts, settled = (
        {Month.parse(month) for month in award.figures.get(name, ())}
        for name in (OPEN, DIFFERENCES)
    )
    if not counts | settled:
        return set()
    rows = billed_of(
        person_id=award.person_id,
        scheme=award.scheme,
        since=min(counts | settled),
        until=max(counts | settled),
    )
    paid = {row.month for row in rows if row.counts}
    owing = {row.month for row in rows if not row.settled}
    return {str(month) for month in (counts & paid) | (settled - owing)}


def _years(award: Award) -> set[str]:
    left_out = award.figures.get(YEARS, ())
    if not left_out:
        return set()
    found = years_of(
        person_id=award.person_id, since=Month(min(left_out), 1), until=Month(max(left_out), 1)
    )
    return {str(year) for year in set(left_out) & set(found.paid)}
