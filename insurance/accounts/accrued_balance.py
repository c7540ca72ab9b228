"""Load what accrues on a person's accounts up to a month (储存额的取用): reads, writes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.accounts.accrued import Accrued, BearingYear, accrue
from insurance.accounts.facts import INTERESTS, entries_of, first_open_month, year_of
from insurance.accounts.interest import Movement, Rate
from insurance.accounts.models import AccountEntry, EntryKind
from insurance.accounts.rates import INTERIM_RULE, rate_of_year
from insurance.policy import parameters as policy

# What a pension took, what came back of it, and what was kept of what is owed.
PAYOUTS = (EntryKind.PAYOUT, EntryKind.RETURNED, EntryKind.SET_OFF)


@dataclass(frozen=True)
class Balance:
    """What the accounts of a person come to, and how far to rely on the rates."""

    accrued: Accrued
    standings: frozenset[Standing]
    settled: frozenset[Standing]  # of the rates that no later announcement changes


def accrued_balance(
    *,
    person_ids: Collection[int],
    scheme: str,
    region: str,
    month: Month,
    drawn_after: Month | None = None,
) -> Balance:
    """Give what all accounts of a person hold at the end of ``month``, with the interest so far.

    What came in later for these months counts without interest; what a pension took since is no
    less in the account it was awarded on. ``drawn_after``: the earlier month after which it was
    drawn, where an award that let it begin too early is corrected. Rates of any standing are used;
    whoever asks says whether they may count.

    Raises:
        NotConfigured: no rate is known.
    """
    last = min(month, drawn_after or month)
    found = [row for person in person_ids for row in entries_of(person_id=person, scheme=scheme)]
    entries = [row for row in found if not _drawn(row, last)]
    years = range(_first_year(entries, scheme, month), month.year + 1)
    rates = [rate_of_year(scheme=scheme, region=region, year=y, demo=True) for y in years]
    moved = [row for row in entries if year_of(row) >= years[0] and row.kind not in INTERESTS]
    accrued = accrue(
        opening_fen=sum(row.fen for row in entries if year_of(row) < years[0]),
        years=[_bearing(rate, year, month, moved) for year, rate in zip(years, rates, strict=True)],
        later_fen=sum(row.fen for row in moved if row.arrival_month > month.first_day),
    )
    settled = takewhile(lambda rate: not rate.interim, rates)
    return Balance(
        accrued,
        frozenset(_standings(rates, region)),
        frozenset(rate.standing for rate in settled),
    )


def _drawn(row: AccountEntry, month: Month) -> bool:
    return row.kind in PAYOUTS and row.arrival_month > month.first_day


def _first_year(entries: Sequence[AccountEntry], scheme: str, month: Month) -> int:
    """The first year whose interest is not entered, and never one after the month's."""
    first = first_open_month(scheme=scheme)
    known = min((row.arrival_month.year for row in entries), default=month.year)
    return min(month.year, known if first is None else first.year)


def _bearing(rate: Rate, year: int, until: Month, moved: Sequence[AccountEntry]) -> BearingYear:
    months = until.month if year == until.year else 12
    return BearingYear(
        year=year,
        months=months,
        movements=tuple(
            Movement(Month.of(row.arrival_month), row.fen)
            for row in moved
            if row.arrival_month.year == year and row.arrival_month <= until.first_day
        ),
        rate=rate,
    )


def _standings(rates: Sequence[Rate], region: str) -> list[Standing]:
    found = [rate.standing for rate in rates]
    if any(rate.interim for rate in rates):
        december = Month(rates[-1].of_year, 12)
        rule = policy.load().resolve_any(INTERIM_RULE, region, december.last_day)
        found.append(rule.standing)
    return found
