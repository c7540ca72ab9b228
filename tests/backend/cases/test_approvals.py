"""An approval counts only when its signature verifies: whoever writes SQL has no such signature."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.access.models import SigningKey
from backend.access.roles import RoleMissing
from backend.access.staff import end_role_at_once
from backend.cases import approvals
from backend.cases.approvals import ApprovalExists, NoteTooLong
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Approval
from tests import builders
from tests.builders import NOW, Member

pytestmark = pytest.mark.django_db
DIGEST, OTHER_DIGEST = "a" * 64, "b" * 64
BATCH = "payments.batch"


def sign(signer: Member, *, step: str = "CHECK", note: str = "", now: datetime = NOW) -> Approval:
    return approvals.sign(
        key=signer.key,
        subject_kind=BATCH,
        subject_id=1,
        step=step,
        digest=DIGEST,
        role=signer.role,
        now=now,
        note=note,
    )


def forged(signer: Member, **changes: object) -> Approval:
    """What plain SQL can write: any row, with any bytes as its signature."""
    row = _row(signer, changes)
    row.save()
    return row


def signed_outside(signer: Member, **changes: object) -> Approval:
    """What somebody who has the key, but not our word, can write by SQL: the signature is right."""
    row = _row(signer, changes)
    row.signature = signer.key.sign(approvals.signed_bytes(row))
    row.save()
    return row


def _row(signer: Member, changes: dict[str, object]) -> Approval:
    facts: dict[str, object] = {
        "subject_kind": BATCH,
        "subject_id": 1,
        "step": "CHECK",
        "digest": DIGEST,
        "staff_id": signer.staff.pk,
        "person_id": signer.staff.person_id,
        "role": signer.role,
        "key_id": signer.key.key_id,
        "signed_at": NOW,
        "signature": bytes(64),
    }
    return Approval(**{**facts, **changes})


def reread(approval: Approval) -> Approval:
    return Approval.objects.get(pk=approval.pk)


def test_a_signed_approval_verifies() -> None:
    approval = sign(builders.member(role="REVIEWER"), note="金额相符")

    assert approvals.verify(reread(approval))
    found = approvals.verified(subject_kind=BATCH, subject_id=1, digest=DIGEST)
    assert found == {"CHECK": approval}


def test_an_approval_of_another_digest_does_not_count() -> None:
    sign(builders.member(role="REVIEWER"))

    assert approvals.verified(subject_kind=BATCH, subject_id=1, digest=OTHER_DIGEST) == {}


def test_an_approval_of_another_agencys_staff_does_not_count_for_this_one() -> None:
    here, there = builders.agency(), builders.agency(code="34081101", name="演示县社保中心")
    approval = signed_outside(builders.member(role="REVIEWER", at=there))

    def counted(agency_id: int) -> dict[str, Approval]:
        return approvals.verified(
            subject_kind=BATCH, subject_id=1, digest=DIGEST, agency_id=agency_id
        )

    assert counted(there.pk) == {"CHECK": approval}
    assert counted(here.pk) == {}


def test_an_approval_written_by_sql_does_not_verify() -> None:
    approval = forged(builders.member(role="REVIEWER"))

    assert not approvals.verify(reread(approval))
    assert list(approvals.unverifiable()) == [approval]


def test_a_key_written_by_sql_is_nobodys_key() -> None:
    reviewer = builders.member(role="REVIEWER")
    SigningKey.objects.filter(pk=reviewer.key.key_id).update(retired_at=NOW)
    private = Ed25519PrivateKey.generate()
    planted = SigningKey.objects.create(
        staff=reviewer.staff,
        person_id=reviewer.staff.person_id,
        public_key=private.public_key().public_bytes_raw(),
        private_sealed=b"",
        certificate=bytes(SigningKey.objects.get(pk=reviewer.key.key_id).certificate),
        made_at=builders.KEY_MADE_AT,
    )
    hand = replace(reviewer.key, key_id=planted.pk, private=private)

    approval = sign(replace(reviewer, key=hand), now=NOW - timedelta(hours=1))

    assert not approvals.verify(reread(approval))


def test_a_genuine_signature_does_not_fit_another_subject() -> None:
    reviewer = builders.member(role="REVIEWER")
    genuine = sign(reviewer)

    copied = forged(reviewer, subject_id=2, signature=bytes(genuine.signature))

    assert not approvals.verify(reread(copied))


def test_a_signature_for_no_is_none_for_yes() -> None:
    reviewer = builders.member(role="REVIEWER")
    case = builders.case()
    no = approvals.sign(
        key=reviewer.key,
        subject_kind="cases.case",
        subject_id=case.pk,
        step="REJECT",
        digest=case.digest,
        role="REVIEWER",
        now=NOW,
    )
    other = builders.member(role="REVIEWER")

    yes = forged(
        other,
        subject_kind="cases.case",
        subject_id=case.pk,
        step="DECIDE",
        digest=case.digest,
        signature=bytes(no.signature),
    )

    assert not approvals.verify(reread(yes))


def test_a_signature_made_outside_is_like_one_of_ours() -> None:
    assert approvals.verify(reread(signed_outside(builders.member(role="REVIEWER"))))


def test_a_clerks_own_signature_as_reviewer_does_not_verify() -> None:
    approval = signed_outside(builders.member(role="CLERK"), role="REVIEWER")

    assert not approvals.verify(reread(approval))


def test_a_role_that_may_not_take_the_step_does_not_verify() -> None:
    approval = signed_outside(builders.member(role="CLERK"))

    assert not approvals.verify(reread(approval))


def test_the_key_of_one_does_not_sign_for_another() -> None:
    reviewer, other = builders.member(role="REVIEWER"), builders.member(role="REVIEWER").staff

    approval = signed_outside(reviewer, person_id=other.person_id, staff_id=other.pk)

    assert not approvals.verify(reread(approval))


def test_what_an_old_key_signed_still_verifies() -> None:
    reviewer = builders.member(role="REVIEWER")
    approval = sign(reviewer)

    SigningKey.objects.filter(pk=reviewer.key.key_id).update(retired_at=NOW + timedelta(days=1))

    assert approvals.verify(reread(approval))


def test_a_retired_key_signs_nothing_more() -> None:
    reviewer = builders.member(role="REVIEWER")
    SigningKey.objects.filter(pk=reviewer.key.key_id).update(retired_at=NOW)

    assert not approvals.verify(reread(sign(reviewer)))


def test_a_key_signs_nothing_before_it_was_made() -> None:
    same_day = builders.KEY_MADE_AT - timedelta(hours=2)
    assert timezone.localdate(same_day) == builders.IN_OFFICE_SINCE

    backdated = signed_outside(builders.member(role="REVIEWER"), signed_at=same_day)

    assert not approvals.verify(reread(backdated))


def test_an_approval_outlives_the_role_of_its_day() -> None:
    reviewer = builders.member(role="REVIEWER")
    approval = sign(reviewer)
    assignment = reviewer.staff.roleassignment_set.get()
    today = timezone.localdate(NOW)

    assignment.valid = type(assignment.valid)(assignment.valid.lower, today + timedelta(days=1))
    assignment.certify()

    assert approvals.verify(reread(approval))


def ended(reviewer: Member, at: datetime) -> datetime:
    """At once, at an instant or when it was written, which is later."""
    assignment = reviewer.staff.roleassignment_set.get()
    end_role_at_once(
        assignment=assignment,
        today=timezone.localdate(at),
        now=at,
        ended_by=builders.member(role="SECURITY_ADMIN").staff,
    )
    assignment.refresh_from_db()
    assert assignment.ended_at is not None
    assert assignment.counts
    return assignment.ended_at


def test_a_role_that_ended_at_once_signs_no_more_and_what_it_signed_that_day_stays_valid() -> None:
    now = timezone.now()
    reviewer = builders.member(role="REVIEWER")
    before = sign(reviewer, now=now)

    ended(reviewer, now + timedelta(seconds=1))

    assert approvals.verify(reread(before))
    with pytest.raises(RoleMissing):
        approvals.sign(
            key=reviewer.key, subject_kind=BATCH, subject_id=2, step="CHECK", digest=DIGEST,
            role="REVIEWER", now=now,
        )  # fmt: skip


def test_what_somebody_signs_outside_after_the_instant_does_not_verify() -> None:
    now = timezone.now()
    reviewer = builders.member(role="REVIEWER")

    instant = ended(reviewer, now + timedelta(seconds=1))

    late = signed_outside(reviewer, signed_at=instant)
    early = signed_outside(reviewer, signed_at=now, subject_id=2)
    assert (approvals.verify(reread(late)), approvals.verify(reread(early))) == (False, True)


def test_the_role_is_checked_on_the_day() -> None:
    reviewer = builders.member(role="REVIEWER")

    with pytest.raises(RoleMissing):
        sign(reviewer, now=datetime(2019, 12, 31, 15, 59, tzinfo=UTC))


def test_a_role_signs_only_its_own_steps() -> None:
    with pytest.raises(StepNotAllowed):
        sign(builders.member(role="REVIEWER"), step="SEND")


def test_what_the_table_does_not_list_is_signed_by_nobody() -> None:
    reviewer = builders.member(role="REVIEWER")

    with pytest.raises(StepNotAllowed):
        approvals.sign(
            key=reviewer.key,
            subject_kind="payments.other",
            subject_id=1,
            step="CHECK",
            digest=DIGEST,
            role="REVIEWER",
            now=NOW,
        )


def test_a_step_is_signed_once() -> None:
    sign(builders.member(role="REVIEWER"))

    with pytest.raises(ApprovalExists):
        sign(builders.member(role="REVIEWER"))


def test_one_person_signs_one_step_also_with_a_second_account() -> None:
    first = builders.member(role="REVIEWER", of=builders.li())
    sign(first)
    first.staff.is_active = False
    first.staff.save()
    SigningKey.objects.filter(pk=first.key.key_id).update(retired_at=NOW)
    second = builders.member(role="REVIEWER", of=builders.li())

    with pytest.raises(DatabaseError, match="one_step_a_person"), transaction.atomic():
        forged(second, step="APPROVE")


def test_a_long_note_is_refused() -> None:
    with pytest.raises(NoteTooLong):
        sign(builders.member(role="REVIEWER"), note="意" * 201)


def test_approvals_are_append_only() -> None:
    approval = sign(builders.member(role="REVIEWER"))

    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(note="改")
    with pytest.raises(DatabaseError), transaction.atomic():
        approval.delete()
