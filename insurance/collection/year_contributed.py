"""What somebody contributed in a year (年度缴费情况): months, bases and payers of the statement of
rights. Residents pay by the year, on no base.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from backend.kernel.months import Month
from insurance.collection.contributed import base_of, billed_of, terms_of
from insurance.collection.models import BillRun, BillRunKind
from insurance.collection.rules.terms import EMPLOYED, MONTHLY, terms_for
from insurance.enrolment.registered import registered
from insurance.policy import parameters as policy


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
    *,
    person_id: int,
    scheme: str,
    since: Month,
    region: str,
    on: date,
    unpaid_at: datetime | None = None,
    unbilled: bool = False,
) -> tuple[int, int]:
    """Give how many months from ``since`` to the end of its year count as paid by bills of this
    house, and the fen of all their bases; with ``unpaid_at`` those that were not paid by then.

    Months that an old system billed are not among them but where ``unbilled`` asks: then those that
    are registered count, each on the ceiling.

    Raises:
        NotConfigured: the ceiling of such a month.
    """
    found = contributed_in(
        person_id=person_id, scheme=scheme, year=since.year, region=region, on=on
    )
    counted = [one for one in found.contributions if one.counts and one.month >= since]
    if unpaid_at is not None:
        paid = _paid_by(person_id, scheme, since.year, unpaid_at)
        counted = [one for one in counted if (one.month, one.payer_id) not in paid]
    months = {one.month for one in counted} if found.months is not None else ()
    more, fen = _unbilled(person_id, scheme, since, region, on) if unbilled else (0, 0)
    return len(months) + more, sum(one.base_fen or 0 for one in counted) + fen


def months_of_year(
    *, person_id: int, scheme: str, since: Month, region: str, on: date
) -> tuple[int, int]:
    """Give the fewest and the most months from ``since`` to the end of its year that can have been
    paid here: those that count by bills of this house, and before its first bills those registered;
    of these whoever works for himself may have left some unpaid."""
    found = contributed_in(
        person_id=person_id, scheme=scheme, year=since.year, region=region, on=on
    )
    first = _first_billed(since.year)
    paid = {one.month for one in found.contributions if one.counts and one.month >= since}
    here, before = (sum((one < first) is old for one in paid) for old in (False, True))
    known = registered(person_id=person_id, scheme=scheme, since=since, until=first)
    return here + max(before, known.employed_months), here + max(before, known.months)


def _first_billed(year: int) -> Month:
    """From when on this house bills, if within a year; else the January after it."""
    until = Month(year + 1, 1)
    first = BillRun.objects.filter(kind=BillRunKind.EMPLOYERS).order_by("period").first()
    return until if first is None else min(until, Month.of(first.period))


def _paid_by(
    person_id: int, scheme: str, year: int, moment: datetime
) -> set[tuple[Month, int | None]]:
    rows = billed_of(
        person_id=person_id,
        scheme=scheme,
        since=Month(year, 1),
        until=Month(year, 12),
        paid_by=moment,
    )
    return {(row.month, row.payer_id) for row in rows if row.counts}


def _unbilled(person_id: int, scheme: str, since: Month, region: str, on: date) -> tuple[int, int]:
    """Months registered from ``since`` to the end of its year before the first that was billed
    here, and the most that all their bases can have been."""
    until = _first_billed(since.year)
    months = registered(person_id=person_id, scheme=scheme, since=since, until=until).months
    if not months:
        return 0, 0
    ceilings = (
        terms_for(
            tree=policy.load(),
            scheme=scheme,
            kind=EMPLOYED,
            region=region,
            month=month,
            known_on=on,
            demo=True,
        ).bounds.ceiling_fen
        for month in since.until(until)
    )
    return months, months * max(ceilings)


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
