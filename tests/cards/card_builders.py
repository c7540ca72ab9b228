"""Cards before a kiosk (演示卡): in the register, and as a thing that answers and counts PINs."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from backend.access.models import Profile
from backend.people.models import Person
from cards.card_session import key_of
from cards.chip.authentication import Algorithm
from cards.models import Card
from cards.register import NewCard, change_state, register_card
from cards.software_keys import SoftwareKeys
from cards.states import CardState
from tests import builders
from tests.backend.access.terminal_builders import Machine, machine
from tests.cards import independent

SESSIONS, CHALLENGES = "/api/v1/card-sessions/", "/api/v1/card-sessions/challenge"
PIN = "739154"
_serials = itertools.count(1)


def new_card(*, algorithm: Algorithm = Algorithm.TDES, key_version: int = 1) -> NewCard:
    """A card fresh from its maker, like no other."""
    serial = next(_serials)
    return NewCard(
        identification=f"340800D15600000502{serial:014X}",
        card_number=f"Y{serial:08d}",
        spec_version="2.00",
        algorithm=algorithm,
        key_version=key_version,
        reset_info=f"{'00' * 7}261105{serial:06X}",
    )


def card(
    *, of: Person | None = None, made: NewCard | None = None, state: CardState = CardState.ACTIVE
) -> Card:
    """Wang's card, in use."""
    holder = of or builders.wang()
    row = register_card(card=made or new_card(), person_id=holder.pk, on=builders.TODAY, by=None)
    steps = {
        CardState.MADE: [],
        CardState.ACTIVE: [CardState.ACTIVE],
        CardState.CANCELLED: [CardState.CANCELLED],
    }
    for step in steps.get(state, [CardState.ACTIVE, state]):
        become(row, step)
    return row


def become(row: Card, state: CardState) -> None:
    """Let it stand otherwise."""
    change_state(card=row, to=state, reason="演示", on=builders.TODAY, by=None, now=timezone.now())


@dataclass
class Plastic:
    """The card itself: it holds its key, verifies its PIN, and answers."""

    row: Card
    key_version: int = 0  # of the key in it; as the register says, if not told
    tries: int = 3

    def verify(self, pin: str) -> bool:
        """VERIFY."""
        self.tries = 3 if pin == PIN else self.tries - 1
        return pin == PIN

    def answer(self, challenge: str) -> str:
        """INTERNAL AUTHENTICATION."""
        of = key_of(card=self.row)
        of = replace(of, version=self.key_version or of.version)
        key = SoftwareKeys(settings.CARD_DEMO_KEYS).key(of=of)
        return independent.answer(of.algorithm.value, key, bytes.fromhex(challenge)).hex()


def kiosk() -> Machine:
    """A kiosk, enrolled."""
    return machine(profile=Profile.KIOSK)


def ask(at: Machine, plastic: Plastic) -> Any:
    """The card is put into a kiosk, which asks for a challenge."""
    return at.post(CHALLENGES, {"identification": plastic.row.identification})


def challenged(at: Machine, plastic: Plastic) -> str:
    """The challenge itself."""
    answer = ask(at, plastic)
    assert answer.status_code == 201, answer.content.decode()
    return str(answer.json()["challenge"])


def hand_in(at: Machine, answer: str, *, verified: bool = True) -> Any:
    """The kiosk hands the card's answer in; from then on it acts in the session."""
    answered = at.post(SESSIONS, {"answer": answer, "pin_verified": verified})
    if answered.status_code == 201:
        at.session = answered.json()["key"]
    return answered


def open_by(at: Machine, plastic: Plastic) -> Any:
    """Challenge, PIN, answer."""
    challenge = challenged(at, plastic)
    return hand_in(at, plastic.answer(challenge), verified=plastic.verify(PIN))
