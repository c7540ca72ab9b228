"""A person in payment is not merged away: deaths and accounts are looked up under that entry."""

from datetime import date

import pytest
from django.utils import timezone

from backend.cases.models import Case
from backend.people.models import Alias
from insurance.benefits.merging import MergedInPayment, merge_persons
from insurance.benefits.models import Baseline, Entitlement
from payments.ledger.books import ensure_books
from tests import builders

pytestmark = pytest.mark.django_db


def merge_case(*, goes: int, stays: int) -> Case:
    return Case.objects.create(
        kind="MERGE",
        agency=builders.agency(),
        party_id=goes,
        content={"survivor_id": stays},
        digest="0" * 64,
        received_at=timezone.now(),
    )


def put_in_payment(person_id: int) -> None:
    (book, *_) = ensure_books(agency=builders.agency(), on=date(2026, 11, 1))
    baseline = Baseline.objects.create(digest="1" * 64, manifest={})
    Entitlement.objects.create(
        person_id=person_id,
        scheme="170",
        book=book,
        start_month=date(2020, 1, 1),
        baseline=baseline,
    )


def test_the_entry_with_the_benefit_does_not_go() -> None:
    wang, chen = builders.wang(), builders.chen()
    put_in_payment(wang.pk)

    with pytest.raises(MergedInPayment, match="有待遇"):
        merge_persons(merge_case(goes=wang.pk, stays=chen.pk))

    assert not Alias.objects.exists()


def test_the_entry_with_the_benefit_stays() -> None:
    wang, chen = builders.wang(), builders.chen()
    put_in_payment(wang.pk)

    merge_persons(merge_case(goes=chen.pk, stays=wang.pk))

    assert Alias.objects.get(party_id=chen.pk).survivor_id == wang.pk
