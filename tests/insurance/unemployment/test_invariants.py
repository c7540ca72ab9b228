"""The promises of unemployment insurance hold on what people decided, and find what SQL put in."""

import pytest

from backend.kernel.months import Month
from insurance.benefits.models import Component, Entitlement
from insurance.unemployment.invariants import DECIDED, STEPS, broken_promises, promises
from insurance.unemployment.models import Claim
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
MONTHS = "失业:待遇项目恰好是核定的各月"
TWICE = "失业:同一月份至多领一份失业保险金"
UNCLAIMED = "失业:每项待遇有其核定,同一人,自登记当月起领取"


def broken() -> list[str]:
    return [one.promise for one in broken_promises()]


def by_law() -> Claim:
    """Decided through all hands."""
    z.out_of_work()
    m.office()
    case = z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=z.claim_content())
    return Claim.objects.get(case_id=case.pk)


def copied(claim: Claim, **changes: object) -> Claim:
    """What somebody could put in by SQL."""
    fields = {
        field.attname: getattr(claim, field.attname)
        for field in Claim._meta.concrete_fields
        if field.attname not in ("id", "recorded_at")
    }
    return Claim.objects.create(**{**fields, **changes})


def entitlement(case_id: int = m.SOME_CASE) -> Entitlement:
    return Entitlement.objects.create(
        person_id=builders.zhao().pk,
        scheme="210",
        book=Claim.objects.get().entitlement.book,
        start_month=m.DECEMBER.first_day,
        case_id=case_id,
    )


def test_what_three_people_decided_holds() -> None:
    by_law()

    assert broken() == []
    assert len(promises()) == 9


def test_what_nobody_signed_is_found() -> None:
    z.out_of_work()
    z.claimed()

    assert broken() == [DECIDED]


def test_a_benefit_that_nobody_claimed_is_found() -> None:
    by_law()

    entitlement()

    assert broken() == [UNCLAIMED]


def test_other_months_than_were_granted_are_found() -> None:
    claim = by_law()
    row = Component.objects.get(entitlement=claim.entitlement)

    m.component(
        of=claim.entitlement,
        name="UNEMPLOYMENT",
        fen=row.fen,
        start=Month.of(row.valid.upper),
        end=Month.of(row.valid.upper).next,
        case_id=claim.case_id,
    )

    assert broken() == [MONTHS]


def test_a_month_drawn_twice_is_found() -> None:
    by_law()

    m.component(
        of=entitlement(), name="UNEMPLOYMENT", fen=1, start=m.DECEMBER, end=m.JANUARY, case_id=1
    )

    assert broken() == [UNCLAIMED, TWICE]


def test_figures_that_the_steps_do_not_give_are_found() -> None:
    claim = by_law()

    copied(
        claim,
        case_id=1,
        registered_on=m.DECEMBER.first_day,
        entitlement_id=entitlement(1).pk,
        granted_months=15,
    )

    assert broken() == [DECIDED, STEPS, MONTHS]
