"""Interim awards in payment (预发样例), straight into the tables; a fifth on ties."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from backend.people.models import Party
from insurance.accounts.accrued import Bearing, BearingYear
from insurance.accounts.interest import Movement, Rate
from insurance.accounts.rates import rate_of_year
from insurance.benefits.models import Component, Entitlement
from insurance.pension.award_terms import AwardTerms, award_terms
from insurance.pension.formula import AwardFacts, award_pension
from insurance.pension.index import (
    AverageIndex,
    EarlierMonths,
    IndexTerms,
    index_of_years,
    index_terms,
)
from insurance.pension.models import Award
from insurance.pension.reckoning import Bases, Known
from insurance.pension.waiting_account import kept_account
from insurance.policy import parameters
from insurance.policy.kept_steps import kept
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders as p

BASE_FEN = 8_200_00  # of 2026, once it is published
AVERAGE_FEN = 7_200_00  # of 2025, once it is published
PAID_YEARS = (2024, 2025, 2026)
ACCOUNT_YEARS = (2025, 2026)
ANY_RATE = Rate(
    ratio=Decimal("0.015"),
    of_year=2024,
    interim=True,
    parameter="",
    document="",
    standing=Standing.CITED,
    authority="",
    policy_version="",
)
YOUNGEST, OLDEST = 40 * 12, 70 * 12


def generated(*, people: int, seed: int) -> list[tuple[AwardFacts, Month]]:
    """Facts and retirement months of as many people."""
    draw = random.Random(seed)
    return [_edge(draw) if place % 5 == 0 else _anybody(draw) for place in range(people)]


def waiting(*, people: Sequence[tuple[AwardFacts, Month]], seed: int) -> list[Bases | None]:
    """What the index of every third rests on, who paid in 2026: the average of 2025 is awaited."""
    draw = random.Random(seed)
    return [
        _bases(draw, facts.total_months - facts.deemed_months) if place % 3 == 1 else None
        for place, (facts, _) in enumerate(people)
    ]


def awarded(
    *,
    people: Sequence[tuple[AwardFacts, Month]],
    bases: Sequence[Bases | None] = (),
    bearing: Sequence[Bearing | None] = (),
) -> list[Award]:
    """An interim award in payment for each, by the base of the year before."""
    book = month_builders.office().employees
    parties = Party.objects.bulk_create(Party(kind="PERSON") for _ in people)
    entitlements = Entitlement.objects.bulk_create(
        Entitlement(
            person=party,
            scheme="110",
            book=book,
            start_month=month.next.first_day,
            case_id=month_builders.SOME_CASE,
        )
        for party, (_, month) in zip(parties, people, strict=True)
    )
    terms = cache(terms_at)
    awards = Award.objects.bulk_create(
        _award(entitlement, facts, terms(month), of, bears)
        for entitlement, (facts, month), of, bears in zip(
            entitlements,
            people,
            bases or [None] * len(people),
            bearing or [None] * len(people),
            strict=True,
        )
    )
    Component.objects.bulk_create(
        Component(
            entitlement_id=award.entitlement_id,
            component=component,
            fen=fen,
            standing="DEMO",
            valid=SqlRange(Month.of(award.retirement_month).next.first_day, None),
            case_id=award.case_id,
        )
        for award in awards
        for component, fen in award.parts.items()
    )
    return awards


def facts_of(*, award: Award) -> AwardFacts:
    """What an award rests on."""
    return AwardFacts(
        birth_month=Month.of(award.birth_month),
        index=award.average_index or 0,
        total_months=award.total_months,
        deemed_months=award.deemed_months,
        account_fen=award.balance_fen,
    )


def terms_at(month: Month, known_on: date = p.TODAY) -> AwardTerms:
    """The terms of a retirement month, as the parameters say now."""
    return award_terms(
        tree=parameters.load(), region="340800", month=month, known_on=known_on, demo=True
    )


def known_at(month: Month, known_on: date = p.TODAY) -> Known:
    """The same, with the averages of all years that somebody paid for."""
    return Known(
        award=terms_at(month, known_on), index=_index_terms(month, known_on), rates=rates_known()
    )


def rates_known() -> dict[int, Rate]:
    """The account rates of the years of the tests that are announced."""
    rates = {
        year: rate_of_year(scheme="110", region="340800", year=year, demo=True)
        for year in ACCOUNT_YEARS
    }
    return {year: rate for year, rate in rates.items() if not rate.interim}


def accounts(*, people: Sequence[tuple[AwardFacts, Month]], seed: int) -> list[Bearing | None]:
    """What bears interim interest in the account of every second: this year, or from last year on;
    now and then an interest that will lie on half a fen, at 1.5 %."""
    draw = random.Random(seed)
    return [
        _bearing(draw, facts.account_fen, month) if place % 2 and facts.account_fen else None
        for place, (facts, month) in enumerate(people)
    ]


def _bearing(draw: random.Random, fen: int, month: Month) -> Bearing:
    tied = draw.random() < 0.2
    first = month.year if tied or draw.random() < 0.6 else month.year - 1
    years = tuple(
        BearingYear(
            year,
            month.month if year == month.year else 12,
            () if tied else _moved(draw, year),
            ANY_RATE,
        )
        for year in range(first, month.year + 1)
    )
    opening = 400 * draw.randrange(1, 9_999, 2) if tied else fen + 400_000
    return Bearing(opening, years, draw.randint(0, 900))


def _moved(draw: random.Random, year: int) -> tuple[Movement, ...]:
    return tuple(
        Movement(Month(year, month), draw.randint(-50_000, 90_000))
        for month in sorted(draw.sample(range(1, 13), draw.randint(0, 3)))
        if month <= 6
    )


def _index_terms(month: Month, known_on: date) -> IndexTerms:
    return index_terms(
        tree=parameters.load(),
        region="340800",
        years=PAID_YEARS,
        retirement_month=month,
        known_on=known_on,
        demo=True,
    )


def _index(of: Bases, month: Month) -> AverageIndex:
    """As far as the averages are known on the day of the award."""
    return index_of_years(
        by_year=of.by_year,
        months=of.months,
        terms=_index_terms(month, p.TODAY).of_years(of.by_year),
        earlier=of.earlier,
    )


def _award(
    entitlement: Entitlement,
    facts: AwardFacts,
    terms: AwardTerms,
    of: Bases | None,
    bears: Bearing | None,
) -> Award:
    index = _index(of, terms.month) if of else None
    if index is not None:
        assert index.interim
        facts = replace(facts, index=index.index)
    earlier = of.earlier if of else None
    found = award_pension(facts=facts, terms=terms)
    assert found.interim
    return Award(
        kind="AWARD",
        entitlement=entitlement,
        person_id=entitlement.person_id,
        scheme="110",
        route="STATUTORY",
        region="340800",
        birth_month=facts.birth_month.first_day,
        retirement_month=terms.month.first_day,
        total_months=facts.total_months,
        deemed_months=facts.deemed_months,
        average_index=facts.index,
        index_bases=dict(of.by_year) if of else None,
        balance_fen=facts.account_fen,
        account_years=kept_account(bearing=bears, standings={Standing.CITED}),
        base_fen=terms.base.fen,
        base_year=terms.base.year,
        basic_fen=found.basic_fen,
        account_fen=found.account_fen,
        transitional_fen=found.transitional_fen,
        figures={
            "facts_standing": "cited",
            "earlier_months": earlier.months if earlier else 0,
            "earlier_index": str(earlier.index) if earlier else None,
        },
        steps=kept(steps=(*((index.step,) if index else ()), *found.steps)),
        policy_version=terms.policy_version,
        standing="unverified",
        interim=True,
        case_id=entitlement.pk,
    )


def _bases(draw: random.Random, count: int) -> Bases | None:
    """Months paid in up to three years, the last of them 2026; now and then an index that will lie
    on half of its last decimal."""
    if not count:
        return None
    if draw.random() < 0.3:
        halves = draw.randrange(12_001, 60_000, 2)  # of a ten-thousandth, on average
        return Bases({2026: AVERAGE_FEN // 20_000 * count * halves}, count, None)
    months = draw.randint(1, min(count, 36))
    before = count - months
    earlier = EarlierMonths(before, Decimal(draw.randint(6_000, 30_000)) / 10_000)
    years = PAID_YEARS[draw.randrange(3) :]
    by_year = {year: draw.randint(4_000_00, 22_000_00) * months for year in years}
    return Bases(by_year, months, earlier if before else None)


def _anybody(draw: random.Random) -> tuple[AwardFacts, Month]:
    month = Month(2026, draw.randint(1, 12))
    deemed = draw.randint(0, 180)
    facts = AwardFacts(
        birth_month=month.plus(-draw.randint(50 * 12, 63 * 12)),
        index=draw.randint(6_000, 30_000),
        total_months=deemed + draw.randint(60, 400),
        deemed_months=deemed,
        account_fen=draw.randint(1, 50_000_000),
    )
    return facts, month


def _edge(draw: random.Random) -> tuple[AwardFacts, Month]:
    """On a tie of the basic pension (thirty years at an index that ends in 5), of the transitional
    one (an odd tenth of a year at 1.2500) or of the account (half of a divisor, an odd number of
    times); no index, nothing but deemed months, an empty account; the ends of table and year."""
    month = Month(2026, draw.choice((1, 12)))
    age = draw.choice((YOUNGEST, OLDEST, 53 * 12, 55 * 12, 60 * 12 + 11))
    total, index, deemed = draw.choice(
        (
            (360, draw.randrange(6_005, 30_000, 10), 0),
            (361, 12_500, draw.choice((1, 6, 11, 13, 18))),
            (180, 12_500, 180),
            (240, 0, 12),
            (181, 30_000, 1),
        )
    )
    tenths = terms_at(month).divisors.tenths[age]
    half = tenths // 4 if tenths % 4 == 0 else 0
    account = draw.choice((0, 1, half * draw.randrange(1, 999, 2)))
    return AwardFacts(month.plus(-age), index, total, deemed, account), month
