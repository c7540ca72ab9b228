"""What one body alone decides is received, reviewed and decided by its own staff (两个机构)."""

import pytest

from backend.access.models import Agency
from backend.cases import kinds
from backend.cases.approvals import OtherAgency
from backend.cases.decide import decide, review
from backend.cases.kinds import Kind
from backend.cases.models import Case
from backend.cases.receive import OtherBody
from tests import builders
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db
MERGE = Kind("MERGE", "人员合并", two_person=True, from_feed=False, agency_kind="DEPARTMENT")


@pytest.fixture
def department(monkeypatch: pytest.MonkeyPatch) -> Agency:
    monkeypatch.setattr(kinds, "kind_of", lambda *, code, on: MERGE)
    return Agency.objects.create(
        code="34080003", name="演示市人社局", region="340800", kind="DEPARTMENT"
    )


def decided(case: Case, by: Member) -> Case:
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=by.key,
        role=by.role,
        now=NOW,
        acts={"MERGE": lambda _: 0},
    )


def reviewed(case: Case, by: Member) -> Case:
    return review(case_id=case.pk, key=by.key, role=by.role, now=NOW)


def test_another_body_does_not_receive_it(department: Agency) -> None:
    with pytest.raises(OtherBody):
        builders.case(kind="MERGE")


def test_its_own_staff_review_and_decide(department: Agency) -> None:
    case = builders.case(kind="MERGE", at=department)
    reviewed(case, builders.member(role="REVIEWER", at=department))

    case = decided(case, builders.member(role="APPROVER", of=builders.li(), at=department))

    assert case.state == "APPROVED"


def test_staff_of_another_body_do_not_review_it(department: Agency) -> None:
    case = builders.case(kind="MERGE", at=department)

    with pytest.raises(OtherAgency):
        reviewed(case, builders.member(role="REVIEWER"))


def test_staff_of_another_body_do_not_decide_it(department: Agency) -> None:
    case = builders.case(kind="MERGE", at=department)
    reviewed(case, builders.member(role="REVIEWER", at=department))

    with pytest.raises(OtherAgency):
        decided(case, builders.member(role="APPROVER", of=builders.li()))


@pytest.mark.parametrize(
    ("kind", "role"),
    [("OVERRIDE", "APPROVER"), *((kind, "REVIEWER") for kind in ("STOP", "HOLD", "HOLD_RELEASE"))],
)
def test_pensions_are_stopped_held_and_let_go_by_the_pension_agency(kind: str, role: str) -> None:
    medical = Agency.objects.create(
        code="34080002", name="演示医保局", region="340800", kind="MEDICAL"
    )

    with pytest.raises(OtherBody):
        builders.case(kind=kind, at=medical)
    with pytest.raises(OtherAgency):
        decided(builders.case(kind=kind), builders.member(role=role, at=medical))
