"""Two at once: a code unlocks once, a case is decided once, an origin is received once."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import OperationalError, transaction

from backend.access import keys
from backend.access.credentials import CodeUsed
from backend.access.keys import UnlockedKey
from backend.access.models import Delegation, RoleAssignment
from backend.access.staff import end_role_at_once
from backend.cases import delegations
from backend.cases.decide import WrongState, decide
from backend.cases.decided import truly_decided
from backend.cases.models import Approval, Case
from backend.cases.receive import receive_case
from tests import builders
from tests.at_once import at_once
from tests.backend.cases.delegations.delegation_builders import LATER, appointed, decided, large
from tests.builders import NOW, PASSWORD, TODAY, Member

pytestmark = pytest.mark.usefixtures("own_database")


def test_one_code_unlocks_once_also_when_used_twice_at_once() -> None:
    clerk = builders.staff_with_password(role="CLERK", username="jingban1")

    def unlock() -> UnlockedKey:
        return keys.unlock(staff=clerk, password=PASSWORD, code=builders.code(), now=NOW)

    results = at_once(unlock, unlock, unlock)

    assert sum(isinstance(result, UnlockedKey) for result in results) == 1
    assert sum(isinstance(result, CodeUsed) for result in results) == 2


def test_a_case_is_decided_once_by_two_reviewers_at_once() -> None:
    case = builders.case()
    reviewers = [builders.member(role="REVIEWER") for _ in range(2)]

    def deciding(by: Member) -> Callable[[], Case]:
        return lambda: decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=by.key,
            role="REVIEWER",
            now=NOW,
            acts={case.kind: lambda _: 0},
        )

    results = at_once(*(deciding(reviewer) for reviewer in reviewers))

    assert {type(result) for result in results} == {Case, WrongState}
    assert Approval.objects.count() == 1


def test_an_origin_is_received_once_by_two_at_once() -> None:
    agency, party = builders.agency(), builders.wang().pk

    def receiving() -> Case:
        return receive_case(
            kind="DEATH",
            agency=agency,
            party_id=party,
            content={"death_date": "2026-11-01"},
            origin="deaths-2026-11:7",
        )

    first, second, third = at_once(receiving, receiving, receiving)

    assert first == second == third == Case.objects.get()


def test_a_delegation_is_revoked_before_a_signature_under_it_or_after() -> None:
    leader, head, security = (
        builders.member(role="APPROVER", of=builders.person(name="方永庆")),
        builders.member(role="APPROVER", level="HEAD", of=builders.person(name="江守义")),
        builders.member(role="SECURITY_ADMIN", of=builders.person(name="吴鹏飞")),
    )
    given = delegations.confirm(delegation_id=appointed(head, leader).pk, key=security.key, now=NOW)
    held: list[bool] = []

    def is_signed(_: Case) -> int:
        """The signature stands, its transaction goes on."""
        held.extend(at_once(partial(may_be_ended, Delegation, given.pk)))
        return 0

    case = decided(large(), head, act=is_signed)

    assert held == [False]
    delegations.revoke(delegation_id=given.pk, by=leader.staff, reason="已回岗", now=LATER)
    assert truly_decided(case_ids=[case.pk])


@pytest.mark.parametrize("whose", ["own", "of whom he acts for"])
def test_a_role_ends_at_once_before_a_signature_in_it_or_after(whose: str) -> None:
    leader, head, security = (
        builders.member(role="APPROVER", of=builders.person(name="方永庆")),
        builders.member(role="APPROVER", level="HEAD", of=builders.person(name="江守义")),
        builders.member(role="SECURITY_ADMIN", of=builders.person(name="吴鹏飞")),
    )
    delegations.confirm(delegation_id=appointed(head, leader).pk, key=security.key, now=NOW)
    of = head if whose == "own" else leader
    role = of.staff.roleassignment_set.get(delegation=None)
    held: list[bool] = []

    def is_signed(_: Case) -> int:
        held.extend(at_once(partial(may_be_ended, RoleAssignment, role.pk)))
        return 0

    case = decided(large(), head, act=is_signed)

    assert held == [False]
    end_role_at_once(assignment=role, today=TODAY, now=LATER, ended_by=security.staff)
    assert truly_decided(case_ids=[case.pk])


def may_be_ended(model: type[Delegation | RoleAssignment], number: int) -> bool:
    """Who ends it would wait else."""
    try:
        with transaction.atomic():
            return bool(model._default_manager.select_for_update(nowait=True).filter(pk=number))
    except OperationalError:
        return False
