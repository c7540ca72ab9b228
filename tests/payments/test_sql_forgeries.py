"""What somebody inserts by SQL, as the application's own role, is believed by nobody."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import LazySettings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access.models import SigningKey
from backend.cases import approvals
from backend.cases.models import Approval, Case
from payments import bank_files, invariants, return_proof, return_sql, signing
from payments.bank_folders import bank_folder
from payments.banks.profile import profile_of
from payments.batches import open_batches, seal
from payments.models import (
    Attempt,
    Batch,
    BatchKind,
    BatchState,
    Discrepancy,
    Outcome,
    OutcomeState,
    PayeeAccount,
    ReturnFile,
)
from payments.proven_returns import ReturnNotDecided, ReturnNotInFile
from payments.signing import APPROVE, CHECK, SEND
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, PAID, UNKNOWN, Said

pytestmark = pytest.mark.django_db

FORGER = Ed25519PrivateKey.generate()


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def named(promise: str) -> list[str]:
    """What is named of a promise, by what it is about."""
    return [row.subject for row in invariants.broken_promises() if row.promise == promise]


def forged_outcome(
    line: Attempt, state: OutcomeState, *, fen: int | None = None, file: ReturnFile | None = None
) -> None:
    """Put an answer in under a return file: the one that the line's batch has, unless told."""
    under = file or ReturnFile.objects.get(batch=line.batch_id, part=1)
    amount = line.fen if fen is None else fen
    Outcome.objects.create(
        due_ref=line.due_ref, n=line.n, state=state, fen=amount, return_file_id=under.id
    )


def forged_file(batch: Batch | None, *, part: int = 1) -> ReturnFile:
    """The row of an accepted file that never came."""
    return ReturnFile.objects.create(
        bank="NSB",
        name=f"HP340800NSB00000001_{part:02d}.txt",
        size=1,
        sha256="0" * 64,
        accepted=True,
        batch=batch,
        part=part,
    )


def forged_case(*, kind: str, content: Mapping[str, object]) -> Case:
    """A case that is approved, with the row of a signature that nobody made."""
    case = builders.case(kind=kind, content=content, origin=uuid.uuid4().hex)
    victim = builders.member(role="REVIEWER")
    Approval.objects.create(
        subject_kind="cases.case",
        subject_id=case.pk,
        step="DECIDE",
        digest=case.digest,
        staff_id=victim.staff.pk,
        person_id=victim.key.person_id,
        role="REVIEWER",
        key_id=victim.key.key_id,
        signed_at=NOW,
        signature=b"\0" * 64,
    )
    Case.objects.filter(pk=case.pk).update(
        state="APPROVED", decided_by=victim.key.person_id, decided_at=NOW
    )
    return case


def forged_return(line: Attempt) -> Case:
    """A decision that an open line was returned."""
    content = {"ref": f"{line.due_ref}-{line.n}", "decision": "RETURNED"}
    case = forged_case(kind="DISCREPANCY", content=content)
    Outcome.objects.create(
        due_ref=line.due_ref, n=line.n, state=9, fen=line.fen, reason="DECIDED", case_id=case.pk
    )
    return case


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
    told = profile_of("NSB")
    later = replace(told, reasons={**told.reasons, "7777": "BANK_BUSY"})
    monkeypatch.setattr(return_proof, "profile_of", lambda bank: later)

    assert pay.state_of(pay.lines_of(batch)[0]) == OutcomeState.UNKNOWN
    assert named(invariants.ANSWERS) == []


def test_nothing_is_paid_again_on_a_decision_that_nobody_signed() -> None:
    batch = pay.answered(UNKNOWN)
    case = forged_return(pay.lines_of(batch)[0])

    with pytest.raises(ReturnNotDecided) as refusal:
        pay.reissued()

    assert refusal.value.facts["cases"] == [case.pk]
    assert not Batch.objects.filter(kind=BatchKind.REISSUE).exists()
    assert f"结果 {pay.lines_of(batch)[0].due_ref}-1" in named(invariants.DECIDED)


