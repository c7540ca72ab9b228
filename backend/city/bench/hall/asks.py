"""What is asked at a desk and a kiosk (请求), and when its answer is right. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from backend.city.bench.hall.plan import Station, Visitor
from backend.kernel.money import Money

PURPOSE = "办理业务"
STATE = {"version": "bench", "reader": "OK", "printer": "OK"}

SESSIONS = "/api/v1/citizen-sessions/"
PERSONS, ACCOUNTS = "/api/v1/persons/", "/api/v1/personal-accounts/"
ENTITLEMENTS, DUES = "/api/v1/entitlements/", "/api/v1/dues/"


class Verdict(Enum):
    """What became of a request; an answer is wrong when it tells something else than is true."""

    RIGHT = "RIGHT"
    ERROR = "ERROR"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Answer:
    """A status, the cookies that are set, and the body as it came."""

    status: int
    cookies: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> Any:
        """The JSON in it; None without any."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Ask:
    """A request, the status that it must have, and what tells a right answer."""

    route: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    right: Callable[[Any], bool] = lambda content: True

    @property
    def address(self) -> str:
        """Path and query as they stand in the first line."""
        return f"{self.path}?{self.query}" if self.query else self.path


def judge(*, ask: Ask, answer: Answer) -> Verdict:
    """Hold an answer against what is true: one of another form tells nothing right."""
    if answer.status != ask.status:
        return Verdict.ERROR
    try:
        right = ask.right(answer.content)
    except (ValueError, LookupError, TypeError, AttributeError):
        right = False
    return Verdict.RIGHT if right else Verdict.WRONG


def token() -> Ask:
    """The token against forged requests, which comes as a cookie too."""
    return Ask("staff-csrf", "GET", "/api/v1/staff/csrf")


def log_in(*, station: Station, code: str) -> Ask:
    """The clerk sits down at the desk."""
    told = {"username": station.username, "password": station.password, "code": code}
    return Ask(
        *("staff-login", "POST", "/api/v1/staff/login"),
        body=_json(told),
        right=lambda content: content["username"] == station.username,
    )


def search(visitor: Visitor) -> Ask:
    """Find a person by the number on the card."""
    return Ask(
        *("person-list", "GET", PERSONS, urlencode({"number": visitor.number})),
        right=lambda content: (
            [row["party_id"] for row in content["results"]] == [visitor.person_id]
        ),
    )


def person(visitor: Visitor) -> Ask:
    """Open the person's page for a purpose: name and number are shown in full, and it is noted."""
    return Ask(
        *("person-one", "GET", f"/api/v1/persons/{visitor.person_id}/"),
        query=urlencode({"purpose": PURPOSE}),
        right=lambda content: (
            content["party_id"] == visitor.person_id
            and visitor.name in [row["value"] for row in content["names"]]
            and visitor.number in [row["value"] for row in content["numbers"]]
        ),
    )


def accounts(visitor: Visitor) -> Ask:
    """The balance of the personal account (余额查询)."""
    held = [(visitor.person_id, visitor.scheme, str(Money(visitor.balance_fen)))]
    return Ask(
        *("personal-accounts", "GET", ACCOUNTS, f"person={visitor.person_id}"),
        right=lambda content: (
            [(row["person_id"], row["scheme"], row["balance"]) for row in content] == held
        ),
    )


def entitlements(visitor: Visitor) -> Ask:
    """What the person draws, component by component."""
    told = sorted(str(Money(fen)) for fen in visitor.component_fen)
    return Ask(
        *("entitlement-list", "GET", ENTITLEMENTS, f"person={visitor.person_id}"),
        right=lambda content: (
            {row["person"] for row in content["results"]} == {visitor.person_id}
            and sorted(part["amount"] for row in content["results"] for part in row["components"])
            == told
        ),
    )


def dues(visitor: Visitor) -> Ask:
    """What is owed to the person; while a month runs there is more of it from one to the next."""
    return Ask(
        *("due-list", "GET", DUES, f"payee_id={visitor.person_id}"),
        right=lambda content: all(
            row["payee_id"] == visitor.person_id for row in content["results"]
        ),
    )


def looks(visitor: Visitor) -> Ask:
    """Who looked at the person: whoever found him, opened his page, what he holds, draws and is
    owed, or let him use the kiosk."""
    own = f"/api/v1/persons/{visitor.person_id}/"
    seen_at = (own, SESSIONS, PERSONS, ACCOUNTS, ENTITLEMENTS, DUES)
    return Ask(
        *("person-looks", "GET", "/api/v1/persons/looks/", f"person={visitor.person_id}"),
        right=lambda content: all(row["looked_at"] in seen_at for row in content["results"]),
    )


def open_session(*, visitor: Visitor, kiosk_id: int, key: str) -> Ask:
    """The clerk lets the holder of an ID card use the kiosk."""
    told = {"terminal": kiosk_id, "id_number": visitor.number, "name": visitor.name}
    return Ask(
        *("citizen-session-open", "POST", SESSIONS),
        body=_json(told),
        headers={"Idempotency-Key": key},
        status=201,
        right=lambda content: (
            (content["person_id"], content["terminal"]) == (visitor.person_id, kiosk_id)
        ),
    )


def fetch_session(visitor: Visitor) -> Ask:
    """The kiosk hears whom the clerk let in."""
    return _beat(lambda content: content["citizen_session"]["person_id"] == visitor.person_id)


def beat() -> Ask:
    """The card is still there."""
    return _beat(lambda content: content["citizen_session"] is None)


def end_session() -> Ask:
    """The citizen has done."""
    return Ask("citizen-session-end", "POST", "/api/v1/citizen-sessions/end", status=204)


def enter_village(*, name: str, key: str) -> Ask:
    """An act that is kept with its answer (幂等): a village comes into the register."""
    told = {"kind": "VILLAGE", "name": name, "district": "340802"}
    return Ask(
        *("organisation-list", "POST", "/api/v1/organisations/"),
        body=_json(told),
        headers={"Idempotency-Key": key},
        status=201,
        right=lambda content: content["party_id"] > 0,
    )


def _beat(right: Callable[[Any], bool]) -> Ask:
    return Ask(
        *("terminal-heartbeat", "POST", "/api/v1/terminals/heartbeat"),
        body=_json(STATE | {"card_present": True}),
        right=right,
    )


def _json(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()
