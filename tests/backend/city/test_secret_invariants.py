"""A secret that stands in clear, and a session that is not its holder's, are found (秘密、会话)."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.access.models import CitizenSession, Profile, SigningKey, Staff, Terminal
from backend.city.secret_invariants import broken_promises
from cards.models import Card
from tests import builders
from tests.backend.access.terminal_builders import machine
from tests.cards.card_builders import card

pytestmark = pytest.mark.django_db


def broken() -> list[str]:
    return [row.promise.split()[0] for row in broken_promises()]


@pytest.fixture
def clerk() -> Staff:
    return builders.staff_with_password(role="CLERK", username="clerk")


def session_at(kiosk: Terminal, *, of: int, with_card: bool = True) -> CitizenSession:
    now = timezone.now()
    return CitizenSession.objects.create(
        terminal=kiosk,
        person_id=of,
        card_id=(Card.objects.first() or card()).pk if with_card else None,
        clerk=None if with_card else builders.member(role="CLERK").staff,
        opened_at=now,
        active_at=now,
        present_at=now,
    )


def test_what_the_office_makes_is_sealed(clerk: Staff) -> None:
    assert SigningKey.objects.filter(staff=clerk).exists()

    assert broken() == []


def test_a_key_in_clear_is_found(clerk: Staff) -> None:
    SigningKey.objects.filter(staff=clerk).update(private_sealed=os.urandom(32))

    assert broken() == ["INV-10"]


def test_a_secret_of_an_authenticator_in_clear_is_found(clerk: Staff) -> None:
    Staff.objects.filter(pk=clerk.pk).update(totp_sealed=builders.TOTP_SECRET)

    assert broken() == ["INV-10"]


def test_a_password_in_clear_is_found(clerk: Staff) -> None:
    Staff.objects.filter(pk=clerk.pk).update(password=builders.PASSWORD)

    (found,) = broken_promises()

    assert found.promise.startswith("INV-11")
    pieces = {builders.PASSWORD[i : i + 3] for i in range(len(builders.PASSWORD) - 2)}
    assert [piece for piece in pieces if piece in found.found] == []


def test_a_session_of_a_card_is_its_holders() -> None:
    kiosk = machine(profile=Profile.KIOSK).row
    session_at(kiosk, of=builders.wang().pk)
    assert broken() == []
    CitizenSession.objects.update(ended_at=timezone.now())

    session_at(kiosk, of=builders.li().pk)

    assert broken() == ["INV-12"]


def test_no_session_begins_at_a_kiosk_that_was_revoked() -> None:
    kiosk = machine(profile=Profile.KIOSK).row
    session_at(kiosk, of=builders.wang().pk, with_card=False)
    earlier = timezone.now() - timedelta(hours=1)
    by = builders.member(role="SYSTEM_ADMIN").staff

    Terminal.objects.filter(pk=kiosk.pk).update(revoked_at=earlier, revoked_by=by)

    assert broken() == ["INV-13"]


def test_nothing_is_done_in_a_session_after_its_end() -> None:
    kiosk = machine(profile=Profile.KIOSK).row
    session = session_at(kiosk, of=builders.wang().pk, with_card=False)

    CitizenSession.objects.filter(pk=session.pk).update(
        ended_at=session.active_at - timedelta(hours=1)
    )

    assert broken() == ["INV-13"]
