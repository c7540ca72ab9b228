"""What is filed is corrected at most once, then accepted by somebody or declined by a signature."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.access.models import Agency
from backend.audit.models import Act
from backend.cases import decide as deciding
from backend.cases import filing
from backend.cases.canonical import case_digest
from backend.cases.content import ContentInvalid
from backend.cases.decide import NotTakenIn, ReasonMissing, SamePerson, TermRuns, WrongState
from backend.cases.decided import truly_decided
from backend.cases.filing import CorrectionInvalid, CorrectionTwice, Missing, NotFiled
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Approval, Case, CaseState, Correction, Objection
from backend.cases.objections import kinds_that_correct
from backend.cases.receive import OtherBody, PartyMissing
from backend.cases.stages import stages_of
from backend.city import role_invariants
from backend.kernel.errors import Refusal
from backend.people.models import Alias
from insurance.issuing.invariants import broken_promises
from tests import builders
from tests.backend.cases import filing_builders as ours
from tests.backend.cases import objection_builders as objections
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


class Incomplete(Refusal):
    """The kind's own check says no."""

    code = "incomplete"


def refusing(case: Case) -> int:
    raise Incomplete("缺少失业原因。")


@pytest.fixture
def clerk() -> Member:
    return ours.clerk()


@pytest.fixture
def reviewer() -> Member:
    return ours.reviewer()


def went_through(case: Case) -> list[str]:
    return [passed.stage.name for passed in stages_of(case=Case.objects.get(pk=case.pk))]


def test_what_is_filed_is_not_yet_accepted(clerk: Member, reviewer: Member) -> None:
    case = ours.filed(clerk)

    assert (case.state, case.received_by, case.accepted_by) == (
        CaseState.FILED,
        clerk.staff.person_id,
        None,
    )
    with pytest.raises(WrongState, match="已收件"):
        deciding.review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)


def test_what_is_accepted_as_it_comes_is_not_filed(clerk: Member) -> None:
    with pytest.raises(NotFiled):
        ours.filed(clerk, kind="STOP")


def test_only_who_may_receive_a_kind_files_it(reviewer: Member) -> None:
    with pytest.raises(StepNotAllowed):
        ours.filed(reviewer)


def test_a_case_is_filed_for_somebody_in_the_register(clerk: Member) -> None:
    with pytest.raises(PartyMissing):
        filing.file_at_desk(
            staff=clerk.staff, kind=ours.KIND, party_id=987654321, content={}, now=NOW
        )


def test_a_day_that_is_none_is_refused_when_it_is_filed(clerk: Member) -> None:
    with pytest.raises(ContentInvalid):
        ours.filed(clerk, received_date="元旦")


def test_the_kind_s_own_check_is_made_when_it_is_accepted(clerk: Member) -> None:
    case = ours.filed(clerk)
    with pytest.raises(Incomplete), transaction.atomic():
        ours.accepted(case, clerk, acts={f"{ours.KIND}.RECEIVED": refusing})
    case.refresh_from_db()
    assert case.state == CaseState.FILED

    accepted = ours.accepted(case, clerk, acts={f"{ours.KIND}.RECEIVED": lambda case: 2})

    assert (accepted.state, accepted.accepted_by) == (CaseState.RECEIVED, clerk.staff.person_id)
    assert Act.objects.get(name="cases.accepted").rows == 3


def test_what_is_asked_for_may_change_until_it_is_accepted(clerk: Member) -> None:
    case = ours.accepted(ours.filed(clerk), clerk, months=12)

    assert case.content == {"months": 12}
    assert case.digest == case_digest(
        kind=case.kind, party_id=case.party_id, content={"months": 12}
    )
    assert Case.objects.get(pk=case.pk).counts
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(content={"months": 24})


def test_what_sql_filed_is_not_accepted_and_what_it_accepted_does_not_count(clerk: Member) -> None:
    case = ours.filed(clerk)
    accepted = {"accepted_by": clerk.staff.person_id, "accepted_at": NOW}
    Case.objects.filter(pk=case.pk).update(state="RECEIVED", **accepted)
    case.refresh_from_db()
    case.pk, case.state, case.accepted_by, case.accepted_at = case.pk + 1000, "FILED", None, None
    case.save(force_insert=True)

    with pytest.raises(NotTakenIn):
        ours.accepted(case, clerk)
    assert not Case.objects.get(pk=case.pk - 1000).counts


def test_all_that_is_missing_is_told_once_with_a_term_in_working_days(clerk: Member) -> None:
    case = ours.filed(clerk)

    told = ours.asked(case, clerk, ours.MISSING, Missing("本人照片", "制作登记表"), days=5)

    case.refresh_from_db()
    assert case.state == CaseState.CORRECTING
    assert [one["what"] for one in told.missing] == ["终止劳动合同证明", "本人照片"]
    assert (told.asked_on, told.answer_by) == (date(2026, 11, 5), date(2026, 11, 12))
    with pytest.raises(WrongState, match="待补正"):
        ours.accepted(case, clerk)


