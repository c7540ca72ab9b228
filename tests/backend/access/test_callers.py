"""Who calls is settled from the headers: forged, replayed and revoked are refused unread."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.access import callers, tasks, terminals
from backend.access.models import Profile, Terminal, TerminalNonce
from backend.audit.models import Act
from tests import builders
from tests.at_once import at_once
from tests.backend.access.terminal_builders import STATE, Machine, machine, operator
from tests.builders import PASSWORD
from tests.conftest import OwnDatabase

DB = pytest.mark.django_db
START = datetime(2026, 11, 5, 0, 30, tzinfo=UTC)
BEAT = "/api/v1/terminals/heartbeat"
BODY = json.dumps(STATE).encode()
Clock = time_machine.Traveller


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def desk(db: None) -> Machine:
    return machine()


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads the body."""

    def refuse(self: WSGIRequest) -> bytes:
        raise AssertionError("the body was read")

    monkeypatch.setattr(WSGIRequest, "body", property(refuse))


def send(of: Machine, headers: dict[str, str], *, path: str = BEAT, body: bytes = BODY) -> Any:
    return of.client.post(path, body, content_type="application/json", headers=headers)


def told(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_signed_request_is_the_terminals(desk: Machine) -> None:
    answer = desk.beat()

    assert answer.status_code == 200
    assert desk.row.state == STATE
    assert desk.row.seen_at is not None


def test_a_stranger_sends_no_heartbeat(unread: None, db: None) -> None:
    answer = Client().post(BEAT, BODY, content_type="application/json")

    assert told(answer) == (401, "not_authenticated")


def test_a_machine_with_a_key_of_its_own_making_is_unknown(unread: None, db: None) -> None:
    answer = Machine().beat()

    assert told(answer) == (401, "terminal_unknown")
    assert "登记码" in answer.json()["detail"]
    assert not TerminalNonce.objects.exists()


@pytest.mark.parametrize("covered", ["method", "path", "query", "created", "nonce", "key"])
def test_what_is_signed_can_not_be_altered(desk: Machine, unread: None, covered: str) -> None:
    headers = desk.headers("POST", BEAT, body=BODY)
    altered: dict[str, Callable[[], Any]] = {
        "method": lambda: desk.client.put(BEAT, BODY, "application/json", headers=headers),
        "path": lambda: send(desk, headers, path="/api/v1/staff/logout"),
        "query": lambda: send(desk, headers, path=f"{BEAT}?a=1"),
        "created": lambda: send(desk, _with(headers, "created=1", "created=2")),
        "nonce": lambda: send(desk, _with(headers, 'nonce="', 'nonce="A')),
        "key": lambda: send(
            desk, _with(headers, desk.public_key.hex(), Machine().public_key.hex())
        ),
    }

    assert told(altered[covered]()) == (401, "signature_invalid")
    assert not TerminalNonce.objects.exists()


def test_another_body_than_the_signed_one_does_nothing(desk: Machine) -> None:
    headers = desk.headers("POST", BEAT, body=BODY)

    answer = send(desk, headers, body=BODY.replace(b"1.0", b"2.0"))

    assert told(answer) == (401, "body_digest_wrong")
    assert desk.row.seen_at is None


def test_a_request_is_taken_once(desk: Machine) -> None:
    headers = desk.headers("POST", BEAT, body=BODY)
    assert send(desk, headers).status_code == 200

    assert told(send(desk, headers)) == (401, "request_replayed")


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(-61, 401), (-60, 200), (0, 200), (60, 200), (61, 401), (900_000_000_000, 401)],
)
def test_clocks_may_differ_by_a_minute(
    desk: Machine, clock: Clock, seconds: int, status: int
) -> None:
    created = int(START.timestamp()) + seconds

    answer = send(desk, desk.headers("POST", BEAT, body=BODY, created=created))

    assert answer.status_code == status
    if status == 401:
        assert answer.json()["code"] == "terminal_clock_wrong"
        assert answer.json()["server_time"] == START.isoformat()


def test_a_number_is_forgotten_only_when_its_request_is_too_old(
    desk: Machine, clock: Clock
) -> None:
    latest = int((START + callers.SKEW).timestamp())
    headers = desk.headers("POST", BEAT, body=BODY, created=latest)
    send(desk, headers)

    clock.shift(callers.SKEW * 2)
    kept = tasks.forget_nonces()
    again = told(send(desk, headers))
    clock.shift(callers.NONCE_KEPT)

    assert (kept, again) == (0, (401, "request_replayed"))
    assert tasks.forget_nonces() == 1
    assert told(send(desk, headers)) == (401, "terminal_clock_wrong")


