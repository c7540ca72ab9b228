"""Interim awards in payment (预发样例), straight into the tables; a fifth on ties."""

import random
from collections.abc import Sequence
from datetime import date
from functools import cache

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from backend.people.models import Party
from insurance.benefits.models import Component, Entitlement
from insurance.pension.award_terms import AwardTerms, award_terms
from insurance.pension.formula import AwardFacts, award_pension
from insurance.pension.models import Award
from insurance.policy import parameters
from insurance.policy.kept_steps import kept
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders as p

BASE_FEN = 8_200_00  # of 2026, once it is published
YOUNGEST, OLDEST = 40 * 12, 70 * 12


def generated(*, people: int, seed: int) -> list[tuple[AwardFacts, Month]]:
    """Facts and retirement months of as many people."""
    draw = random.Random(seed)
    return [_edge(draw) if place % 5 == 0 else _anybody(draw) for place in range(people)]


def awarded(*, people: Sequence[tuple[AwardFacts, Month]]) -> list[Award]:
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
        _award(entitlement, facts, terms(month))
        for entitlement, (facts, month) in zip(entitlements, people, strict=True)
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


def _award(entitlement: Entitlement, facts: AwardFacts, terms: AwardTerms) -> Award:
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
        balance_fen=facts.account_fen,
        base_fen=terms.base.fen,
        base_year=terms.base.year,
        basic_fen=found.basic_fen,
        account_fen=found.account_fen,
        transitional_fen=found.transitional_fen,
        figures={"facts_standing": "cited"},
        steps=kept(steps=found.steps),
        policy_version=terms.policy_version,
        standing="unverified",
        interim=True,
        case_id=entitlement.pk,
    )


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
