"""Whoever signs a batch sees what its month held, by reason, with samples."""

import pytest
from django.test import Client

from backend.kernel.identity import Sex
from insurance.benefits.held_of_batch import SAMPLES, held_of
from payments.models import Batch
from tests import builders
from tests.insurance.benefits import month_builders as m

pytestmark = pytest.mark.django_db


def batch_of_month() -> Batch:
    """The residents' batch of November at NSB."""
    m.sealed()
    book = m.office().residents
    return Batch.objects.get(book=book, bank="NSB", period=m.NOVEMBER.first_day, kind="REGULAR")


def test_what_was_held_is_counted_by_reason() -> None:
    m.entitlement()
    for order in range(SAMPLES + 1):
        someone = builders.person(name="江守义", sex=Sex.MALE)
        held = m.entitlement(of=someone, components={"BASIC": 10_000 + order})
        m.hold(of=held)

    found = held_of(batch=batch_of_month(), on=builders.TODAY)

    (only,) = found.reasons
    assert (only.reason, only.count, only.fen) == ("SUSPENDED", 4, 40_006)
    assert [one.fen for one in only.samples] == [10_003, 10_002, 10_001]
    assert (found.count, found.fen) == (4, 40_006)


def test_what_another_book_held_is_not_shown() -> None:
    m.entitlement()
    m.hold(of=m.entitlement(of=builders.li(), scheme="110"))

    assert held_of(batch=batch_of_month(), on=builders.TODAY).count == 0


def test_samples_are_masked(client: Client) -> None:
    m.entitlement()
    m.hold(of=m.entitlement(of=builders.li()))
    batch = batch_of_month()
    client.force_login(builders.member(role="APPROVER").staff)

    shown = client.get(f"/api/v1/batches/{batch.pk}/held/").json()

    assert shown["reasons"][0]["reason_label"] == "暂停"
    assert shown["reasons"][0]["samples"][0]["holder"] == "李*国"
