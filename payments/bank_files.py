"""Make and deliver the bank's file (报盘): written once, numbered without gaps, handed over once.

Serial and SHA-256 are committed before anybody may release the file. Until SENDING the same bytes
may be written again; after it never. The hand-over is one atomic rename into the bank's inbox:
a file that is no longer in ``prepared`` has been delivered, whatever was killed meanwhile.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import psycopg
from django.db import connection, transaction

from backend.audit.record import record
from backend.feeds.placed import sync_folder
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from payments.bank_folders import bank_folder, sha256_of
from payments.banks.profile import BankProfile
from payments.banks.write import InstructionHead, Row, encode, encode_lines, file_name
from payments.batch_profiles import profile_of_batch
from payments.batches import LINES
from payments.ledger.books import fund_of
from payments.models import BankFile, BankSerial, Batch, BatchState
from payments.postings import post_sent
from payments.proven_returns import require_proven_returns
from payments.signing import STEPS, WrongState, verify_signatures

FILE_MODE = 0o640  # names and accounts: not for everybody on this machine
SENT_STATES = (BatchState.SENT, BatchState.RETURNED, BatchState.RECONCILED, BatchState.CLOSED)
ROWS = """
SELECT due_ref || '-' || n, account_no, holder_name, fen FROM {lines}
WHERE batch_id = %s ORDER BY chunk, due_ref, n
"""
BLOCK = 1 << 20
ROWS_AT_ONCE = 5_000 if psycopg.capabilities.has_stream_chunked() else 1


class FileDiffers(Refusal):
    """The bytes are not those that were committed (文件与登记的摘要不符)."""

    code = "file_differs"


class FileGone(Refusal):
    """A file on its way is never written again (文件已送出,不得重写)."""

    code = "file_sent"


class SerialUsed(Refusal):
    """Our books are older than what the bank has: a restore forgot files (序号已用过)."""

    code = "serial_used"


@dataclass(frozen=True)
class Written:
    """A file as written: where, how long, what hash."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class _Lines:
    """The lines of a batch as its bank reads them, in a file without a name, and what frames them.

    They need no serial: up to here files of one bank are written side by side.
    """

    batch: Batch
    profile: BankProfile
    head: InstructionHead
    content: IO[bytes]

    def framed(self, *, serial: int) -> Iterator[bytes]:
        """The whole file with this number."""
        self.content.seek(0)
        lines = iter(partial(self.content.read, BLOCK), b"")
        return encode(profile=self.profile, head=self.head, serial=serial, lines=lines)


def prepare_file(*, batch_id: int) -> int:
    """Take the next serial, write the file, commit both with its SHA-256; rows written.

    Raises:
        WrongState: the batch is not approved yet.
        FileGone, FileDiffers, SerialUsed, NotWritable; ProfileNotInForce, ProfileNotVerified.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(id=batch_id)
        if BankFile.objects.filter(batch=batch).exists():
            rewrite(batch=batch)
            return 0
        if batch.state != BatchState.APPROVED:
            raise WrongState(
                f"批次 {batch.no} 现为“{batch.get_state_display()}”，不能生成报盘文件。"
            )
        with _encoded(batch=batch) as lines:  # before anybody of the same bank has to wait
            serial = _next_serial(bank=batch.bank)
            faultpoint("payments.file.serial_taken")
            written = _write(lines=lines, serial=serial)
        BankFile.objects.create(
            batch=batch,
            bank=batch.bank,
            serial=serial,
            name=written.path.name,
            size=written.size,
            sha256=written.sha256,
        )
        record(
            name="payments.prepare_file",
            subject_kind="payments.batch",
            subject_id=str(batch.id),
            rows=2,
            details={"serial": serial, "name": written.path.name, "size": written.size},
            digest=written.sha256,
        )
        transaction.on_commit(partial(faultpoint, "payments.file.committed"))
    return 2


def rewrite(*, batch: Batch) -> Path:
    """Write a committed file again, before it is sent: the same bytes, or a refusal.

    Raises:
        FileGone: it is on its way or sent.
        FileDiffers: the bytes are not those committed.
    """
    if batch.state != BatchState.APPROVED:
        raise FileGone(f"批次 {batch.no} 的文件已进入报盘，不得重写。", batch=batch.no)
    committed = BankFile.objects.get(batch=batch)
    with _encoded(batch=batch) as lines:
        written = _write(lines=lines, serial=committed.serial)
    if (written.size, written.sha256) != (committed.size, committed.sha256):
        written.path.unlink()
        raise FileDiffers(f"批次 {batch.no} 重写的文件与登记的摘要不符。", batch=batch.no)
    return written.path


def deliver(*, batch_id: int, now: datetime) -> int:
    """Hand the file to the bank and say so: SENDING → SENT, with its voucher; rows written.

    Raises:
        WrongState, SignatureMissing, FileDiffers; ReturnNotDecided, ReturnNotInFile.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(id=batch_id)
        if batch.state in SENT_STATES:
            return 0
        if batch.state != BatchState.SENDING:
            raise WrongState(f"批次 {batch.no} 现为“{batch.get_state_display()}”，不能送盘。")
        verify_signatures(batches=[batch], steps=tuple(STEPS.values()))
        require_proven_returns(batch_ids=[batch.id])
        _hand_over(committed=BankFile.objects.get(batch=batch))
        Batch.objects.filter(id=batch.id).update(state=BatchState.SENT, sent_at=now)
        post_sent(batch=batch)
        record(
            name="payments.deliver",
            subject_kind="payments.batch",
            subject_id=str(batch.id),
            rows=1,
        )
    return 1


