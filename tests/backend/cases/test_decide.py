"""A case is decided by another person than received it; its act is done in the same transaction."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from backend.access.roles import RoleMissing
from backend.audit.models import Act
from backend.cases import approvals
from backend.cases.acts import SEVERAL
from backend.cases.decide import (
    CaseNotFound,
    ContentAltered,
    NotTakenIn,
    ReasonMissing,
    ReviewMissing,
    SamePerson,
    WrongState,
    decide,
    decide_many,
    decline,
    review,
)
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Approval, Case, CaseState
from backend.cases.own_matter import OwnMatter
from backend.cases.receive import certify_new
from backend.kernel.errors import Refusal
from backend.people.models import Alias, Person
from tests import builders
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db


class Impossible(Refusal):
    """The act says no."""

    code = "impossible"


def noted(case: Case) -> int:
    """An act that writes three rows."""
    return 3


def refusing(case: Case) -> int:
    raise Impossible("不能办理。")


def answer(case: Case, by: Member, *, approve: bool = True, reason: str = "") -> Case:
    return decide(
        case_id=case.pk,
        approve=approve,
        reason=reason,
        key=by.key,
        role=by.role,
        now=NOW,
        acts={case.kind: noted},
    )


STEPS: dict[str, Callable[[Case, Member], Case]] = {
    "decide": answer,
    "review": lambda case, by: review(case_id=case.pk, key=by.key, role=by.role, now=NOW),
    "decline": lambda case, by: decline(
        case_id=case.pk, reason="演示", key=by.key, role=by.role, now=NOW
    ),
}


@pytest.fixture
def reviewer() -> Member:
    return builders.member(role="REVIEWER")


def test_a_decision_is_signed_and_its_rows_are_counted(reviewer: Member) -> None:
    case = builders.case()

    answer(case, reviewer)

    case.refresh_from_db()
    assert (case.state, case.decided_by) == (CaseState.APPROVED, reviewer.staff.person_id)
    signed = approvals.verified(subject_kind="cases.case", subject_id=case.pk, digest=case.digest)
    assert list(signed) == ["DECIDE"]
    assert Act.objects.get(name="cases.approved").rows == 1 + 3


def test_who_received_it_under_a_number_that_was_merged_since_does_not_decide_it(
    reviewer: Member,
) -> None:
    case = builders.case(received_by=builders.chen().pk)
    survivor_id = reviewer.staff.person_id
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=survivor_id, case_id=1)

    with pytest.raises(SamePerson):
        answer(case, reviewer)


@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_in_a_matter_of_his_own(reviewer: Member, approve: bool) -> None:
    case = builders.case(party=Person.objects.get(pk=reviewer.staff.person_id))

    with pytest.raises(OwnMatter, match="当事人"):
        answer(case, reviewer, approve=approve, reason="材料不全")
    assert not Approval.objects.exists()


def test_nor_under_a_number_that_was_merged_since(reviewer: Member) -> None:
    case = builders.case(party=builders.chen())
    Alias.objects.create(
        party_id=builders.chen().pk, survivor_id=reviewer.staff.person_id, case_id=1
    )

    with pytest.raises(OwnMatter):
        answer(case, reviewer)


def test_nobody_reviews_a_matter_of_his_own(reviewer: Member) -> None:
    own = Person.objects.get(pk=reviewer.staff.person_id)
    case = builders.case(kind="IDENTITY_CHANGE", party=own)

    with pytest.raises(OwnMatter):
        review(case_id=case.pk, key=reviewer.key, role=reviewer.role, now=NOW)


def test_no_is_signed_with_its_reason(reviewer: Member) -> None:
    case = builders.case()

    answer(case, reviewer, approve=False, reason="材料不全")

    case.refresh_from_db()
    assert (case.state, case.reason) == (CaseState.REJECTED, "材料不全")
    assert approvals.verify(Approval.objects.get(step="REJECT", note="材料不全"))


def test_no_without_a_reason_is_refused(reviewer: Member) -> None:
    with pytest.raises(ReasonMissing):
        answer(builders.case(), reviewer, approve=False, reason=" ")


def test_a_refused_case_runs_the_act_for_no(reviewer: Member) -> None:
    case = builders.case()

    decide(
        case_id=case.pk,
        approve=False,
        reason="误报",
        key=reviewer.key,
        role="REVIEWER",
        now=NOW,
        acts={"ACCOUNT_CHANGE": refusing, "ACCOUNT_CHANGE.REJECTED": noted},
    )

    assert Act.objects.get(name="cases.rejected").rows == 1 + 3


def test_what_the_act_refuses_leaves_nothing_behind(reviewer: Member) -> None:
    case = builders.case()

    with pytest.raises(Impossible) as refused, transaction.atomic():
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=reviewer.key,
            role="REVIEWER",
            now=NOW,
            acts={case.kind: refusing},
        )

    case.refresh_from_db()
    assert refused.value.facts["case_id"] == case.pk
    assert case.state == CaseState.RECEIVED
    assert not Approval.objects.exists()


def test_who_received_a_case_does_not_decide_it() -> None:
    natural = builders.li()
    case = builders.case(received_by=natural.pk)

    with pytest.raises(SamePerson):
        answer(case, builders.member(role="REVIEWER", of=natural))


def test_who_received_a_case_does_not_decide_it_with_a_second_account() -> None:
    natural = builders.li()
    first = builders.member(role="CLERK", of=natural)
    case = builders.case(received_by=first.staff.person_id)
    first.staff.is_active = False
    first.staff.save()
    first.staff.roleassignment_set.update(valid=_until_yesterday(first))

    with pytest.raises(SamePerson):
        answer(case, builders.member(role="VILLAGE", of=natural))


def test_the_database_refuses_a_decider_who_received(reviewer: Member) -> None:
    natural = builders.li()
    case = builders.case(received_by=natural.pk)

    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="REJECTED", decided_by=natural.pk)


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_decided_case_is_not_decided_again(
    reviewer: Member, *, first: bool, approve: bool
) -> None:
    case = builders.case()
    answer(case, reviewer, approve=first, reason="材料齐全")

    with pytest.raises(WrongState):
        answer(case, builders.member(role="REVIEWER"), approve=approve, reason="再办")


def test_a_case_that_is_not_there_is_refused(reviewer: Member) -> None:
    case = builders.case()
    case.pk = 987654321

    with pytest.raises(CaseNotFound):
        answer(case, reviewer)


def test_the_wrong_role_does_not_decide() -> None:
    with pytest.raises(StepNotAllowed):
        answer(builders.case(), builders.member(role="APPROVER"))


def test_a_role_that_is_not_held_does_not_decide() -> None:
    clerk = builders.member(role="CLERK")

    with pytest.raises(RoleMissing):
        answer(builders.case(), Member(clerk.staff, "REVIEWER", clerk.key))


def test_a_two_person_kind_needs_a_review_first(reviewer: Member) -> None:
    case = builders.case(kind="IDENTITY_CHANGE")
    approver = builders.member(role="APPROVER")

    with pytest.raises(WrongState):
        answer(case, approver)
    review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)
    answer(case, approver)

    case.refresh_from_db()
    assert case.state == CaseState.APPROVED
    assert (case.reviewed_by, case.decided_by) == (
        reviewer.staff.person_id,
        approver.staff.person_id,
    )


def test_a_review_written_by_sql_is_none() -> None:
    case = builders.case(kind="IDENTITY_CHANGE")
    reviewer = builders.li()
    Case.objects.filter(pk=case.pk).update(state="REVIEWED", reviewed_by=reviewer.pk)

    with pytest.raises(ReviewMissing):
        answer(case, builders.member(role="APPROVER"))


def test_a_reviewed_case_is_not_reviewed_again(reviewer: Member) -> None:
    case = builders.case(kind="MERGE")
    review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)
    other = builders.member(role="REVIEWER")

    with pytest.raises(WrongState):
        review(case_id=case.pk, key=other.key, role="REVIEWER", now=NOW)


def test_a_decided_case_is_not_reviewed(reviewer: Member) -> None:
    case = builders.case(kind="MERGE")
    answer(case, builders.member(role="APPROVER"), approve=False, reason="不是同一人")

    with pytest.raises(WrongState):
        review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)


def test_a_kind_without_review_is_not_reviewed(reviewer: Member) -> None:
    with pytest.raises(StepNotAllowed):
        review(case_id=builders.case().pk, key=reviewer.key, role="REVIEWER", now=NOW)


def test_who_received_a_case_does_not_review_it() -> None:
    natural = builders.li()
    case = builders.case(kind="MERGE", received_by=natural.pk)
    key = builders.member(role="REVIEWER", of=natural).key

    with pytest.raises(SamePerson):
        review(case_id=case.pk, key=key, role="REVIEWER", now=NOW)


def test_many_cases_are_decided_with_one_unlocked_key(reviewer: Member) -> None:
    cases = [builders.case(party=person) for person in _parties()]

    decide_many(
        case_ids=[case.pk for case in cases],
        approve=True,
        reason="",
        key=reviewer.key,
        role="REVIEWER",
        now=NOW,
        acts={"ACCOUNT_CHANGE": noted},
    )

    assert Case.objects.filter(state="APPROVED").count() == 3
    assert all(approvals.verify_all(list(Approval.objects.all())))


def test_what_is_held_for_several_is_held_once_before_their_acts(reviewer: Member) -> None:
    done: list[str] = []

    def held(case: Case) -> int:
        done.append("held")
        return 0

    def acted(case: Case) -> int:
        done.append("acted")
        return 1

    for parties in (_parties(), [builders.li()]):
        decide_many(
            case_ids=[builders.case(party=person, origin="").pk for person in parties],
            approve=True,
            reason="",
            key=reviewer.key,
            role="REVIEWER",
            now=NOW,
            acts={SEVERAL: held, "ACCOUNT_CHANGE": acted},
        )

    assert done == ["held", "acted", "acted", "acted", "acted"]


def test_of_many_cases_all_are_decided_or_none(reviewer: Member) -> None:
    cases = [builders.case(party=person) for person in _parties()]
    answer(cases[1], reviewer)

    with pytest.raises(WrongState) as refused, transaction.atomic():
        decide_many(
            case_ids=[case.pk for case in cases],
            approve=True,
            reason="",
            key=reviewer.key,
            role="REVIEWER",
            now=NOW,
            acts={"ACCOUNT_CHANGE": noted},
        )

    assert refused.value.facts["case_id"] == cases[1].pk
    assert Case.objects.filter(state="APPROVED").count() == 1


def test_content_that_does_not_fit_its_digest_is_not_decided(reviewer: Member) -> None:
    case = builders.case()
    planted = _planted(case)
    planted.content = {"note": "另有所图"}
    certify_new(cases=[planted])
    planted.save(force_insert=True)

    with pytest.raises(ContentAltered):
        answer(planted, reviewer)


@pytest.mark.parametrize("step", ["decide", "review", "decline"])
def test_what_sql_took_in_for_a_clerk_goes_no_further(step: str, reviewer: Member) -> None:
    planted = _planted(builders.case(kind="ACCOUNT_CHANGE" if step == "decide" else "MERGE"))
    planted.state = "FILED" if step == "decline" else "RECEIVED"
    planted.save(force_insert=True)  # with the certificate of another case

    with pytest.raises(NotTakenIn):
        STEPS[step](planted, reviewer)


@pytest.mark.parametrize(
    "change",
    [
        "content = '{}'",
        "digest = repeat('0', 64)",
        "party_id = party_id + 1",
        "state = 'APPROVED'",
        "received_by = NULL",
    ],
)
def test_sql_cannot_move_or_change_a_case(change: str) -> None:
    builders.case()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cases_case SET {change}")


def _planted(case: Case) -> Case:
    """Another case that says that the same clerk received the same."""
    copied = {name: getattr(case, name) for name in ("kind", "agency", "party", "content")}
    return Case(
        **copied,
        digest=case.digest,
        received_by=case.received_by,
        certificate=case.certificate,
    )


def _parties() -> list[Person]:
    return [builders.wang(), builders.li(), builders.zhao()]


def _until_yesterday(member: Member) -> object:
    held = member.staff.roleassignment_set.get().valid
    return type(held)(held.lower, NOW.date())
