"""Wrong passwords and codes are counted (口令错误限制), and nobody can lock out others with them.

A name waits only at the place (终端、网络地址) where it was tried wrongly. The places where it has
never logged in have a limit together, and each of them has one for all such names: guesses spread
over many places, or over many names, come to nothing, while whoever works where he always does
waits for neither. Who is logged in waits to sign for what went wrong in a session of his own alone:
whoever sits at his network address has none. What counts is read from the audit, which nobody can
wipe. The failure that reaches a limit is an alarm: somebody guesses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone

from backend.audit.models import Act
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.web.source import current_source

SUBJECT, NAME = "access.username", "access.credentials_refused"
PLACE, ALARM = "access.place", "access.guessing"
FAILURES_MAX = 10  # of one name at one place
NEW_PLACES_MAX = 30  # of one name, wherever it has never logged in
STRANGERS_MAX = 50  # at one place, of all names that have never logged in there
WITHIN = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)
log = structlog.get_logger(__name__)
COUNTS = """
WITH known AS (
    SELECT EXISTS (
        SELECT FROM access_staff s JOIN audit_act a
            ON a.subject_kind = 'access.staff' AND a.subject_id = s.id::text
        WHERE s.username = %(username)s AND a.name = 'access.login'
            AND a.details->>'source' = %(source)s AND a.at > %(known_since)s
    ) AS here
), failed AS (
    SELECT details->>'source' = %(source)s AS here,
        (details->>'known')::boolean AS known,
        (details->>'logged_in')::boolean AS logged_in
    FROM audit_act
    WHERE subject_kind = 'access.username' AND subject_id = %(username)s
        AND name = 'access.credentials_refused' AND at > %(since)s
)
SELECT (SELECT here FROM known),
    (SELECT count(*) FROM failed WHERE CASE WHEN %(logged_in)s THEN logged_in ELSE here END),
    (SELECT count(*) FROM failed WHERE NOT known),
    (SELECT count(*) FROM audit_act
     WHERE name = 'access.credentials_refused' AND details->>'source' = %(source)s
         AND at > %(since)s AND NOT (details->>'known')::boolean)
"""


class TooManyAttempts(Refusal):
    """Too many wrong passwords or codes from here (口令错误次数过多)."""

    code = "too_many_attempts"
    status = 429


@dataclass(frozen=True)
class Attempt:
    """Somebody who gives a name, a password and a code."""

    username: str
    logged_in: bool = False  # in a session of that name: to sign, or to change the password
    known: bool = False  # at a place where that name has logged in before


@dataclass(frozen=True)
class Failures:
    """What went wrong within fifteen minutes, counted three ways."""

    known_here: bool
    here: int  # of this name at this place; to sign, of this name in a session of its own
    in_new_places: int  # of this name, wherever it has never logged in
    of_strangers: int  # at this place, of all names that have never logged in there

    def limits(self) -> Iterator[tuple[str, int, bool]]:
        """Each limit, how far it is used, and whether it is reached."""
        yield "HERE", self.here, self.here >= FAILURES_MAX
        yield "NEW_PLACES", self.in_new_places, self.in_new_places >= NEW_PLACES_MAX
        yield "STRANGERS", self.of_strangers, self.of_strangers >= STRANGERS_MAX


def allowed_attempt(*, username: str, logged_in: bool, now: datetime) -> Attempt:
    """Let somebody try, or refuse to look for a while; names that do not exist count, too.

    Raises:
        TooManyAttempts.
    """
    failures = _failures(username=username, logged_in=logged_in, now=now)
    known = failures.known_here or logged_in
    reached = {limit for limit, _, is_reached in failures.limits() if is_reached}
    if "HERE" in reached or (reached and not known):
        raise TooManyAttempts(
            "密码或动态口令错误次数过多，请十五分钟后再试，或联系安全管理员。",
            wait=int(WITHIN.total_seconds()),
        )
    return Attempt(username=username, logged_in=logged_in, known=known)


def count_failure(attempt: Attempt) -> None:
    """Write the failure down, and the alarm when it reaches a limit; nothing of password or code
    is kept."""
    record(
        name=NAME,
        subject_kind=SUBJECT,
        subject_id=attempt.username,
        details={
            "source": current_source(),
            "known": attempt.known,
            "logged_in": attempt.logged_in,
        },
    )
    now = timezone.now()
    failures = _failures(username=attempt.username, logged_in=attempt.logged_in, now=now)
    for limit, counted, is_reached in failures.limits():
        if is_reached:
            _raise_alarm(attempt, limit, counted, now)


def _failures(*, username: str, logged_in: bool, now: datetime) -> Failures:
    asked: dict[str, str | bool | datetime] = {
        "username": username,
        "source": current_source(),
        "logged_in": logged_in,
        "since": now - WITHIN,
        "known_since": now - KNOWN_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, asked)
        return Failures(*cursor.fetchone())


def _raise_alarm(attempt: Attempt, limit: str, counted: int, now: datetime) -> None:
    """Once in fifteen minutes for a name, or for a place where many names are tried."""
    of_place = limit == "STRANGERS"
    kind, subject = (PLACE, current_source()) if of_place else (SUBJECT, attempt.username)
    told = Act.objects.filter(name=ALARM, subject_kind=kind, subject_id=subject)
    if told.filter(at__gt=now - WITHIN, details__rule=limit).exists():
        return
    record(
        name=ALARM,
        subject_kind=kind,
        subject_id=subject,
        details={"rule": limit, "attempts": counted, "source": current_source()},
    )
    log.warning("somebody guesses passwords", rule=limit, attempts=counted, place=current_source())
