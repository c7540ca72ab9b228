"""An employer's agent is given by the bureau, for one employer and a time, and by nobody else."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client
from django.utils import timezone

from backend.access.models import RoleAssignment, Staff
from backend.people import queries
from tests import builders

pytestmark = pytest.mark.django_db
PLANTED = """
INSERT INTO access_roleassignment
    (staff_id, person_id, role, level, employer_id, valid, certificate)
SELECT staff_id, person_id, role, level, %s, %s, %s FROM access_roleassignment WHERE id = %s
"""


def browser() -> Client:
    """Of another security administrator each time."""
    client = Client()
    client.force_login(builders.administrator())
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/staff/{path}",
        {**builders.proof_of(client), **body},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def account(opened_by: Client) -> int:
    """Li's, who keeps the books at the company."""
    li = builders.li()
    sight = queries.sights(party_ids=[li.pk], on=timezone.localdate())[li.pk]
    issued = post(opened_by, "", {
        "username": "li.jianguo", "id_number": sight.number, "name": sight.name,
        "agency": builders.agency().code,
    })  # fmt: skip
    return int(issued.json()["id"])


def agent(**other: object) -> dict[str, object]:
    builders.employer()
    named = {"role": "EMPLOYER_AGENT", "employer": builders.credit_code()}
    today = timezone.localdate()
    term = {"from_date": str(today), "to_date": str(today + timedelta(days=365))}
    return {**named, **term, **other}


def reads(staff: Staff) -> dict[str, Any]:
    client = Client()
    client.force_login(staff)
    answer: dict[str, Any] = client.get("/api/v1/staff/me").json()
    return answer


def give(number: int, **other: object) -> Any:
    """The employer of an account, as one asks for it and another confirms."""
    asked = post(browser(), f"{number}/roles/", agent(**other)).json()["id"]
    return post(browser(), f"{number}/roles/asked/{asked}/confirm", {})


def test_one_administrator_asks_for_the_employer_of_an_account_and_another_confirms() -> None:
    first, second = browser(), browser()
    number = account(first)

    asked = post(first, f"{number}/roles/", agent()).json()["id"]
    refused = post(first, f"{number}/roles/asked/{asked}/confirm", {})
    given = post(second, f"{number}/roles/asked/{asked}/confirm", {})

    assert (refused.status_code, refused.json()["code"]) == (422, "own_role_confirmed")
    assert given.status_code == 201
    assert given.json()["employer_id"] == builders.employer().pk


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"employer": ""}, "role_employer_invalid"),
        ({"role": "CLERK"}, "role_employer_invalid"),
        ({"employer": builders.credit_code(serial=77)}, "employer_unknown"),
    ],
)
def test_an_agent_reports_for_an_employer_of_the_register_and_nobody_else_for_any(
    asked: dict[str, object], code: str
) -> None:
    number = account(browser())

    answer = post(browser(), f"{number}/roles/", agent(**asked))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_he_reports_for_one_employer_at_a_time() -> None:
    builders.employer(serial=2)
    number = account(browser())
    give(number)

    second = post(browser(), f"{number}/roles/", agent(employer=builders.credit_code(serial=2)))

    assert (second.status_code, second.json()["code"]) == (422, "role_held")


def test_the_next_employer_of_an_account_is_asked_for_by_one_and_confirmed_by_another() -> None:
    other = builders.employer(serial=2)
    number, today = account(browser()), timezone.localdate()
    first, second, then = browser(), browser(), today + timedelta(days=30)
    give(number, to_date=str(then))

    named = agent(employer=builders.credit_code(serial=2), from_date=str(then))
    asked = post(first, f"{number}/roles/", named)
    before = Staff.objects.get(pk=number).employer_on(day=then)
    confirmed = post(second, f"{number}/roles/asked/{asked.json()['id']}/confirm", {})

    assert (asked.status_code, asked.json()["employer_id"], before) == (202, other.pk, None)
    assert (confirmed.status_code, confirmed.json()["employer_id"]) == (201, other.pk)
    staff = Staff.objects.get(pk=number)
    assert staff.employer_on(day=today) == builders.employer().pk
    assert staff.employer_on(day=then) == other.pk


def test_an_agent_is_one_for_a_time() -> None:
    answer = post(browser(), f"{account(browser())}/roles/", agent(to_date=None))

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "单位经办人的岗位须写明终止日" in answer.content.decode()


def test_who_works_at_the_bureau_is_no_agent() -> None:
    clerk = builders.member(role="CLERK").staff

    answer = post(browser(), f"{clerk.pk}/roles/", agent())

    assert (answer.status_code, answer.json()["code"]) == (422, "roles_incompatible")


def test_a_stolen_session_of_an_administrator_binds_nobody() -> None:
    number = account(browser())
    thief = browser()

    answer = thief.post(
        f"/api/v1/staff/{number}/roles/",
        agent(),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )

    assert answer.status_code == 400
    assert not RoleAssignment.objects.filter(staff=number).exists()


def test_the_last_day_is_over_at_the_next_call() -> None:
    with time_machine.travel("2026-11-05T01:00:00Z"):
        number = account(browser())
        role = give(number).json()["id"]
        post(browser(), f"{number}/roles/{role}/end", {"last_day": "2026-11-05"})
        today = reads(Staff.objects.get(pk=number))
    with time_machine.travel("2026-11-06T01:00:00Z"):
        tomorrow = reads(Staff.objects.get(pk=number))

    assert (today["employer"], today["roles"]) == (builders.employer().pk, ["EMPLOYER_AGENT"])
    assert (tomorrow["employer"], tomorrow["roles"]) == (None, [])


def by_sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_what_sql_binds_counts_for_nothing() -> None:
    staff = builders.member(role="EMPLOYER_AGENT").staff
    own = RoleAssignment.objects.get(staff=staff)
    other = builders.employer(serial=2).pk

    with pytest.raises(DatabaseError), transaction.atomic():
        by_sql("UPDATE access_roleassignment SET employer_id = %s", other)
    yesterday = timezone.localdate() - timedelta(days=1)
    own.valid = SqlRange(own.valid.lower, yesterday)
    own.certify()
    by_sql(PLANTED, other, f"[{yesterday},)", bytes(own.certificate), own.pk)

    assert reads(staff)["employer"] is None


def test_the_certificate_of_one_employer_vouches_for_no_other() -> None:
    staff = builders.member(role="EMPLOYER_AGENT").staff
    own = RoleAssignment.objects.get(staff=staff)

    own.employer_id = builders.employer(serial=2).pk

    assert not own.counts


def test_an_agent_of_no_employer_is_none() -> None:
    staff = builders.member(role="EMPLOYER_AGENT").staff
    years = SqlRange(date(2000, 1, 1), date(2010, 1, 1))

    RoleAssignment.objects.create(
        staff=staff, person_id=staff.person_id, role="EMPLOYER_AGENT", level="", valid=years
    ).certify()

    assert staff.roles_on(day=date(2005, 1, 1)) == frozenset()
