"""Take in the bank's answer (回盘、退票): every line of the batch ends in exactly one state.

A file is taken whole in one transaction or refused whole with line and reason. The same bytes a
second time change nothing.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from payments import return_sql as sql
from payments.bank_files import SENT_STATES
from payments.bank_folders import bank_folder, copy_digested
from payments.banks.profile import BankProfile, profiles_of
from payments.banks.read import ReturnHead
from payments.banks.refusal import BankFileRefused
from payments.batch_profiles import reader_of
from payments.locks import share_accounts
from payments.models import BankFile, Batch, BatchState, ReturnFile
from payments.postings import post_returned
from payments.reasons import PROPOSALS, REASONS, SUSPENDING
from payments.return_typing import load_answers, type_lines

NAME_LONGEST = 120


class ReturnTooEarly(Refusal):
    """What must come before this file is not recorded yet: try again (回盘过早,稍后再试)."""

    code = "return_too_early"


class OwnBatch(Refusal):
    """Who signed a batch does not bring the bank's word on it (经手人不得导入本批的回盘)."""

    code = "return_of_own_batch"
    status = 403


@dataclass(frozen=True)
class Received:
    """A file as it came in, in a copy of our own that nobody changes any more."""

    path: Path
    name: str
    size: int
    sha256: str


def receive_return(
    *, bank: str, path: Path, name: str = "", received_by: int | None = None
) -> ReturnFile:
    """Take in a return file of a bank; a refused one is recorded with line and reason.

    The same bytes again change nothing: the record of the first time is given, and when they were
    refused its reason begins with when that was. ``name`` is what the bank called the file, when
    ``path`` does not say so.

    Raises:
        BankUnknown, ProfileNotVerified: we read no files of this bank. ReturnTooEarly: our record
            of sending, or an earlier part, is not there yet. OwnBatch: nothing is recorded, so
            that somebody else can hand in the same file.
    """
    profiles_of(bank, demo=is_demo())
    with _received(path=path, bank=bank, name=name or path.name) as received, transaction.atomic():
        _lock(f"payments.return/{bank}/{received.sha256}")
        known = ReturnFile.objects.filter(bank=bank, sha256=received.sha256).first()
        if known is not None:
            if not known.accepted:
                known.detail = refused_again(known)
            return known
        facts = {
            "bank": bank,
            "name": received.name[:NAME_LONGEST],
            "size": received.size,
            "sha256": received.sha256,
            "received_by": received_by,
        }
        try:
            with transaction.atomic():
                file = _take_in(received=received, facts=facts)
        except BankFileRefused as refusal:
            file = _refuse(facts=facts, refusal=refusal)
        received.path.replace(bank_folder(bank=bank, name="received") / file.sha256)
        faultpoint("payments.return.posted")
    return file


def comes_too_early(*, bank: str, path: Path) -> bool:
    """Whether the file answers what is not recorded yet, by its first line; it changes nothing."""
    with path.open("rb") as source:
        try:
            _batch_of(
                bank=bank, head=reader_of(bank=bank, file=source).head, among=Batch.objects.all()
            )
        except ReturnTooEarly:
            return True
        except BankFileRefused:
            return False
    return False


def refused_again(first: ReturnFile) -> str:
    """Why bytes that were refused before are refused today."""
    when = timezone.localtime(first.received_at)
    return f"与 {when:%Y-%m-%d %H:%M} 拒收的 {first.name} 是同一份文件，仍不接收：{first.detail}"


@contextmanager
def _received(*, path: Path, bank: str, name: str) -> Iterator[Received]:
    """Copy the file while its SHA-256 is taken: what is read later are these very bytes."""
    copy = bank_folder(bank=bank, name="received") / f".{uuid.uuid4().hex}.tmp"
    try:
        size, sha256 = copy_digested(source=path, target=copy)
        yield Received(path=copy, name=name, size=size, sha256=sha256)
    finally:
        copy.unlink(missing_ok=True)


