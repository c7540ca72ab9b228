"""Nothing is paid again on a return that somebody has put in by SQL (二次发放的依据)."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from payments import bank_files, invariants, signing
from payments.bank_folders import bank_folder
from payments.models import (
    Batch,
    BatchKind,
    BatchState,
    OutcomeState,
    ReturnFile,
)
from payments.proven_returns import ReturnNotDecided, ReturnNotInFile
from payments.signing import APPROVE, CHECK, SEND
from tests.payments import payment_builders as pay
from tests.payments.forgeries import (
    forged_again,
    forged_file,
    forged_outcome,
    forged_return,
    named,
)
from tests.payments.payment_builders import BUSY, PAID, UNKNOWN, Said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


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
