"""Who acts for another does so by two signatures, under his own name, and never twice in a case."""

from datetime import timedelta

import pytest

from backend.access import roles
from backend.access.administer import AccountClosed
from backend.access.models import DEPUTISED, Delegation, Role, Staff
from backend.access.staff import (
    RolesIncompatible,
    deactivate,
    end_role,
    end_role_at_once,
)
from backend.audit.models import Act
from backend.cases import delegations
from backend.cases.approvals import ApprovalExists, LevelTooLow
from backend.cases.decide import SamePerson, decide, hands_of, review
from backend.cases.decided import truly_decided
from backend.cases.delegations import (
    DelegationExists,
    DelegationInvalid,
    DelegationNotThere,
    DelegationOver,
    DelegationTooLong,
    NothingToGive,
    NotToAppoint,
    NotToConfirm,
    NotToRevoke,
)
from backend.cases.models import Approval
from backend.city.role_invariants import ONE_STEP, broken_promises
from backend.kernel.months import DateRange
from backend.kernel.parameters import NotConfigured
from backend.people.models import Alias
from tests import builders
from tests.backend.cases.delegations.delegation_builders import (
    LATER,
    UNTIL,
    appointed,
    decided,
    large,
    terms,
)
from tests.builders import NOW, TODAY, Member

pytestmark = pytest.mark.django_db


def test_a_deputy_signs_under_his_own_name_for_another(
    delegation: Delegation, head: Member, leader: Member
) -> None:
    case = decided(large(), head)

    signed = Approval.objects.get(step="DECIDE", subject_id=case.pk)
    assert (signed.person_id, signed.acting_for) == (head.staff.person_id, leader.staff.person_id)
    assert (signed.delegation_id, signed.key_id) == (delegation.pk, head.key.key_id)
    assert truly_decided(case_ids=[case.pk])
    assert {head.staff.person_id, leader.staff.person_id} <= hands_of(case=case)
    told = Act.objects.get(name="cases.signed", subject_id=str(case.pk), staff_id=head.staff.pk)
    assert told.details["acting_for"] == leader.staff.person_id


def test_what_he_may_sign_himself_he_signs_for_nobody(delegation: Delegation, head: Member) -> None:
    case = builders.case(kind="COLLECTION_REFUND", content={"whole": "1.00"})

    decided(case, head)

    assert Approval.objects.get(step="DECIDE").delegation is None


def test_until_it_is_confirmed_it_gives_nothing(head: Member, leader: Member) -> None:
    appointed(head, leader)

    with pytest.raises(LevelTooLow):
        decided(large(), head)


def test_it_ends_by_itself(delegation: Delegation, head: Member) -> None:
    last = NOW + timedelta(days=9)

    assert decided(large(), head, now=last).decided_by == head.staff.person_id
    with pytest.raises(LevelTooLow):
        decided(large(origin="2"), head, now=NOW + timedelta(days=10))


def test_revoked_it_gives_nothing_at_the_next_call_and_what_was_signed_stays(
    delegation: Delegation, head: Member, leader: Member
) -> None:
    case = decided(large(), head)

    delegations.revoke(delegation_id=delegation.pk, by=leader.staff, reason="已回岗", now=LATER)

    with pytest.raises(LevelTooLow):
        decided(large(), head, now=LATER)
    assert truly_decided(case_ids=[case.pk])
    assert roles.level_of(staff=head.staff, on=TODAY) == "HEAD"


def test_revoked_while_somebody_is_about_to_sign_it_gives_nothing(
    delegation: Delegation, head: Member, leader: Member
) -> None:
    """The clock that the signer read before is no way around it."""
    delegations.revoke(delegation_id=delegation.pk, by=leader.staff, reason="已回岗", now=LATER)

    with pytest.raises(LevelTooLow):
        decided(large(), head, now=NOW)


def test_it_ends_with_the_role_of_the_one_acted_for(
    delegation: Delegation, head: Member, leader: Member, security: Member
) -> None:
    own = leader.staff.roleassignment_set.get()
    end_role(assignment=own, last_day=TODAY, today=TODAY, ended_by=security.staff)

    assert decided(large(), head)
    with pytest.raises(LevelTooLow):
        decided(large(), head, now=NOW + timedelta(days=1))


