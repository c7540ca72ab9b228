"""A citizen opens his session by his own card (凭卡会话): challenge, the card's answer, the PIN.

The server asks the card in a kiosk for its answer to random bytes, once and for a short time. The
PIN is verified by the card and never comes here: the kiosk says, signed, that the card did so.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from backend.access import citizens
from backend.access.citizens import Opened
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.deaths import has_death
from backend.people.queries import canonical_id
from cards.chip.authentication import CHALLENGE_BYTES, Algorithm, factors_of
from cards.key_service import KeyOfCard, KeyService
from cards.models import Card, CardChallenge, CardStanding
from cards.register import SUBJECT, standing, standing_held
from cards.states import WHY_NOT, CardState

LASTS = timedelta(seconds=60)  # the citizen enters the PIN meanwhile


class CardRefused(Refusal):
    """A card was refused at a kiosk: it is put on record, for somebody may be trying."""

    tried: "Tried"

    def aftermath(self) -> None:
        """Write down which card, where and why; a challenge that was answered stays used up, though
        the call is undone."""
        asked = self.tried.asked
        if asked is not None:
            still = CardChallenge.objects.filter(pk=asked.pk, challenge=asked.challenge)
            still.filter(answered_at=None).update(answered_at=asked.answered_at)
        record(
            name="cards.refused",
            subject_kind=SUBJECT,
            subject_id=str(self.tried.card.pk),
            party_id=self.tried.card.person_id,
            details={"terminal": self.tried.terminal_id, "code": self.code},
        )


class CardUnknown(Refusal):
    """The register does not know the card (没有登记这张卡)."""

    code = "card_unknown"


class CardNotInUse(CardRefused):
    """The card is lost, blocked, cancelled or not handed out yet (卡不在正常状态)."""

    code = "card_not_in_use"


class HolderDeceased(CardRefused):
    """A death of the holder is on record (持卡人有死亡信息)."""

    code = "card_holder_deceased"


class ChallengeOver(Refusal):
    """Nothing was asked here, or it was answered already, or too long ago (验证已失效)."""

    code = "card_challenge_over"
    status = 409


class PinNotVerified(CardRefused):
    """The card did not verify a PIN (没有验证卡密码)."""

    code = "card_pin_not_verified"


class AnswerWrong(CardRefused):
    """The answer is not that of this card to this challenge (卡片验证未通过)."""

    code = "card_answer_wrong"


@dataclass(frozen=True)
class Tried:
    """A card that lies in a kiosk."""

    card: Card
    terminal_id: int
    asked: CardChallenge | None = None  # what it has answered


@dataclass(frozen=True)
class Asked:
    """What the card in a kiosk is to be asked, and with which version of its keys."""

    challenge: bytes
    key_version: int
    expires_at: datetime


def ask_card(*, terminal_id: int, identification: str, now: datetime) -> Asked:
    """Ask the card of this 卡识别码 that lies in a kiosk; what was asked there before is over.

    Raises:
        CardUnknown, CardNotInUse, HolderDeceased: before anybody enters a PIN.
    """
    card = Card.objects.filter(identification=identification).first()
    if card is None:
        raise CardUnknown("本系统没有登记这张社会保障卡，请到窗口办理。")
    _require_usable(Tried(card, terminal_id), standing(card_id=card.pk))
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    CardChallenge.objects.update_or_create(
        terminal_id=terminal_id,
        defaults={"card": card, "challenge": challenge, "issued_at": now, "answered_at": None},
    )
    return Asked(challenge=challenge, key_version=card.key_version, expires_at=now + LASTS)


def open_session(
    *, terminal_id: int, answer: bytes, pin_verified: bool, keys: KeyService, now: datetime
) -> Opened:
    """Open a session for the holder of the card that answered what was last asked at the kiosk.

    Also a refused answer uses the challenge up.

    Raises:
        ChallengeOver; PinNotVerified; KeyVersionUnknown, AnswerWrong; CardNotInUse,
        HolderDeceased: as things are now, not when it was asked.
    """
    asked = _taken(terminal_id, now)
    tried = Tried(asked.card, terminal_id, asked)
    if not pin_verified:
        raise _refused(PinNotVerified, tried, "卡密码未通过验证，请重新插卡并输入密码。")
    challenge = bytes(asked.challenge)
    if not keys.is_answer(of=key_of(card=tried.card), challenge=challenge, answer=answer):
        raise _refused(AnswerWrong, tried, "卡片验证未通过，请重新插卡；仍不通过的，请到窗口办理。")
    with transaction.atomic():
        person_id = _require_usable(tried, standing_held(card_id=tried.card.pk))
        return citizens.open_with_card(
            terminal_id=terminal_id,
            person_id=person_id,
            card_id=tried.card.pk,
            proven_by=keys.label,
            now=now,
        )


def key_of(*, card: Card) -> KeyOfCard:
    """Which key the card holds."""
    return KeyOfCard(
        algorithm=Algorithm(card.algorithm),
        version=card.key_version,
        factors=factors_of(identification=card.identification, reset_info=card.reset_info),
    )


@transaction.atomic
def _taken(terminal_id: int, now: datetime) -> CardChallenge:
    """The challenge that is open at the kiosk, used up: of two answers at once, one finds it."""
    rows = CardChallenge.objects.select_for_update(of=("self",)).select_related("card")
    asked = rows.filter(terminal=terminal_id, answered_at=None, issued_at__gt=now - LASTS).first()
    if asked is None:
        raise ChallengeOver("卡片验证已超时或已用过，请重新插卡。")
    asked.answered_at = now
    asked.save(update_fields=["answered_at"])
    return asked


def _require_usable(tried: Tried, now: CardStanding) -> int:
    """Give the person whose session it would be: as who he lives on, if entered twice."""
    state = CardState(now.state)
    if state is not CardState.ACTIVE:
        raise _refused(CardNotInUse, tried, WHY_NOT[state], state=state.value)
    if has_death(party_id=tried.card.person_id):
        raise _refused(HolderDeceased, tried, "这张社会保障卡不能自助使用，请到窗口办理。")
    return canonical_id(party_id=tried.card.person_id)


def _refused(why: type[CardRefused], tried: Tried, sentence: str, **facts: object) -> CardRefused:
    refusal = why(sentence, **facts)
    refusal.tried = tried  # no fact: facts are told
    return refusal
