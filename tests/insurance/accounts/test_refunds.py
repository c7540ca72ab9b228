"""Doubled months that were cleared: the person's own money goes back, once, without the subsidy."""

import pytest

from backend.kernel.months import Month
from insurance.accounts.entries import balance
from insurance.accounts.models import AccountEntry, EntrySource, Outgoing, Part
from insurance.accounts.refunds import refund_cleared
from insurance.enrolment.models import Cleared, Enrolment, Kind
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.enrolment import enrolment_builders

pytestmark = pytest.mark.django_db
NOVEMBER = Month(2026, 11)


def cleared(*, scheme: str = "170") -> Cleared:
    """Li's resident months of 2025 were doubled by an employer's."""
    enrolment = enrolment_builders.enrolment(scheme="170", kind=Kind.RESIDENT)
    Enrolment.objects.filter(pk=enrolment.pk).update(superseded_at="2026-11-01T00:00:00Z")
    return Cleared.objects.create(
        person_id=builders.li().pk,
        scheme=scheme,
        enrolment=enrolment,
        from_month=of.first("2025-01"),
        until_month=of.first("2026-01"),
        case_id=77,
    )


def credit(part: Part, fen: int, *, month: str = "2025-01") -> None:
    AccountEntry.objects.create(
        person_id=builders.li().pk,
        scheme="170",
        kind="CREDIT",
        part=part,
        for_month=of.first(month),
        arrival_month=of.first("2025-03"),
        fen=fen,
        source=EntrySource.ALLOCATION,
        source_id=fen,
    )


def test_own_and_collective_money_goes_back_the_subsidy_stays() -> None:
    credit(Part.PERSON, 30_000)
    credit(Part.COLLECTIVE, 5_000)
    credit(Part.SUBSIDY, 4_000)
    credit(Part.PERSON, 20_000, month="2024-01")
    cleared()

    assert refund_cleared(month=NOVEMBER) == 3

    assert balance(person_id=builders.li().pk, scheme="170") == 24_000
    assert Outgoing.objects.values_list("fen", "payee_id").get() == (35_000, builders.li().pk)


def test_a_refund_is_made_once() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    refund_cleared(month=NOVEMBER)

    assert refund_cleared(month=NOVEMBER) == 0
    assert refund_cleared(month=NOVEMBER.next) == 0


def test_what_comes_in_later_goes_back_at_the_next_reading() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    refund_cleared(month=NOVEMBER)
    credit(Part.PERSON, 7_000, month="2025-06")

    assert refund_cleared(month=NOVEMBER.next) == 2
    assert sum(Outgoing.objects.values_list("fen", flat=True)) == 37_000


def test_doubled_months_of_one_scheme_are_left_to_collection() -> None:
    credit(Part.PERSON, 30_000)
    cleared()
    enrolment_builders.enrolment(scheme="170", kind=Kind.RESIDENT)

    assert refund_cleared(month=NOVEMBER) == 0


def test_schemes_without_accounts_have_nothing_to_give_back() -> None:
    cleared(scheme="390")

    assert refund_cleared(month=NOVEMBER) == 0
