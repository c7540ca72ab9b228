"""A security administrator looks after the accounts of others, and never after his own."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client
from django.utils import timezone

from backend.access.models import AskedRole, RoleAssignment, Staff
from backend.audit.models import Act
from backend.people.models import Alias
from backend.web.models import KeptAnswer
from tests import builders
from tests.backend.people.staff_at_api import (
    give_by_two,
    li,
    log_in,
    open_by_two,
    post,
    proof,
    refusal,
    reset_by_two,
    role_of,
    today,
)

pytestmark = pytest.mark.django_db
OWN_PASSWORD = "ziji-gai-de-kouling-1"


def test_an_account_is_opened_by_two_with_what_is_told_once(
    browser: Client, second: Client
) -> None:
    issued = open_by_two(browser, second, li())

    owner = log_in(issued)
    assert owner.get("/api/v1/staff/me").json()["password_initial"] is True
    assert not KeptAnswer.objects.exists()
    shown = browser.get(f"/api/v1/staff/{issued['id']}/").content.decode()
    assert issued["password"] not in shown
    assert str(Act.objects.filter(subject_id=str(issued["id"])).values()).find("otpauth") == -1


def test_who_opens_an_account_has_one_half_and_does_not_confirm_the_other(
    browser: Client, second: Client
) -> None:
    _, opened = post(browser, "", li())

    assert (bool(opened["password"]), opened["totp_uri"]) == (True, None)
    assert refusal(browser, f"{opened['id']}/reset/confirm") == (422, "own_confirmation")
    account = Staff.objects.get(pk=opened["id"])
    assert not account.has_usable_password()
    assert not account.signingkey_set.exists()
    _, confirmed = post(second, f"{opened['id']}/reset/confirm")
    assert (confirmed["password"], confirmed["totp_uri"][:10]) == (None, "otpauth://")


def test_an_initial_password_opens_nothing_but_its_own_change(
    browser: Client, second: Client
) -> None:
    issued = open_by_two(browser, second, li())
    give_by_two(browser, second, issued["id"], {"role": "CLERK", "from_date": today()})

    owner = log_in(issued, drift=-1)
    assert owner.get("/api/v1/cases/").json()["code"] == "password_initial"

    new = {**proof(issued), "new_password": OWN_PASSWORD}
    assert post(owner, "password", new)[0] == 204
    owner = log_in(issued, password=OWN_PASSWORD, drift=1)
    assert owner.get("/api/v1/cases/").status_code == 200


def test_who_was_registered_twice_gets_no_second_account(browser: Client) -> None:
    builders.member(role="CLERK", of=builders.chen())
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=builders.li().pk, case_id=1)

    assert refusal(browser, "", li()) == (422, "account_exists")


def test_number_and_name_must_be_of_one_person(browser: Client) -> None:
    assert refusal(browser, "", li(name="陈桂芳")) == (422, "person_not_found")
    assert refusal(browser, "", li(id_number="340802190001010011")) == (
        422,
        "person_not_found",
    )


def test_a_hall_is_one_of_the_agency(browser: Client) -> None:
    other = builders.agency(code="34080002", name="演示市医保中心")
    wanted = li(agency=other.code, hall=builders.hall().pk)

    assert refusal(browser, "", wanted) == (422, "hall_of_another_agency")


def asked(first: Client, account: Staff, **other: object) -> dict[str, Any]:
    """A second role, asked for by one administrator."""
    wanted = {"role": "VILLAGE", "from_date": today(), **other}
    status, waits = post(first, f"{account.pk}/roles/", wanted)
    assert status == 202, waits
    return waits


def confirmed(second: Client, account: Staff, waits: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return post(second, f"{account.pk}/roles/asked/{waits['id']}/confirm")


def test_a_role_that_one_administrator_asks_for_gives_no_right(
    browser: Client, clerk: Staff
) -> None:
    waits = asked(browser, clerk)

    assert not RoleAssignment.objects.filter(staff=clerk, role="VILLAGE").exists()
    shown = browser.get(f"/api/v1/staff/{clerk.pk}/").json()
    assert [one["id"] for one in shown["asked_roles"]] == [waits["id"]]
    assert [one["role"] for one in shown["all_roles"]] == ["CLERK"]


def test_who_asked_for_a_role_does_not_confirm_it(browser: Client, clerk: Staff) -> None:
    assert confirmed(browser, clerk, asked(browser, clerk))[1]["code"] == "own_role_confirmed"
    assert not RoleAssignment.objects.filter(staff=clerk, role="VILLAGE").exists()


def test_the_audit_administrator_may_be_the_second(browser: Client, clerk: Staff) -> None:
    auditor = Client()
    auditor.force_login(builders.staff_with_password(role="AUDIT_ADMIN", username="shenji1"))

    assert confirmed(auditor, clerk, asked(browser, clerk))[0] == 201


def test_a_role_is_confirmed_once_within_a_day(
    browser: Client, second: Client, clerk: Staff
) -> None:
    waits = asked(browser, clerk)
    assert confirmed(second, clerk, waits)[0] == 201

    assert confirmed(second, clerk, waits)[1]["code"] == "role_not_asked"
    late = AskedRole(
        staff=clerk,
        role="VILLAGE",
        valid=SqlRange(timezone.localdate(), None),
        asked_by=Staff.objects.get(pk=browser.session["_auth_user_id"]),
        asked_at=timezone.now() - timedelta(days=1),
    )
    late.certify()
    late.save()
    assert confirmed(second, clerk, {"id": late.pk})[1]["code"] == "role_not_asked"


def test_a_role_that_ended_lets_nobody_give_the_next_alone(browser: Client, clerk: Staff) -> None:
    post(browser, f"{clerk.pk}/roles/{role_of(clerk)}/end", {"last_day": today()})
    tomorrow = str(timezone.localdate() + timedelta(days=1))

    asked(browser, clerk, role="FINANCE", from_date=tomorrow)

    assert not RoleAssignment.objects.filter(staff=clerk, role="FINANCE").exists()


def test_a_role_is_given_and_ended(browser: Client, second: Client, clerk: Staff) -> None:
    status, given = confirmed(second, clerk, asked(browser, clerk))
    assert (status, given["role"]) == (201, "VILLAGE")

    status, ended = post(browser, f"{clerk.pk}/roles/{given['id']}/end", {"last_day": today()})

    assert (status, ended["to_date"]) == (200, str(timezone.localdate() + timedelta(days=1)))
    names = set(Act.objects.filter(subject_id=str(clerk.pk)).values_list("name", flat=True))
    assert {
        *("access.role_asked", "access.role_confirmed", "access.role_granted"),
        "access.role_ended",
    } <= names


def test_a_role_is_ended_at_once_and_once(browser: Client, clerk: Staff) -> None:
    path = f"{clerk.pk}/roles/{role_of(clerk)}/end-at-once"

    status, ended = post(browser, path)

    assert (status, bool(ended["ended_at"])) == (200, True)
    assert ended["to_date"] == str(timezone.localdate() + timedelta(days=1))
    assert browser.get(f"/api/v1/staff/{clerk.pk}/").json()["roles"] == []
    assert refusal(browser, path) == (422, "role_end_invalid")
    act = Act.objects.get(name="access.role_ended", subject_id=str(clerk.pk))
    assert "at" in (act.after or {})


def test_the_first_role_takes_two_also_when_sql_says_that_another_opened_the_account(
    browser: Client, second: Client
) -> None:
    _, opened = post(browser, "", li())
    other = Staff.objects.get(pk=second.session["_auth_user_id"])
    Act.objects.create(
        name="access.reset",
        subject_kind="access.staff",
        subject_id=str(opened["id"]),
        rows=1,
        staff_id=other.pk,
        person_id=other.person_id,
    )

    status, waits = post(browser, f"{opened['id']}/roles/", {"role": "CLERK", "from_date": today()})

    assert status == 202
    confirm = f"{opened['id']}/roles/asked/{waits['id']}/confirm"
    assert refusal(browser, confirm) == (422, "own_role_confirmed")
    assert not RoleAssignment.objects.filter(staff=opened["id"]).exists()


def test_an_incompatible_role_is_refused(browser: Client, clerk: Staff) -> None:
    wanted = {"role": "APPROVER", "level": "HEAD", "from_date": today()}

    assert refusal(browser, f"{clerk.pk}/roles/", wanted) == (422, "roles_incompatible")


def test_an_approver_is_given_a_level(browser: Client, clerk: Staff) -> None:
    wanted = {"role": "APPROVER", "from_date": today()}

    assert refusal(browser, f"{clerk.pk}/roles/", wanted) == (422, "role_level_invalid")


def test_a_role_gives_no_right_to_what_was_done_before(browser: Client, clerk: Staff) -> None:
    wanted = {"role": "VILLAGE", "from_date": str(timezone.localdate() - timedelta(days=1))}

    assert refusal(browser, f"{clerk.pk}/roles/", wanted) == (422, "role_starts_early")


def test_a_role_has_a_day_at_least(browser: Client, clerk: Staff) -> None:
    wanted = {"role": "VILLAGE", "from_date": today(), "to_date": today()}

    assert refusal(browser, f"{clerk.pk}/roles/", wanted) == (400, "invalid")


def test_who_leaves_is_out_at_once(browser: Client, clerk: Staff) -> None:
    session = Client()
    session.force_login(clerk)

    status, row = post(browser, f"{clerk.pk}/deactivate")

    assert (status, row["is_active"], row["roles"]) == (200, False, [])
    assert session.get("/api/v1/staff/me").status_code in (401, 403)
    assert refusal(browser, f"{clerk.pk}/reset") == (422, "account_closed")
    wanted = {"role": "VILLAGE", "from_date": today()}
    assert refusal(browser, f"{clerk.pk}/roles/", wanted) == (422, "account_closed")


def test_an_account_is_closed_once(browser: Client, clerk: Staff) -> None:
    post(browser, f"{clerk.pk}/deactivate")
    post(browser, f"{clerk.pk}/deactivate")

    assert Act.objects.filter(name="access.staff_deactivated").count() == 1


def test_nobody_administers_himself(browser: Client, admin: Staff) -> None:
    own = admin
    wanted = {"role": "VILLAGE", "from_date": today()}

    assert refusal(browser, f"{own.pk}/roles/", wanted) == (422, "own_grant")
    last_day = {"last_day": today()}
    assert refusal(browser, f"{own.pk}/roles/{role_of(own)}/end", last_day) == (422, "own_account")
    at_once = f"{own.pk}/roles/{role_of(own)}/end-at-once"
    assert refusal(browser, at_once) == (422, "own_account")
    assert refusal(browser, f"{own.pk}/reset") == (422, "own_reset")
    assert refusal(browser, f"{own.pk}/deactivate") == (422, "own_account")


def test_nobody_opens_a_second_account_for_himself() -> None:
    client = Client()
    own = builders.staff_with_password(role="SECURITY_ADMIN", username="anquan9", of=builders.li())
    client.force_login(own)

    assert refusal(client, "", li()) == (422, "own_account")


@pytest.mark.parametrize("role", ["CLERK", "SYSTEM_ADMIN", "AUDIT_ADMIN", "APPROVER"])
def test_other_roles_administer_nobody(role: str, clerk: Staff) -> None:
    client = Client()
    client.force_login(builders.member(role=role).staff)

    confirm = f"{clerk.pk}/reset/confirm"
    if role != "SYSTEM_ADMIN":
        assert refusal(client, confirm) == (403, "not_permitted")
    for path in ("", f"{clerk.pk}/reset", f"{clerk.pk}/deactivate", f"{clerk.pk}/roles/"):
        assert refusal(client, path) == (403, "not_permitted")


def test_one_looks_at_roles_and_keys_of_all_times(
    browser: Client, second: Client, clerk: Staff
) -> None:
    reset_by_two(browser, second, clerk)

    shown = browser.get(f"/api/v1/staff/{clerk.pk}/").json()

    assert [row["role"] for row in shown["all_roles"]] == ["CLERK"]
    assert [row["retired_at"] is None for row in shown["keys"]] == [False, True]
    assert shown["password_initial"] is True