def test_a_revoked_terminal_is_refused_at_its_next_call(desk: Machine) -> None:
    assert desk.beat().status_code == 200

    terminals.revoke(terminal_id=desk.row.pk, reason="遗失", by=operator(), now=timezone.now())

    assert told(desk.beat()) == (401, "terminal_revoked")


def test_a_kiosk_calls_only_what_its_profile_lists(unread: None, db: None) -> None:
    kiosk = machine(profile=Profile.KIOSK)

    answer = kiosk.post("/api/v1/staff/login", {})

    assert told(answer) == (403, "route_not_in_profile")


def test_a_desk_without_a_clerk_sees_nobodys_data(desk: Machine) -> None:
    assert told(desk.get("/api/v1/persons/", query="number=1")) == (403, "not_permitted")


def test_a_browser_sends_no_heartbeat(db: None) -> None:
    client = Client()
    client.force_login(builders.member(role="SYSTEM_ADMIN").staff)

    answer = client.post(BEAT, BODY, content_type="application/json")

    assert told(answer) == (403, "not_permitted")


def log_in(at: Machine) -> Any:
    code = builders.code(now=timezone.now())
    return at.post(
        "/api/v1/staff/login", {"username": "jingban1", "password": PASSWORD, "code": code}
    )


@DB
def test_a_clerk_at_a_terminal_has_both_rights(desk: Machine) -> None:
    builders.staff_with_password(role="CLERK", username="jingban1")
    log_in(desk)

    assert desk.get("/api/v1/persons/", query="number=1").status_code == 200
    assert desk.get("/api/v1/staff/").status_code == 200
    assert told(desk.get("/api/v1/batches/")) == (403, "not_permitted")
    elsewhere = desk.get("/api/v1/jobs/")
    assert told(elsewhere) == (403, "route_not_in_profile")
    assert "请在办公电脑上登录办理" in elsewhere.json()["detail"]
    assert Act.objects.get(name="access.login").details == {"source": f"terminal/{desk.row.pk}"}


@DB
def test_a_session_of_one_terminal_opens_nothing_elsewhere(desk: Machine) -> None:
    builders.staff_with_password(role="CLERK", username="jingban1")
    log_in(desk)
    other = machine()
    other.client.cookies = desk.client.cookies

    assert told(other.get("/api/v1/staff/me")) == (401, "session_elsewhere")
    assert told(desk.client.get("/api/v1/staff/me")) == (401, "session_elsewhere")


@DB
def test_who_brings_an_old_session_to_another_terminal_logs_in_there(
    desk: Machine, clock: Clock
) -> None:
    builders.staff_with_password(role="CLERK", username="jingban1")
    log_in(desk)
    other = machine()
    other.client.cookies = desk.client.cookies
    clock.shift(60)

    assert log_in(other).status_code == 200
    assert other.get("/api/v1/staff/me").status_code == 200


@DB
def test_guesses_at_one_terminal_do_not_lock_the_clerk_at_the_next_in_the_hall(
    desk: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.access.attempts.FAILURES_MAX", 1)
    builders.staff_with_password(role="CLERK", username="jingban1")
    wrong = {"username": "jingban1", "password": "wrong", "code": "000000"}
    other = machine()

    other.post("/api/v1/staff/login", wrong)

    assert other.post("/api/v1/staff/login", wrong).status_code == 429
    assert log_in(desk).status_code == 200


@DB
def test_one_statement_settles_terminal_and_number(desk: Machine) -> None:
    path = "/api/v1/public/papers/A/B/"
    with CaptureQueriesContext(connection) as queries:
        answer = desk.get("/api/v1/terminals/")

    assert told(answer) == (403, "route_not_in_profile"), path
    assert len(queries) == 1


def test_the_same_request_twice_at_once_has_one_effect(own_database: OwnDatabase) -> None:
    desk = machine()
    headers = desk.headers("POST", BEAT, body=BODY)

    def post() -> int:
        return int(Client().post(BEAT, BODY, "application/json", headers=headers).status_code)

    results = at_once(*[post] * 8)

    assert sorted(results) == [200] + [401] * 7
    assert TerminalNonce.objects.count() == 1


def test_the_number_is_there_though_its_commit_waits_for_no_disk(
    own_database: OwnDatabase,
) -> None:
    desk = machine()
    desk.beat()

    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    connections.close_all()
    assert TerminalNonce.objects.count() == 1
    assert Terminal.objects.get().seen_at is not None


def _with(headers: dict[str, str], before: str, after: str) -> dict[str, str]:
    changed = headers["Signature-Input"].replace(before, after, 1)
    assert changed != headers["Signature-Input"]
    return headers | {"Signature-Input": changed}
