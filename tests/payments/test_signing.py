"""Three different persons sign what is sealed, step by step; what was changed is not signed."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connections, transaction

from backend.access.roles import RoleMissing
from backend.cases import delegations
from backend.cases.approvals import ApprovalExists, OtherAgency
from backend.cases.delegations import Terms
from backend.cases.models import Approval
from backend.jobs.models import Job
from backend.kernel.months import DateRange
from payments import bank_files
from payments.batches import BatchNotThere, recompute_digests
from payments.models import Batch, BatchState
from payments.signing import (
    APPROVE,
    CHECK,
    SEND,
    STEPS,
    DigestDiffers,
    FileMissing,
    SamePerson,
    SignatureMissing,
    SigningStep,
    WrongState,
    sign_batches,
)
from tests import builders
from tests.builders import NOW, TODAY
from tests.conftest import OwnDatabase
from tests.payments import payment_builders as pay

NEVER = date(2090, 1, 1)  # a role of his own much later
in_transaction = pytest.mark.django_db
steps = pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def before(step: SigningStep) -> Batch:
    """A batch that waits for the step."""
    if step is SEND:
        return pay.approved()
    batch = pay.sealed()
    return pay.sign(batch, CHECK) if step is APPROVE else batch


@in_transaction
@steps
def test_a_step_moves_the_batch_and_names_the_person(step: SigningStep) -> None:
    member = builders.member(role=step.role)

    batch = pay.sign(before(step), step, by=member)

    assert batch.state == step.after
    assert getattr(batch, step.person_field) == member.key.person_id


@in_transaction
@steps
def test_a_step_is_signed_over_the_digest(step: SigningStep) -> None:
    batch = pay.sign(before(step), step)

    approval = Approval.objects.get(
        subject_kind="payments.batch", subject_id=batch.id, step=step.name
    )
    assert (approval.digest, approval.role) == (batch.digest, step.role)


@in_transaction
@pytest.mark.parametrize(
    ("step", "job"), [(APPROVE, "payments.prepare_file"), (SEND, "payments.deliver")]
)
def test_a_step_leaves_the_work_that_follows(step: SigningStep, job: str) -> None:
    batch = pay.sign(before(step), step)

    assert Job.objects.filter(kind=job, arguments={"batch_id": batch.id}).count() == 1


@in_transaction
@pytest.mark.parametrize("step", [APPROVE, SEND], ids=lambda step: step.name)
def test_no_step_is_taken_before_the_one_before_it(step: SigningStep) -> None:
    batch = pay.sealed()

    with pytest.raises(WrongState):
        pay.sign(batch, step)


@in_transaction
@steps
def test_a_step_is_taken_once(step: SigningStep) -> None:
    batch = pay.sign(before(step), step)

    with pytest.raises(WrongState):
        pay.sign(batch, step)


@in_transaction
def test_a_draft_is_not_signed() -> None:
    with pytest.raises(WrongState):
        pay.sign(pay.draft(), CHECK)


@in_transaction
@pytest.mark.parametrize("step", [APPROVE, SEND], ids=lambda step: step.name)
def test_the_checker_signs_no_other_step(step: SigningStep) -> None:
    batch = pay.sealed()
    person = builders.person()
    checker = builders.member(role=CHECK.role, of=person)
    pay.sign(batch, CHECK, by=checker)
    if step is SEND:
        pay.sign(batch, APPROVE)
        bank_files.prepare_file(batch_id=batch.id)

    with pytest.raises(SamePerson):
        pay.sign(batch, step, by=checker)


@in_transaction
def test_who_made_the_batch_does_not_check_it() -> None:
    checker = builders.member(role="REVIEWER")
    batch = pay.sealed(made_by=checker.key.person_id)

    with pytest.raises(SamePerson):
        pay.sign(batch, CHECK, by=checker)


@in_transaction
@steps
def test_who_has_not_the_role_does_not_sign(step: SigningStep) -> None:
    batch = before(step)

    with pytest.raises(RoleMissing):
        pay.sign(batch, step, by=builders.member(role="FINANCE"))
    assert Batch.objects.get(id=batch.id).state == step.before


@in_transaction
def test_another_digest_than_the_sealed_one_is_not_signed() -> None:
    batch = pay.sealed()
    key = builders.member(role="REVIEWER").key

    with pytest.raises(DigestDiffers):
        sign_batches(step=CHECK, digests={batch.id: "0" * 64}, key=key, now=NOW)


@in_transaction
def test_all_batches_of_one_signing_are_signed_or_none() -> None:
    good = pay.sealed()
    other = pay.sealed(scheme=pay.EMPLOYEES)
    key = builders.member(role="REVIEWER").key

    with pytest.raises(DigestDiffers):
        sign_batches(step=CHECK, digests={good.id: good.digest, other.id: ""}, key=key, now=NOW)
    assert Batch.objects.get(id=good.id).state == BatchState.SEALED
    assert not Approval.objects.filter(subject_kind="payments.batch").exists()


@in_transaction
def test_a_batch_that_is_not_there_is_not_signed() -> None:
    key = builders.member(role="REVIEWER").key

    with pytest.raises(BatchNotThere):
        sign_batches(step=CHECK, digests={0: "0" * 64}, key=key, now=NOW)


@in_transaction
def test_nothing_is_released_before_its_file_is_committed() -> None:
    batch = pay.sign(pay.sign(pay.sealed(), CHECK), APPROVE)

    with pytest.raises(FileMissing):
        pay.sign(batch, SEND)


@in_transaction
def test_an_approval_copied_by_sql_is_no_signature() -> None:
    signed = pay.sign(pay.sealed(), CHECK)
    copied = values_of(Approval.objects.get(subject_id=signed.id, step="CHECK"))
    batch = pay.sealed(scheme=pay.EMPLOYEES)
    Approval.objects.create(**{**copied, "subject_id": batch.id, "digest": batch.digest})
    move(batch, state=BatchState.CHECKED, checked_by=copied["person_id"])

    with pytest.raises(SignatureMissing):
        pay.sign(batch, APPROVE)


@in_transaction
def test_what_is_sent_without_valid_signatures_is_not_delivered() -> None:
    batch = pay.approved()
    forged = values_of(Approval.objects.get(subject_id=batch.id, step="APPROVE"))
    cashier = builders.member(role="CASHIER")
    Approval.objects.create(
        **{
            **forged,
            "step": "SEND",
            "role": "CASHIER",
            "staff_id": cashier.staff.pk,
            "person_id": cashier.key.person_id,
            "key_id": cashier.key.key_id,
        }
    )
    move(batch, state=BatchState.SENDING, sent_by=cashier.key.person_id)

    with pytest.raises(SignatureMissing):
        bank_files.deliver(batch_id=batch.id, now=NOW)


def test_a_line_changed_after_the_seal_is_evident_at_the_next_signature(
    own_database: OwnDatabase,
) -> None:
    batch = pay.sealed()
    tamper("UPDATE payments_attempt SET fen = fen + 1, parts[1] = parts[1] + 1")

    with pytest.raises(DigestDiffers):
        pay.sign(batch, CHECK)


def test_a_line_changed_after_two_signatures_is_not_released(own_database: OwnDatabase) -> None:
    batch = pay.approved()
    tamper(f"UPDATE payments_attempt SET account_no = '{pay.OTHER_ACCOUNT}'")

    with pytest.raises(DigestDiffers):
        pay.sign(batch, SEND)


def test_a_line_taken_out_after_the_seal_is_evident(own_database: OwnDatabase) -> None:
    batch = pay.sealed(pay.Line(builders.wang()), pay.Line(builders.li()))
    tamper(
        "DELETE FROM payments_attempt WHERE due_ref = (SELECT max(due_ref) FROM payments_attempt)"
    )

    with pytest.raises(DigestDiffers):
        pay.sign(batch, CHECK)


def test_line_and_digest_changed_together_void_the_signatures(own_database: OwnDatabase) -> None:
    batch = pay.approved()
    tamper(f"UPDATE payments_attempt SET account_no = '{pay.OTHER_ACCOUNT}'")
    batch.digest = recompute_digests(batch_ids=[batch.id])[batch.id]
    tamper(f"UPDATE payments_batch SET digest = '{batch.digest}' WHERE id = {batch.id}")

    with pytest.raises(SignatureMissing):
        pay.sign(batch, SEND)


def test_a_digest_changed_after_release_is_not_delivered(own_database: OwnDatabase) -> None:
    batch = pay.sign(pay.approved(), SEND)
    tamper(f"UPDATE payments_batch SET digest = '{'0' * 64}' WHERE id = {batch.id}")

    with pytest.raises(SignatureMissing):
        bank_files.deliver(batch_id=batch.id, now=NOW)


@in_transaction
def test_staff_of_another_agency_do_not_sign_a_batch() -> None:
    batch = pay.sealed()
    bureau = builders.agency(code="34080002", name="演示市医保局")

    with pytest.raises(OtherAgency):
        pay.sign(batch, CHECK, by=builders.member(role="REVIEWER", at=bureau))


@in_transaction
def test_one_person_does_not_sign_two_steps_under_two_accounts() -> None:
    person = builders.person()
    batch = pay.sign(pay.sealed(), CHECK, by=builders.member(role="REVIEWER", of=person))

    key = builders.member(role="APPROVER").key
    other_account = type(key)(key.staff_id, person.pk, key.key_id, key.private)
    with pytest.raises((SamePerson, ApprovalExists)):
        sign_batches(step=APPROVE, digests={batch.id: batch.digest}, key=other_account, now=NOW)


@in_transaction
def test_for_whom_the_batch_was_made_his_deputy_does_not_sign() -> None:
    """Neither by himself nor through another."""
    made_by, leader = builders.member(role="REVIEWER"), builders.member(role="APPROVER")
    deputy = builders.member(role="REVIEWER", since=NEVER)
    delegation = delegations.appoint_deputy(
        deputy=deputy.staff,
        acting_for=made_by.staff,
        terms=Terms(
            role="REVIEWER",
            valid=DateRange(TODAY, TODAY + timedelta(days=2)),
            reason="外出开会",
            document="演示委派书 1号",
        ),
        key=leader.key,
        now=NOW,
    )
    delegations.confirm(
        delegation_id=delegation.pk, key=builders.member(role="SECURITY_ADMIN").key, now=NOW
    )

    with pytest.raises(SamePerson, match="代理"):
        pay.sign(pay.sealed(made_by=made_by.key.person_id), CHECK, by=deputy)
    assert pay.sign(pay.sealed(scheme=pay.EMPLOYEES), CHECK, by=deputy).checked_by == (
        deputy.key.person_id
    )


def values_of(approval: Approval) -> dict[str, Any]:
    """A row as it can be inserted again elsewhere."""
    names = [field.attname for field in Approval._meta.concrete_fields if not field.primary_key]
    return {name: getattr(approval, name) for name in names}


def move(batch: Batch, **changes: Any) -> None:
    """Write the state by hand, as SQL can."""
    Batch.objects.filter(id=batch.id).update(**changes)


def tamper(statement: str) -> None:
    """Change rows as somebody who owns the tables and turns their triggers off."""
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        for table in ("payments_attempt", "payments_batch"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        for table in ("payments_attempt", "payments_batch"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
