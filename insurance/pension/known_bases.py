"""On which bases somebody is known to have paid 110 in earlier months (登记的缴费基数).

Of months billed here those paid; of months before, in which somebody was employed and whose wage is
on record, the base by that wage, between floor and ceiling, and at several employers as the rule
counts them. Where no bounds may count it is not known; deemed months (视同缴费) have none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from backend.deployment import is_demo
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import NotConfigured, NotVerified
from backend.people.queries import family_of
from insurance.accounts.sent_away import counts_since
from insurance.collection.contributed import billed_of
from insurance.collection.rules.bounds import base_for
from insurance.collection.rules.terms import EMPLOYED, Terms, terms_for
from insurance.enrolment.known import months_of
from insurance.enrolment.models import Enrolment, Wage
from insurance.pension.index import PaidMonth
from insurance.pension.paid_months import SCHEME, history_of, within_ceilings
from insurance.pension.several import Cut
from insurance.policy import parameters as policy


@dataclass(frozen=True)
class KnownBases:
    """The bases that are known; at two employers a month has two of them."""

    months: tuple[PaidMonth, ...] = ()
    cut: Cut | None = None  # what does not count of months at several employers


def known_bases(
    *,
    person_id: int,
    since: Month,
    until: Month,
    region: str,
    on: date,
    deemed: Sequence[MonthRange] = (),
) -> KnownBases:
    """Give what is known from ``since`` to ``until``, as known on a day, but for deemed months."""
    first = counts_since(person_id=person_id, scheme=SCHEME, since=since)
    if first > until:
        return KnownBases()
    history = history_of(person_id=person_id, since=first, until=until, region=region, on=on)
    rows = billed_of(person_id=person_id, scheme=SCHEME, since=first, until=until)
    without = {one for period in deemed for one in period.months()}
    wages = [
        (month, wage_fen)
        for month, wage_fen in _wages(person_id, MonthRange(first, until.next))
        if month not in without and month not in {row.month for row in rows}
    ]
    declared, cut = _declared(wages, region, until, on)
    paid = (one for one in history.paid if one.month not in without)
    return KnownBases((*paid, *declared), cut.plus(history.cut) if cut else history.cut)


def _declared(
    wages: Sequence[tuple[Month, int]], region: str, until: Month, on: date
) -> tuple[tuple[PaidMonth, ...], Cut | None]:
    """The bases by declared wages; those of months without bounds are not known."""
    found = {month: _terms(month, region, on) for month in {month for month, _ in wages}}
    terms = {month: one for month, one in found.items() if one is not None}
    return within_ceilings(
        bases=[_base(month, wage_fen, terms[month]) for month, wage_fen in wages if month in terms],
        ceilings={month: one.bounds.ceiling_fen for month, one in terms.items()},
        region=region,
        until=until,
    )


def _wages(person_id: int, span: MonthRange) -> Iterator[tuple[Month, int]]:
    """The wage of each month in which somebody is on record as employed, by the employer that was
    joined first."""
    family = family_of(party_id=person_id)
    current = {"person__in": family, "superseded_at__isnull": True}
    wages = list(Wage.objects.filter(payer__isnull=False, **current).order_by("pk"))
    employed = Enrolment.objects.filter(scheme=SCHEME, kind=EMPLOYED, **current).order_by(
        "valid__startswith", "pk"
    )
    for row in employed:
        known = months_of(row).intersect(span)
        for wage in wages:
            if known is None or wage.payer_id != row.payer_id:
                continue
            upper = wage.valid.upper
            earned = MonthRange(Month.of(wage.valid.lower), Month.of(upper) if upper else None)
            both = known.intersect(earned)
            yield from ((month, wage.monthly_fen) for month in (both.months() if both else ()))


def _base(month: Month, wage_fen: int, terms: Terms) -> PaidMonth:
    base = base_for(wage_fen=wage_fen, bounds=terms.bounds, several=terms.several)
    return PaidMonth(month, base.fen)


def _terms(month: Month, region: str, on: date) -> Terms | None:
    try:
        return terms_for(
            tree=policy.load(),
            scheme=SCHEME,
            kind=EMPLOYED,
            region=region,
            month=month,
            known_on=on,
            demo=is_demo(),
        )
    except (NotConfigured, NotVerified):
        return None
