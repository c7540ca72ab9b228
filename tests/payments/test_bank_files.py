"""The bank's file is written once, numbered without gaps, and handed over once."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from payments import bank_files, signing
from payments.bank_files import (
    FileDiffers,
    FileGone,
    SerialUsed,
    deliver,
    prepare_file,
    rewrite,
)
from payments.bank_folders import bank_folder
from payments.banks.write import NotWritable, encode_lines
from payments.ledger.books import fund_of
from payments.ledger.models import Entry
from payments.models import BankFile, BankSerial, Batch, BatchState
from tests import builders
from tests.payments import bank_builders as bank
from tests.payments.bank_builders import Line, Office

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def office() -> Office:
    return bank.office()


def path_of(batch: Batch, folder: str) -> Path:
    return bank_folder(bank=batch.bank, name=folder) / BankFile.objects.get(batch=batch).name


def test_serial_and_sha256_are_recorded_with_the_file(office: Office) -> None:
    batch = bank.approved(by=office, of=bank.lines(7))

    assert prepare_file(batch_id=batch.id) == 2

    file = BankFile.objects.get(batch=batch)
    content = path_of(batch, "prepared").read_bytes()
    assert (file.serial, file.name) == (1, "DF340800NSB00000001.txt")
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert Act.objects.get(name="payments.prepare_file").rows == 2


def test_every_line_says_of_which_fund_it_is(office: Office) -> None:
    batch = bank.approved(by=office, of=bank.lines(2))
    prepare_file(batch_id=batch.id)

    lines = path_of(batch, "prepared").read_bytes().decode("gb18030").splitlines()[1:-1]

    assert [line.split("|")[-1] for line in lines] == ["职工养老金"] * 2


def test_lines_stand_in_the_file_chunk_by_chunk(office: Office) -> None:
    lines = bank.lines(7)
    batch = bank.approved(by=office, of=lines)
    prepare_file(batch_id=batch.id)

    rows = path_of(batch, "prepared").read_bytes().decode("gb18030").split("\r\n")[1:-2]

    assert [row.split("|")[1] for row in rows] == [line.ref for line in lines]
    assert [int(row.split("|")[0]) for row in rows] == list(range(1, 8))


def test_serials_have_no_gaps_and_are_each_banks_own(office: Office) -> None:
    for ordinal, name in ((1, "NSB"), (2, "NSB"), (3, "CSB")):
        lines = bank.lines(2, first=ordinal * 100)
        batch = bank.approved(by=office, bank=name, of=lines, ordinal=ordinal)
        prepare_file(batch_id=batch.id)

    assert set(BankSerial.objects.values_list("bank", "last")) == {("NSB", 2), ("CSB", 1)}


def test_nobody_of_the_same_bank_waits_while_lines_are_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bank.approved(by=office, of=bank.lines(2))
    numbered: list[bool] = []

    def look(**given: Any) -> Iterator[bytes]:
        for block in encode_lines(**given):
            numbered.append(BankSerial.objects.exists())
            yield block

    monkeypatch.setattr(bank_files, "encode_lines", look)

    prepare_file(batch_id=batch.id)

    assert numbered == [False]
    assert BankSerial.objects.get().last == 1


def test_a_refused_name_takes_no_serial(office: Office) -> None:
    hostile = Line(77, 1, 100, "99", "王|秀英")
    batch = bank.approved(by=office, of=[*bank.lines(2), hostile])

    with pytest.raises(NotWritable) as refused:
        prepare_file(batch_id=batch.id)

    assert refused.value.facts["ref"] == hostile.ref
    assert not BankSerial.objects.exists()
    assert not list(bank_folder(bank="NSB", name="prepared").glob("*.txt"))


def test_a_batch_that_is_not_approved_has_no_file(office: Office) -> None:
    batch = bank.draft(of=bank.lines())

    with pytest.raises(signing.WrongState):
        prepare_file(batch_id=batch.id)


def test_a_lost_file_is_written_again_with_the_same_bytes(office: Office) -> None:
    batch = bank.approved(by=office, of=bank.lines())
    prepare_file(batch_id=batch.id)
    path = path_of(batch, "prepared")
    first = path.read_bytes()
    path.unlink()

    assert prepare_file(batch_id=batch.id) == 0

    assert path.read_bytes() == first
    assert BankSerial.objects.get().last == 1


def test_other_bytes_than_committed_are_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bank.approved(by=office, of=bank.lines())
    prepare_file(batch_id=batch.id)
    other = replace(fund_of(book=batch.book, on=batch.pay_date), purpose="工资")
    monkeypatch.setattr("payments.bank_files.fund_of", lambda **_: other)

    with pytest.raises(FileDiffers):
        rewrite(batch=batch)

    assert not path_of(batch, "prepared").exists()


def test_a_file_on_its_way_is_never_written_again(office: Office) -> None:
    batch = bank.sending(by=office, of=bank.lines())

    with pytest.raises(FileGone):
        prepare_file(batch_id=batch.id)
    with pytest.raises(FileGone):
        rewrite(batch=batch)


def test_delivery_is_a_rename_with_a_copy_kept(office: Office) -> None:
    batch = bank.sending(by=office, of=bank.lines())
    content = path_of(batch, "prepared").read_bytes()

    assert deliver(batch_id=batch.id, now=builders.NOW) == 1

    assert not path_of(batch, "prepared").exists()
    assert path_of(batch, "inbox").read_bytes() == content
    assert path_of(batch, "archive").read_bytes() == content
    batch.refresh_from_db()
    assert (batch.state, batch.sent_at) == (BatchState.SENT, builders.NOW)
    assert Entry.objects.filter(source="payments.sent").count() == 1


def test_a_batch_is_delivered_once(office: Office) -> None:
    batch = bank.sent(by=office, of=bank.lines())
    path_of(batch, "inbox").unlink()  # the bank has taken it

    assert deliver(batch_id=batch.id, now=builders.NOW) == 0

    assert not path_of(batch, "inbox").exists()
    assert Entry.objects.filter(source="payments.sent").count() == 1


def test_what_was_delivered_before_a_crash_is_only_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bank.sending(by=office, of=bank.lines())
    monkeypatch.setattr(bank_files, "post_sent", _crash)
    with pytest.raises(RuntimeError):
        deliver(batch_id=batch.id, now=builders.NOW)
    monkeypatch.undo()
    path_of_inbox = path_of(batch, "inbox")
    path_of_inbox.unlink()

    assert deliver(batch_id=batch.id, now=builders.NOW) == 1

    assert not path_of_inbox.exists()


def test_an_altered_file_is_not_delivered(office: Office) -> None:
    batch = bank.sending(by=office, of=bank.lines())
    path = path_of(batch, "prepared")
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content.replace(b"800.00", b"900.00"))

    with pytest.raises(FileDiffers):
        deliver(batch_id=batch.id, now=builders.NOW)

    assert not path_of(batch, "inbox").exists()


def test_a_file_that_vanished_does_not_count_as_delivered(office: Office) -> None:
    batch = bank.sending(by=office, of=bank.lines())
    path_of(batch, "prepared").unlink()

    with pytest.raises(FileDiffers):
        deliver(batch_id=batch.id, now=builders.NOW)


def test_a_file_in_the_banks_inbox_is_not_overwritten(office: Office) -> None:
    batch = bank.sending(by=office, of=bank.lines())
    path_of(batch, "inbox").write_bytes(b"earlier")

    with pytest.raises(FileDiffers):
        deliver(batch_id=batch.id, now=builders.NOW)

    assert path_of(batch, "inbox").read_bytes() == b"earlier"


def test_a_batch_that_nobody_released_is_not_delivered(office: Office) -> None:
    batch = bank.approved(by=office, of=bank.lines())
    prepare_file(batch_id=batch.id)

    with pytest.raises(signing.WrongState):
        deliver(batch_id=batch.id, now=builders.NOW)


def test_books_older_than_what_the_bank_has_write_no_file(office: Office) -> None:
    batch = bank.approved(by=office, of=bank.lines())
    (bank_folder(bank="NSB", name="archive") / "DF340800NSB00000001.txt").write_bytes(b"sent")

    with pytest.raises(SerialUsed):
        prepare_file(batch_id=batch.id)


def _crash(**_: object) -> int:
    raise RuntimeError("killed before commit")
