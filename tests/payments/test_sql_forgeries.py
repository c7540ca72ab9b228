"""An approval that somebody inserts by SQL is believed by nobody."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from backend.access.models import SigningKey
from backend.cases import approvals
from backend.cases.models import Approval
from payments.signing import CHECK
from tests import builders
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db

FORGER = Ed25519PrivateKey.generate()


def forged_key(of: builders.Member) -> int:
    """Put a key of one's own into the table under somebody's name; its id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE access_signingkey SET retired_at = now() WHERE id = %s", [of.key.key_id]
        )
    return SigningKey.objects.create(
        staff=of.staff,
        person_id=of.key.person_id,
        public_key=FORGER.public_key().public_bytes_raw(),
        private_sealed=b"",
        certificate=b"\0" * 64,
        made_at=builders.KEY_MADE_AT,
    ).pk


def own_key(of: builders.Member) -> int:
    """The key that is there: only its private half is missing."""
    return of.key.key_id


@pytest.mark.parametrize("key_of", [own_key, forged_key])
def test_an_inserted_approval_does_not_verify(key_of: Callable[[builders.Member], int]) -> None:
    batch = pay.sealed()
    victim = builders.member(role="REVIEWER")
    forged = Approval(
        subject_kind="payments.batch",
        subject_id=batch.id,
        step="CHECK",
        digest=batch.digest,
        staff_id=victim.staff.pk,
        person_id=victim.key.person_id,
        role="REVIEWER",
        key_id=key_of(victim),
        signed_at=builders.NOW,
    )
    forged.signature = FORGER.sign(approvals.signed_bytes(forged))
    forged.save()

    assert not approvals.verify(forged)


def test_a_signature_moved_to_another_batch_does_not_verify() -> None:
    batch = pay.sign(pay.sealed(), CHECK)
    moved = Approval.objects.get(subject_id=batch.id)
    moved.pk, moved.subject_id = None, batch.id + 1
    moved.save()

    assert approvals.verify(Approval.objects.get(subject_id=batch.id))
    assert not approvals.verify(Approval.objects.get(subject_id=batch.id + 1))
