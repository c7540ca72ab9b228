"""A call is answered as the desk and sees for whom it is; nothing of it is left to the next one."""

from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client

from backend.access.models import Staff
from backend.audit.models import Act
from backend.web import scope
from tests import builders
from tests.backend.web.practice import asked
from tests.backend.web.routes import ROUTES
from tests.conftest import OwnDatabase

DESK, APPLICATION = "yikatong_desk", "yikatong_app"


@pytest.fixture
def callers(own_database: OwnDatabase, practising: None) -> tuple[Client, Client]:
    """Clerks of two agencies, one after the other on the same connection."""
    other = builders.agency(code="34080002", name="演示医保局")
    return browser(builders.member(role="CLERK").staff), browser(
        builders.member(role="CLERK", of=builders.li(), at=other).staff
    )


def browser(staff: Staff) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    return client


def told(seen: dict[str, Any]) -> tuple[str, str, str]:
    return seen["role"], seen["yikatong.agency"], seen["yikatong.sees"]


def nothing_is_left() -> bool:
    return set(asked().values()) == {APPLICATION, ""}


def agency_of(client: Client) -> str:
    return str(Staff.objects.get(pk=int(client.session["_auth_user_id"])).agency_id)


def test_a_call_is_answered_as_the_desk_for_its_caller(clerk: Client) -> None:
    seen = clerk.get("/api/v1/seen").json()

    assert told(seen["call"]) == (DESK, agency_of(clerk), "EVERYBODY")
    assert seen["call"]["yikatong.actor"] == f"staff/{clerk.session['_auth_user_id']}"


def test_what_stands_for_the_whole_city_sees_it_and_then_no_more(clerk: Client) -> None:
    seen = clerk.get("/api/v1/seen").json()

    assert seen["city"]["role"] == APPLICATION
    assert seen["after"] == seen["call"]


def test_what_strangers_may_call_is_public_whoever_calls(clerk: Client) -> None:
    assert Client().get("/api/v1/public/seen").json()["call"]["role"] == APPLICATION
    assert clerk.get("/api/v1/public/seen").json()["call"]["role"] == APPLICATION


def test_a_call_that_goes_on_after_a_refusal_is_the_desks_again(clerk: Client) -> None:
    answer = clerk.post("/api/v1/seen", {"how": "go on"}, content_type="application/json")

    assert answer.json()["call"]["role"] == DESK


def test_a_connection_keeps_nothing_of_the_caller_before(callers: tuple[Client, Client]) -> None:
    pids = set()
    for client in (*callers, callers[0]):
        assert nothing_is_left()
        seen = client.get("/api/v1/seen").json()
        assert told(seen["call"]) == (DESK, agency_of(client), "EVERYBODY")
        assert connection.connection is not None
        pids.add(connection.connection.info.backend_pid)

    assert nothing_is_left()
    assert len(pids) == 1


@pytest.mark.parametrize("kind", ["database", "crash"])
def test_a_connection_keeps_nothing_of_a_call_that_failed(
    callers: tuple[Client, Client], kind: str
) -> None:
    assert callers[0].get(f"/api/v1/trouble/{kind}").status_code >= 500

    assert nothing_is_left()
    assert told(callers[1].get("/api/v1/seen").json()["call"])[1] == agency_of(callers[1])


def test_what_was_written_before_a_refusal_is_undone_and_its_count_stands(
    callers: tuple[Client, Client],
) -> None:
    answer = callers[0].post("/api/v1/seen", {"how": "refuse"}, content_type="application/json")

    assert answer.json()["code"] == "note_kept"
    notes = Act.objects.filter(name="test.note")
    assert list(notes.values_list("subject_id", flat=True)) == ["aftermath"]
    assert nothing_is_left()


def test_what_a_call_did_is_undone_when_its_answer_cannot_be_written(
    callers: tuple[Client, Client],
) -> None:
    assert callers[0].get("/api/v1/trouble/answer").status_code == 500

    assert not Act.objects.filter(name="test.note").exists()
    assert nothing_is_left()


def test_a_call_whose_commit_fails_is_told_so(
    callers: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "_commit", lost)
        answer = callers[0].get("/api/v1/seen")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert nothing_is_left()


@pytest.mark.django_db
def test_a_job_is_answered_to_nobody() -> None:
    with scope.whole_city():
        assert asked()["role"] == APPLICATION


@pytest.mark.django_db
def test_what_is_told_must_be_known() -> None:
    with pytest.raises(AssertionError), scope.answering():
        scope.narrow(told={"region": "340800"})


def test_every_view_asks_what_may_be_seen() -> None:
    asking = {name: kinds_of(view) for _, name, view in ROUTES}

    assert [name for name, kinds in asking.items() if kinds[-1:] != ["Scoped"]] == []


def kinds_of(view: Any) -> list[str]:
    return [kind.__name__ for kind in view.permission_classes]