def test_it_ends_at_once_with_the_role_of_the_one_acted_for(
    delegation: Delegation, head: Member, leader: Member, security: Member
) -> None:
    own = leader.staff.roleassignment_set.get()
    end_role_at_once(assignment=own, today=TODAY, now=LATER, ended_by=security.staff)

    with pytest.raises(LevelTooLow):
        decided(large(), head, now=NOW)


def test_nobody_takes_two_steps_of_one_case_as_a_deputy(security: Member) -> None:
    """Who received it yesterday as a clerk does not approve it today for another."""
    natural = builders.person(name="石玉兰")
    clerk = builders.member(role="CLERK", of=natural)
    end_role(
        assignment=clerk.staff.roleassignment_set.get(),
        last_day=TODAY,
        today=TODAY,
        ended_by=security.staff,
    )
    leader = builders.member(role="APPROVER")
    tomorrow = TODAY + timedelta(days=1)
    proposed = delegations.appoint_deputy(
        deputy=clerk.staff, acting_for=leader.staff,
        terms=terms(valid=DateRange(tomorrow, UNTIL)), key=leader.key, now=NOW,
    )  # fmt: skip
    delegations.confirm(delegation_id=proposed.pk, key=security.key, now=NOW)
    case = large()
    own = builders.case(kind="COLLECTION_REFUND", content={"whole": "2.00"}, received_by=natural.pk)

    with pytest.raises(SamePerson):
        decided(own, clerk, now=NOW + timedelta(days=1))
    assert decided(case, clerk, now=NOW + timedelta(days=1))


def test_nobody_is_his_own_deputy_under_another_entry(leader: Member) -> None:
    twin = builders.person(name="方永庆")
    other = builders.member(role="VILLAGE", of=twin, since=UNTIL)
    Alias.objects.create(party_id=twin.pk, survivor_id=leader.staff.person_id, case_id=1)

    with pytest.raises(DelegationInvalid, match="应是两个人"):
        appointed(other, leader)


def test_what_somebody_received_his_deputy_does_not_decide_for_him(
    delegation: Delegation, head: Member, leader: Member
) -> None:
    case = large(received_by=leader.staff.person_id)

    with pytest.raises(SamePerson, match="代理"):
        decided(case, head)
    assert not Approval.objects.filter(step="DECIDE").exists()


def test_who_acts_for_several_acts_for_one_who_had_no_hand_in_it(
    delegation: Delegation, head: Member, leader: Member, security: Member
) -> None:
    second = builders.member(role="APPROVER")
    other = delegations.confirm(delegation_id=appointed(head, second).pk, key=security.key, now=NOW)
    own, free = large(received_by=leader.staff.person_id), large(origin="2")

    signed = [Approval.objects.get(step="DECIDE", subject_id=decided(one, head).pk)
              for one in (own, free)]  # fmt: skip

    assert [one.acting_for for one in signed] == [second.staff.person_id, leader.staff.person_id]
    assert [one.delegation_id for one in signed] == [other.pk, delegation.pk]
    assert truly_decided(case_ids=[own.pk, free.pk]) == {own.pk, free.pk}


def test_for_whom_somebody_reviewed_that_one_does_not_decide(
    leader: Member, security: Member
) -> None:
    """A reviewer is deputised for a day, and is an approver the next."""
    tomorrow = TODAY + timedelta(days=1)
    moved = builders.member(role="REVIEWER", since=TODAY)
    end_role(
        assignment=moved.staff.roleassignment_set.get(),
        last_day=TODAY,
        today=TODAY,
        ended_by=security.staff,
    )
    builders.assign(moved.staff, "APPROVER", since=tomorrow)
    deputy = builders.member(role="REVIEWER", since=tomorrow)
    proposed = delegations.appoint_deputy(
        deputy=deputy.staff, acting_for=moved.staff,
        terms=terms(role="REVIEWER", level="", valid=DateRange(TODAY, tomorrow)),
        key=leader.key, now=NOW,
    )  # fmt: skip
    delegations.confirm(delegation_id=proposed.pk, key=security.key, now=NOW)
    case = large()
    review(case_id=case.pk, key=deputy.key, role="REVIEWER", now=NOW)

    with pytest.raises(ApprovalExists, match="代理"):
        decide(
            case_id=case.pk, approve=True, reason="", key=moved.key, role="APPROVER",
            now=NOW + timedelta(days=1), acts={case.kind: lambda _: 0},
        )  # fmt: skip


