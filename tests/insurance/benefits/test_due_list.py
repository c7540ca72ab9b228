"""A person's dues are found by the keys that dues have, among however many (应发列表)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.people.models import Alias
from insurance.benefits.models import Entitlement
from tests import builders
from tests.insurance.benefits import month_builders as m

pytestmark = pytest.mark.django_db

KEYS = ("benefits_due_regular_once", "benefits_due_difference_once", "benefits_due_set_off_once")


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


@pytest.fixture
def wang() -> Entitlement:
    made = m.entitlement()
    m.entitlement(of=builders.li())
    m.sealed()
    return made


def asked(clerk: Client, **filters: str | int) -> tuple[list[int], str]:
    """Whose dues are listed, and by which plan the database would find them among many."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = clerk.get("/api/v1/dues/", filters)
    assert answer.status_code == 200, answer.content
    statement = next(q["sql"] for q in queries if 'FROM "benefits_due"' in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    return [row["payee_id"] for row in answer.json()["results"]], plan


@pytest.mark.parametrize("by", ["entitlement", "payee_id"])
def test_dues_of_one_are_found_by_their_keys(clerk: Client, wang: Entitlement, by: str) -> None:
    wanted = wang.pk if by == "entitlement" else wang.person_id

    payees, plan = asked(clerk, **{by: wanted})

    assert payees == [wang.person_id]
    assert all(key in plan for key in KEYS), plan


def test_dues_of_a_kind_are_found_too(clerk: Client, wang: Entitlement) -> None:
    assert asked(clerk, payee_id=wang.person_id, kind=1)[0] == [wang.person_id]
    assert asked(clerk, payee_id=wang.person_id, kind=2)[0] == []


def test_a_payee_under_whom_another_lives_on_has_his_own_dues(
    clerk: Client, wang: Entitlement
) -> None:
    Alias.objects.create(
        party_id=wang.person_id, survivor_id=builders.chen().pk, case_id=m.SOME_CASE
    )

    assert asked(clerk, payee_id=wang.person_id)[0] == [wang.person_id]


@pytest.mark.parametrize("payee", ["1.5", "99999999999999999999999"])
def test_a_payee_that_can_not_be_is_refused(clerk: Client, payee: str) -> None:
    answer = clerk.get("/api/v1/dues/", {"payee_id": payee})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["payee_id"])
