"""Two accounts of one natural person are one administrator, whenever that was found (自然人)."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import RoleAssignment, Staff
from backend.city import role_invariants
from backend.people.models import Alias
from tests import builders
from tests.backend.people.staff_at_api import li

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Staff:
    """Of a person whose entry lives on as the other one's."""
    return builders.administrator()


@pytest.fixture
def again(first: Staff) -> Staff:
    """A second account, found to be of the same natural person after both were opened."""
    second = builders.administrator()
    merge(first, second)
    return second


@pytest.fixture
def clerk() -> Staff:
    return builders.staff_with_password(role="CLERK", username="jingban1")


def merge(one: Staff, other: Staff) -> None:
    Alias.objects.create(party_id=one.person_id, survivor_id=other.person_id, case_id=1)


def post(by: Staff, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    client = Client()
    client.force_login(by)
    answer = client.post(
        f"/api/v1/staff/{path}",
        {**builders.proof_of(client), **body},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    return answer.status_code, answer.json()


def code(told: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    return told[0], told[1]["code"]


def village() -> dict[str, str]:
    return {"role": "VILLAGE", "from_date": str(timezone.localdate())}


def ask(by: Staff, account: Staff) -> str:
    status, waits = post(by, f"{account.pk}/roles/", **village())
    assert status == 202, waits
    return f"{account.pk}/roles/asked/{waits['id']}/confirm"


@pytest.mark.parametrize("turned", [False, True], ids=["merged", "survivor"])
def test_who_asked_for_a_role_does_not_confirm_it_under_a_merged_entry(
    first: Staff, again: Staff, clerk: Staff, turned: bool
) -> None:
    asker, confirmer = (again, first) if turned else (first, again)

    assert code(post(confirmer, ask(asker, clerk))) == (422, "own_role_confirmed")
    assert not RoleAssignment.objects.filter(staff=clerk, role="VILLAGE").exists()


def test_who_is_to_hold_a_role_does_not_confirm_it_under_a_merged_entry(
    first: Staff, clerk: Staff
) -> None:
    waits, other = ask(first, clerk), builders.administrator()
    merge(clerk, other)

    assert code(post(other, waits)) == (422, "own_role_confirmed")


def test_who_asked_for_a_reset_does_not_confirm_it_under_a_merged_entry(
    first: Staff, again: Staff, clerk: Staff
) -> None:
    assert post(first, f"{clerk.pk}/reset")[0] == 200

    assert code(post(again, f"{clerk.pk}/reset/confirm")) == (422, "own_confirmation")


def test_who_opened_an_account_does_not_confirm_it_under_a_merged_entry(
    first: Staff, again: Staff
) -> None:
    status, opened = post(first, "", **li())
    assert status == 201, opened

    assert code(post(again, f"{opened['id']}/reset/confirm")) == (422, "own_confirmation")
    assert not Staff.objects.get(pk=opened["id"]).has_usable_password()


def test_nobody_administers_himself_under_a_merged_entry(first: Staff, again: Staff) -> None:
    (role,) = first.roleassignment_set.values_list("pk", flat=True)
    last_day = {"last_day": str(timezone.localdate())}

    assert code(post(again, f"{first.pk}/roles/", **village())) == (422, "own_grant")
    assert code(post(again, f"{first.pk}/roles/{role}/end", **last_day)) == (422, "own_account")
    assert code(post(again, f"{first.pk}/reset")) == (422, "own_reset")
    assert code(post(again, f"{first.pk}/deactivate")) == (422, "own_account")


def test_a_role_of_two_who_were_found_to_be_one_is_named(first: Staff, clerk: Staff) -> None:
    other = builders.administrator()
    status, given = post(other, ask(first, clerk))
    assert (status, role_invariants.broken_promises()) == (201, [])

    merge(first, other)

    (broken,) = role_invariants.broken_promises()
    assert (broken.promise, broken.subject) == (role_invariants.BY_TWO, f"任职 {given['id']}")
