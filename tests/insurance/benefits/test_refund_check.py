"""Months on which a pension or a claim rests are named before anything is given back."""

import pytest

from backend.cases.receive import receive_case
from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias
from insurance.benefits.refund_check import rests_on
from tests import builders
from tests.insurance.benefits import month_builders as of

pytestmark = pytest.mark.django_db
BEFORE, AFTER = (MonthRange(Month(year, 1), Month(year, 3)) for year in (2010, 2030))


@pytest.fixture
def pensioner() -> int:
    person_id: int = of.entitlement().person_id
    return person_id


def test_a_pension_rests_on_the_months_before_it_began(pensioner: int) -> None:
    (sentence,) = rests_on(person_id=pensioner, scheme="170", months=BEFORE)

    assert "享受险种 170 的待遇" in sentence
    assert rests_on(person_id=pensioner, scheme="170", months=AFTER) == []
    assert rests_on(person_id=pensioner, scheme="310", months=BEFORE) == []


def test_a_merged_entry_is_the_same_person(pensioner: int) -> None:
    survivor = builders.person(name="江明华").pk
    Alias.objects.create(party_id=pensioner, survivor_id=survivor, case_id=1)

    assert rests_on(person_id=survivor, scheme="170", months=BEFORE)


def test_a_claim_that_waits_is_named() -> None:
    case = receive_case(
        kind="ACCOUNT_LUMP_SUM",
        agency=builders.agency(),
        party_id=builders.li().pk,
        content={"scheme": "110"},
        received_by=builders.chen().pk,
    )

    (sentence,) = rests_on(person_id=builders.li().pk, scheme="110", months=BEFORE)

    assert str(case.pk) in sentence
    assert rests_on(person_id=builders.li().pk, scheme="310", months=BEFORE) == []
