"""A citizen at a kiosk (参保人会话): one person at one terminal, while his card lies in it.

A clerk of the hall who has the holder and his ID card before him opens it, and the kiosk learns of
it by its next heartbeat; or the social security card opens it itself (``cards.card_session``). It
ends when the card leaves, when no heartbeat says that it is there, when nobody does anything, and
after a quarter of an hour.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.access.models import CitizenSession, Profile, Staff, Terminal
from backend.audit.record import record
from backend.kernel.errors import Refusal

SUBJECT, OPENED = "access.citizen_session", "access.citizen_session_opened"
FETCHED_WITHIN = timedelta(seconds=60)
KEY_BYTES = 32


class NoKiosk(Refusal):
    """There is no such kiosk in use in the hall (本大厅没有这台自助终端)."""

    code = "kiosk_not_found"
    status = 404


@dataclass(frozen=True)
class Opened:
    """What the kiosk is told once: by which key its requests act for whom; it is kept nowhere."""

    key: str
    person_id: int
    opened_at: datetime


def digest_of(*, key: str) -> str:
    """By what the table knows the key of a session."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def open_with_id_card(
    *, terminal_id: int, hall_id: int | None, person_id: int, clerk: Staff, now: datetime
) -> CitizenSession:
    """Open a session for the holder of an ID card, whom the clerk has before him.

    What was open at the kiosk before ends.

    Raises:
        NoKiosk: no kiosk in use, or in another hall than the clerk's.
    """
    kiosk = _kiosk(terminal_id)
    if kiosk.hall_id != hall_id:
        raise _no_kiosk()
    _end(CitizenSession.objects.filter(terminal=kiosk), now)
    session = _opened(kiosk, person_id, now, clerk=clerk, present_at=now + FETCHED_WITHIN)
    record(
        name=OPENED,
        subject_kind=SUBJECT,
        subject_id=str(session.pk),
        rows=1,
        staff_id=clerk.pk,
        person_id=clerk.person_id,
        party_id=person_id,
        details={"terminal": kiosk.pk},
    )
    return session


@transaction.atomic
def open_with_card(
    *, terminal_id: int, person_id: int, card_id: int, proven_by: str, now: datetime
) -> Opened:
    """Open a session for the holder of a social security card that has shown itself genuine.

    The kiosk is told the key in the same answer. What was open at it before ends, and whatever the
    same card opened elsewhere: it lies here now. ``proven_by``: which key service says so.

    Raises:
        NoKiosk: no kiosk in use.
    """
    kiosk = _kiosk(terminal_id)
    _end(CitizenSession.objects.filter(Q(terminal=kiosk) | Q(card_id=card_id)), now)
    key = _new_key()
    session = _opened(
        *(kiosk, person_id, now),
        card_id=card_id,
        digest=digest_of(key=key),
        fetched_at=now,
        present_at=now,
    )
    record(
        name=OPENED,
        subject_kind=SUBJECT,
        subject_id=str(session.pk),
        rows=1,
        party_id=person_id,
        details={"terminal": kiosk.pk, "card": card_id, "proven_by": proven_by},
    )
    return Opened(key, person_id, session.opened_at)


def end_of_card(*, card_id: int, now: datetime) -> None:
    """End what is open with a card: it may not be used any more."""
    _end(CitizenSession.objects.filter(card_id=card_id), now)


def fetch(*, terminal_id: int, now: datetime) -> Opened | None:
    """Give the kiosk the session that a clerk opened at it, once, with a key made now; from now on
    the card is there."""
    waiting = CitizenSession.objects.filter(
        terminal=terminal_id, ended_at=None, present_at__gt=now, fetched_at=None
    )
    session, key = waiting.first(), _new_key()
    if session is None or not waiting.filter(pk=session.pk).update(
        digest=digest_of(key=key), fetched_at=now, present_at=now, active_at=now
    ):
        return None
    return Opened(key, session.person_id, session.opened_at)


def note_presence(*, session_id: int, present: bool, now: datetime) -> None:
    """Note that the card is still there, or end the session because it left."""
    session = CitizenSession.objects.filter(pk=session_id, ended_at=None)
    if present:
        session.update(present_at=now)
    else:
        session.update(ended_at=now)


def _kiosk(terminal_id: int) -> Terminal:
    """The kiosk, held until the session is open: of two at once, the later ends the earlier."""
    in_use = Terminal.objects.filter(profile=Profile.KIOSK, revoked_at=None)
    kiosk = in_use.select_for_update(no_key=True).filter(pk=terminal_id).first()
    if kiosk is None:
        raise _no_kiosk()
    return kiosk


def _no_kiosk() -> NoKiosk:
    return NoKiosk("本大厅没有这台在用的自助终端。")


def _end(sessions: QuerySet[CitizenSession], now: datetime) -> None:
    sessions.filter(ended_at=None).update(ended_at=now)


def _new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def _opened(kiosk: Terminal, person_id: int, now: datetime, **how: Any) -> CitizenSession:
    return CitizenSession.objects.create(
        terminal=kiosk,
        person_id=person_id,
        opened_at=now,
        active_at=now,
        **how,
    )
