"""Record acts (审计记录): one row per act, in the transaction of the act itself."""

import getpass
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from backend.audit.models import Act, Channel

PLACE_MAX = 80


@dataclass
class Setting:
    """Under what acts are written now (来处): which call, by which way, from where, and who is
    logged in, once that is known."""

    call: UUID | None
    channel: Channel
    place: str
    staff_id: int | None = None
    person_id: int | None = None


_setting: ContextVar[Setting | None] = ContextVar("setting", default=None)


def current_call() -> UUID | None:
    """The call under which acts and jobs are written now."""
    return _now().call


@contextmanager
def calling(
    call: UUID | None, *, channel: Channel | None = None, place: str | None = None
) -> Iterator[None]:
    """Let all acts and jobs within carry ``call``: what one command or request wrote, also in
    the workers that did its jobs, can be summed; a way that is not told stays as it is."""
    around = _now()
    within = Setting(call, channel or around.channel, around.place if place is None else place)
    token = _setting.set(within)
    try:
        yield
    finally:
        _setting.reset(token)


def acting(*, staff_id: int, person_id: int) -> None:
    """Say who is logged in: acts of this call that name nobody are theirs."""
    setting = _setting.get()
    if setting is not None:
        setting.staff_id, setting.person_id = staff_id, person_id


def placed(place: str) -> None:
    """Say more exactly from where this call comes: at which terminal of that address."""
    setting = _setting.get()
    if setting is not None:
        setting.place = f"{place} {setting.place}"


def record(
    *,
    name: str,
    subject_kind: str,
    subject_id: str,
    rows: int = 0,
    staff_id: int | None = None,
    person_id: int | None = None,
    party_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    digest: str = "",
) -> None:
    """Write one act; ``rows`` counts the business rows that the act wrote. ``person_id`` acted for
    ``party_id``; ``before`` and ``after`` are what it changed."""
    setting = _now()
    if person_id in (None, setting.person_id) and staff_id in (None, setting.staff_id):
        staff_id, person_id = setting.staff_id, setting.person_id
    Act.objects.create(
        name=name,
        subject_kind=subject_kind,
        subject_id=subject_id[:80],
        rows=rows,
        staff_id=staff_id,
        person_id=person_id,
        party_id=party_id,
        channel=setting.channel,
        place=setting.place[:PLACE_MAX],
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        details=dict(details or {}),
        digest=digest,
        call=setting.call,
    )


def _now() -> Setting:
    return _setting.get() or Setting(None, Channel.COMMAND, _here())


@cache
def _here() -> str:
    """Who of the operating system, on which host."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
