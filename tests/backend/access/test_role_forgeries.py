"""A role counts with this host's certificate: what SQL writes as the application gives none."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backend.access import roles
from backend.access.models import RoleAssignment, Staff
from backend.access.roles import RoleMissing
from backend.access.staff import deactivate, end_role_at_once
from backend.cases import approvals
from backend.cases.models import Approval
from tests import builders
from tests.builders import NOW, TODAY, Member

pytestmark = pytest.mark.django_db
BATCH, DIGEST = "payments.batch", "a" * 64

COPIED = """
INSERT INTO access_roleassignment (staff_id, person_id, role, level, valid, certificate)
SELECT %s, %s, role, level, %s, certificate FROM access_roleassignment WHERE id = %s
"""


@pytest.fixture
def outsider() -> Member:
    """Has a key of his own, and no role any more that would exclude another."""
    member = builders.member(role="REVIEWER", of=builders.zhao())
    withdrawn(member.staff)
    return member


def withdrawn(staff: Staff) -> None:
    """The role ended the day before all that follows."""
    assignment = staff.roleassignment_set.get()
    assignment.valid = type(assignment.valid)(assignment.valid.lower, TODAY - timedelta(days=1))
    assignment.certify()


def execute(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def planted(outsider: Member, certificate: bytes = b"", role: str = "APPROVER") -> None:
    """A role of the best form, put in by SQL."""
    execute(
        "INSERT INTO access_roleassignment (staff_id, person_id, role, level, valid, certificate)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        outsider.staff.pk,
        outsider.staff.person_id,
        role,
        "LEADER" if role == "APPROVER" else "",
        f"[{TODAY},)",
        certificate,
    )


def sign(member: Member, role: str, step: str) -> Approval:
    return approvals.sign(
        key=member.key,
        subject_kind=BATCH,
        subject_id=1,
        step=step,
        digest=DIGEST,
        role=role,
        now=NOW,
    )


@pytest.mark.parametrize("certificate", [b"", b"\0" * 32], ids=["none", "invented"])
def test_a_role_put_in_by_sql_is_held_by_nobody(outsider: Member, certificate: bytes) -> None:
    planted(outsider, certificate)

    assert roles.roles_of(staff=outsider.staff, on=TODAY) == frozenset()
    with pytest.raises(RoleMissing):
        sign(outsider, "APPROVER", "APPROVE")


def test_a_signature_under_a_role_put_in_by_sql_does_not_verify(outsider: Member) -> None:
    planted(outsider)
    forged = Approval(
        subject_kind=BATCH,
        subject_id=1,
        step="APPROVE",
        digest=DIGEST,
        staff_id=outsider.staff.pk,
        person_id=outsider.staff.person_id,
        role="APPROVER",
        key_id=outsider.key.key_id,
        signed_at=NOW,
    )
    forged.signature = outsider.key.sign(approvals.signed_bytes(forged))
    forged.save()

    assert not approvals.verify(Approval.objects.get(pk=forged.pk))


def test_the_certificate_of_a_colleague_vouches_for_nobody_else(outsider: Member) -> None:
    own = builders.member(role="APPROVER", since=TODAY).staff.roleassignment_set.get()

    execute(COPIED, outsider.staff.pk, outsider.staff.person_id, own.valid, own.pk)

    assert roles.roles_of(staff=outsider.staff, on=TODAY) == frozenset()


def test_a_role_that_was_withdrawn_does_not_come_back_with_its_old_certificate() -> None:
    staff = builders.staff_with_password(role="CLERK", username="jingban1")
    since = timezone.localdate() + timedelta(days=2)
    coming = builders.assign(staff, "VILLAGE", since=since)
    before = bytes(coming.certificate)
    deactivate(
        staff=staff,
        today=timezone.localdate(),
        deactivated_by=builders.member(role="SECURITY_ADMIN").staff,
    )

    execute(
        "INSERT INTO access_roleassignment (staff_id, person_id, role, level, valid, certificate)"
        " VALUES (%s, %s, 'VILLAGE', '', %s, %s)",
        staff.pk,
        staff.person_id,
        f"[{since},)",
        before,
    )

    assert staff.roles_on(day=since) == frozenset()


def test_a_role_that_sql_made_shorter_counts_no_more() -> None:
    reviewer = builders.member(role="REVIEWER")
    approval = sign(reviewer, "REVIEWER", "CHECK")
    assert approvals.verify(approval)

    execute("UPDATE access_roleassignment SET valid = '[2020-01-01,2030-01-01)'")

    assert not approvals.verify(approval)
    assert list(approvals.unverifiable()) == [approval]


@pytest.mark.parametrize(
    "change", ["ended_at = NULL", "ended_at = ended_at + interval '1 hour'"], ids=["back", "later"]
)
def test_a_role_that_ended_at_once_does_not_come_back_by_sql(change: str) -> None:
    staff = builders.member(role="REVIEWER").staff
    own, today = staff.roleassignment_set.get(), timezone.localdate()
    by = builders.member(role="SECURITY_ADMIN").staff
    end_role_at_once(assignment=own, today=today, now=timezone.now(), ended_by=by)

    with pytest.raises(DatabaseError, match="ended at once, once"), transaction.atomic():
        execute(f"UPDATE access_roleassignment SET {change} WHERE id = %s", own.pk)

    assert roles.roles_of(staff=staff, on=today) == frozenset()


def test_an_end_that_sql_writes_ends_the_role_and_is_named() -> None:
    staff = builders.member(role="REVIEWER").staff

    execute("UPDATE access_roleassignment SET ended_at = '2020-02-01'")

    own = staff.roleassignment_set.get()
    assert own.ended_at is not None
    assert own.ended_at > timezone.now() - timedelta(minutes=5)
    assert not own.counts
    assert roles.roles_of(staff=staff, on=timezone.localdate()) == frozenset()


@pytest.mark.parametrize("change", ["role = 'CASHIER', level = ''", "level = 'LEADER'"])
def test_neither_role_nor_level_is_changed_by_sql(change: str) -> None:
    builders.member(role="APPROVER", level="HEAD")

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        execute(f"UPDATE access_roleassignment SET {change}")


def test_a_role_that_was_given_counts_until_its_last_day() -> None:
    staff = builders.staff_with_password(role="APPROVER", username="shenpi1")

    assert roles.level_of(staff=staff, on=TODAY) == "LEADER"
    assert RoleAssignment.objects.get(staff=staff).counts
