"""Whoever is logged in is read with the roles of today: the very ones that he holds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.access.logged_in import ACCOUNT, ASSIGNED
from backend.access.models import RoleAssignment, Staff, StaffSession
from backend.access.sessions import SessionStore
from backend.access.staff import deactivate
from tests import builders
from tests.backend.access.test_role_forgeries import execute, planted, withdrawn

pytestmark = pytest.mark.django_db


def opened(staff: Staff) -> SessionStore:
    client = Client()
    client.force_login(staff)
    return SessionStore(client.cookies["sessionid"].value)


def logged_in(staff: Staff) -> Staff:
    found = opened(staff).staff
    assert found is not None
    return found


@pytest.mark.parametrize(("model", "read"), [(Staff, ACCOUNT), (RoleAssignment, ASSIGNED)])
def test_what_is_read_stands_in_the_order_of_the_model(
    model: type[Staff | RoleAssignment], read: tuple[str, ...]
) -> None:
    named = [field.attname for field in model._meta.concrete_fields]
    assert [name for name in named if name in read] == list(read)


def test_the_account_is_the_same_as_any_other_reading_gives() -> None:
    member = builders.member(role="CLERK")
    staff = logged_in(member.staff)

    kept = Staff.objects.get(pk=member.staff.pk)
    assert {name: getattr(staff, name) for name in ACCOUNT} == {
        name: getattr(kept, name) for name in ACCOUNT
    }
    assert staff.get_deferred_fields() == set()


def test_it_brings_the_roles_of_today_and_asks_for_those_of_another_day() -> None:
    member = builders.member(role="CLERK")
    today = timezone.localdate()
    staff = logged_in(member.staff)

    with CaptureQueriesContext(connection) as asked:
        assert staff.roles_on(day=today) == {"CLERK"}
    assert not asked.captured_queries
    assert staff.roles_on(day=today - timedelta(days=36_500)) == frozenset()


def test_a_role_that_sql_put_in_is_not_among_them() -> None:
    member = builders.member(role="REVIEWER")
    withdrawn(member.staff)
    planted(member, role="APPROVER")

    assert logged_in(member.staff).roles_on(day=timezone.localdate()) == frozenset()


def test_somebody_without_a_role_is_found_and_holds_none() -> None:
    member = builders.member(role="CLERK")
    execute("UPDATE access_roleassignment SET valid = daterange(lower(valid), current_date - 1)")

    assert logged_in(member.staff).roles_on(day=timezone.localdate()) == frozenset()


def test_a_closed_account_is_nobody() -> None:
    member, admin = builders.member(role="CLERK"), builders.member(role="SECURITY_ADMIN")
    session = opened(member.staff)
    deactivate(staff=member.staff, today=timezone.localdate(), deactivated_by=admin.staff)

    assert session.staff is None
    assert SessionStore("meiyou").staff is None


def test_a_session_that_sql_turned_to_another_account_opens_neither() -> None:
    clerk, other = builders.member(role="CLERK").staff, builders.member(role="APPROVER").staff
    session = opened(clerk)

    StaffSession.objects.update(staff=other)

    assert session.staff is None


def test_a_call_asks_for_session_account_and_roles_by_one_statement(client: Client) -> None:
    clerk = client
    clerk.force_login(builders.member(role="CLERK").staff)
    clerk.get("/api/v1/roles/")
    with CaptureQueriesContext(connection) as asked:
        assert clerk.get("/api/v1/roles/").status_code == 200

    about = [one["sql"] for one in asked.captured_queries]
    read = ("access_staffsession", "access_staff ", "access_roleassignment")
    assert [sum(table in sql for sql in about) for table in read] == [1, 1, 1]