def _hand_over(*, committed: BankFile) -> None:
    prepared = bank_folder(bank=committed.bank, name="prepared") / committed.name
    archived = bank_folder(bank=committed.bank, name="archive") / committed.name
    if not prepared.exists():
        _require_committed(path=archived, committed=committed)
        return  # delivered before whoever did it could say so
    _require_committed(path=prepared, committed=committed)
    if not archived.exists():
        os.link(prepared, archived)
    _require_committed(path=archived, committed=committed)
    sync_folder(archived.parent)
    faultpoint("payments.deliver.linked")
    target = bank_folder(bank=committed.bank, name="inbox") / committed.name
    if target.exists():
        raise FileDiffers(f"银行收件夹里已有 {committed.name}，停止送盘。", name=committed.name)
    prepared.rename(target)
    sync_folder(target.parent)
    sync_folder(prepared.parent)
    faultpoint("payments.deliver.renamed")


def _require_committed(*, path: Path, committed: BankFile) -> None:
    if not path.exists():
        raise FileDiffers(
            f"报盘文件 {committed.name} 不见了，不能认定已送出。", name=committed.name
        )
    if sha256_of(path) != committed.sha256:
        raise FileDiffers(
            f"报盘文件 {committed.name} 与登记的摘要不符，停止送盘。", name=committed.name
        )


def _next_serial(*, bank: str) -> int:
    BankSerial.objects.bulk_create([BankSerial(bank=bank)], ignore_conflicts=True)
    row = BankSerial.objects.select_for_update().get(bank=bank)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def bytes_again(*, batch: Batch, serial: int, lines: str) -> Iterator[bytes]:
    """The file of a sealed batch as it would be of these lines: a relation like the attempts.

    Raises:
        NotWritable: they do not come to what the batch says; ProfileNotInForce, ProfileNotVerified.
    """
    profile, head = profile_of_batch(batch=batch), _head_of(batch)
    rows = encode_lines(profile=profile, head=head, rows=_rows(batch=batch, lines=lines))
    return encode(profile=profile, head=head, serial=serial, lines=rows)


def _head_of(batch: Batch) -> InstructionHead:
    return InstructionHead(
        batch_no=batch.no,
        pay_date=batch.pay_date,
        count=batch.line_count,
        fen=batch.fen,
        purpose=fund_of(book=batch.book, on=batch.pay_date).purpose,
    )


@contextmanager
def _encoded(*, batch: Batch) -> Iterator[_Lines]:
    profile, head = profile_of_batch(batch=batch), _head_of(batch)
    with TemporaryFile(dir=bank_folder(bank=batch.bank, name="prepared")) as content:
        content.writelines(encode_lines(profile=profile, head=head, rows=_rows(batch=batch)))
        yield _Lines(batch=batch, profile=profile, head=head, content=content)


def _write(*, lines: _Lines, serial: int) -> Written:
    batch = lines.batch
    name = file_name(profile=lines.profile, serial=serial)
    if (bank_folder(bank=batch.bank, name="archive") / name).exists():
        raise SerialUsed(f"{name} 早已送过银行：本库比实际旧，须先补入此后的银行文件。", name=name)
    path = bank_folder(bank=batch.bank, name="prepared") / name
    unfinished = path.with_name(f".{name}.tmp")
    unfinished.unlink(missing_ok=True)  # of a worker that died: whatever it still holds is its own
    digest = hashlib.sha256()
    size = 0
    with unfinished.open("xb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        for block in lines.framed(serial=serial):
            file.write(block)
            digest.update(block)
            size += len(block)
        faultpoint("payments.file.written")
        file.flush()
        os.fsync(file.fileno())
    faultpoint("payments.file.fsynced")
    unfinished.rename(path)
    sync_folder(path.parent)
    faultpoint("payments.file.renamed")
    return Written(path=path, size=size, sha256=digest.hexdigest())


def _rows(*, batch: Batch, lines: str = LINES) -> Iterator[Row]:
    """The lines in the order of the file, while the server already looks for the next ones."""
    with connection.cursor() as cursor:
        yield from cursor.stream(ROWS.format(lines=lines), [batch.id], size=ROWS_AT_ONCE)
