"""Sessions of staff (登录会话): they end when nobody works in them, and at the end of a long day.

The table holds a digest of each key: whoever reads it, or a dump, can open no session.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from backend.postgresql.planned import planned_once

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
NOTED_EVERY = timedelta(minutes=1)  # a call writes no row, unless so much is gone
OPENED_AT = "opened_at"
LOAD = """
SELECT session_data, expire_date FROM django_session
WHERE session_key = %(key)s AND expire_date > %(now)s
"""
DIGEST_LETTERS = 40  # as many as the column takes: 160 bits


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with two limits and without the keys."""

    _offered: tuple[str | None, datetime | None] | None = None

    @property
    def digest(self) -> str:
        """Under which its row stands."""
        return _digest(self.session_key or "")

    def offer(self, content: str | None, expires: datetime | None) -> None:
        """Take over what another statement read of the row just now; None: there is none."""
        self._offered = content, expires

    def load(self) -> dict[str, Any]:
        """Read the session, if it is not over, and note that somebody works in it."""
        now, key = timezone.now(), self.digest
        row = self._row(key, now)
        content: dict[str, Any] = self.decode(row[0]) if row else {}
        if row is None or OPENED_AT not in content:  # over, or signed by a key that is gone
            self._session_key = None
            return {}
        end = _end(content, now)
        if end - row[1] >= NOTED_EVERY:
            Session.objects.filter(session_key=key).update(expire_date=end)
        return content

    def _row(self, key: str, now: datetime) -> tuple[str, datetime] | None:
        offered, self._offered = self._offered, None
        if offered is not None:
            content, expires = offered
            return None if content is None or expires is None else (content, expires)
        with planned_once() as cursor:
            cursor.execute(LOAD, {"key": key, "now": now})
            row: tuple[str, datetime] | None = cursor.fetchone()
        return row

    def exists(self, session_key: str) -> bool:
        """Tell whether there is one, by the digest of its key."""
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Give the row; a session without an instant of opening is opened now."""
        now = timezone.now()
        data.setdefault(OPENED_AT, now.isoformat())
        row = cast(Session, super().create_model_instance(data))
        row.session_key, row.expire_date = _digest(row.session_key), _end(data, now)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session, this one if none is named."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=_digest(key)).delete()


def _end(content: dict[str, Any], now: datetime) -> datetime:
    return min(now + IDLE, datetime.fromisoformat(content[OPENED_AT]) + ABSOLUTE)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:DIGEST_LETTERS]
