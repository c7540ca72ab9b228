"""What somebody contributed in a year (年度缴费情况): months, bases and payers of the statement of
rights. Residents pay by the year, on no base.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from backend.kernel.months import Month
from insurance.collection.contributed import base_of, billed_of, terms_of
from insurance.collection.rules.terms import EMPLOYED, MONTHLY


@dataclass(frozen=True)
class Contribution:
    """A month, of a resident the January of a year, at one payer."""

    month: Month
    payer_id: int | None  # none: another fund
    base_fen: int | None  # of a month that counts
    own_fen: int  # the person's part, and what is paid on his behalf
    paid_fen: int  # by all
    counts: bool
    settled: bool  # no difference is open


@dataclass(frozen=True)
class PayerMonths:
    """Through whom somebody contributed, and how many months of it count."""

    payer_id: int
    months: int


@dataclass(frozen=True)
class YearContributed:
    """A year's contributions to a scheme."""

    contributions: tuple[Contribution, ...]
    payers: tuple[PayerMonths, ...]  # those first that were first
    months: int | None  # that count, each once; None where years are paid


def base_of_year(
    *, person_id: int, scheme: str, since: Month, region: str, on: date
) -> tuple[int, int]:
    """Give how many months from ``since`` to the end of its year count as paid by bills of this
    house, and the fen of all their bases; months that an old system billed are not among them."""
    found = contributed_in(
        person_id=person_id, scheme=scheme, year=since.year, region=region, on=on
    )
    counted = [one for one in found.contributions if one.counts and one.month >= since]
    months = {one.month for one in counted} if found.months is not None else ()
    return len(months), sum(one.base_fen or 0 for one in counted)


def contributed_in(
    *, person_id: int, scheme: str, year: int, region: str, on: date
) -> YearContributed:
    """Give what was billed and paid here for a person's year, as known on a day."""
    rows = billed_of(
        person_id=person_id, scheme=scheme, since=Month(year, 1), until=Month(year, 12)
    )
    monthly = scheme in MONTHLY[EMPLOYED]
    paid = [row for row in rows if row.counts and monthly]
    terms = terms_of(paid=paid, scheme=scheme, region=region, on=on)
    months = Counter(row.payer_id for row in rows if row.counts)
    return YearContributed(
        contributions=tuple(
            Contribution(
                month=row.month,
                payer_id=row.payer_id,
                base_fen=base_of(billed=row, terms=terms[row.kind, row.month])
                if row in paid
                else None,
                own_fen=row.own_fen,
                paid_fen=row.paid_fen,
                counts=row.counts,
                settled=row.settled,
            )
            for row in rows
        ),
        payers=tuple(
            PayerMonths(payer, months[payer])
            for payer in dict.fromkeys(row.payer_id for row in rows)
            if payer is not None
        ),
        months=len({row.month for row in paid}) if monthly else None,
    )
