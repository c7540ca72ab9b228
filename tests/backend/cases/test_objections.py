"""An objection is answered in writing by two persons who had no part in the decision."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.access.models import Agency
from backend.cases import kinds
from backend.cases.content import ContentInvalid
from backend.cases.decide import OwnDecision, WrongState
from backend.cases.models import Case, Objection
from backend.cases.objections import (
    CorrectionMissing,
    NothingDecided,
    NotTheirs,
    ObjectionOpen,
    SecondSignatureMissing,
    TooLate,
)
from backend.cases.receive import OtherBody
from backend.cases.served import RowOfAnother
from backend.people.models import Alias, Death
from tests import builders
from tests.backend.cases import objection_builders as ours
from tests.backend.cases.objection_builders import Hands

pytestmark = pytest.mark.django_db


@pytest.fixture
def hands() -> Hands:
    return ours.hands()


@pytest.fixture
def decided(hands: Hands) -> Case:
    return ours.decided(hands.decider)


def ended(case: Case) -> tuple[str, int | None]:
    row = Objection.objects.get(case=case)
    return row.outcome, row.correction_id


def test_an_objection_has_a_term_from_its_receipt(decided: Case) -> None:
    row = Objection.objects.get(case=ours.objection(decided))

    assert row.decided == decided
    assert row.answer_by == timezone.localdate() + timedelta(days=20)
    assert row.closed_at is None


def test_two_others_uphold_a_decision_in_writing(decided: Case, hands: Hands) -> None:
    case = ours.reviewed(ours.objection(decided), hands.reviewer)

    case = ours.answered(case, hands.approver, grant=False, answer="账号与存折一致")

    assert (case.state, case.reason) == ("REJECTED", "账号与存折一致")
    assert ended(case) == ("UPHELD", None)


def test_one_person_alone_does_not_uphold_it(decided: Case, hands: Hands) -> None:
    case = ours.objection(decided)

    with pytest.raises(SecondSignatureMissing), transaction.atomic():
        ours.answered(case, hands.approver, grant=False)

    assert ended(case) == ("", None)


def died() -> None:
    """Wang is dead, as two persons confirmed."""
    Death.objects.create(
        person_id=builders.wang().pk,
        death_date=timezone.localdate(),
        source="OFFICE",
        confirmed=True,
    )


def test_for_the_dead_it_is_said_who_objects(decided: Case) -> None:
    died()
    with pytest.raises(ContentInvalid, match="提出异议的人"), transaction.atomic():
        ours.objection(decided)

    assert ours.objection(decided, objector="王小明").content["objector"] == "王小明"


def test_who_is_said_to_be_dead_objects_himself(hands: Hands) -> None:
    death = ours.decided(hands.decider, kind="DEATH")
    died()

    assert Objection.objects.get(case=ours.objection(death)).decided == death


def test_an_objection_is_granted_by_a_decided_correction(decided: Case, hands: Hands) -> None:
    case = ours.reviewed(ours.objection(decided), hands.reviewer)
    correction = ours.decided(hands.reviewer, objection=case.pk)

    ours.answered(case, hands.approver, grant=True, answer="已更正账号")

    assert ended(case) == ("CORRECTED", correction.pk)


@pytest.mark.parametrize(("kind", "correcting"), ours.CORRECTED_OTHERWISE.items())
def test_what_no_second_case_of_its_kind_can_put_right_another_kind_does(
    hands: Hands, kind: str, correcting: str
) -> None:
    """A false death is withdrawn, a hold released: the paper says so, never 维持原决定."""
    case = ours.reviewed(ours.objection(ours.decided(hands.decider, kind=kind)), hands.reviewer)
    label = kinds.kind_of(code=correcting, on=timezone.localdate()).label
    with pytest.raises(CorrectionMissing, match=label), transaction.atomic():
        ours.answered(case, hands.approver, grant=True)
    correction = ours.decided(hands.reviewer, kind=correcting, objection=case.pk)

    ours.answered(case, hands.approver, grant=True, answer="查明不实，已经更正")

    assert ended(case) == ("CORRECTED", correction.pk)


def test_another_kind_does_not_put_right_what_it_is_not_for(hands: Hands) -> None:
    case = ours.reviewed(ours.objection(ours.decided(hands.decider, kind="HOLD")), hands.reviewer)
    ours.decided(hands.reviewer, kind="DEATH_WITHDRAWAL", objection=case.pk)

    with pytest.raises(CorrectionMissing):
        ours.answered(case, hands.approver, grant=True)


def test_what_was_refused_is_put_right_by_a_case_of_its_kind(hands: Hands) -> None:
    case = ours.reviewed(ours.objection(ours.refused(hands.decider, kind="HOLD")), hands.reviewer)
    correction = ours.decided(hands.reviewer, kind="HOLD", objection=case.pk)

    ours.answered(case, hands.approver, grant=True, answer="已经办理")

    assert ended(case) == ("CORRECTED", correction.pk)


def test_every_kind_that_corrects_another_is_a_kind() -> None:
    known = kinds.kinds(on=timezone.localdate())

    codes = {kind.code for kind in known}
    assert {code for kind in known for code in kind.corrected_by} <= codes


def test_words_alone_correct_nothing(decided: Case, hands: Hands) -> None:
    case = ours.reviewed(ours.objection(decided), hands.reviewer)
    builders.case(content={"objection": case.pk})  # waits for its decision

    with pytest.raises(CorrectionMissing):
        ours.answered(case, hands.approver, grant=True)


def test_the_correction_of_somebody_else_corrects_nothing(decided: Case, hands: Hands) -> None:
    case = ours.reviewed(ours.objection(decided), hands.reviewer)
    ours.decided(hands.reviewer, party=builders.person(name="陈桂芳"), objection=case.pk)

    with pytest.raises(CorrectionMissing):
        ours.answered(case, hands.approver, grant=True)


def test_who_decided_does_not_decide_what_corrects_it(decided: Case, hands: Hands) -> None:
    case = ours.objection(decided)

    with pytest.raises(OwnDecision):
        ours.decided(hands.decider, objection=case.pk)

    assert ours.decided(hands.reviewer, objection=case.pk).state == "APPROVED"


def test_who_decided_does_not_review_the_objection(decided: Case, hands: Hands) -> None:
    with pytest.raises(OwnDecision):
        ours.reviewed(ours.objection(decided), hands.decider)


def test_who_decided_does_not_review_it_under_another_account(decided: Case, hands: Hands) -> None:
    hands.decider.staff.is_active = False
    hands.decider.staff.save()
    again = builders.member(role="REVIEWER", of=builders.chen())

    with pytest.raises(OwnDecision):
        ours.reviewed(ours.objection(decided), again)


def test_nor_under_a_number_that_was_merged_since(decided: Case, hands: Hands) -> None:
    other = builders.person(name="陈桂芳")
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=other.pk, case_id=decided.pk)

    with pytest.raises(OwnDecision):
        ours.reviewed(ours.objection(decided), builders.member(role="REVIEWER", of=other))


def test_sql_cannot_let_the_decider_answer_either(decided: Case, hands: Hands) -> None:
    case = ours.objection(decided)

    with pytest.raises(DatabaseError, match="answered by others"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(
            state="REJECTED", decided_by=hands.decider.staff.person_id
        )


def test_an_answered_objection_is_not_answered_again(decided: Case, hands: Hands) -> None:
    case = ours.reviewed(ours.objection(decided), hands.reviewer)
    ours.answered(case, hands.approver, grant=False)

    with pytest.raises(WrongState):
        ours.answered(case, hands.approver, grant=True)
    with pytest.raises(DatabaseError, match="stays answered"), transaction.atomic():
        Objection.objects.filter(case=case).update(owner_staff_id=1)


@pytest.mark.parametrize(("days", "late"), [(60, False), (61, True)])
def test_it_is_received_through_the_last_day_of_its_term(
    hands: Hands, days: int, late: bool
) -> None:
    known = timezone.now() - timedelta(days=days)
    case = builders.case()
    decided = ours.decided_at(case, hands.decider, known)

    if late:
        with pytest.raises(TooLate):
            ours.objection(decided, known_on=ours.days_ago(days))
    else:
        ours.objection(decided, known_on=ours.days_ago(days))


def test_nobody_knew_of_a_decision_before_it_was_made(decided: Case) -> None:
    with pytest.raises(ContentInvalid):
        ours.objection(decided, known_on=ours.days_ago(1))


@pytest.mark.parametrize("field", ["against", "grounds", "known_on", "decided_case"])
def test_it_says_what_is_objected_to_and_why(decided: Case, field: str) -> None:
    with pytest.raises(ContentInvalid):
        ours.objection(decided, **{field: ""})


def test_what_is_not_decided_is_not_objected_to() -> None:
    with pytest.raises(NothingDecided):
        ours.objection(builders.case())


def test_against_an_answer_stands_review_and_the_court(decided: Case, hands: Hands) -> None:
    case = ours.reviewed(ours.objection(decided), hands.reviewer)
    answer = ours.answered(case, hands.approver, grant=False)

    with pytest.raises(NothingDecided):
        ours.objection(answer)


def test_the_decision_of_somebody_else_is_none_of_hers(hands: Hands) -> None:
    with pytest.raises(NotTheirs):
        ours.objection(ours.decided(hands.decider, party=builders.zhao()))


def test_another_agency_answers_for_what_it_decided(hands: Hands) -> None:
    other = builders.agency(code="34089999", name="另一机构")
    decider = builders.member(role="REVIEWER", at=other)
    decided = ours.decided_at(builders.case(at=other), decider, timezone.now())

    with pytest.raises(RowOfAnother):
        ours.objection(decided)
    Agency.objects.filter(pk=other.pk).update(parent=builders.agency())  # they are seen, not theirs
    with pytest.raises(OtherBody):
        ours.objection(decided)


def test_a_decision_has_one_open_objection(decided: Case, hands: Hands) -> None:
    first = ours.objection(decided)
    with pytest.raises(ObjectionOpen), transaction.atomic():
        ours.objection(decided)

    ours.answered(ours.reviewed(first, hands.reviewer), hands.approver, grant=False)

    assert ours.objection(decided).pk != first.pk
