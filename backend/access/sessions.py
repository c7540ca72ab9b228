"""Sessions of staff (登录会话): they end when nobody works in them, and at the end of a long day.

The table holds a digest of each key: whoever reads it, or a dump, can open no session.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from backend.access.logged_in import COLUMNS, JOINED, ORDERED, account_of
from backend.access.models import Staff, StaffSession
from backend.postgresql.planned import planned_once

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
NOTED_EVERY = timedelta(minutes=1)  # a call writes no row, unless so much is gone
OPENED_AT = "opened_at"
# One session, with whoever is logged in; ``ORDERED`` puts the rows in their order.
READ = f"SELECT l.session_data, l.expire_date, {COLUMNS}"
OPEN = f"""
access_staffsession l {JOINED}
WHERE l.session_key = %(login)s AND l.expire_date > %(now)s
"""
LOAD = f"{READ} FROM {OPEN} {ORDERED}"
Rows: TypeAlias = Sequence[Sequence[Any]]
DIGEST_LETTERS = 40  # as many as the column takes: 160 bits


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with two limits, without the keys, and with the account
    that each opens."""

    _offered: tuple[Rows, dict[str, Any]] | None = None
    _account: Staff | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        """Where they stand."""
        return StaffSession

    def asked(self, *, now: datetime) -> dict[str, Any]:
        """The values for a statement that reads it."""
        key = _digest(self.session_key or "")
        return {"login": key, "now": now, "day": timezone.localdate(now)}

    def offer(self, rows: Rows, *, asked: dict[str, Any]) -> None:
        """Take over what another statement read of it, and the values that it was asked with."""
        self._offered = rows, asked

    @property
    def staff(self) -> Staff | None:
        """Whoever is logged in, with the roles of today. Nobody is, when the account was closed or
        has another password since, or when SQL turned the row to another account."""
        told, named = self.get(HASH_SESSION_KEY, ""), self.get(SESSION_KEY)
        staff = self._account
        if staff is None or named != str(staff.pk):
            return None
        hashes = chain([staff.get_session_auth_hash()], staff.get_session_auth_fallback_hash())
        if not any(constant_time_compare(told, one) for one in hashes):
            self.flush()
            return None
        return staff

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Open what a row holds, once: it is the same at each call of a session."""
        return dict(_opened(session_data, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)))

    def load(self) -> dict[str, Any]:
        """Read the session, if it is not over, and note that somebody works in it."""
        offered, self._offered = self._offered, None
        rows, asked = offered or self._read()
        content: dict[str, Any] = self.decode(rows[0][0]) if rows else {}
        if OPENED_AT not in content:  # over, or signed by a key that is gone
            self._session_key = None
            return {}
        self._account = account_of([row[2:] for row in rows], day=asked["day"])
        end = _end(content, asked["now"])
        if end - rows[0][1] >= NOTED_EVERY:
            StaffSession.objects.filter(session_key=asked["login"]).update(expire_date=end)
        return content

    def _read(self) -> tuple[Rows, dict[str, Any]]:
        asked = self.asked(now=timezone.now())
        with planned_once() as cursor:
            cursor.execute(LOAD, asked)
            return cursor.fetchall(), asked

    def exists(self, session_key: str) -> bool:
        """Tell whether there is one, by the digest of its key."""
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        """Give the row; a session without an instant of opening is opened now."""
        now = timezone.now()
        data.setdefault(OPENED_AT, now.isoformat())
        row = cast(StaffSession, super().create_model_instance(data))
        row.session_key, row.expire_date = _digest(row.session_key), _end(data, now)
        row.staff_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session, this one if none is named."""
        key = session_key or self.session_key
        if key is not None:
            StaffSession.objects.filter(session_key=_digest(key)).delete()


@lru_cache(maxsize=1024)
def _opened(content: bytes | str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Under other keys of the host the same content may open no more."""
    return dict(db.SessionStore().decode(content))


def _end(content: dict[str, Any], now: datetime) -> datetime:
    return min(now + IDLE, datetime.fromisoformat(content[OPENED_AT]) + ABSOLUTE)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:DIGEST_LETTERS]
