"""Two security administrators stay: of one alone nobody could ask for the reset."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.access import administer
from backend.access.models import RoleAssignment, Staff
from backend.access.security_admins import SecurityAdminsTooFew
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db

Goes = Callable[[Staff, Staff], None]


def security(*names: str) -> list[Staff]:
    role = "SECURITY_ADMIN"
    return [builders.member(role=role, of=builders.person(name=name)).staff for name in names]


def ends(of: Staff, by: Staff) -> None:
    """After a last day that is yet to come."""
    administer.end_role(
        assignment=RoleAssignment.objects.get(staff=of),
        last_day=TODAY + timedelta(days=30),
        today=TODAY,
        by=builders.administering(by),
    )


def ends_at_once(of: Staff, by: Staff) -> None:
    assignment = RoleAssignment.objects.get(staff=of)
    by_him = builders.administering(by)
    administer.end_role_at_once(assignment=assignment, today=TODAY, now=NOW, by=by_him)


def closes(of: Staff, by: Staff) -> None:
    administer.close_account(of=of, today=TODAY, by=builders.administering(by))


@pytest.mark.parametrize("goes", [ends, ends_at_once, closes])
def test_the_last_but_one_stays(goes: Goes) -> None:
    one, other = security("江大一", "江大二")

    with pytest.raises(SecurityAdminsTooFew, match="只剩1名"):
        goes(one, other)

    one.refresh_from_db()
    assert one.is_active
    assert one.roleassignment_set.get().valid.upper is None


@pytest.mark.parametrize("goes", [ends, ends_at_once, closes])
def test_of_three_one_goes_and_then_no_other(goes: Goes) -> None:
    one, other, third = security("江大一", "江大二", "江大三")

    goes(one, other)

    with pytest.raises(SecurityAdminsTooFew):
        goes(third, other)


def test_who_goes_by_himself_is_not_counted() -> None:
    one, other, third = security("江大一", "江大二", "江大三")
    ends(one, other)

    with pytest.raises(SecurityAdminsTooFew):
        closes(third, other)
    closes(one, other)


def test_who_was_made_one_by_sql_is_not_counted() -> None:
    one, other, third = security("江大一", "江大二", "江大三")
    RoleAssignment.objects.filter(staff=third).update(certificate=b"")

    with pytest.raises(SecurityAdminsTooFew):
        closes(one, other)


def test_others_go_as_before() -> None:
    (admin,) = security("江大一")
    clerk = builders.member(role="CLERK", of=builders.person(name="江大二")).staff

    ends(clerk, admin)
    closes(clerk, admin)

    clerk.refresh_from_db()
    assert not clerk.is_active