def test_a_deputy_who_is_found_to_be_whom_he_acted_for_decided_nothing(
    delegation: Delegation, head: Member, leader: Member
) -> None:
    """Merged later, or put past the act by SQL: the decision is not believed."""
    case = decided(large(), head)
    assert broken_promises() == []

    Alias.objects.create(
        party_id=head.staff.person_id, survivor_id=leader.staff.person_id, case_id=1
    )

    assert not truly_decided(case_ids=[case.pk])
    assert [(row.promise, row.subject) for row in broken_promises()] == [
        (ONE_STEP, f"业务件 {case.pk}")
    ]


def test_exclusions_hold_for_deputies(leader: Member, security: Member) -> None:
    reviewer = builders.member(role="REVIEWER")
    proposed = delegations.appoint_deputy(
        deputy=reviewer.staff, acting_for=leader.staff, terms=terms(), key=leader.key, now=NOW
    )

    with pytest.raises(RolesIncompatible, match="复核和审批是两个人的两道签名"):
        delegations.confirm(delegation_id=proposed.pk, key=security.key, now=NOW)


def test_two_sign_and_neither_is_the_deputy(head: Member, leader: Member, security: Member) -> None:
    with pytest.raises(NotToAppoint):
        delegations.appoint_deputy(
            deputy=leader.staff, acting_for=head.staff, terms=terms(level="HEAD"),
            key=leader.key, now=NOW,
        )  # fmt: skip
    twin = builders.person(name="吴鹏飞")
    Alias.objects.create(party_id=twin.pk, survivor_id=security.staff.person_id, case_id=1)
    nobody = builders.member(role="VILLAGE", of=twin, since=UNTIL + timedelta(days=9))
    proposed = delegations.appoint_deputy(
        deputy=nobody.staff, acting_for=leader.staff, terms=terms(), key=leader.key, now=NOW
    )
    with pytest.raises(NotToConfirm):
        delegations.confirm(delegation_id=proposed.pk, key=security.key, now=NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - set(DEPUTISED)))
def test_administrators_and_who_helps_a_village_have_no_deputies(
    role: Role, head: Member, leader: Member
) -> None:
    other = builders.member(role=role)

    with pytest.raises(DelegationInvalid, match="可以代理的岗位"):
        delegations.appoint_deputy(
            deputy=head.staff, acting_for=other.staff, terms=terms(role=role, level=""),
            key=leader.key, now=NOW,
        )  # fmt: skip


def test_a_head_of_section_appoints_nobody(head: Member, leader: Member) -> None:
    with pytest.raises(LevelTooLow):
        delegations.appoint_deputy(
            deputy=builders.member(role="APPROVER", level="HEAD").staff, acting_for=leader.staff,
            terms=terms(), key=head.key, now=NOW,
        )  # fmt: skip


def test_who_acts_for_another_appoints_nobody(
    delegation: Delegation, head: Member, leader: Member
) -> None:
    with pytest.raises((NotToAppoint, LevelTooLow)):
        delegations.appoint_deputy(
            deputy=builders.member(role="APPROVER", level="HEAD").staff, acting_for=leader.staff,
            terms=terms(), key=head.key, now=LATER,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"valid": DateRange(TODAY - timedelta(days=1), UNTIL)}, DelegationInvalid),
        ({"valid": DateRange(TODAY, None)}, DelegationInvalid),
        ({"valid": DateRange(TODAY, TODAY + timedelta(days=91))}, DelegationTooLong),
        ({"reason": " "}, DelegationInvalid),
        ({"document": ""}, DelegationInvalid),
        ({"role": "CASHIER", "level": ""}, NothingToGive),
    ],
)
def test_what_is_not_told_well_is_not_given(
    changes: dict[str, object], refusal: type[Exception], head: Member, leader: Member
) -> None:
    with pytest.raises(refusal):
        appointed(head, leader, **changes)
    assert not Delegation.objects.exists()


