"""On which bases somebody is known to have paid 110 in earlier months (登记的缴费基数).

Of months billed here those paid; of months before, in which somebody was employed and whose wage is
on record, the base by that wage, between floor and ceiling. Where no bounds may count it is not
known.
"""

from collections.abc import Iterator
from datetime import date

from backend.deployment import is_demo
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import NotConfigured, NotVerified
from backend.people.queries import family_of
from insurance.accounts.sent_away import counts_since
from insurance.collection.contributed import billed_of
from insurance.collection.rules.bounds import base_for
from insurance.collection.rules.terms import EMPLOYED, terms_for
from insurance.enrolment.known import months_of
from insurance.enrolment.models import Enrolment, Wage
from insurance.pension.index import PaidMonth
from insurance.pension.paid_months import SCHEME, history_of
from insurance.policy import parameters as policy


def known_bases(
    *, person_id: int, since: Month, until: Month, region: str, on: date
) -> tuple[PaidMonth, ...]:
    """Give what is known from ``since`` to ``until``, as known on a day; at two employers a month
    has two bases."""
    first = counts_since(person_id=person_id, scheme=SCHEME, since=since)
    if first > until:
        return ()
    paid = history_of(person_id=person_id, since=first, until=until, region=region, on=on).paid
    rows = billed_of(person_id=person_id, scheme=SCHEME, since=first, until=until)
    billed = {row.month for row in rows}
    declared = (
        PaidMonth(month, fen)
        for month, wage_fen in _wages(person_id, MonthRange(first, until.next))
        if month not in billed and (fen := _base(wage_fen, month, region, on)) is not None
    )
    return (*paid, *declared)


def _wages(person_id: int, span: MonthRange) -> Iterator[tuple[Month, int]]:
    """The wage of each month in which somebody is on record as employed."""
    family = family_of(party_id=person_id)
    current = {"person__in": family, "superseded_at__isnull": True}
    wages = list(Wage.objects.filter(payer__isnull=False, **current).order_by("pk"))
    employed = Enrolment.objects.filter(scheme=SCHEME, kind=EMPLOYED, **current).order_by("pk")
    for row in employed:
        known = months_of(row).intersect(span)
        for wage in wages:
            if known is None or wage.payer_id != row.payer_id:
                continue
            upper = wage.valid.upper
            earned = MonthRange(Month.of(wage.valid.lower), Month.of(upper) if upper else None)
            both = known.intersect(earned)
            yield from ((month, wage.monthly_fen) for month in (both.months() if both else ()))


def _base(wage_fen: int, month: Month, region: str, on: date) -> int | None:
    try:
        terms = terms_for(
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
    return base_for(wage_fen=wage_fen, bounds=terms.bounds, several=terms.several).fen
