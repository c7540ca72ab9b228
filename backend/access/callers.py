"""Who calls (调用者): a terminal by its signature, staff by a session, staff at a terminal by both.

All of it is settled from the headers: a stranger's body is not read, that of a signed request after
its signature holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, cast

from django.http.request import HttpHeaders
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from backend.access.citizens import digest_of
from backend.access.keys import signature_verifies
from backend.access.logged_in import ORDERED
from backend.access.sessions import OPEN, READ, SessionStore
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
# The headers by which a machine signs, as the server has them.
SIGNED = {
    name: HttpHeaders.to_wsgi_name(name)
    for name in (
        *(signed_request.INPUT, signed_request.SIGNATURE),
        *(signed_request.DIGEST, signed_request.SESSION),
    )
}
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
), told AS (
    SELECT id, profile, hall_id, revoked_at IS NOT NULL, EXISTS (SELECT FROM taken),
        set_config('synchronous_commit', 'off', true)
    FROM terminal
)
"""
# In the same statement, and only when the nonce was taken: the citizen who acts, or else whoever is
# logged in.
OF_CITIZEN = f"""
{TAKE_NONCE}, citizen AS (
    UPDATE access_citizensession s
    SET active_at = CASE WHEN %(acts)s THEN %(now)s ELSE s.active_at END
    FROM taken WHERE s.terminal_id = taken.terminal_id AND s.digest = %(session)s
        AND s.fetched_at IS NOT NULL AND s.ended_at IS NULL
        AND s.present_at > %(present_since)s AND s.active_at > %(active_since)s
        AND s.opened_at > %(opened_since)s
    RETURNING s.id, s.person_id
)
SELECT told.*, citizen.* FROM told LEFT JOIN citizen ON true
"""
OF_STAFF = f"""
{TAKE_NONCE}, login AS ({READ} FROM taken CROSS JOIN {OPEN})
SELECT told.*, login.* FROM told LEFT JOIN login ON true {ORDERED}
"""


NOBODY: tuple[None, None] = None, None


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
        signed = {name: request.META[key] for name, key in SIGNED.items() if key in request.META}
        terminal, citizen = _signed(request, signed) if signed_request.INPUT in signed else NOBODY
        if citizen:
            return citizen, terminal
        session = cast(SessionStore, request._request.session)
        staff = session.staff
        if staff is None:
            return (terminal, terminal) if terminal else None
        self.enforce_csrf(request)
        if session.get(BOUND_TO) == (terminal.pk if terminal else None):
            acting(staff_id=staff.pk, person_id=staff.person_id)
            return staff, terminal
        if not is_open(path=request.path):
            raise SessionElsewhere("登录会话不属于此终端，请重新登录。")
        return (terminal, terminal) if terminal else None


def _signed(request: Request, signed: Mapping[str, str]) -> tuple[AtTerminal, Citizen | None]:
    now, call = timezone.now(), request._request
    route = call.resolver_match.view_name if call.resolver_match else ""
    asked = Asked(
        method=call.method or "",
        path=call.path,
        query=call.META.get("QUERY_STRING", ""),
        digest=signed.get(signed_request.DIGEST, ""),
        session=signed.get(signed_request.SESSION, ""),
    )
    claim = _verified(asked, signed, now)
    login = cast(SessionStore, call.session)
    terminal, citizen = _taken(claim, asked.session, login, acts=route not in BEATS, now=now)
    if not lets_call(profile=terminal.profile, route=route, method=asked.method):
        raise RouteNotInProfile(f"此类终端不能使用此功能，{elsewhere(profile=terminal.profile)}")
    if citizen and not is_own(route=route, person_id=citizen.person_id, query=request.query_params):
        raise NotFound
    if signed_request.digest_of(call.body) != asked.digest:
        raise BodyAltered("请求内容与签名不符，未办理。")
    set_source(terminal.actor)
    return terminal, citizen


def _verified(asked: Asked, signed: Mapping[str, str], now: datetime) -> Claim:
    claim = signed_request.claim_of(asked, signed)
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
    asked: dict[str, Any] = {"key": claim.public_key, "nonce": claim.nonce}
    if session:
        asked |= {
            "session": digest_of(key=session),
            "acts": acts,
            "now": now,
            "present_since": now - PRESENT_FOR,
            "active_since": now - CITIZEN_IDLE,
            "opened_since": now - CITIZEN_ABSOLUTE,
        }
    else:
        asked |= login.asked(now=now)
    with planned_once() as cursor:
        cursor.execute(OF_CITIZEN if session else OF_STAFF, asked)
        rows = cursor.fetchall()
    if not rows:
        raise TerminalUnknown("终端未登记，请向系统管理员要登记码。")
    terminal_id, profile, hall_id, revoked, taken, _, *found = rows[0]
    if revoked:
        raise TerminalRevoked("终端已停用，请联系系统管理员。")
    if not taken:
        raise Replayed("同一请求已经收到过，未重复办理。")
    terminal = AtTerminal(pk=terminal_id, profile=profile, hall_id=hall_id)
    if not session:
        login.offer([row[6:] for row in rows if row[6] is not None], asked=asked)
        return terminal, None
    if found[0] is None:
        raise CitizenSessionOver("本次查询已结束，请重新开始。")
    return terminal, Citizen(pk=found[0], person_id=found[1])