def _take_in(*, received: Received, facts: dict[str, Any]) -> ReturnFile:
    with received.path.open("rb") as source, connection.cursor() as cursor:
        reader = reader_of(bank=facts["bank"], file=source)
        share_accounts()
        locked = Batch.objects.select_for_update()
        batch = _batch_of(bank=facts["bank"], head=reader.head, among=locked)
        _refuse_signers(batch, facts["received_by"])
        load_answers(reader=reader, cursor=cursor)
        faultpoint("payments.return.loaded")
        file = ReturnFile.objects.create(
            accepted=True, batch=batch, part=reader.head.part, line_count=reader.head.count, **facts
        )
        rows = 1 + _type_lines(cursor=cursor, profile=reader.profile, batch=batch, file=file)
        cursor.execute(sql.FORGET)
    faultpoint("payments.return.typed")
    if batch.state == BatchState.SENT:
        Batch.objects.filter(id=batch.id).update(state=BatchState.RETURNED)
        rows += 1
    post_returned(batch=batch, return_file=file)
    record(
        name="payments.return",
        subject_kind="payments.batch",
        subject_id=str(batch.id),
        rows=rows,
        person_id=facts["received_by"],
        details={"file": file.id, "name": file.name, "part": file.part},
        digest=file.sha256,
    )
    return file


def _batch_of(*, bank: str, head: ReturnHead, among: QuerySet[Batch]) -> Batch:
    """The batch that the file answers; part 1 first, then 2, 3 … without gaps."""
    sent = BankFile.objects.filter(bank=bank, serial=head.serial).first()
    if sent is None:
        raise BankFileRefused(
            "unknown_serial", f"没有向该行报过序号 {head.serial} 的文件。", line=1
        )
    batch = among.get(id=sent.batch_id)
    if batch.no != head.batch_no:
        raise BankFileRefused(
            "other_batch",
            f"序号 {head.serial} 是批次 {batch.no}，文件写的是 {head.batch_no}。",
            line=1,
        )
    if batch.state not in SENT_STATES:
        raise ReturnTooEarly(f"批次 {batch.no} 的送盘尚未登记完成，请稍后再导入。")
    due = ReturnFile.objects.filter(batch=batch, accepted=True).count() + 1
    if head.part > due:
        raise ReturnTooEarly(f"批次 {batch.no} 的第{due}次回盘尚未导入，请先导入。")
    if head.part < due:
        raise BankFileRefused(
            "wrong_part", f"第{head.part}次回盘已经导入过，内容与这个文件不同。", line=1
        )
    if head.part == 1 and head.count == 0:
        raise BankFileRefused("wrong_count", "首次回盘没有任何明细。", line=1)
    return batch


def _refuse_signers(batch: Batch, received_by: int | None) -> None:
    signers = {batch.checked_by, batch.approved_by, batch.sent_by}
    if received_by is not None and signers & set(family_of(party_id=received_by)):
        raise OwnBatch(
            f"您办理过批次 {batch.no} 的签名环节，银行的回盘须由另一人导入。", batch=batch.no
        )


def _type_lines(
    *, cursor: CursorWrapper, profile: BankProfile, batch: Batch, file: ReturnFile
) -> int:
    """Give every line its state and write what follows from it; rows written."""
    type_lines(cursor=cursor, profile=profile, batch=batch, part=file.part or 1)
    given = {**_consequences(), "batch": batch.id, "file": file.id, "bank": batch.bank}
    rows = 0
    for statement in (sql.OUTCOMES, sql.CLOSE_ANSWERED, sql.DISCREPANCIES):
        cursor.execute(statement, given)
        rows += cursor.rowcount
    cursor.execute(sql.BLOCKS, given)
    return rows + int(cursor.rowcount)


def _refuse(*, facts: dict[str, Any], refusal: BankFileRefused) -> ReturnFile:
    file = ReturnFile.objects.create(
        accepted=False,
        code=refusal.fault,
        line=refusal.line,
        detail=refusal.detail[:300],
        **facts,
    )
    record(
        name="payments.return_refused",
        subject_kind="payments.returnfile",
        subject_id=str(file.id),
        rows=1,
        person_id=facts["received_by"],
        details={"name": file.name, "code": file.code, "line": file.line},
        digest=file.sha256,
    )
    return file


def _consequences() -> dict[str, Any]:
    """What follows from a reason or a kind of discrepancy, as columns for SQL."""
    return {
        "own_reasons": list(REASONS),
        "proposals": [reason.proposal for reason in REASONS.values()],
        "owners": [reason.repaired_by for reason in REASONS.values()],
        "kinds": list(PROPOSALS),
        "kind_proposals": [proposal for proposal, _ in PROPOSALS.values()],
        "kind_owners": [role for _, role in PROPOSALS.values()],
        "suspending": list(SUSPENDING),
    }


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
