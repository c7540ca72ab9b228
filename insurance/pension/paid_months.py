"""Which months of 110 somebody paid for here, and on what base (实际缴费月份、缴费基数).

As ``collection.contributed`` reads them from bills; two employers make one month. What went away
with the relation (转移) counts no more; what it brought counts by the years of its sheet.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.sent_away import BroughtYear, brought_years, counts_since
from insurance.collection.contributed import base_of, billed_of, terms_of
from insurance.collection.rules.bounds import Several
from insurance.pension import one_off_paid
from insurance.pension.index import PaidMonth
from insurance.pension.several import Cut, counted_bases, cut_of
from insurance.policy import parameters as policy
from insurance.policy.rounding import TO_FEN

SCHEME = "110"
SEVERAL = "pension.index_several_employers"


@dataclass(frozen=True)
class History:
    """What was paid here, and what was billed and is not."""

    paid: tuple[PaidMonth, ...]
    open_months: tuple[Month, ...]
    differences: tuple[Month, ...] = ()  # months that count, and of which a difference is not paid
    cut: Cut | None = None  # what does not count of months at several employers
    brought: tuple[BroughtYear, ...] = ()  # years that transfers brought
    brought_later: int = 0  # months of their last year that lie after the last that counts
    one_off: tuple[BroughtYear, ...] = ()  # months that were paid for at once, by the year of it

    @property
    def months(self) -> int:
        """How many months were paid for; two employers make one month."""
        return len({one.month for one in self.paid})

    @property
    def brought_months(self) -> int:
        """How many months transfers brought."""
        return sum(one.months for one in self.brought)

    @property
    def one_off_months(self) -> int:
        """How many months were paid for at once; they are of no calendar."""
        return sum(one.months for one in self.one_off)


def history_of(*, person_id: int, since: Month, until: Month, region: str, on: date) -> History:
    """Give what a person paid for the months from ``since`` to ``until``, as known on a day."""
    first = counts_since(person_id=person_id, scheme=SCHEME, since=since)
    rows = billed_of(person_id=person_id, scheme=SCHEME, since=first, until=until)
    paid = [row for row in rows if row.counts]
    counted = {row.month for row in paid}
    terms = terms_of(paid=paid, scheme=SCHEME, region=region, on=on)
    bases = [
        PaidMonth(row.month, base_of(billed=row, terms=terms[row.kind, row.month])) for row in paid
    ]
    within, cut = within_ceilings(
        bases=bases,
        ceilings={month: of.bounds.ceiling_fen for (_, month), of in terms.items()},
        region=region,
        until=until,
    )
    years = _years(person_id, since, until)
    brought = brought_of(
        person_id=person_id, since=since, until=until, paid={one.month for one in within}
    )
    return History(
        paid=within,
        open_months=tuple(sorted({row.month for row in rows} - counted)),
        differences=tuple(sorted({row.month for row in paid if not row.settled})),
        cut=cut,
        brought=brought,
        brought_later=sum(one.months for one in years) - sum(one.months for one in brought),
        one_off=tuple(
            BroughtYear(one.month.year, one.months, one.months * one.base_fen)
            for one in one_off_paid.paid(person_id=person_id, until=until)
        ),
    )


def within_ceilings(
    *, bases: Sequence[PaidMonth], ceilings: Mapping[Month, int], region: str, until: Month
) -> tuple[tuple[PaidMonth, ...], Cut | None]:
    """Give bases as they count by the rule in force at ``until``, and what it leaves out; each
    month's in the order in which the employers were joined, ``ceilings`` in fen.

    Raises:
        NotConfigured: the rule.
    """
    rule = policy.load().resolve(SEVERAL, region, until.first_day, demo=True)
    counted = counted_bases(paid=bases, ceilings=ceilings, rule=Several[rule.text])
    return counted, cut_of(paid=bases, counted=counted, rule=rule)


def brought_of(
    *, person_id: int, since: Month, until: Month, paid: Collection[Month] = ()
) -> tuple[BroughtYear, ...]:
    """Give the years that transfers brought and that lie after those whose papers say ``since``:
    a year of which these tell a month is theirs.

    Of the year of ``until`` no more months count than it has up to then beside those ``paid`` here,
    on the mean of the bases that the sheet has of the year, to the fen, half up.
    """
    cut = (_by(one, until, paid) for one in _years(person_id, since, until))
    return tuple(one for one in cut if one.months)


def _years(person_id: int, since: Month, until: Month) -> tuple[BroughtYear, ...]:
    first = since.year if since == Month(since.year, 1) else since.year + 1
    years = brought_years(person_id=person_id, scheme=SCHEME)
    return tuple(years[year] for year in sorted(years) if first <= year <= until.year)


def _by(one: BroughtYear, until: Month, paid: Collection[Month]) -> BroughtYear:
    if one.year < until.year:
        return one
    room = until.month - sum(month.year == one.year for month in paid)
    months = min(one.most_by(until), room)
    if months == one.months:
        return one
    mean = Money(one.fen * months).divide(one.months, TO_FEN)
    return replace(one, months=months, fen=mean.fen)
