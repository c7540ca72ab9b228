"""A correcting decision rests on an objection, or on what the body found itself (更正的依据)."""

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.corrections import Ground, ObjectionNotOpen, ObjectionUnnamed, ground_of
from backend.cases.models import Case
from tests import builders
from tests.backend.cases import objection_builders as ours

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided() -> Case:
    return ours.decided(builders.member(role="REVIEWER", of=builders.chen()))


def test_an_open_objection_is_the_ground(decided: Case) -> None:
    objection = ours.objection(decided)
    case = builders.case(content={"objection": objection.pk})

    ground = ground_of(case=case, decided_cases=[decided.pk])

    assert ground == Ground(objection.pk, "收款账户：账号少了一位", "")
    assert ground.said == f"异议（业务件 {objection.pk}）：收款账户：账号少了一位"


def test_what_was_found_needs_evidence(decided: Case) -> None:
    case = builders.case(content={"error": "账号录错", "error_evidence": "开户证明 演示"})

    assert ground_of(case=case, decided_cases=[decided.pk]).kept() == {
        "objection": None,
        "finding": "账号录错",
        "evidence": "开户证明 演示",
        "said": "经办机构自行发现：账号录错；依据：开户证明 演示",
    }
    with pytest.raises(ContentInvalid):
        ground_of(case=builders.case(content={"error": "账号录错"}), decided_cases=[decided.pk])


def test_who_objected_is_not_passed_over(decided: Case) -> None:
    ours.objection(decided)
    case = builders.case(content={"error": "账号录错", "error_evidence": "开户证明 演示"})

    with pytest.raises(ObjectionUnnamed):
        ground_of(case=case, decided_cases=[decided.pk])


def test_an_objection_to_something_else_is_no_ground(decided: Case) -> None:
    other = ours.decided(builders.member(role="REVIEWER", of=builders.zhao()))
    case = builders.case(content={"objection": ours.objection(other).pk})

    with pytest.raises(ObjectionNotOpen):
        ground_of(case=case, decided_cases=[decided.pk])


def test_an_objection_that_was_answered_is_no_ground() -> None:
    hands = ours.hands()
    decided = ours.decided(hands.decider)
    objection = ours.objection(decided)
    ours.answered(ours.reviewed(objection, hands.reviewer), hands.approver, grant=False)
    case = builders.case(content={"objection": objection.pk})

    with pytest.raises(ObjectionNotOpen):
        ground_of(case=case, decided_cases=[decided.pk])


def test_an_objection_to_a_decision_that_was_replaced_since_is_a_ground(decided: Case) -> None:
    objection = ours.objection(decided)
    later = ours.decided(builders.member(role="REVIEWER", of=builders.zhao()))
    case = builders.case(content={"objection": objection.pk})

    assert ground_of(case=case, decided_cases=[later.pk, decided.pk]).objection == objection.pk