def test_a_decision_that_people_signed_is_paid_again() -> None:
    batch = pay.answered(UNKNOWN)
    pay.decide_discrepancy(batch, "RETURNED")

    (again,) = pay.reissued()

    assert pay.send(again).state == BatchState.SENT
    assert named(invariants.DECIDED) == []


def test_nobody_signs_a_batch_that_pays_again_on_a_forged_decision() -> None:
    batch = pay.answered(UNKNOWN)
    forged_return(pay.lines_of(batch)[0])
    again = forged_again(batch)

    with pytest.raises(ReturnNotDecided):
        pay.sign(again, CHECK)


def forged_again(batch: Batch, *, kind: BatchKind = BatchKind.REISSUE) -> Batch:
    """A batch put together and sealed by SQL: it pays the first line of another once more."""
    line = pay.lines_of(batch)[0]
    drafts = open_batches(period=pay.PERIOD, pay_date=pay.PAY_DATE, kind=kind, ordinal=2)
    draft = next(one for one in drafts if (one.book_id, one.bank) == (batch.book_id, "NSB"))
    line.n, line.batch_id, line.returned_n, line.returned_state = 2, draft.id, 1, 9
    line.save(force_insert=True)
    seal(batch_ids=[draft.id], made_by=None, now=NOW)
    draft.refresh_from_db()
    return draft


@pytest.mark.parametrize("said", [UNKNOWN, PAID])
def test_nothing_is_paid_again_on_a_return_that_the_file_does_not_say(said: str) -> None:
    batch = pay.answered(said)
    (line,) = pay.lines_of(batch)
    forged_outcome(line, OutcomeState.RETURNED)

    with pytest.raises(ReturnNotInFile) as refusal:
        pay.reissued()

    assert refusal.value.facts["subjects"] == [f"明细 {line.due_ref}-1"]
    assert not Batch.objects.filter(kind=BatchKind.REISSUE).exists()


def test_nothing_is_paid_again_on_a_file_that_never_came() -> None:
    batch = pay.answered(UNKNOWN)
    file = forged_file(batch, part=2)
    forged_outcome(pay.lines_of(batch)[0], OutcomeState.RETURNED, file=file)

    with pytest.raises(ReturnNotInFile) as refusal:
        pay.reissued()

    assert refusal.value.facts["subjects"] == [f"回盘文件 {file.name}"]


@pytest.mark.parametrize("kind", [BatchKind.REISSUE, BatchKind.REGULAR])
def test_nobody_signs_a_batch_that_pays_again_on_a_forged_answer(kind: BatchKind) -> None:
    batch = pay.answered(UNKNOWN)
    forged_outcome(pay.lines_of(batch)[0], OutcomeState.RETURNED)
    again = forged_again(batch, kind=kind)

    with pytest.raises(ReturnNotInFile):
        pay.sign(again, CHECK)


def test_no_file_is_handed_over_that_pays_again_on_a_forged_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = pay.answered(UNKNOWN)
    forged_outcome(pay.lines_of(batch)[0], OutcomeState.RETURNED)
    again = forged_again(batch)

    with monkeypatch.context() as unseen:
        unseen.setattr(signing, "require_proven_returns", lambda **_: None)
        pay.sign(pay.sign(again, CHECK), APPROVE)
        bank_files.prepare_file(batch_id=again.id)
        pay.sign(again, SEND)
    with pytest.raises(ReturnNotInFile):
        pay.deliver(again)

    assert not list(bank_folder(bank="NSB", name="inbox").glob(f"*{again.bankfile.serial:08d}*"))


def test_no_file_is_handed_over_once_the_archive_of_a_return_is_gone() -> None:
    batch = pay.answered(BUSY)
    (again,) = pay.reissued()
    pay.sign(pay.sign(again, CHECK), APPROVE)
    bank_files.prepare_file(batch_id=again.id)
    pay.sign(again, SEND)
    file = ReturnFile.objects.get(batch=batch)
    (bank_folder(bank="NSB", name="received") / file.sha256).unlink()

    with pytest.raises(ReturnNotInFile):
        pay.deliver(again)


