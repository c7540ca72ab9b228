"""Whatever comes at the same instant: one answer opens one session, one card lies in one kiosk."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone

from backend.access.citizens import Opened
from backend.access.models import CitizenSession
from backend.kernel.errors import Refusal
from cards import card_session
from cards.register import standing
from cards.software_keys import SoftwareKeys
from cards.states import CardState
from tests.at_once import at_once
from tests.backend.access.terminal_builders import Machine
from tests.cards.card_builders import Plastic, become, card, challenged, kiosk
from tests.conftest import OwnDatabase


def handing_in(at: Machine, answer: str) -> Callable[[], Any]:
    terminal_id = at.row.pk
    return lambda: card_session.open_session(
        terminal_id=terminal_id,
        answer=bytes.fromhex(answer),
        pin_verified=True,
        keys=SoftwareKeys(settings.CARD_DEMO_KEYS),
        now=timezone.now(),
    )


def test_an_answer_that_comes_eight_times_at_once_opens_one_session(
    own_database: OwnDatabase,
) -> None:
    at, plastic = kiosk(), Plastic(card())
    answer = plastic.answer(challenged(at, plastic))

    results = at_once(*[handing_in(at, answer)] * 8)

    refused = [one.code for one in results if isinstance(one, Refusal)]
    assert refused == ["card_challenge_over"] * 7
    assert CitizenSession.objects.count() == 1


def test_a_card_at_two_kiosks_at_once_is_open_at_one(own_database: OwnDatabase) -> None:
    kiosks, plastic = [kiosk(), kiosk()], Plastic(card())
    answers = [plastic.answer(challenged(at, plastic)) for at in kiosks]

    results = at_once(*map(handing_in, kiosks, answers))

    assert all(isinstance(one, Opened) for one in results)
    assert CitizenSession.objects.filter(ended_at=None).count() == 1


def test_a_card_that_is_reported_lost_as_it_opens_has_nothing_open(
    own_database: OwnDatabase,
) -> None:
    at, plastic = kiosk(), Plastic(card())
    for state in (CardState.REPORTED_LOST, CardState.ACTIVE) * 4:
        if state is CardState.ACTIVE:
            become(plastic.row, state)
            continue
        answer = plastic.answer(challenged(at, plastic))

        at_once(handing_in(at, answer), lambda: become(plastic.row, CardState.REPORTED_LOST))

        assert standing(card_id=plastic.row.pk).state == CardState.REPORTED_LOST
        assert not CitizenSession.objects.filter(ended_at=None).exists()


def test_a_card_that_two_change_at_once_is_changed_step_by_step(own_database: OwnDatabase) -> None:
    row = card()

    results = at_once(
        lambda: become(row, CardState.BLOCKED), lambda: become(row, CardState.REPORTED_LOST)
    )

    refused = [one.code for one in results if isinstance(one, Refusal)]
    assert refused == ["card_state_refused"]
