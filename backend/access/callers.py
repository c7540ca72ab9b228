"""Who calls (调用者): a terminal by its signature, staff by a session, staff at a terminal by both.

All of it is settled from the headers: a stranger's body is not read, that of a signed request after
its signature holds.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, cast

from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from backend.access.citizens import digest_of
from backend.access.keys import signature_verifies
from backend.access.sessions import SessionStore
from backend.audit.record import acting
from backend.kernel import signed_request
from backend.kernel.errors import Refusal
from backend.kernel.signed_request import Asked, Claim
from backend.postgresql.planned import planned_once
from backend.web.own import is_own
from backend.web.policy import CITIZEN, TERMINAL, is_open
from backend.web.profiles import elsewhere, lets_call
from backend.web.session import Session
from backend.web.source import set_source

SKEW = timedelta(seconds=60)
NONCE_KEPT = timedelta(seconds=180)  # longer than any request is young enough
BOUND_TO = "terminal"  # in a session that was opened at one
BEATS = ("terminal-heartbeat",)  # what a machine sends by itself: nobody acts
PRESENT_FOR = timedelta(seconds=5)  # the heartbeat that says the card is there; one every two
CITIZEN_IDLE = timedelta(seconds=90)  # the screen asks after sixty
CITIZEN_ABSOLUTE = timedelta(minutes=15)
# The nonce is taken once, whoever else sends it at the same instant. Its commit waits for no disk:
# what the call writes is committed after it, so after a crash no effect stands without its nonce.
TAKE_NONCE = """
WITH terminal AS (
    SELECT id, profile, hall_id, revoked_at FROM access_terminal WHERE public_key = %(key)s
), taken AS (
    INSERT INTO access_terminalnonce (terminal_id, nonce, at)
    SELECT id, %(nonce)s, %(now)s FROM terminal WHERE revoked_at IS NULL
    ON CONFLICT DO NOTHING RETURNING terminal_id
), citizen AS (
    UPDATE access_citizensession s
    SET active_at = CASE WHEN %(acts)s THEN %(now)s ELSE s.active_at END
    FROM taken WHERE s.terminal_id = taken.terminal_id AND s.digest = %(session)s
        AND s.fetched_at IS NOT NULL AND s.ended_at IS NULL
        AND s.present_at > %(present_since)s AND s.active_at > %(active_since)s
        AND s.opened_at > %(opened_since)s
    RETURNING s.id, s.person_id
), login AS (
    SELECT l.session_data, l.expire_date FROM taken, django_session l
    WHERE l.session_key = %(login)s AND l.expire_date > %(now)s
)
SELECT t.id, t.profile, t.hall_id, t.revoked_at IS NOT NULL, EXISTS (SELECT FROM taken),
    c.id, c.person_id, l.session_data, l.expire_date, set_config('synchronous_commit', 'off', true)
FROM terminal t LEFT JOIN citizen c ON true LEFT JOIN login l ON true
"""


class NotSigned(Refusal):
    """The signature is not the terminal's, or not of this request (签名无效)."""

    code = "signature_invalid"
    status = 401


class TerminalUnknown(Refusal):
    """No terminal is enrolled with this key (终端未登记)."""

    code = "terminal_unknown"
    status = 401


class TerminalRevoked(Refusal):
    """The terminal was revoked (终端已停用)."""

    code = "terminal_revoked"
    status = 401


class ClockWrong(Refusal):
    """The request is older or younger than the clocks may differ (终端时钟不准)."""

    code = "terminal_clock_wrong"
    status = 401


class Replayed(Refusal):
    """The same request was here before (重复的请求)."""

    code = "request_replayed"
    status = 401


class BodyAltered(Refusal):
    """The body is not the one that was signed (请求内容与签名不符)."""

    code = "body_digest_wrong"
    status = 401


class RouteNotInProfile(Refusal):
    """Terminals of this kind do not call this route (此类终端不能使用此接口)."""

    code = "route_not_in_profile"
    status = 403


class SessionElsewhere(Refusal):
    """A session opened at a terminal counts there only (会话不属于此终端)."""

    code = "session_elsewhere"
    status = 401


class CitizenSessionOver(Refusal):
    """The card left, or the time is over, or it never was this terminal's (参保人会话已结束)."""

    code = "citizen_session_over"
    status = 401


@dataclass(frozen=True)
class AtTerminal:
    """A terminal that signed the call: the caller, unless somebody is logged in at it."""

    pk: int
    profile: str
    hall_id: int
    standing: ClassVar[str] = TERMINAL
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    password_initial: ClassVar[bool] = False

    @property
    def actor(self) -> str:
        """Whose idempotency keys these are."""
        return f"terminal/{self.pk}"

    def roles_on(self, *, day: date) -> frozenset[str]:
        """Roles are people's."""
        return frozenset()


