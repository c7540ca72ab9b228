"""A role takes two who administer accounts now: what SQL asks for, nobody confirms."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from backend.access.models import AskedRole, RoleAssignment, Staff
from backend.audit.models import Act
from backend.city import role_invariants
from tests import builders
from tests.at_once import at_once
from tests.conftest import OwnDatabase

PLANTED = """
INSERT INTO access_askedrole (staff_id, role, level, valid, asked_by_id, asked_at, certificate)
VALUES (%s, 'VILLAGE', '', %s, %s, now(), %s) RETURNING id
"""


def browser(staff: Staff | None = None) -> Client:
    """Of a security administrator, another one each time if none is said."""
    client = Client()
    client.force_login(staff or builders.administrator())
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/staff/{path}",
        {**builders.proof_of(client), **body},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def wanted(**other: object) -> dict[str, object]:
    return {"role": "VILLAGE", "from_date": str(timezone.localdate()), **other}


def ask(by: Staff, account: Staff, **other: object) -> int:
    answer = post(browser(by), f"{account.pk}/roles/", wanted(**other))
    assert answer.status_code == 202, answer.json()
    return int(answer.json()["id"])


def confirm(account: Staff, asked: int) -> Any:
    return post(browser(), f"{account.pk}/roles/asked/{asked}/confirm", {})


def withdraw(by: Staff, account: Staff, asked: int) -> Any:
    return post(browser(by), f"{account.pk}/roles/asked/{asked}/withdraw", {})


def refused(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


@pytest.fixture
def clerk(db: None) -> Staff:
    return builders.staff_with_password(role="CLERK", username="jingban1")


@pytest.mark.parametrize("certificate", [None, b"\0" * 32], ids=["none", "invented"])
def test_what_sql_asks_for_in_the_name_of_an_administrator_is_not_confirmed(
    clerk: Staff, certificate: bytes | None
) -> None:
    asker = builders.administrator()
    with connection.cursor() as cursor:
        values: list[Any] = [clerk.pk, f"[{timezone.localdate()},)", asker.pk, certificate]
        cursor.execute(PLANTED, values)
        (planted,) = cursor.fetchone()

    answer = confirm(clerk, planted)

    assert (answer.status_code, answer.json()["code"]) == (409, "role_not_asked")
    assert browser().get(f"/api/v1/staff/{clerk.pk}/").json()["asked_roles"] == []
    assert not RoleAssignment.objects.filter(staff=clerk, role="VILLAGE").exists()


def test_an_ask_is_neither_changed_nor_copied_nor_taken_away_by_sql(clerk: Staff) -> None:
    ask(builders.administrator(), clerk)
    columns = "staff_id, role, level, valid, asked_by_id, asked_at, certificate"

    copied = refused(
        f"INSERT INTO access_askedrole ({columns}) SELECT {columns} FROM access_askedrole"
    )

    assert "access_askedrole_certificate" in copied
    for attack in ("DELETE FROM access_askedrole", "UPDATE access_askedrole SET role = 'CLERK'"):
        assert "permission denied" in refused(attack)


def test_what_an_administrator_asked_who_is_none_any_more_is_not_confirmed(clerk: Staff) -> None:
    asker = builders.administrator()
    asked = ask(asker, clerk)
    role = asker.roleassignment_set.get()
    role.valid = type(role.valid)(role.valid.lower, timezone.localdate())
    role.certify()

    answer = confirm(clerk, asked)

    assert (answer.status_code, answer.json()["code"]) == (409, "role_not_asked")


def test_whoever_asked_withdraws_it_and_it_is_confirmed_no_more(clerk: Staff) -> None:
    asker = builders.administrator()
    asked = ask(asker, clerk)

    answer = withdraw(asker, clerk, asked)

    assert (answer.status_code, answer.json()["withdrawn_at"] is not None) == (200, True)
    late = confirm(clerk, asked)
    assert (late.status_code, late.json()["code"]) == (409, "role_not_asked")
    assert browser().get(f"/api/v1/staff/{clerk.pk}/").json()["asked_roles"] == []
    assert not RoleAssignment.objects.filter(staff=clerk, role="VILLAGE").exists()
    act = Act.objects.get(name="access.role_ask_withdrawn")
    assert (act.staff_id, act.subject_id, act.details["asked"]) == (asker.pk, str(clerk.pk), asked)


def test_what_another_administrator_asked_for_is_his_to_withdraw(clerk: Staff) -> None:
    asked = ask(builders.administrator(), clerk)

    answer = withdraw(builders.administrator(), clerk, asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "role_asked_by_another")
    assert confirm(clerk, asked).status_code == 201


def test_what_is_confirmed_or_withdrawn_is_not_withdrawn_again(clerk: Staff) -> None:
    asker = builders.administrator()
    confirmed = ask(asker, clerk, to_date="2031-01-01")
    assert confirm(clerk, confirmed).status_code == 201
    taken_back = ask(asker, clerk, from_date="2031-01-01")
    assert withdraw(asker, clerk, taken_back).status_code == 200

    answers = [withdraw(asker, clerk, asked) for asked in (confirmed, taken_back)]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(409, "role_not_asked")}


def test_sql_brings_back_nothing_that_was_withdrawn(clerk: Staff) -> None:
    asker = builders.administrator()
    assert withdraw(asker, clerk, ask(asker, clerk)).status_code == 200

    for attack in (
        "UPDATE access_askedrole SET withdrawn_at = NULL",
        "UPDATE access_askedrole SET confirmed_at = now()",
    ):
        assert "confirmed or withdrawn, once" in refused(attack)


def test_of_a_confirmation_and_a_withdrawal_at_once_one_has_an_effect(
    own_database: OwnDatabase,
) -> None:
    clerk = builders.staff_with_password(role="CLERK", username="jingban1")
    asker, other = builders.administrator(), builders.administrator()
    asked = ask(asker, clerk)
    calls = [(asker, "withdraw"), (other, "confirm")]

    def call(by: Staff, act: str) -> int:
        return int(post(browser(by), f"{clerk.pk}/roles/asked/{asked}/{act}", {}).status_code)

    first, second = at_once(*(partial(call, *one) for one in calls))

    assert (first, second) in ((200, 409), (409, 201))
    row = AskedRole.objects.get()
    assert (row.withdrawn_at is None) is (second == 201) is (row.given_id is not None)


def test_a_confirmed_role_names_its_ask_and_breaks_no_promise(clerk: Staff) -> None:
    asked = ask(builders.administrator(), clerk)

    given = confirm(clerk, asked).json()

    assert AskedRole.objects.get(pk=asked).given_id == given["id"]
    assert role_invariants.broken_promises() == []


def test_a_term_that_ended_while_it_waited_is_asked_for_again(db: None) -> None:
    with time_machine.travel("2026-11-05T15:30:00Z"):  # half an hour before midnight
        clerk = builders.staff_with_password(role="CLERK", username="jingban1")
        asked = ask(builders.administrator(), clerk, to_date="2026-11-06")
    with time_machine.travel("2026-11-05T16:30:00Z"):
        answer = confirm(clerk, asked)

    assert (answer.status_code, answer.json()["code"]) == (409, "role_not_asked")
    assert "期间已经过完" in answer.json()["detail"]