def test_nobody_gives_more_than_he_is(leader: Member) -> None:
    lower = builders.member(role="APPROVER", level="HEAD")

    with pytest.raises(NothingToGive):
        delegations.appoint_deputy(
            deputy=builders.member(role="APPROVER", level="HEAD").staff, acting_for=lower.staff,
            terms=terms(), key=leader.key, now=NOW,
        )  # fmt: skip


def test_the_longest_term_is_granted(head: Member, leader: Member) -> None:
    longest = DateRange(TODAY, TODAY + timedelta(days=90))

    assert appointed(head, leader, valid=longest).valid.upper == longest.end


def test_outside_a_demonstration_nobody_is_deputised_before_the_office_says_how_long(
    head: Member, leader: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delegations, "is_demo", lambda: False)

    with pytest.raises(NotConfigured):
        appointed(head, leader)


def test_it_is_confirmed_once_and_not_after_its_end(
    delegation: Delegation, head: Member, leader: Member, security: Member
) -> None:
    other = builders.member(role="SECURITY_ADMIN")
    with pytest.raises(DelegationOver):
        delegations.confirm(delegation_id=delegation.pk, key=other.key, now=NOW)

    late = appointed(head, leader)
    with pytest.raises(DelegationOver):
        delegations.confirm(delegation_id=late.pk, key=security.key, now=NOW + timedelta(days=10))
    with pytest.raises(DelegationNotThere):
        delegations.confirm(delegation_id=987654321, key=security.key, now=NOW)


def test_the_same_is_given_once_at_a_time(
    delegation: Delegation, head: Member, leader: Member, security: Member
) -> None:
    last_day = DateRange(UNTIL - timedelta(days=1), UNTIL + timedelta(days=9))
    again = appointed(head, leader, valid=last_day)
    with pytest.raises(DelegationExists):
        delegations.confirm(delegation_id=again.pk, key=security.key, now=NOW)

    delegations.revoke(delegation_id=delegation.pk, by=leader.staff, reason="换期", now=LATER)

    assert delegations.confirm(delegation_id=again.pk, key=security.key, now=LATER).confirmed_at


def test_strangers_revoke_nothing_and_a_delegation_is_revoked_once(
    delegation: Delegation, head: Member, security: Member
) -> None:
    stranger = builders.member(role="CLERK").staff
    with pytest.raises(NotToRevoke):
        delegations.revoke(delegation_id=delegation.pk, by=stranger, reason="不知道", now=LATER)
    with pytest.raises(DelegationInvalid):
        delegations.revoke(delegation_id=delegation.pk, by=head.staff, reason=" ", now=LATER)

    delegations.revoke(delegation_id=delegation.pk, by=head.staff, reason="不再代理", now=LATER)

    with pytest.raises(DelegationOver):
        delegations.revoke(delegation_id=delegation.pk, by=security.staff, reason="再撤", now=LATER)


def test_a_closed_account_is_nobodys_deputy(head: Member, leader: Member, security: Member) -> None:
    proposed = appointed(head, leader)
    deactivate(staff=head.staff, today=TODAY, deactivated_by=security.staff)

    with pytest.raises((AccountClosed, DelegationOver)):
        delegations.confirm(delegation_id=proposed.pk, key=security.key, now=NOW)


def test_a_deputy_who_leaves_acts_for_nobody(
    delegation: Delegation, head: Member, security: Member
) -> None:
    deactivate(staff=head.staff, today=TODAY, deactivated_by=security.staff)

    assert Staff(pk=head.staff.pk).roles_on(day=UNTIL - timedelta(days=1)) == frozenset()


def test_for_who_leaves_nobody_acts(
    delegation: Delegation, head: Member, leader: Member, security: Member
) -> None:
    proposed = appointed(builders.member(role="APPROVER", level="HEAD"), leader)

    deactivate(staff=leader.staff, today=TODAY, deactivated_by=security.staff)

    for one in (delegation, proposed):
        one.refresh_from_db()
        assert (one.revoked_by, one.revoke_reason) == (security.staff, "账号停用")
    assert Act.objects.filter(name="access.delegation_revoked").count() == 2
    with pytest.raises(LevelTooLow):
        decided(large(), head)