@dataclass(frozen=True)
class Citizen:
    """A citizen whose card lies in a terminal: he reads what is his own."""

    pk: int
    person_id: int
    standing: ClassVar[str] = CITIZEN
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    password_initial: ClassVar[bool] = False

    @property
    def actor(self) -> str:
        """Whose idempotency keys these are."""
        return f"person/{self.person_id}"

    def roles_on(self, *, day: date) -> frozenset[str]:
        """Roles are those of staff."""
        return frozenset()


class Caller(Session):
    """The authentication of every view: terminal, staff, or both."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Give who calls, and the terminal at which.

        Raises:
            NotSigned, ClockWrong, TerminalUnknown, TerminalRevoked, Replayed, RouteNotInProfile,
            CitizenSessionOver, NotFound, BodyAltered; SessionElsewhere.
        """
        terminal, citizen = (
            _signed(request) if signed_request.INPUT in request.headers else (None, None)
        )
        if citizen:
            return citizen, terminal
        logged_in = super().authenticate(request)
        if logged_in is None:
            return (terminal, terminal) if terminal else None
        bound_to = request._request.session.get(BOUND_TO)
        if bound_to == (terminal.pk if terminal else None):
            acting(staff_id=logged_in[0].pk, person_id=logged_in[0].person_id)
            return logged_in[0], terminal
        if not is_open(path=request.path):
            raise SessionElsewhere("登录会话不属于此终端，请重新登录。")
        return (terminal, terminal) if terminal else None


def _signed(request: Request) -> tuple[AtTerminal, Citizen | None]:
    now = timezone.now()
    match = request.resolver_match
    route = match.view_name if match else ""
    asked = Asked(
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        digest=request.headers.get(signed_request.DIGEST, ""),
        session=request.headers.get(signed_request.SESSION, ""),
    )
    claim = _verified(asked, request, now)
    login = cast(SessionStore, request._request.session)
    terminal, citizen = _taken(claim, asked.session, login, acts=route not in BEATS, now=now)
    if not lets_call(profile=terminal.profile, route=route, method=asked.method):
        raise RouteNotInProfile(f"此类终端不能使用此功能，{elsewhere(profile=terminal.profile)}")
    if citizen and not is_own(route=route, person_id=citizen.person_id, query=request.query_params):
        raise NotFound
    if signed_request.digest_of(request._request.body) != asked.digest:
        raise BodyAltered("请求内容与签名不符，未办理。")
    set_source(terminal.actor)
    return terminal, citizen


def _verified(asked: Asked, request: Request, now: datetime) -> Claim:
    claim = signed_request.claim_of(asked, request.headers)
    if claim is None or not signature_verifies(
        public_key=claim.public_key, signature=claim.signature, message=claim.message
    ):
        raise NotSigned("终端签名无效。")
    if abs(now.timestamp() - claim.created) > SKEW.total_seconds():
        raise ClockWrong("终端时钟与服务器相差超过一分钟，请校准。", server_time=now.isoformat())
    return claim


def _taken(
    claim: Claim, session: str, login: SessionStore, *, acts: bool, now: datetime
) -> tuple[AtTerminal, Citizen | None]:
    """Take the nonce; in the same statement find terminal and citizen, note that he acts, and read
    the session of whoever is logged in."""
    asked: dict[str, bytes | str | bool | datetime] = {
        "key": claim.public_key,
        "nonce": claim.nonce,
        "session": digest_of(key=session) if session else "",
        "login": login.digest,
        "acts": acts,
        "now": now,
        "present_since": now - PRESENT_FOR,
        "active_since": now - CITIZEN_IDLE,
        "opened_since": now - CITIZEN_ABSOLUTE,
    }
    with planned_once() as cursor:
        cursor.execute(TAKE_NONCE, asked)
        row = cursor.fetchone()
    if row is None:
        raise TerminalUnknown("终端未登记，请向系统管理员要登记码。")
    terminal_id, profile, hall_id, revoked, taken, session_id, person_id, *read, _ = row
    if revoked:
        raise TerminalRevoked("终端已停用，请联系系统管理员。")
    if not taken:
        raise Replayed("同一请求已经收到过，未重复办理。")
    if session and session_id is None:
        raise CitizenSessionOver("本次查询已结束，请重新开始。")
    login.offer(*read)
    citizen = Citizen(pk=session_id, person_id=person_id) if session else None
    return AtTerminal(pk=terminal_id, profile=profile, hall_id=hall_id), citizen