def test_nobody_is_asked_to_correct_twice(clerk: Member) -> None:
    case = ours.filed(clerk)
    ours.asked(case, clerk)
    ours.answered(case, clerk)

    with pytest.raises(CorrectionTwice):
        ours.asked(case, clerk)


def test_nobody_is_asked_to_correct_twice_by_sql_either(clerk: Member) -> None:
    case = ours.filed(clerk)
    ours.asked(case, clerk)
    ours.answered(case, clerk)

    with pytest.raises(DatabaseError, match="corrected once"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="CORRECTING")
    with pytest.raises(DatabaseError, match="answered once"), transaction.atomic():
        Correction.objects.filter(case=case).update(brought="别的")


@pytest.mark.parametrize(
    ("missing", "days"),
    [((), 5), ((ours.MISSING,) * 21, 5), ((ours.MISSING,), 0), ((ours.MISSING,), 61)],
)
def test_a_list_that_nobody_can_bring_is_refused(
    clerk: Member, missing: tuple[Missing, ...], days: int
) -> None:
    case = ours.filed(clerk)

    with pytest.raises(CorrectionInvalid):
        filing.ask_correction(
            case_id=case.pk,
            staff=clerk.staff,
            seen=case.digest,
            missing=missing,
            days=days,
            now=NOW,
        )


@pytest.mark.parametrize(("what", "why"), [("", "必需"), ("照片", " 必 "), ("照" * 121, "必需")])
def test_each_thing_that_is_missing_says_what_and_why(what: str, why: str) -> None:
    with pytest.raises(CorrectionInvalid):
        Missing(what, why)


def test_after_the_correction_it_is_looked_through_again(clerk: Member) -> None:
    case = ours.filed(clerk)
    ours.asked(case, clerk)

    case = ours.answered(case, clerk, now=NOW + timedelta(days=3), months=12)

    assert (case.state, case.content, case.counts) == (CaseState.FILED, {"months": 12}, True)
    assert Correction.objects.get(case=case).answered_on == date(2026, 11, 8)
    assert ours.accepted(case, clerk).state == CaseState.RECEIVED


def test_it_is_declined_with_a_reason_and_a_signature(clerk: Member, reviewer: Member) -> None:
    case = ours.filed(clerk)
    with pytest.raises(ReasonMissing):
        ours.declined(case, reviewer, reason=" ")

    case = ours.declined(case, reviewer, reason="不属于失业保险")

    assert (case.state, case.decided_by) == (CaseState.DECLINED, reviewer.staff.person_id)
    assert (case.reason, case.decided_at) == ("不属于失业保险", NOW)
    assert Approval.objects.get(subject_id=case.pk).step == "REJECT"
    with pytest.raises(WrongState):
        ours.accepted(case, clerk)


def one_person(first: Member, second: Member) -> None:
    """Two entries in the register turned out to be one natural person."""
    Alias.objects.create(
        party_id=first.staff.person_id, survivor_id=second.staff.person_id, case_id=1
    )


def test_who_filed_it_does_not_decline_it(clerk: Member, reviewer: Member) -> None:
    case = ours.filed(clerk)
    one_person(clerk, reviewer)

    with pytest.raises(SamePerson):
        ours.declined(case, reviewer)


def test_who_accepted_it_does_not_review_it(clerk: Member, reviewer: Member) -> None:
    other = builders.member(role="CLERK", of=builders.person(name="方桂英"))
    case = ours.accepted(ours.filed(clerk), other)
    one_person(other, reviewer)

    with pytest.raises(SamePerson):
        deciding.review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)


@pytest.fixture
def corrected(clerk: Member) -> tuple[Case, Member]:
    """One filed and accepted it, another took in what was missing."""
    other = builders.member(role="CLERK", of=builders.person(name="方桂英"))
    case = ours.filed(clerk)
    ours.asked(case, clerk)
    ours.answered(case, other)
    return ours.accepted(case, clerk), other


def test_who_took_in_what_was_missing_does_not_review_it(
    corrected: tuple[Case, Member], reviewer: Member
) -> None:
    case, other = corrected
    one_person(other, reviewer)

    with pytest.raises(SamePerson):
        deciding.review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)


def test_nor_does_he_decline_it(clerk: Member, reviewer: Member) -> None:
    other = builders.member(role="CLERK", of=builders.person(name="方桂英"))
    case = ours.filed(clerk)
    ours.asked(case, clerk)
    ours.answered(case, other)
    one_person(other, reviewer)

    with pytest.raises(SamePerson):
        ours.declined(case, reviewer)


def test_sql_cannot_let_who_took_in_what_was_missing_review_it(
    corrected: tuple[Case, Member], reviewer: Member
) -> None:
    case, other = corrected

    with pytest.raises(DatabaseError, match="took two steps"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="REVIEWED", reviewed_by=other.staff.person_id)


def test_found_later_to_have_taken_in_what_was_missing_the_signature_proves_nothing(
    corrected: tuple[Case, Member], reviewer: Member
) -> None:
    case, other = corrected
    deciding.review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)
    approver = builders.member(role="APPROVER")
    deciding.decide(
        case_id=case.pk, approve=True, reason="", key=approver.key, role="APPROVER", now=NOW,
        acts=ours.ACTS,
    )  # fmt: skip
    assert truly_decided(case_ids=[case.pk])

    one_person(other, reviewer)

    assert not truly_decided(case_ids=[case.pk])
    assert [row.subject for row in role_invariants.broken_promises()] == [f"业务件 {case.pk}"]


