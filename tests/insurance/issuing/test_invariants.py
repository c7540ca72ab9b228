"""The promises of objections and papers hold on what people did, and find what SQL put in."""

import pytest
from django.utils import timezone

from backend.cases import approvals
from backend.cases.models import Case, Objection
from insurance.issuing.invariants import (
    CORRECTED,
    RIGHT_KIND,
    STATEMENTS,
    broken_promises,
    promises,
)
from insurance.issuing.models import IssuedPaper
from tests import builders
from tests.backend.cases import objection_builders as objections
from tests.backend.cases.objection_builders import Hands
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db
BY_OTHERS, ONE_ROW, _, PRINTED = (promise for promise, _ in STATEMENTS)


@pytest.fixture
def hands() -> Hands:
    return objections.hands()


@pytest.fixture
def decided(hands: Hands) -> Case:
    ours.configured()
    return objections.decided(hands.decider)


def broken() -> list[str]:
    return [one.promise for one in broken_promises()]


def test_what_people_answered_and_printed_holds(decided: Case, hands: Hands) -> None:
    case = objections.reviewed(objections.objection(decided), hands.reviewer)
    objections.decided(hands.reviewer, objection=case.pk)
    ours.printed(objections.answered(case, hands.approver, grant=True))
    objections.objection(decided)

    assert broken() == []
    assert len(promises()) == 6


def test_a_signature_of_who_decided_is_found(decided: Case, hands: Hands) -> None:
    case = objections.objection(decided)
    approvals.sign(
        key=hands.decider.key,
        subject_kind="cases.case",
        subject_id=case.pk,
        step="REVIEW",
        digest=case.digest,
        role="REVIEWER",
        now=timezone.now(),
    )

    assert broken() == [BY_OTHERS]


def test_an_objection_outside_the_worklist_is_found(decided: Case) -> None:
    builders.case(kind="OBJECTION", content={"decided_case": decided.pk})

    assert broken() == [ONE_ROW]


def test_a_correction_that_nobody_decided_is_found(decided: Case) -> None:
    case = builders.case(kind="OBJECTION", content={"decided_case": decided.pk})
    Objection.objects.create(
        case=case,
        decided=decided,
        party_id=decided.party_id,
        answer_by=timezone.localdate(),
        outcome="CORRECTED",
        correction=builders.case(kind="HOLD"),
        closed_at=timezone.now(),
    )

    assert broken() == [ONE_ROW, RIGHT_KIND, CORRECTED]


def test_what_another_kind_puts_right_holds(hands: Hands) -> None:
    ours.configured()
    death = objections.decided(hands.decider, kind="DEATH")
    case = objections.reviewed(objections.objection(death), hands.reviewer)
    objections.decided(hands.reviewer, kind="DEATH_WITHDRAWAL", objection=case.pk)
    objections.answered(case, hands.approver, grant=True)

    assert broken() == []


def test_a_paper_that_was_never_printed_is_found(decided: Case) -> None:
    IssuedPaper.objects.create(
        agency=decided.agency,
        kind="HOLD_NOTICE",
        year=2026,
        ordinal=1,
        number="34080001-ZTGZ-2026-000001",
        case=decided,
        party_id=decided.party_id,
        issued_on=timezone.localdate(),
        digest="0" * 64,
        check_code="A" * 16,
    )

    assert broken() == [PRINTED]
