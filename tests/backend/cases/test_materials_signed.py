"""What lay with a case stands under the signatures over it (签名所见的材料)."""

from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from backend.access.models import Staff
from backend.cases import approvals
from backend.cases.decide import ReviewMissing, decide, review
from backend.cases.decided import truly_decided
from backend.cases.materials.hand_in import MaterialsFrozen, hand_in
from backend.cases.models import Approval, Case, Material
from tests import builders
from tests.backend.cases import material_builders
from tests.backend.uploads import scans
from tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(tmp_path: Path) -> Any:
    with override_settings(MATERIALS_DIR=str(tmp_path / "materials")):
        yield tmp_path


@pytest.fixture
def clerk() -> Staff:
    return builders.member(role="CLERK", of=builders.li()).staff


@pytest.fixture
def case(clerk: Staff) -> Case:
    return builders.case(kind="IDENTITY_CHANGE", received_by=clerk.person_id)


def reviewed(case: Case) -> Case:
    reviewer = builders.member(role="REVIEWER")
    return review(case_id=case.pk, key=reviewer.key, role="REVIEWER", now=NOW)


def decided(case: Case) -> Case:
    approver = builders.member(role="APPROVER")
    acts = {"IDENTITY_CHANGE": lambda _: 0}
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=approver.key,
        role="APPROVER",
        now=NOW,
        acts=acts,
    )


def handed_in(case: Case, staff: Staff, kept: Path, *, replaces: int | None = None) -> Material:
    path = kept / "scan.png"
    path.write_bytes(scans.image("PNG"))
    return hand_in(
        case_id=case.pk, title="户口簿", form="ORIGINAL", path=path, replaces=replaces, staff=staff
    )


@pytest.mark.parametrize("replacing", [True, False])
def test_what_was_reviewed_lies_as_it_is_until_the_decision(
    case: Case, clerk: Staff, kept: Path, replacing: bool
) -> None:
    first = handed_in(case, clerk, kept)
    reviewed(case)

    with pytest.raises(MaterialsFrozen, match="重新受理"):
        handed_in(case, clerk, kept, replaces=first.pk if replacing else None)


def test_before_the_review_a_scan_is_replaced_and_both_sign_for_the_same(
    case: Case, clerk: Staff, kept: Path
) -> None:
    first = handed_in(case, clerk, kept)
    handed_in(case, clerk, kept, replaces=first.pk)

    decided(reviewed(case))

    assert len(set(Approval.objects.values_list("materials", flat=True))) == 1
    assert truly_decided(case_ids=[case.pk]) == {case.pk}


def test_a_proof_of_delivery_is_added_after_the_decision(
    case: Case, clerk: Staff, kept: Path
) -> None:
    decided(reviewed(case))

    handed_in(case, clerk, kept)

    assert truly_decided(case_ids=[case.pk]) == {case.pk}
    assert list(approvals.unverifiable()) == []


def test_a_scan_put_in_by_sql_after_the_review_stops_the_decision(case: Case) -> None:
    first = material_builders.of(case)
    reviewed(case)
    material_builders.of(case, replaces=first)

    with pytest.raises(ReviewMissing):
        decided(case)


def test_a_scan_swapped_after_the_decision_is_named(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = material_builders.of(case)
    decided(reviewed(case))
    assert truly_decided(case_ids=[case.pk]) == {case.pk}

    material.sha256 = "0" * 64
    monkeypatch.setattr(approvals, "materials_of", lambda **_: {case.pk: [material]})

    assert {one.subject_id for one in approvals.unverifiable()} == {case.pk}
    assert truly_decided(case_ids=[case.pk]) == set()


def test_what_lay_there_can_not_be_told_otherwise_than_signed(case: Case) -> None:
    material_builders.of(case)
    reviewed(case)
    approval = Approval.objects.get()

    approval.materials = ""

    assert not approvals.verify(approval)
