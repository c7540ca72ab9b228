"""Many batches are signed at once: as many questions as for few, and the largest goes first."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.cases.models import Approval
from backend.jobs.models import Job
from backend.kernel.errors import Refusal
from payments import bank_files
from payments.models import Batch
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
from tests import builders, funds
from tests.builders import NOW
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def two_batches(*, made_by: int | None = None) -> tuple[Batch, Batch]:
    """One of a line, and one of three; ``made_by`` made that which is looked at second."""
    wang, parts = builders.wang(), pay.PARTS[pay.EMPLOYEES]
    small = pay.sealed(pay.Line(wang), made_by=made_by)
    large = pay.sealed(*(pay.Line(wang, parts) for _ in range(3)), scheme=pay.EMPLOYEES)
    assert large.id < small.id
    return small, large


def sign(batches: tuple[Batch, ...], step: SigningStep) -> int:
    """Sign them together; give how many statements that took."""
    member = builders.member(role=step.role)
    funds.cover(batches)
    with CaptureQueriesContext(connection) as asked:
        sign_batches(
            step=step,
            digests={batch.id: batch.digest for batch in batches},
            key=member.key,
            now=NOW,
        )
    return len(asked)


def test_each_step_asks_the_database_as_often_for_two_batches_as_for_one() -> None:
    one = (pay.sealed(pay.Line(builders.wang(), (20000,)), scheme="210"),)
    two = two_batches()

    for step in STEPS.values():
        assert sign(two, step) == sign(one, step)
        if step is APPROVE:
            for batch in (*one, *two):
                bank_files.prepare_file(batch_id=batch.id)


def waiting(step: SigningStep) -> tuple[Batch, Batch]:
    """Two batches that wait for the step, in the order in which they are looked at."""
    first, second = sorted(two_batches(), key=lambda batch: batch.id)
    if step is APPROVE:
        sign((first, second), CHECK)
    return first, second


def refused(batches: tuple[Batch, Batch], step: SigningStep, **shown: str) -> type[Exception]:
    """Sign both; the refusal, after which neither is signed."""
    member = builders.member(role=step.role)
    digests = {batch.id: shown.get(f"b{n}", batch.digest) for n, batch in enumerate(batches)}
    with pytest.raises(Refusal) as refusal:
        sign_batches(step=step, digests=digests, key=member.key, now=NOW)
    assert not Approval.objects.filter(
        subject_kind="payments.batch", subject_id__in=digests, step=step.name
    ).exists()
    return refusal.type


def test_the_second_batchs_state_counts() -> None:
    batches = waiting(CHECK)
    sign(batches[:1], CHECK)

    assert refused(batches, APPROVE) is WrongState


def test_the_second_batchs_digest_counts() -> None:
    assert refused(waiting(CHECK), CHECK, b1="0" * 64) is DigestDiffers


def test_the_second_batchs_earlier_signature_counts() -> None:
    batches = waiting(APPROVE)
    other = builders.member(role=CHECK.role)
    Batch.objects.filter(id=batches[1].id).update(checked_by=other.key.person_id)

    assert refused(batches, APPROVE) is SignatureMissing


def test_the_second_batchs_file_counts() -> None:
    batches = waiting(APPROVE)
    sign(batches, APPROVE)
    bank_files.prepare_file(batch_id=batches[0].id)

    assert refused(batches, SEND) is FileMissing


def test_who_had_a_hand_in_the_second_batch_signs_neither() -> None:
    member = builders.member(role=CHECK.role)
    batches = two_batches(made_by=member.key.person_id)

    with pytest.raises(SamePerson):
        sign_batches(
            step=CHECK,
            digests={batch.id: batch.digest for batch in batches},
            key=member.key,
            now=NOW,
        )


def test_the_largest_batch_is_written_first() -> None:
    small, large = two_batches()

    for step in (CHECK, APPROVE):
        sign((small, large), step)

    jobs = Job.objects.filter(kind="payments.prepare_file").order_by("id")
    assert [job.arguments["batch_id"] for job in jobs] == [large.id, small.id]
