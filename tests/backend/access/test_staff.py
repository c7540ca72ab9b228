"""Accounts belong to natural persons; roles are held in time and some exclude each other."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access import roles
from backend.access.models import Role, Staff
from backend.access.passwords import PasswordWeak
from backend.access.staff import (
    AccountExists,
    LevelInvalid,
    OwnGrant,
    PersonUnknown,
    RoleEndInvalid,
    RoleHeld,
    RolesIncompatible,
    create_staff,
    deactivate,
    end_role,
    grant_role,
)
from backend.audit.models import Act
from backend.kernel.months import DateRange
from tests import builders
from tests.builders import NOW, PASSWORD, TODAY, TOTP_SECRET

pytestmark = pytest.mark.django_db
TERM = DateRange(date(2026, 1, 1), date(2027, 1, 1))
NEXT_TERM = DateRange(date(2027, 1, 1), date(2028, 1, 1))


def create(*, username: str = "jingban1", person_id: int, password: str = PASSWORD) -> Staff:
    return create_staff(
        username=username,
        person_id=person_id,
        agency=builders.agency(),
        hall=None,
        password=password,
        totp_secret=TOTP_SECRET,
        now=NOW,
    )


def test_one_person_has_one_account() -> None:
    create(username="jingban1", person_id=builders.li().pk)

    with pytest.raises(AccountExists):
        create(username="jingban2", person_id=builders.li().pk)


def test_a_closed_account_makes_way_for_another() -> None:
    clerk = builders.member(role="CLERK", of=builders.li())
    deactivate(
        staff=clerk.staff, today=TODAY, deactivated_by=builders.member(role="SECURITY_ADMIN").staff
    )

    create(person_id=builders.li().pk)


def test_a_user_name_is_taken_once() -> None:
    create(username="jingban1", person_id=builders.li().pk)

    with pytest.raises(AccountExists):
        create(username="jingban1", person_id=builders.zhao().pk)


def test_an_account_belongs_to_a_person_of_the_register() -> None:
    with pytest.raises(PersonUnknown):
        create(person_id=987654321)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(PasswordWeak):
        create(person_id=builders.li().pk, password="short")


def test_a_role_is_held_from_its_first_to_its_last_day() -> None:
    staff = builders.member(role="CLERK").staff
    grant_role(staff=staff, role="VILLAGE", valid=TERM, granted_by=None)

    def held(day: date) -> bool:
        return "VILLAGE" in roles.roles_of(staff=staff, on=day)

    assert [held(day) for day in (date(2025, 12, 31), TERM.start)] == [False, True]
    assert [held(day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [True, False]


def test_incompatible_roles_of_one_person_never_overlap() -> None:
    staff = builders.member(role="FINANCE").staff

    with pytest.raises(RolesIncompatible):
        grant_role(staff=staff, role="CASHIER", valid=TERM, granted_by=None)


def test_incompatible_roles_are_refused_across_two_accounts_of_one_person() -> None:
    closed = builders.member(role="FINANCE", of=builders.li())
    closed.staff.is_active = False
    closed.staff.save()
    second = create(person_id=builders.li().pk)

    with pytest.raises(RolesIncompatible):
        grant_role(staff=second, role="CASHIER", valid=TERM, granted_by=None)


def test_an_incompatible_role_may_follow() -> None:
    staff = create(person_id=builders.li().pk)
    grant_role(staff=staff, role="FINANCE", valid=TERM, granted_by=None)

    grant_role(staff=staff, role="CLERK", valid=NEXT_TERM, granted_by=None)

    assert roles.roles_of(staff=staff, on=TERM.start) == {"FINANCE"}
    assert roles.roles_of(staff=staff, on=NEXT_TERM.start) == {"CLERK"}


def test_the_refusal_says_which_role_stands_in_the_way_and_why() -> None:
    staff = builders.member(role="FINANCE").staff

    with pytest.raises(RolesIncompatible, match="同期任“财务”，不能任“出纳放款”：出纳不兼任稽核"):
        grant_role(staff=staff, role="CASHIER", valid=TERM, granted_by=None)


@pytest.mark.parametrize(
    ("role", "level"), [("APPROVER", ""), ("APPROVER", "CHIEF"), ("REVIEWER", "HEAD")]
)
def test_an_approver_has_a_level_and_nobody_else(role: str, level: str) -> None:
    staff = create(person_id=builders.li().pk)

    with pytest.raises(LevelInvalid):
        grant_role(staff=staff, role=role, level=level, valid=TERM, granted_by=None)


EXCLUDED = [pair for pair in combinations(Role.values, 2) if set(pair) != {"CLERK", "VILLAGE"}]


@pytest.mark.parametrize(("one", "other"), EXCLUDED)
def test_no_person_holds_two_roles_that_exclude_each_other(one: str, other: str) -> None:
    staff = builders.member(role=one).staff

    with pytest.raises(IntegrityError, match="access_roles_compatible"), transaction.atomic():
        builders.assign(staff, other)


def test_the_same_role_twice_is_refused() -> None:
    staff = builders.member(role="CLERK").staff

    with pytest.raises(RoleHeld):
        grant_role(staff=staff, role="CLERK", valid=TERM, granted_by=None)


def test_nobody_grants_a_role_to_himself() -> None:
    admin = builders.member(role="SECURITY_ADMIN").staff

    with pytest.raises(OwnGrant):
        grant_role(staff=admin, role="CLERK", valid=TERM, granted_by=admin)


def test_a_role_ends_after_its_last_day() -> None:
    staff = builders.member(role="VILLAGE").staff
    admin = builders.member(role="SECURITY_ADMIN").staff
    assignment = builders.assign(staff, "CLERK")

    end_role(assignment=assignment, last_day=TODAY, today=TODAY, ended_by=admin)

    assert "CLERK" in roles.roles_of(staff=staff, on=TODAY)
    assert "CLERK" not in roles.roles_of(staff=staff, on=date(2026, 11, 6))


def test_a_role_is_not_ended_in_the_past() -> None:
    staff = builders.member(role="VILLAGE").staff
    assignment = builders.assign(staff, "CLERK")

    with pytest.raises(RoleEndInvalid):
        end_role(assignment=assignment, last_day=date(2026, 11, 4), today=TODAY, ended_by=staff)


def test_a_role_that_ended_early_makes_way_for_its_opposite() -> None:
    staff = builders.member(role="VILLAGE").staff
    admin = builders.member(role="SECURITY_ADMIN").staff
    assignment = builders.assign(staff, "CLERK")
    end_role(assignment=assignment, last_day=TODAY, today=TODAY, ended_by=admin)
    village = staff.roleassignment_set.get(role="VILLAGE")
    end_role(assignment=village, last_day=TODAY, today=TODAY, ended_by=admin)

    grant_role(staff=staff, role="REVIEWER", valid=NEXT_TERM, granted_by=admin)

    assert roles.roles_of(staff=staff, on=NEXT_TERM.start) == {"REVIEWER"}


def test_an_inactive_account_holds_no_role() -> None:
    staff = builders.member(role="CLERK").staff
    deactivate(
        staff=staff, today=TODAY, deactivated_by=builders.member(role="SECURITY_ADMIN").staff
    )

    assert roles.roles_of(staff=staff, on=TODAY) == frozenset()


def test_roles_end_with_their_account() -> None:
    staff = builders.member(role="CLERK").staff
    admin = builders.member(role="SECURITY_ADMIN").staff
    over = builders.assign(staff, "VILLAGE", until=date(2026, 1, 1))

    deactivate(staff=staff, today=TODAY, deactivated_by=admin)

    over.refresh_from_db()
    assert over.valid.upper == date(2026, 1, 1)
    assert staff.roles_on(day=TODAY) == {"CLERK"}
    assert staff.roles_on(day=date(2026, 11, 6)) == frozenset()
    assert Act.objects.filter(name="access.role_ended", staff_id=admin.pk).count() == 1


def test_who_comes_back_may_hold_what_the_closed_account_excluded() -> None:
    before = builders.member(role="CLERK", of=builders.li()).staff
    admin = builders.member(role="SECURITY_ADMIN").staff
    deactivate(staff=before, today=TODAY, deactivated_by=admin)
    again = builders.member(role="SUPERVISOR", of=builders.li(), since=date(2026, 11, 6)).staff

    assert roles.roles_of(staff=again, on=date(2026, 11, 6)) == {"SUPERVISOR"}


def test_a_role_that_has_not_begun_is_withdrawn_with_its_account() -> None:
    staff = builders.member(role="CLERK").staff
    coming = builders.assign(staff, "VILLAGE", since=timezone.localdate() + timedelta(days=2))

    deactivate(
        staff=staff,
        today=timezone.localdate(),
        deactivated_by=builders.member(role="SECURITY_ADMIN").staff,
    )

    coming.refresh_from_db()
    assert coming.valid.isempty
