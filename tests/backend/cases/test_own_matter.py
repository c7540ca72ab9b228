"""Nobody works on a matter that is his own, or that names him (本人的业务须回避)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backend.cases.acts import NO_ACTS
from backend.cases.decide import decide, review
from backend.cases.decided import truly_decided
from backend.cases.models import Case
from backend.cases.own_matter import KinMatter, OwnMatter, named_in
from backend.cases.receive import receive_at_desk
from backend.people.models import Alias, Person, Recusal
from tests import builders
from tests.builders import NOW, TODAY, Member

pytestmark = pytest.mark.django_db
ACTS = {"DUE_INHERITANCE": lambda case: 0}


def heirs(*people: int) -> dict[str, object]:
    return {
        "scheme": "110",
        "heirs": [{"payee": one, "weight": 1, "relation": "CHILD"} for one in people],
    }


@pytest.fixture
def reviewer() -> Member:
    return builders.member(role="REVIEWER")


@pytest.fixture
def approver() -> Member:
    return builders.member(role="APPROVER")


def reviewed(content: Mapping[str, object], *, by: Member) -> Case:
    case = builders.case(kind="DUE_INHERITANCE", content=content)
    return review(case_id=case.pk, key=by.key, role="REVIEWER", now=NOW)


def decided(case: Case, *, by: Member, approve: bool = True, now: datetime = NOW) -> Case:
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="演示",
        key=by.key,
        role="APPROVER",
        now=now,
        acts=ACTS,
    )


def test_whom_a_content_names_is_found_however_deep() -> None:
    content = {"payee": 1, "heirs": [{"payee": 2, "weight": 7}], "to": {"agent": 3}, "fen": 9}

    assert named_in(content) == {1, 2, 3}


@pytest.mark.parametrize("approve", [True, False])
def test_an_heir_does_not_decide_what_he_inherits(
    reviewer: Member, approver: Member, approve: bool
) -> None:
    case = reviewed(heirs(builders.chen().pk, approver.staff.person_id), by=reviewer)

    with pytest.raises(OwnMatter, match="内容写有"):
        decided(case, by=approver, approve=approve)


def test_nor_under_an_entry_that_was_merged_since(reviewer: Member, approver: Member) -> None:
    case = reviewed(heirs(builders.chen().pk), by=reviewer)
    Alias.objects.create(
        party_id=builders.chen().pk, survivor_id=approver.staff.person_id, case_id=1
    )

    with pytest.raises(OwnMatter):
        decided(case, by=approver)


def test_an_heir_does_not_review_what_he_inherits(reviewer: Member) -> None:
    with pytest.raises(OwnMatter):
        reviewed(heirs(reviewer.staff.person_id), by=reviewer)


def test_who_is_named_does_not_take_it_in() -> None:
    clerk = builders.member(role="CLERK").staff

    with pytest.raises(OwnMatter):
        receive_at_desk(
            staff=clerk,
            kind="DUE_INHERITANCE",
            party_id=builders.wang().pk,
            content=heirs(clerk.person_id),
            today=TODAY,
            acts=NO_ACTS,
        )


def test_nobody_takes_in_a_matter_of_his_own() -> None:
    clerk = builders.member(role="CLERK", of=builders.li()).staff

    with pytest.raises(OwnMatter, match="当事人"):
        receive_at_desk(
            staff=clerk,
            kind="CONTACT_CHANGE",
            party_id=builders.li().pk,
            content={"phone": "13800000000", "evidence": "演示"},
            today=TODAY,
            acts=NO_ACTS,
        )


def test_a_matter_of_the_body_has_no_party_but_who_takes_it_in() -> None:
    approver = builders.member(role="APPROVER").staff

    case = receive_at_desk(
        staff=builders.member(role="FINANCE").staff,
        kind="FUND_PAPER",
        party_id=approver.person_id,
        content={},
        today=TODAY,
        acts=NO_ACTS,
    )

    assert case.pk


def test_what_somebody_decided_who_is_found_since_to_be_the_heir_does_not_count(
    reviewer: Member, approver: Member
) -> None:
    case = decided(reviewed(heirs(builders.chen().pk), by=reviewer), by=approver)
    assert truly_decided(case_ids=[case.pk]) == {case.pk}

    Alias.objects.create(
        party_id=builders.chen().pk, survivor_id=approver.staff.person_id, case_id=1
    )

    assert truly_decided(case_ids=[case.pk]) == set()


def keeps_out(member: Member, of: Person) -> Recusal:
    return Recusal.objects.create(
        staff=member.staff,
        person_id=member.staff.person_id,
        other=of,
        relation="KIN",
        note="姨母",
    )


def test_nobody_signs_a_matter_of_whom_he_declared_to_keep_out_of(
    reviewer: Member, approver: Member
) -> None:
    case = reviewed(heirs(builders.chen().pk), by=reviewer)
    keeps_out(approver, builders.chen())  # an heir

    with pytest.raises(KinMatter):
        decided(case, by=approver)


def test_nor_takes_it_in(reviewer: Member) -> None:
    clerk = builders.member(role="CLERK")
    keeps_out(clerk, builders.wang())

    with pytest.raises(KinMatter):
        receive_at_desk(
            staff=clerk.staff,
            kind="CONTACT_CHANGE",
            party_id=builders.wang().pk,
            content={"phone": "13800000000"},
            today=TODAY,
            acts=NO_ACTS,
        )


def test_a_signature_given_in_spite_of_it_decides_nothing(
    reviewer: Member, approver: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = reviewed(heirs(builders.chen().pk), by=reviewer)
    keeps_out(approver, builders.chen())
    nobody: frozenset[int] = frozenset()
    monkeypatch.setattr("backend.cases.own_matter.kept_out_of", lambda *, family: nobody)
    later = timezone.now() + timedelta(minutes=1)

    signed = decided(case, by=approver, now=later)

    assert truly_decided(case_ids=[signed.pk]) == set()


def test_what_was_declared_afterwards_undoes_no_decision(
    reviewer: Member, approver: Member
) -> None:
    case = decided(reviewed(heirs(builders.chen().pk), by=reviewer), by=approver)
    keeps_out(approver, builders.chen())

    assert truly_decided(case_ids=[case.pk]) == {case.pk}