def test_who_may_still_correct_is_not_declined(clerk: Member, reviewer: Member) -> None:
    case = ours.filed(clerk)
    until = ours.asked(case, clerk).answer_by

    with pytest.raises(TermRuns):
        ours.declined(case, reviewer, now=NOW.replace(day=until.day))
    assert ours.declined(case, reviewer, now=NOW.replace(day=until.day + 1)).state == "DECLINED"


def test_a_case_is_not_declined_by_sql_without_a_signature(clerk: Member) -> None:
    case = ours.filed(clerk)

    with pytest.raises(DatabaseError, match="not declined by a signature"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(
            state="DECLINED", decided_by=builders.chen().pk, decided_at=NOW, reason="无"
        )


def test_a_case_is_not_accepted_by_sql_without_a_person(clerk: Member) -> None:
    case = ours.filed(clerk)

    with pytest.raises(DatabaseError, match="accepted by somebody"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="RECEIVED")


def test_another_agency_does_not_go_on_with_it(clerk: Member) -> None:
    other = Agency.objects.create(code="34080008", name="演示区社保中心", region="340802")
    stranger = builders.member(role="CLERK", of=builders.chen(), at=other)
    case = ours.filed(clerk)

    for step in (ours.asked, ours.accepted):
        with pytest.raises(OtherBody):
            step(case, stranger)


def _decided(case: Case, clerk: Member, reviewer: Member) -> Case:
    approver = builders.member(role="APPROVER", of=builders.chen())
    ours.accepted(case, clerk)
    deciding.review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW, note="材料齐全")
    return deciding.decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=approver.key,
        role="APPROVER",
        now=NOW,
        acts=ours.ACTS,
    )


def test_each_stage_names_its_person(clerk: Member, reviewer: Member) -> None:
    case = ours.filed(clerk)
    ours.asked(case, clerk)
    ours.answered(case, clerk)

    case = _decided(case, clerk, reviewer)

    passed = stages_of(case=case)
    assert went_through(case) == [
        *("FILED", "CORRECTION_ASKED", "CORRECTED", "ACCEPTED", "REVIEWED", "DECIDED")
    ]
    assert all(stage.person_id for stage in passed)
    assert "终止劳动合同证明" in passed[1].note
    acts = set(Act.objects.filter(subject_id=str(case.pk)).values_list("name", flat=True))
    assert acts >= {
        *("cases.filed", "cases.correction_asked", "cases.corrected", "cases.accepted"),
        *("cases.reviewed", "cases.approved"),
    }


@pytest.mark.parametrize(
    ("end", "stages"),
    [
        (lambda case, clerk, reviewer: case, ["FILED"]),
        (lambda case, clerk, reviewer: ours.declined(case, reviewer), ["FILED", "DECLINED"]),
    ],
)
def test_what_was_not_accepted_never_reads_as_accepted(
    clerk: Member,
    reviewer: Member,
    end: Callable[[Case, Member, Member], Case],
    stages: list[str],
) -> None:
    case = ours.filed(clerk)

    end(case, clerk, reviewer)

    assert went_through(case) == stages


def test_a_kind_that_is_accepted_as_it_comes_reads_as_accepted() -> None:
    case = builders.case()

    assert went_through(case) == ["FILED", "ACCEPTED"]


def test_not_being_accepted_can_be_objected_to(clerk: Member, reviewer: Member) -> None:
    now = timezone.now()
    declined = ours.declined(ours.filed(clerk, now=now), reviewer, now=now)

    objection = objections.objection_of(builders.zhao(), declined)

    assert objection.objection.decided == declined
    assert kinds_that_correct(decided=declined) == (ours.KIND,)


def test_an_objection_that_is_only_filed_has_no_answer_to_wait_for(clerk: Member) -> None:
    case = ours.filed(clerk, kind="OBJECTION", decided_case="不知道")

    assert not Objection.objects.exists()
    assert [one for one in broken_promises() if "异议" in one.promise] == []
    assert ours.asked(case, clerk).case.state == CaseState.CORRECTING


def test_an_objection_is_in_time_by_the_day_it_was_filed(clerk: Member, reviewer: Member) -> None:
    now = timezone.now()
    decided = objections.decided_at(
        builders.case(party=builders.zhao()), reviewer, now - timedelta(days=80)
    )
    known_on = timezone.localdate(now - timedelta(days=65)).isoformat()
    said = {"decided_case": decided.pk, "known_on": known_on, "against": "账号", "grounds": "有误"}
    filed = ours.filed(clerk, kind="OBJECTION", now=now - timedelta(days=10), **said)

    ours.accepted(filed, clerk, now=now, acts=objections.ACTS)

    answer_by = Objection.objects.get(case=filed).answer_by
    assert answer_by == timezone.localdate(now) + timedelta(days=20 - 10)
