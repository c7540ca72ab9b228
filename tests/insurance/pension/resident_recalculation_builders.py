"""Awards of 170 in payment (居民待遇样例), straight into the tables; a fifth on edges; invented."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.dated import DatedRow, Standing
from backend.kernel.months import Month
from backend.people.models import Party
from insurance.accounts.accrued import Bearing
from insurance.accounts.rates import RATES
from insurance.benefits.models import Component, Entitlement
from insurance.pension import recalculation
from insurance.pension.formula import AwardFacts
from insurance.pension.models import Award, Recalculation
from insurance.pension.recalculation import Waiting
from insurance.pension.resident_recalculation_terms import terms_at
from insurance.pension.residents import (
    EXTRA_KEY,
    FOLDER,
    ResidentAward,
    ResidentFacts,
    award_resident,
)
from insurance.pension.waiting_account import kept_account
from insurance.policy import parameters
from insurance.policy.kept_steps import kept
from insurance.policy.standing import mark_of_amount, weakest
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import recalculation_builders as employees
from tests.insurance.pension.adjusting.adjusting_builders import value, with_rows

BASIC = f"{FOLDER}.basic"
REGION = "340802"  # what is said of its city counts
LONG_AGO, IN_JULY = date(2020, 1, 1), date(2026, 7, 1)
YEAR = 2026
HERE = Waiting(REGION, YEAR, "170")


@dataclass(frozen=True)
class Resident:
    """Somebody who draws 170."""

    facts: ResidentFacts
    month: Month  # before the first one
    awarded_extra: bool  # else as when a clerk's word, not the years, decided on it
    bearing: Bearing | None


def figures(
    patch: pytest.MonkeyPatch,
    *,
    basic: str = "210",
    then: str = "",
    since: date = IN_JULY,
    extra: str = "2.50",
    extra_standing: Standing = Standing.CITED,
    standing: Standing = Standing.CITED,
) -> None:
    """The place's amount, another one then – from July on –, and what each year above the least
    adds."""
    until = since if then else None
    rows = [value(Decimal(basic), since=LONG_AGO, until=until, standing=standing)]
    if then:
        rows.append(value(Decimal(then), since=since, standing=standing))
    with_rows(patch, BASIC, *rows)
    with_rows(patch, EXTRA_KEY, *_extra(extra, extra_standing))


def _extra(yuan: str, standing: Standing) -> list[DatedRow]:
    return [value(Decimal(yuan), since=LONG_AGO, standing=standing)] if yuan else []


def live(patch: pytest.MonkeyPatch) -> None:
    """The database is none of a demonstration (正式库)."""
    patch.setattr(recalculation, "is_demo", lambda: False)


def rate(patch: pytest.MonkeyPatch, *years: int) -> None:
    """The account rates of years are announced: 1.5 %."""
    rows = [
        value(
            Decimal("0.0150"), since=date(year, 1, 1), until=date(year + 1, 1, 1), region="340000"
        )
        for year in years
    ]
    with_rows(patch, RATES["170"], *rows)


def resident(*, paid_years: int, awarded_extra: bool) -> Resident:
    """Somebody whose pension begins in August 2026, with an account of 13,900.00."""
    month = Month(YEAR, 7)
    return Resident(
        ResidentFacts(month.plus(-60 * 12), paid_years, 13_900_00), month, awarded_extra, None
    )


def generated(*, people: int, seed: int) -> list[Resident]:
    """As many people whose pension begins in a month of 2026, after January."""
    draw = random.Random(seed)
    found = []
    for place in range(people):
        month = Month(YEAR, draw.randint(1, 12))
        edge = place % 5 == 0
        facts = ResidentFacts(
            birth_month=month.plus(-60 * 12 - draw.randint(0, 24)),
            paid_years=draw.choice((15, 16)) if edge else draw.randint(15, 45),
            account_fen=139 * draw.randint(0, 9_999) + draw.choice((0, 69, 70, 138))
            if edge
            else draw.randint(0, 9_000_000),
            least_years=None,
        )
        _, bearing = employees.accounts(people=[_stub(facts, month)] * 2, seed=seed + place)
        found.append(
            Resident(facts, month, draw.random() < 0.5, bearing if place % 3 == 1 else None)
        )
    return found


def awarded(people: Sequence[Resident]) -> list[Award]:
    """An award in payment for each, by the figures of now."""
    book = month_builders.office().residents
    parties = Party.objects.bulk_create(Party(kind="PERSON") for _ in people)
    entitlements = Entitlement.objects.bulk_create(
        Entitlement(
            person=party,
            scheme="170",
            book=book,
            start_month=one.month.next.first_day,
            district=REGION,
            case_id=month_builders.SOME_CASE,
        )
        for party, one in zip(parties, people, strict=True)
    )
    awards = Award.objects.bulk_create(
        _award(entitlement, one) for entitlement, one in zip(entitlements, people, strict=True)
    )
    Component.objects.bulk_create(
        Component(
            entitlement_id=award.entitlement_id,
            component=component,
            fen=fen,
            standing=mark_of_amount(standing=Standing(award.standing), demo=True),
            valid=SqlRange(Month.of(award.retirement_month).next.first_day, None),
            case_id=award.case_id,
        )
        for award in awards
        for component, fen in award.parts.items()
    )
    return awards


def recalculated() -> Recalculation:
    """All chunks of the district's year."""
    assert recalculation.waiting() == [HERE]
    run = recalculation.open_recalculation(of=HERE, known_on=p.TODAY)
    assert run is not None
    for chunk in range(len(run.chunks)):
        recalculation.recalculate_chunk(run_id=run.pk, chunk=chunk)
    run.refresh_from_db()
    assert run.state == "DONE"
    return run


def in_payment(award: Award, month: Month) -> dict[str, int]:
    """What is in force in a month, by component."""
    rows = Component.objects.filter(
        entitlement=award.entitlement_id, superseded_at=None, valid__contains=month.first_day
    )
    return dict(rows.values_list("component", "fen"))


def _award(entitlement: Entitlement, one: Resident) -> Award:
    found = _found(one)
    facts_standing = Standing.CITED
    standings = {facts_standing, *(source.standing for source in found.terms.sources)}
    return Award(
        kind="AWARD",
        entitlement=entitlement,
        person_id=entitlement.person_id,
        scheme="170",
        region=REGION,
        birth_month=one.facts.birth_month.first_day,
        retirement_month=one.month.first_day,
        total_months=one.facts.paid_years * 12,
        deemed_months=0,
        balance_fen=one.facts.account_fen,
        account_years=kept_account(bearing=one.bearing, standings={Standing.CITED}),
        basic_fen=found.basic_fen,
        account_fen=found.account_fen,
        extra_fen=found.extra_fen,
        figures={
            "least_years": None,
            "facts_standing": facts_standing.value,
        },
        steps=kept(steps=found.steps),
        policy_version=found.terms.policy_version,
        standing=weakest(standings=standings).value,
        interim=False,
        case_id=entitlement.pk,
    )


def _found(one: Resident) -> ResidentAward:
    terms = terms_at(tree=parameters.load(), region=REGION, first=one.month.next, demo=True)
    if not one.awarded_extra:
        terms = type(terms)(**{**vars(terms), "extra": None})
    return award_resident(facts=one.facts, terms=terms)


def _stub(facts: ResidentFacts, month: Month) -> tuple[AwardFacts, Month]:
    return (
        AwardFacts(
            birth_month=facts.birth_month,
            index=0,
            total_months=facts.paid_years * 12,
            deemed_months=0,
            account_fen=facts.account_fen,
        ),
        month,
    )
