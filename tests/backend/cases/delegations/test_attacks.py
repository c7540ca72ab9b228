"""What SQL writes as the application makes nobody a deputy, and changes no delegation."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from backend.access.models import Delegation, RoleAssignment
from backend.cases import approvals, delegations
from backend.cases.approvals import LevelTooLow
from backend.cases.models import Approval
from backend.city.role_invariants import DELEGATIONS, broken_promises
from tests import builders
from tests.backend.cases.delegations.delegation_builders import (
    LATER,
    appointed,
    decided,
    large,
)
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db


def planted(head: Member, leader: Member, security: Member) -> Delegation:
    row = appointed(head, leader)
    Delegation.objects.filter(pk=row.pk).update(confirmed_by=security.staff, confirmed_at=NOW)
    row.refresh_from_db()
    given = RoleAssignment.objects.create(
        staff=head.staff, person_id=head.staff.person_id, role="APPROVER", level="LEADER",
        valid=row.valid, granted_by=security.staff, delegation=row,
    )  # fmt: skip
    assert not given.counts
    return row


def test_a_delegation_confirmed_by_sql_gives_nothing(
    head: Member, leader: Member, security: Member
) -> None:
    row = planted(head, leader, security)

    with pytest.raises(LevelTooLow):
        decided(large(), head)
    assert not row.counts
    assert [
        (one.promise, one.subject) for one in broken_promises() if one.promise == DELEGATIONS
    ] == [(DELEGATIONS, f"委派 {row.pk}")]


def test_a_signature_under_a_delegation_of_sql_is_not_believed(
    head: Member, leader: Member, security: Member
) -> None:
    row, case = planted(head, leader, security), large()
    forged = Approval(
        subject_kind="cases.case",
        subject_id=case.pk,
        step="DECIDE",
        digest=case.digest,
        staff_id=head.staff.pk,
        person_id=head.staff.person_id,
        role="APPROVER",
        key_id=head.key.key_id,
        signed_at=NOW,
        delegation=row,
        acting_for=leader.staff.person_id,
    )
    forged.signature = head.key.sign(approvals.signed_bytes(forged))
    forged.save()

    assert not approvals.verify(Approval.objects.get(pk=forged.pk))


def without(row: Approval) -> None:
    row.delegation, row.acting_for = None, None


def for_somebody_else(row: Approval) -> None:
    row.acting_for = builders.chen().pk


@pytest.mark.parametrize("change", [without, for_somebody_else])
def test_for_whom_somebody_signed_is_part_of_what_is_signed(
    change: Callable[[Approval], None], delegation: Delegation, head: Member
) -> None:
    case = decided(large(), head)
    row = Approval.objects.get(step="DECIDE", subject_id=case.pk)

    change(row)

    assert not approvals.verify(row)


@pytest.mark.parametrize(
    "attack",
    [
        "SET valid = '[2020-01-01,2099-01-01)'",
        "SET staff_id = acting_for_id",
        "SET role = 'CASHIER', level = ''",
    ],
)
def test_what_a_delegation_says_is_out_of_reach(delegation: Delegation, attack: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        execute(f"UPDATE access_delegation {attack}")


@pytest.mark.parametrize(
    "attack",
    [
        "SET revoked_at = NULL, revoked_by_id = NULL",
        "SET confirmed_at = confirmed_at - '1 d'::interval",
    ],
)
def test_what_was_done_with_it_stays_done(
    delegation: Delegation, head: Member, attack: str
) -> None:
    delegations.revoke(delegation_id=delegation.pk, by=head.staff, reason="不再代理", now=LATER)

    with pytest.raises(DatabaseError, match="revoked once"), transaction.atomic():
        execute(f"UPDATE access_delegation {attack}")


def test_sql_revokes_nothing_before_the_clock(delegation: Delegation, head: Member) -> None:
    before = timezone.now()

    Delegation.objects.filter(pk=delegation.pk).update(
        revoked_by=head.staff, revoked_at=datetime(2026, 1, 1, tzinfo=UTC), revoke_reason="演示"
    )

    delegation.refresh_from_db()
    assert delegation.revoked_at
    assert delegation.revoked_at >= before


def test_no_administrator_is_deputised_by_sql(head: Member, leader: Member) -> None:
    row = appointed(head, leader)
    row.pk, row.role, row.level = None, "SECURITY_ADMIN", ""

    with pytest.raises(IntegrityError, match="of_business"), transaction.atomic():
        row.save(force_insert=True)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
