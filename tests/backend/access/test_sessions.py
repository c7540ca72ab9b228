"""A session of staff ends: idle, at the end of a long day, at logout, and with its account."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backend.access import keys, staff
from backend.access.models import RoleAssignment, Staff, StaffSession
from backend.access.sessions import ABSOLUTE, IDLE
from tests import builders
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 5, 0, 30, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2026, 11, 5, 23, 50, tzinfo=builders.CHINA)
Clock = time_machine.Traveller


@pytest.fixture
def clerk() -> Staff:
    """With a password, and no key that it opens."""
    staff = builders.member(role="CLERK", username="jingban1").staff
    staff.set_password(PASSWORD)
    staff.save()
    return staff


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def post(client: Client, path: str, body: dict[str, str]) -> int:
    answer = client.post(f"/api/v1/staff/{path}", body, content_type="application/json")
    return answer.status_code


def log_in(client: Client, *, password: str = PASSWORD) -> None:
    code = builders.code(now=datetime.now(UTC))
    assert (
        post(client, "login", {"username": "jingban1", "password": password, "code": code}) == 200
    )


def status(client: Client, path: str = "staff/me") -> int:
    return client.get(f"/api/v1/{path}").status_code


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def test_a_session_in_which_nobody_works_ends(client: Client, clerk: Staff, clock: Clock) -> None:
    log_in(client)

    clock.shift(IDLE - timedelta(seconds=1))
    still = status(client)
    clock.shift(IDLE)

    assert (still, status(client)) == (200, 401)


def test_who_works_on_stays_logged_in_to_the_end_of_a_long_day(
    client: Client, clerk: Staff, clock: Clock
) -> None:
    log_in(client)
    while datetime.now(UTC) + IDLE < START + ABSOLUTE:
        clock.shift(IDLE - timedelta(seconds=1))
        assert status(client) == 200

    clock.move_to(START + ABSOLUTE)

    assert status(client) == 401


def test_calls_within_a_minute_write_nothing_of_the_session(
    client: Client, clerk: Staff, clock: Clock
) -> None:
    log_in(client)
    before = StaffSession.objects.get().expire_date

    clock.shift(59)
    status(client)
    soon = StaffSession.objects.get().expire_date
    clock.shift(1)
    status(client)

    assert soon == before
    assert StaffSession.objects.get().expire_date == before + timedelta(minutes=1)


def test_a_new_login_has_a_new_key_and_a_day_of_its_own(
    client: Client, clerk: Staff, clock: Clock
) -> None:
    log_in(client)
    first = key_of(client)
    for _ in range(20):
        clock.shift(IDLE - timedelta(seconds=1))
        status(client)

    log_in(client)
    clock.shift(IDLE - timedelta(seconds=1))

    assert key_of(client) != first
    assert status(client) == 200
    assert StaffSession.objects.count() == 1


def test_the_old_key_is_dead_after_logout(client: Client, clerk: Staff) -> None:
    log_in(client)
    kept = key_of(client)
    post(client, "logout", {})

    client.cookies["sessionid"] = kept

    assert status(client) == 401
    assert not StaffSession.objects.exists()


def test_the_table_holds_no_key_that_opens_a_session(client: Client, clerk: Staff) -> None:
    log_in(client)
    stolen = Client()

    stolen.cookies["sessionid"] = StaffSession.objects.get().session_key

    assert key_of(client) not in str(StaffSession.objects.values())
    assert status(stolen) == 401


def test_a_host_with_another_key_knows_no_session(
    client: Client, clerk: Staff, settings: Settings
) -> None:
    log_in(client)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "xin-miyao", []

    assert status(client) == 401


def test_a_changed_password_ends_all_sessions(client: Client, clock: Clock) -> None:
    builders.staff_with_password(role="CLERK", username="jingban1")
    elsewhere = Client()
    log_in(elsewhere)
    clock.shift(60)
    log_in(client)
    clock.shift(60)
    proof = {"password": PASSWORD, "code": builders.code(now=datetime.now(UTC))}

    assert post(client, "password", {**proof, "new_password": "ling-yi-kouling-2026"}) == 204

    assert (status(client), status(elsewhere)) == (401, 401)


def test_a_reset_ends_all_sessions(client: Client, clerk: Staff, clock: Clock) -> None:
    log_in(client)
    admin = builders.member(role="SECURITY_ADMIN").staff
    admin.person_id = builders.chen().pk
    clerk.refresh_from_db()

    keys.reset(
        staff=clerk,
        prepared=keys.prepare(staff=clerk, password="chongzhi-kouling-2026"),
        totp_secret=builders.TOTP_SECRET,
        now=START,
        reset_by=admin,
    )

    assert status(client) == 401


def test_a_closed_account_is_out_at_the_next_call(client: Client, clerk: Staff) -> None:
    log_in(client)

    admin = builders.member(role="SECURITY_ADMIN").staff
    staff.deactivate(staff=clerk, today=builders.TODAY, deactivated_by=admin)

    assert status(client) == 401


def test_a_right_taken_away_is_gone_at_the_next_call(
    client: Client, clerk: Staff, clock: Clock
) -> None:
    clock.move_to(BEFORE_MIDNIGHT)
    log_in(client)
    assert status(client, "persons/?number=1") == 200
    today = timezone.localdate()

    staff.end_role(
        assignment=RoleAssignment.objects.get(staff=clerk), last_day=today, today=today,
        ended_by=builders.member(role="SECURITY_ADMIN").staff,
    )  # fmt: skip
    clock.shift(timedelta(minutes=20))

    assert (status(client), status(client, "persons/?number=1")) == (200, 403)


def test_a_right_that_ended_at_once_is_gone_at_the_next_call_of_the_same_day(
    client: Client, clerk: Staff, clock: Clock
) -> None:
    log_in(client)
    assert status(client, "persons/?number=1") == 200

    staff.end_role_at_once(
        assignment=RoleAssignment.objects.get(staff=clerk),
        today=timezone.localdate(),
        now=timezone.now(),
        ended_by=builders.member(role="SECURITY_ADMIN").staff,
    )

    assert (status(client), status(client, "persons/?number=1")) == (200, 403)
    assert client.get("/api/v1/staff/me").json()["roles"] == []


def test_a_right_given_counts_at_the_next_call(client: Client, clerk: Staff, clock: Clock) -> None:
    clock.move_to(BEFORE_MIDNIGHT)
    log_in(client)
    assert status(client, "batches/") == 403
    today = timezone.localdate()

    staff.end_role(
        assignment=RoleAssignment.objects.get(staff=clerk), last_day=today, today=today,
        ended_by=builders.member(role="SECURITY_ADMIN").staff,
    )  # fmt: skip
    builders.assign(clerk, "FINANCE", since=today + timedelta(days=1))
    clock.shift(timedelta(minutes=20))

    assert status(client, "batches/") == 200


def test_sessions_that_are_over_go_at_the_next_login_of_anybody(
    client: Client, clerk: Staff, clock: Clock
) -> None:
    log_in(client)
    clock.shift(IDLE + timedelta(seconds=1))

    log_in(Client())

    assert StaffSession.objects.count() == 1
