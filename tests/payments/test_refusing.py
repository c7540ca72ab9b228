"""Whoever does not agree says why, and nobody signs the batch until that is taken back."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from backend.access.roles import RoleMissing
from payments.models import Batch, BatchRefusal, BatchState
from payments.refusing import NotRefused, ReasonMissing, lift_refusals, refuse_batches
from payments.signing import (
    APPROVE,
    CHECK,
    SEND,
    STEPS,
    BatchRefused,
    DigestDiffers,
    SamePerson,
    SigningStep,
    WrongState,
)
from tests import builders
from tests.builders import NOW, PASSWORD, Member
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db
steps = pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
REASON = "王某的金额与核定不符（演示）"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def before(step: SigningStep) -> Batch:
    """A batch that waits for the step."""
    if step is SEND:
        return pay.approved()
    batch = pay.sealed()
    return pay.sign(batch, CHECK) if step is APPROVE else batch


def refused(
    batch: Batch, step: SigningStep, *, by: Member | None = None, reason: str = REASON
) -> BatchRefusal:
    member = by or builders.member(role=step.role)
    (said,) = refuse_batches(
        step=step, digests={batch.pk: batch.digest}, reason=reason, key=member.key, now=NOW
    )
    return said


def lifted(batch: Batch, step: SigningStep, *, reason: str = "已核对原件，金额无误") -> None:
    member = builders.member(role=step.role)
    lift_refusals(
        step=step, digests={batch.pk: batch.digest}, reason=reason, key=member.key, now=NOW
    )


@steps
def test_a_refused_batch_is_signed_by_nobody_until_that_is_taken_back(step: SigningStep) -> None:
    batch = before(step)
    refused(batch, step)

    with pytest.raises(BatchRefused, match="王某的金额与核定不符"):
        pay.sign(batch, step)
    lifted(batch, step)

    assert pay.sign(batch, step).state == step.after


def test_without_a_reason_nothing_is_refused() -> None:
    batch = pay.sealed()

    with pytest.raises(ReasonMissing):
        refused(batch, CHECK, reason="  ")

    assert not BatchRefusal.objects.exists()


def test_only_whose_step_it_is_refuses() -> None:
    with pytest.raises(RoleMissing):
        refused(pay.sealed(), CHECK, by=builders.member(role="APPROVER"))


def test_a_step_that_is_not_due_is_not_refused() -> None:
    with pytest.raises(WrongState):
        refused(pay.sealed(), APPROVE)


def test_what_was_not_shown_is_not_refused() -> None:
    batch = pay.sealed()
    batch.digest = "0" * 64

    with pytest.raises(DigestDiffers):
        refused(batch, CHECK)


def test_who_made_it_by_hand_does_not_refuse_it() -> None:
    chen = builders.chen()
    batch = pay.sealed(made_by=chen.pk)

    with pytest.raises(SamePerson):
        refused(batch, CHECK, by=builders.member(role="REVIEWER", of=chen))


def test_a_batch_is_refused_once_at_a_time() -> None:
    batch = pay.sealed()
    refused(batch, CHECK)

    with pytest.raises(BatchRefused):
        refused(batch, CHECK)


def test_what_was_not_refused_is_not_taken_back() -> None:
    with pytest.raises(NotRefused):
        lifted(pay.sealed(), CHECK)


def test_what_one_step_refused_another_does_not_take_back() -> None:
    batch = pay.sealed()
    refused(batch, CHECK)

    with pytest.raises(NotRefused):
        lifted(batch, APPROVE)


def test_a_batch_may_be_refused_again() -> None:
    batch = pay.sealed()
    refused(batch, CHECK)
    lifted(batch, CHECK)
    refused(batch, CHECK, reason="仍有疑问（演示）")

    with pytest.raises(BatchRefused, match="仍有疑问"):
        pay.sign(batch, CHECK)


def test_the_database_moves_no_refused_batch() -> None:
    batch = pay.sealed()
    refused(batch, CHECK)

    with pytest.raises(DatabaseError, match="was refused"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.CHECKED, checked_by=1)


def test_what_was_said_stays_said() -> None:
    refused(pay.sealed(), CHECK)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_batchrefusal SET reason = 'x'")


def post(client: Client, word: str, batch: Batch, *, key: str = "", **changes: str) -> Any:
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    body = {
        "step": "CHECK",
        "batches": [{"id": batch.pk, "digest": batch.digest}],
        "reason": REASON,
        **proof,
        **changes,
    }
    return client.post(
        f"/api/v1/batches/{word}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(builders.staff_with_password(role="REVIEWER", username="fuhe1"))
    return client


def test_a_refusal_is_listed_with_its_reason(reviewer: Client) -> None:
    batch = pay.sealed()

    answer = post(reviewer, "refuse", batch)

    listed = reviewer.get("/api/v1/batches/refusals/", {"batch": batch.pk}).json()["results"]
    assert answer.status_code == 200
    assert [(row["step"], row["reason"], row["lifts"]) for row in listed] == [
        ("CHECK", REASON, None)
    ]


def test_the_same_key_refuses_once(reviewer: Client) -> None:
    batch, key = pay.sealed(), uuid.uuid4().hex

    code = builders.code(now=timezone.now())
    first, second = (post(reviewer, "refuse", batch, key=key, code=code) for _ in range(2))

    assert first.json() == second.json()
    assert BatchRefusal.objects.count() == 1


def test_an_empty_reason_is_told(reviewer: Client) -> None:
    answer = post(reviewer, "refuse", pay.sealed(), reason="")

    assert (answer.status_code, answer.json()["code"]) == (422, "batch_refusal_reason_missing")


def test_what_is_taken_back_says_so(reviewer: Client) -> None:
    batch = pay.sealed()
    refusal = refused(batch, CHECK)

    answer = post(reviewer, "lift", batch)

    assert answer.json()[0]["lifts"] == refusal.pk
