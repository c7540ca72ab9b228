"""A terminal enrols itself once, with a code that staff issued for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from backend.access import terminals
from backend.access.models import Profile, Staff, Terminal, TerminalCode
from backend.audit.models import Act
from tests import builders
from tests.at_once import at_once
from tests.backend.access import terminal_builders
from tests.backend.access.terminal_builders import Machine, enrol, enrolment, machine, operator
from tests.conftest import OwnDatabase

ASKED = {"hall": "34080001-01", "profile": "KIOSK", "name": "大厅一号自助机"}
DB = pytest.mark.django_db


def browser(role: str) -> Client:
    builders.hall()
    client = Client()
    client.force_login(builders.administrator(role=role))
    return client


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(
        f"/api/v1/terminals/{path}",
        {**builders.proof_of(client), **body},
        content_type="application/json",
        headers=headers,
    )


@DB
def test_a_code_enrols_a_terminal_of_its_hall_and_profile() -> None:
    issued = post(browser("SYSTEM_ADMIN"), "codes", ASKED)
    kiosk = Machine()

    answer = post(Client(), "enrol", enrolment(kiosk, issued.json()["code"]))

    assert (issued.status_code, answer.status_code) == (201, 201)
    assert {name: answer.json()[name] for name in ASKED} == ASKED
    assert kiosk.beat().status_code == 200


@DB
def test_a_code_enrols_once() -> None:
    code = post(browser("SYSTEM_ADMIN"), "codes", ASKED).json()["code"]
    post(Client(), "enrol", enrolment(Machine(), code))

    again = post(Client(), "enrol", enrolment(Machine(), code))

    assert (again.status_code, again.json()["code"]) == (422, "terminal_code_invalid")
    assert Terminal.objects.count() == 1


@DB
def test_a_code_lasts_an_hour() -> None:
    code = post(browser("SYSTEM_ADMIN"), "codes", ASKED).json()["code"]

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        late = post(Client(), "enrol", enrolment(Machine(), code))

    assert late.json()["code"] == "terminal_code_invalid"


@DB
def test_a_wrong_code_is_told_as_a_used_one() -> None:
    wrong = post(Client(), "enrol", enrolment(Machine(), "AAAAA-BBBBB-CCCCC-DDDDD"))

    assert (wrong.status_code, wrong.json()["code"]) == (422, "terminal_code_invalid")


@DB
def test_whoever_does_not_hold_the_key_can_not_enrol_it() -> None:
    code = post(browser("SYSTEM_ADMIN"), "codes", ASKED).json()["code"]
    other = Machine().public_key.hex()

    wrong = post(Client(), "enrol", enrolment(Machine(), code, public_key=other))

    assert wrong.json()["code"] == "terminal_proof_wrong"
    assert not Terminal.objects.exists()


@DB
def test_a_key_that_was_revoked_does_not_come_back() -> None:
    desk = machine()
    terminals.revoke(terminal_id=desk.row.pk, reason="遗失", by=operator(), now=timezone.now())
    code = post(browser("SYSTEM_ADMIN"), "codes", ASKED).json()["code"]

    again = post(Client(), "enrol", enrolment(desk, code))

    assert again.json()["code"] == "terminal_key_known"


@DB
def test_neither_table_nor_audit_holds_the_code() -> None:
    code = post(browser("SYSTEM_ADMIN"), "codes", ASKED).json()["code"]

    kept = str(list(TerminalCode.objects.values())) + str(list(Act.objects.values()))

    assert code not in kept


@DB
@pytest.mark.parametrize("role", ["CLERK", "SECURITY_ADMIN", "AUDIT_ADMIN"])
def test_only_the_system_administrator_issues_codes(role: str) -> None:
    assert post(browser(role), "codes", ASKED).status_code == 403


def test_two_machines_with_one_code_at_once_are_one_terminal(own_database: OwnDatabase) -> None:
    issued = terminals.issue_code(
        hall=builders.hall(), profile=Profile.DESK, name="3号窗口", by=operator(),
        now=timezone.now(),
    )  # fmt: skip

    def with_code(made: Machine) -> Callable[[], Any]:
        return lambda: enrol(made, issued.code)

    results = at_once(with_code(Machine()), with_code(Machine()))

    assert sorted(type(result).__name__ for result in results) == ["CodeInvalid", "Terminal"]
    assert Terminal.objects.count() == 1


@DB
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE access_terminal SET public_key = '\\x00'",
        "UPDATE access_terminal SET profile = 'DESK'",
        "UPDATE access_terminal SET hall_id = 1",
        "UPDATE access_terminalcode SET expires_at = now() + interval '1 year'",
        "DELETE FROM access_terminal",
        "DELETE FROM access_terminalcode",
    ],
)
def test_the_application_can_not_make_another_of_a_terminal(change: str) -> None:
    machine(profile=Profile.KIOSK)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@DB
def test_a_revoked_terminal_stays_revoked() -> None:
    by: Staff = operator()
    desk = machine(by=by)
    terminals.revoke(terminal_id=desk.row.pk, reason="遗失", by=by, now=timezone.now())

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE access_terminal SET revoked_at = NULL, revoked_by_id = NULL")


@DB
def test_operators_see_which_terminals_are_silent_and_since_when() -> None:
    now = timezone.now()
    with time_machine.travel(now - timedelta(minutes=10), tick=False):
        silent = machine()
        silent.beat()
    heard = machine()
    heard.beat()

    def ids(query: str) -> list[int]:
        rows = browser("SYSTEM_ADMIN").get(f"/api/v1/terminals/?{query}").json()["results"]
        return [row["id"] for row in rows]

    assert ids("silent=true") == [silent.row.pk]
    assert sorted(ids("")) == sorted([silent.row.pk, heard.row.pk])


@DB
def test_the_list_tells_what_a_terminal_last_said() -> None:
    desk = machine()
    desk.beat()

    (row,) = browser("AUDIT_ADMIN").get("/api/v1/terminals/").json()["results"]

    assert row["state"] == terminal_builders.STATE
    assert (row["hall"], row["silent_since"], row["revoked_at"]) == ("34080001-01", None, None)
    assert row["public_key"] == desk.public_key.hex()


@DB
def test_revoking_is_written_down_and_happens_once() -> None:
    desk = machine()
    path, admin = f"{desk.row.pk}/revoke", browser("SECURITY_ADMIN")

    first = post(admin, path, {"reason": "遗失"}, **{"Idempotency-Key": "a"})
    second = post(admin, path, {"reason": "遗失"}, **{"Idempotency-Key": "b"})

    assert (first.status_code, first.json()["revoked_at"] is not None) == (200, True)
    assert (second.status_code, second.json()["code"]) == (409, "terminal_revoked_before")
    assert Act.objects.get(name="access.terminal_revoked").details == {"reason": "遗失"}
