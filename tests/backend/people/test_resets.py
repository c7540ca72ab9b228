"""Who lost password or authenticator gets new ones from two administrators, never from himself."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from backend.access import keys
from backend.access.administer import ResetNotAsked, confirm_reset
from backend.access.models import SigningKey, Staff, StaffReset
from backend.audit.models import Act
from backend.city import role_invariants
from tests import builders
from tests.backend.people.staff_at_api import li, log_in, post, proof, refusal, reset_by_two, today
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db
COLUMNS = "staff_id, asked_by_id, asked_at, password, public_key, private_sealed, certificate"
PLANTED = f"INSERT INTO access_staffreset ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)"
COPIED = f"INSERT INTO access_staffreset ({COLUMNS}) SELECT {COLUMNS} FROM access_staffreset"


def plant(account: Staff, asker: Staff, certificate: bytes | None) -> None:
    """Ask by SQL for a reset to a password that whoever writes it knows."""
    own = keys.prepare(staff=account, password="known-to-whoever-wrote-it-1")
    values: list[Any] = [account.pk, asker.pk, timezone.now()]
    values += [own.password, own.public_key, own.private_sealed, certificate]
    with connection.cursor() as cursor:
        cursor.execute(PLANTED, values)


def test_a_reset_gives_another_key_and_keeps_the_old_one(
    browser: Client, second: Client, clerk: Staff
) -> None:
    before = SigningKey.objects.get(staff=clerk)

    issued = reset_by_two(browser, second, clerk)

    log_in(issued)
    before.refresh_from_db()
    live = SigningKey.objects.get(staff=clerk, retired_at=None)
    assert before.retired_at == live.made_at
    assert keys.is_certified(before)
    lost = {"username": "jingban1", "password": PASSWORD, "code": proof(issued)["code"]}
    assert refusal(Client(), "login", lost) == (401, "credentials_wrong")


def test_one_administrator_alone_resets_no_account_with_roles(
    browser: Client, clerk: Staff
) -> None:
    before = SigningKey.objects.get(staff=clerk)

    status, asked = post(browser, f"{clerk.pk}/reset")

    assert (status, asked["totp_uri"]) == (200, None)
    assert refusal(browser, f"{clerk.pk}/reset/confirm") == (422, "own_confirmation")
    before.refresh_from_db()
    assert before.retired_at is None
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)
    assert not Act.objects.filter(name="access.reset").exists()


def test_each_of_the_two_is_told_one_half(browser: Client, second: Client, clerk: Staff) -> None:
    _, asked = post(browser, f"{clerk.pk}/reset")
    shown = second.get(f"/api/v1/staff/{clerk.pk}/").json()["reset_asked_by"]
    _, confirmed = post(second, f"{clerk.pk}/reset/confirm")

    assert (bool(asked["password"]), asked["totp_uri"]) == (True, None)
    assert (confirmed["password"], confirmed["totp_uri"][:10]) == (None, "otpauth://")
    act = Act.objects.get(name="access.reset")
    asker = Staff.objects.get(username=shown)
    assert act.details == {"asked_by": asker.person_id}
    assert act.person_id != asker.person_id


def test_a_system_administrator_may_confirm(browser: Client, clerk: Staff) -> None:
    operator = Client()
    operator.force_login(builders.administrator(role="SYSTEM_ADMIN"))
    assert refusal(operator, f"{clerk.pk}/reset") == (403, "not_permitted")

    log_in(reset_by_two(browser, operator, clerk))


def test_nobody_confirms_his_own_reset(browser: Client) -> None:
    other = builders.administrator(role="SYSTEM_ADMIN")
    owner = Client()
    owner.force_login(other)
    post(browser, f"{other.pk}/reset")

    assert refusal(owner, f"{other.pk}/reset/confirm") == (422, "own_reset")


def test_a_reset_is_confirmed_once_and_within_a_day(
    browser: Client, second: Client, clerk: Staff
) -> None:
    assert refusal(second, f"{clerk.pk}/reset/confirm") == (409, "reset_not_asked")
    reset_by_two(browser, second, clerk)
    assert refusal(second, f"{clerk.pk}/reset/confirm") == (409, "reset_not_asked")
    post(browser, f"{clerk.pk}/reset")

    with pytest.raises(ResetNotAsked):
        confirm_reset(
            of=clerk,
            by=builders.administering(builders.administrator()),
            now=timezone.now() + timedelta(days=1),
        )


def test_what_somebody_asked_whose_account_is_closed_is_not_confirmed(
    browser: Client, second: Client, admin: Staff, clerk: Staff
) -> None:
    post(browser, f"{clerk.pk}/reset")
    builders.administrator()
    assert post(second, f"{admin.pk}/deactivate")[0] == 200

    assert refusal(second, f"{clerk.pk}/reset/confirm") == (409, "reset_not_asked")


@pytest.mark.parametrize("certificate", [None, b"\0" * 32], ids=["none", "invented"])
def test_what_sql_asks_for_in_the_name_of_an_administrator_is_not_confirmed(
    admin: Staff, clerk: Staff, certificate: bytes | None
) -> None:
    operator = Client()
    operator.force_login(builders.administrator(role="SYSTEM_ADMIN"))
    plant(clerk, admin, certificate)

    assert refusal(operator, f"{clerk.pk}/reset/confirm") == (409, "reset_not_asked")
    assert operator.get(f"/api/v1/staff/{clerk.pk}/").json()["reset_asked_by"] is None
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_a_row_of_sql_does_not_stand_before_what_was_asked_for(
    browser: Client, second: Client, admin: Staff, clerk: Staff
) -> None:
    _, asked = post(browser, f"{clerk.pk}/reset")
    plant(clerk, admin, None)

    _, confirmed = post(second, f"{clerk.pk}/reset/confirm")

    log_in({**confirmed, "password": asked["password"]})


def test_what_somebody_asked_who_is_no_administrator_any_more_is_not_confirmed(
    browser: Client, second: Client, admin: Staff, clerk: Staff
) -> None:
    post(browser, f"{clerk.pk}/reset")
    role = admin.roleassignment_set.get()
    role.valid = type(role.valid)(role.valid.lower, timezone.localdate())
    role.certify()

    assert refusal(second, f"{clerk.pk}/reset/confirm") == (409, "reset_not_asked")


def test_a_confirmed_reset_without_its_certificate_is_named(
    browser: Client, second: Client, admin: Staff, clerk: Staff
) -> None:
    reset_by_two(browser, second, clerk)
    assert role_invariants.broken_promises() == []
    plant(clerk, admin, None)
    planted = StaffReset.objects.get(certificate=None)

    planted.confirmed_by, planted.confirmed_at = builders.administrator(), timezone.now()
    planted.save(update_fields=["confirmed_by", "confirmed_at"])

    (broken,) = role_invariants.broken_promises()
    assert (broken.promise, broken.subject) == (role_invariants.RESET_BY_TWO, f"重置 {planted.pk}")


def test_one_alone_resets_no_account_whose_roles_have_ended_while_a_role_waits(
    browser: Client, second: Client, clerk: Staff
) -> None:
    role = clerk.roleassignment_set.get()
    role.valid = type(role.valid)(role.valid.lower, timezone.localdate())
    role.certify()
    wanted = {"role": "REVIEWER", "from_date": today()}
    _, waits = post(browser, f"{clerk.pk}/roles/", wanted)

    status, asked = post(browser, f"{clerk.pk}/reset")
    given, _ = post(second, f"{clerk.pk}/roles/asked/{waits['id']}/confirm")

    assert (status, asked["totp_uri"], given) == (200, None, 201)
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_an_account_that_waited_a_day_for_its_second_administrator_is_asked_for_again(
    browser: Client, second: Client
) -> None:
    _, opened = post(browser, "", li())
    account = Staff.objects.get(pk=opened["id"])

    with pytest.raises(ResetNotAsked):
        confirm_reset(
            of=account,
            by=builders.administering(builders.administrator()),
            now=timezone.now() + timedelta(days=1),
        )
    log_in(reset_by_two(second, browser, account))


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE access_staffreset SET password = ''",
        "UPDATE access_staffreset SET asked_by_id = staff_id",
        "UPDATE access_staffreset SET certificate = NULL",
        COPIED,
        "UPDATE access_staffreset SET confirmed_by_id = asked_by_id, confirmed_at = now()",
        "UPDATE access_staffreset SET confirmed_by_id = staff_id, confirmed_at = now()",
        "DELETE FROM access_staffreset",
    ],
)
def test_sql_confirms_no_reset_for_the_one_who_asked(
    browser: Client, clerk: Staff, attack: str
) -> None:
    post(browser, f"{clerk.pk}/reset")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


def test_a_reset_ends_the_sessions_of_whoever_found_the_password(
    browser: Client, second: Client, clerk: Staff
) -> None:
    finder = Client()
    finder.force_login(clerk)

    reset_by_two(browser, second, clerk)

    assert finder.get("/api/v1/staff/me").status_code in (401, 403)
