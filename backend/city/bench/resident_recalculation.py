"""Measure a recalculation of residents' awards (测居民重算): ours and by hand, in fresh clones.

Everybody's pension began in one year, was awarded by a standard that is twenty yuan too low, and is
computed again by that of now. Both prove in the end that nobody was forgotten.
"""

from typing import Any

from django.db import transaction

from backend.access.models import Agency
from backend.city.bench import resident_recalculation_by_hand as hand
from backend.city.bench.meter import Meter
from backend.city.bench.twins import Twins, begin, count
from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.pension.resident_recalculation_terms import terms_at
from insurance.policy import parameters as policy
from insurance.policy.standing import weakest
from payments.ledger.books import ensure_books

REGION, YEAR = "340802", 2025
# What everybody is awarded, and paid, in the end: the same whoever did it.
GIVEN = """
SELECT count(*), coalesce(sum(fen), 0)::bigint FROM (
    SELECT fen FROM benefits_component WHERE superseded_at IS NULL
    UNION ALL
    SELECT basic_fen + account_fen + extra_fen FROM pension_award) x
"""


def twins(*, compared: str) -> Twins:
    """Who is measured, by which step."""
    return Twins("resident-recalculation", "awards", "份居民的核定", compared=compared, given=GIVEN)


def fill(*, awards: int, agency: Agency) -> Meter:
    """Write the books, and the awards with their amounts in payment."""
    books = {
        book.scheme: book for book in ensure_books(agency=agency, on=Month(YEAR, 12).first_day)
    }
    meter, cursor = begin()
    with meter.step("fill", rows=awards), cursor:
        cursor.execute(hand.FILL, {**figures(), "awards": awards, "book": books["170"].pk})
    return meter


def by_hand(*, of: Twins) -> Meter:
    """One statement over everybody and one that looks at it, in one transaction."""
    meter, cursor = begin()
    with cursor, meter.step(of.compared), transaction.atomic(using="owner"):
        hand.RESIDENTS.execute(cursor=cursor, given=figures())
    count(of=of, meter=meter)
    return meter


def figures() -> dict[str, Any]:
    """The year's figures as somebody types them into the statement."""
    terms = terms_at(tree=policy.load(), region=REGION, first=Month(YEAR, 6), demo=True)
    assert terms.extra is not None
    return {
        "basic": terms.basic.money.fen,
        "extra": terms.extra.money.fen,
        "least": terms.least_years.whole,
        "divisor": terms.divisor.whole,
        "standing": weakest(
            standings={Standing.CITED, *(one.standing for one in terms.sources)}
        ).value,
    }