def test_what_a_later_file_returns_is_paid_again_on_that_file() -> None:
    batch = pay.answered(UNKNOWN, BUSY)
    pay.answer(batch, Said(pay.lines_of(batch)[0], BUSY), part=2)

    (again,) = pay.reissued()

    assert (again.line_count, pay.send(again).state) == (2, BatchState.SENT)


def test_an_account_put_in_under_a_forged_case_is_named() -> None:
    account = pay.account(builders.wang())
    forged = replaced(account, case=forged_case(kind="ACCOUNT_CHANGE", content=asked(account)))

    assert named(invariants.DECIDED) == [f"账户 {forged.pk}"]
    assert named(invariants.ACCOUNTS) == []


@pytest.mark.parametrize(
    "said",
    [
        {"bank": "CSB"},
        {"account_no": pay.ACCOUNT},
        {"holder_name": "李建国"},
        {"from_date": "2030-01-01"},
    ],
)
def test_an_account_other_than_the_case_says_is_named(said: Mapping[str, str]) -> None:
    account = pay.account(builders.wang())
    content = {**asked(account), **said}
    forged = replaced(account, case=forged_case(kind="ACCOUNT_CHANGE", content=content))

    assert named(invariants.ACCOUNTS) == [f"账户 {forged.pk}"]


def test_what_a_decided_change_leaves_of_the_old_account_is_believed() -> None:
    account = pay.account(builders.wang())
    content = {**asked(account), "from_date": "2026-11-20", "evidence": "新卡(演示)"}
    pay.decided(builders.case(kind="ACCOUNT_CHANGE", content=content))

    left = PayeeAccount.objects.exclude(case_id=None).order_by("valid")
    assert [row.account_no for row in left] == [account.account_no, pay.OTHER_ACCOUNT]
    assert named(invariants.ACCOUNTS) == named(invariants.DECIDED) == []


def test_a_stranger_s_account_is_not_taken_for_what_a_change_left() -> None:
    account = pay.account(builders.wang())
    content = {**asked(account), "from_date": "2026-11-20", "evidence": "新卡(演示)"}
    pay.decided(builders.case(kind="ACCOUNT_CHANGE", content=content))
    left = PayeeAccount.objects.get(account_no=account.account_no, superseded_at=None)
    PayeeAccount.objects.filter(pk=left.pk).update(superseded_at=NOW)
    forged = PayeeAccount.objects.create(
        payee_id=left.payee_id,
        bank=left.bank,
        account_no="9900011000000000033",
        holder_name="李建国",
        case_id=left.case_id,
        valid=left.valid,
    )

    assert named(invariants.ACCOUNTS) == [f"账户 {forged.pk}"]


@pytest.mark.parametrize("decision", ["CLEARED", "REISSUED", "WITHDRAWN", "BANK_ANSWERED", ""])
def test_a_discrepancy_closed_without_ground_is_named(decision: str) -> None:
    batch = pay.answered(PAID)
    (line,) = pay.lines_of(batch)
    pay.answer(batch, Said(line, BUSY), part=2)

    Discrepancy.objects.filter(batch=batch).update(decision=decision, closed_at=NOW)

    assert named(invariants.CLOSED) == [f"LATE_RETURN {line.due_ref}-1"]


def asked(account: PayeeAccount) -> dict[str, object]:
    """What a case asks for that gives the account's payee another number."""
    return {
        "bank": account.bank,
        "account_no": pay.OTHER_ACCOUNT,
        "holder_name": account.holder_name,
        "from_date": builders.IN_OFFICE_SINCE.isoformat(),
    }


def replaced(account: PayeeAccount, *, case: Case) -> PayeeAccount:
    """Another number in the place of an account, under a case."""
    PayeeAccount.objects.filter(pk=account.pk).update(superseded_at=NOW)
    return PayeeAccount.objects.create(
        payee_id=account.payee_id,
        bank=account.bank,
        account_no=pay.OTHER_ACCOUNT,
        holder_name=account.holder_name,
        case_id=case.pk,
        valid=SqlRange(builders.IN_OFFICE_SINCE, None),
    )
