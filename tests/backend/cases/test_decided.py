"""A case is truly decided when those whom it names have signed it as it stands."""

import pytest
from django.db import connection

from backend.cases.decide import decide, review
from backend.cases.decided import truly_decided
from backend.cases.models import Approval, Case
from backend.people.models import Alias
from tests import builders
from tests.builders import NOW

pytestmark = pytest.mark.django_db


def decided(case: Case, *, role: str = "REVIEWER") -> Case:
    """Somebody who may decides it."""
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role=role).key,
        role=role,
        now=NOW,
        acts={case.kind: lambda _: 0},
    )


def put_in(case: Case, *, reviewer: int | None = None) -> Case:
    """Let the row of a case say that it was approved, as plain SQL can when its decision is
    signed."""
    member = builders.member(role="APPROVER")
    Approval.objects.create(
        subject_kind="cases.case",
        subject_id=case.pk,
        step="DECIDE",
        digest=case.digest,
        staff_id=member.staff.pk,
        person_id=member.key.person_id,
        role="APPROVER",
        key_id=member.key.key_id,
        signed_at=NOW,
        signature=b"\0" * 64,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET state = 'APPROVED', reviewed_by = %s, decided_by = %s,"
            " decided_at = %s WHERE id = %s",
            [reviewer, member.key.person_id, NOW, case.pk],
        )
    return case


def test_a_signed_decision_counts() -> None:
    case = decided(builders.case())

    assert truly_decided(case_ids=[case.pk]) == {case.pk}


def test_what_the_party_itself_signed_does_not_count() -> None:
    case = decided(builders.case(party=builders.chen()))
    signer = case.decided_by or 0
    Alias.objects.create(party_id=builders.chen().pk, survivor_id=signer, case_id=1)

    assert truly_decided(case_ids=[case.pk]) == set()


def test_of_many_only_the_signed_count() -> None:
    signed, waiting = builders.case(), builders.case(origin="2")
    decided(signed)
    forged = put_in(builders.case(origin="3"))

    assert truly_decided(case_ids=[signed.pk, waiting.pk, forged.pk, 0]) == {signed.pk}


def test_a_kind_of_two_persons_needs_both() -> None:
    case = builders.case(kind="MERGE")
    review(case_id=case.pk, key=builders.member(role="REVIEWER").key, role="REVIEWER", now=NOW)
    decided(case, role="APPROVER")

    assert truly_decided(case_ids=[case.pk]) == {case.pk}


def test_a_reviewer_who_did_not_sign_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    case = builders.case(kind="MERGE")
    monkeypatch.setattr("backend.cases.approvals.verify_all", lambda signed: [True] * len(signed))
    put_in(case, reviewer=builders.li().pk)

    assert truly_decided(case_ids=[case.pk]) == set()


def test_what_sql_took_in_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.cases.models.Case.certify", lambda case: None)
    monkeypatch.setattr("backend.cases.decide.refuse_untaken", lambda case: None)
    case = decided(builders.case())

    assert truly_decided(case_ids=[case.pk]) == set()


def test_a_kind_that_is_not_there_decides_nothing() -> None:
    case = builders.case()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_case (kind, agency_id, party_id, content, digest, state, origin,"
            " reason, certificate) SELECT 'MADE_UP', agency_id, party_id, content, digest,"
            " 'RECEIVED', 'x', '', '' FROM cases_case WHERE id = %s RETURNING id",
            [case.pk],
        )
        (made_up,) = cursor.fetchone()
    put_in(Case.objects.get(pk=made_up))

    assert truly_decided(case_ids=[made_up]) == set()
