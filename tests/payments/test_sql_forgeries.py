"""What somebody inserts by SQL, as the application's own role, is believed by nobody."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import LazySettings
from django.db import connection

from backend.access.models import SigningKey
from backend.cases import approvals
from backend.cases.models import Approval
from payments import invariants, return_proof, return_sql
from payments.bank_folders import bank_folder
from payments.banks.profile import profile_of
from payments.models import (
    Batch,
    OutcomeState,
    ReturnFile,
)
from payments.signing import CHECK
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.forgeries import (
    forged_file,
    forged_outcome,
    named,
)
from tests.payments.payment_builders import BUSY, PAID, UNKNOWN, Said

pytestmark = pytest.mark.django_db

FORGER = Ed25519PrivateKey.generate()


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


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


def test_what_the_bank_said_is_believed() -> None:
    batch = pay.answered(PAID, BUSY, UNKNOWN, PAID)
    pay.answer(
        batch, Said(pay.lines_of(batch)[0], BUSY), Said(pay.lines_of(batch)[1], PAID), part=2
    )

    assert named(invariants.ANSWERS) == []


@pytest.mark.parametrize(
    ("said", "state", "fen"),
    [
        (UNKNOWN, OutcomeState.PAID, None),
        (UNKNOWN, OutcomeState.PAID, 1),
        (UNKNOWN, OutcomeState.RETURNED, None),
        (PAID, OutcomeState.RETURNED, None),
    ],
)
def test_an_answer_that_the_file_does_not_give_is_named(
    said: str, state: OutcomeState, fen: int | None
) -> None:
    batch = pay.answered(PAID, said)
    line = pay.lines_of(batch)[1]

    forged_outcome(line, state, fen=fen)

    assert named(invariants.ANSWERS) == [f"批次 {batch.no} 明细 {line.due_ref}-1"]


def test_an_answer_under_a_later_file_that_is_silent_on_it_is_named() -> None:
    batch = pay.answered(PAID, PAID)
    first, second = pay.lines_of(batch)
    file = pay.answer(batch, Said(first, BUSY), part=2)

    forged_outcome(second, OutcomeState.RETURNED, file=file)

    assert named(invariants.ANSWERS) == [f"批次 {batch.no} 明细 {second.due_ref}-1"]


@pytest.mark.parametrize("of_batch", [True, False])
@pytest.mark.parametrize("made", [pay.draft, pay.sealed, pay.sent])
def test_an_answer_under_a_file_that_never_came_is_named(
    made: Callable[[], Batch], of_batch: bool
) -> None:
    batch = made()
    file = forged_file(batch if of_batch else None)
    forged_outcome(pay.lines_of(batch)[0], OutcomeState.RETURNED, file=file)

    assert len(named(invariants.ANSWERS)) == 1
    assert named(invariants.FILES) == ["HP340800NSB00000001_01.txt"]


def test_an_answer_that_was_not_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = pay.answered(PAID, PAID)
    monkeypatch.setattr(return_sql, "OUTCOMES", return_sql.OUTCOMES + " AND false")
    line = pay.lines_of(batch)[1]

    pay.answer(batch, Said(line, BUSY), part=2)

    assert named(invariants.ANSWERS) == [f"批次 {batch.no} 明细 {line.due_ref}-1"]


def test_an_answer_written_with_another_amount_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    written = return_sql.OUTCOMES.replace("coalesce(bank_fen, 0)", "bank_fen + 1")
    monkeypatch.setattr(return_sql, "OUTCOMES", written)

    batch = pay.answered(BUSY)

    (line,) = pay.lines_of(batch)
    assert named(invariants.ANSWERS) == [f"批次 {batch.no} 明细 {line.due_ref}-1"]


def test_a_damaged_archive_is_named_twice() -> None:
    batch = pay.answered(PAID)
    file = ReturnFile.objects.get(batch=batch)
    path = bank_folder(bank="NSB", name="received") / file.sha256
    path.write_bytes(path.read_bytes().replace(b"200.00", b"100.00"))

    assert named(invariants.FILES) == [file.name]
    assert named(invariants.ANSWERS) == [f"回盘文件 {file.name}"]


def test_a_code_that_is_mapped_later_was_unknown_when_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = pay.answered("7777")
    told = profile_of("NSB", on=pay.PAY_DATE, demo=True)
    later = replace(told, reasons={**told.reasons, "7777": "BANK_BUSY"})
    monkeypatch.setattr(return_proof, "profile_of_batch", lambda *, batch: later)

    assert pay.state_of(pay.lines_of(batch)[0]) == OutcomeState.UNKNOWN
    assert named(invariants.ANSWERS) == []
