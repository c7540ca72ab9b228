"""Write the bills for the tax bureau (核定应缴送税务): a file for what runs billed since the last.

As with a bank's file, serial and SHA-256 are committed before the hand-over, which is a rename into
the tax bureau's inbox, the description last. Until then the same bytes may be written again. A
file that stands in ``sent`` has been handed over, whatever was killed meanwhile.

A file asks for what is billed less what was set off since the last (抵缴): who pays what he is
asked for is even. What was asked for by an earlier file and fell since is told below zero (核减):
the tax bureau asks for so much less of what is not paid yet. Employers who declare at the tax
bureau get no bill of ours, and nobody gets a bill for late fees: whoever collects charges them
(社会保险法第八十六条).
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import QuerySet

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection.models import (
    BillRun,
    BillRunKind,
    Match,
    MatchKind,
    RunState,
    SentRun,
    SentSetOff,
    TaxFile,
    TaxFileKind,
)
from insurance.collection.tax import bills_out_sql as sql
from insurance.collection.tax.tax_folders import tax_folder
from payments.bank_folders import sha256_of, sync_folder

FORMAT = "yikatong-tax-bills/1"
SOURCE = "社会保险经办机构"
HEADER = (
    *("bill_no", "kind", "payer_number", "payer_name", "scheme", "month", "person_number"),
    *("person_name", "amount", "pay_by"),
)
FILE_MODE = 0o640  # names and numbers: not for everybody on this machine
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('collection.tax_file/' || %s, 0))"


class BillsDiffer(Refusal):
    """The bytes are not those that were committed (文件与登记的摘要不符)."""

    code = "tax_bills_differ"


class SerialUsed(Refusal):
    """Our books are older than what the tax bureau has: a restore forgot files (序号已用过)."""

    code = "tax_serial_used"


@dataclass(frozen=True)
class Written:
    """What a file holds."""

    rows: int
    fen: int
    sha256: str


@dataclass(frozen=True)
class Content:
    """What a file is made of: the bills of runs, and the set-offs by which less is asked for."""

    runs: list[int]
    set_offs: list[int]


def write_bills(*, period: Month, folder: Path) -> TaxFile | None:
    """Hand the bills of runs not sent yet over into ``folder``, up to those of ``period``.

    Gives the file that was handed over by this call; None: there was nothing to send. It commits,
    so it is no part of another transaction.

    Raises:
        BillsDiffer, SerialUsed.
    """
    last = _sent_files().order_by("-serial").first()
    left = last if last is not None and _hand_over(last, folder) else None
    with _alone(durable=True) as cursor:
        runs = runs_to_send(period=period)
        file = _commit(cursor, period, Content(runs, _set_offs_to_tell())) if runs else None
    if file is None:
        return left
    _hand_over(file, folder)
    return file


def _sent_files() -> QuerySet[TaxFile]:
    """Files of ours; what the tax bureau refused is written down beside them."""
    return TaxFile.objects.filter(kind=TaxFileKind.BILLS, accepted=True)


@contextmanager
def _alone(*, durable: bool = False) -> Iterator[Any]:
    """A transaction in which nobody else writes or hands over bills."""
    with transaction.atomic(durable=durable), connection.cursor() as cursor:
        cursor.execute(LOCK, [TaxFileKind.BILLS])
        yield cursor


def runs_to_send(*, period: Month) -> list[int]:
    """Give the runs up to those of a month whose bills no file holds yet."""
    done = BillRun.objects.filter(
        period__lte=period.first_day, state=RunState.DONE, sent__isnull=True
    ).exclude(kind=BillRunKind.LATE_FEE)
    return list(done.order_by("id").values_list("id", flat=True))


def _set_offs_to_tell() -> list[int]:
    new = Match.objects.filter(kind=MatchKind.CREDITS, summary__isnull=False, sent__isnull=True)
    return list(new.order_by("id").values_list("id", flat=True))


def _commit(cursor: Any, period: Month, content: Content) -> TaxFile | None:
    """Write the file aside; serial, digest and whose bills it holds are committed with it."""
    serial = 1 + _sent_files().count()
    name = _name(serial)
    if (tax_folder(name="sent") / f"{name}.csv").exists():
        raise SerialUsed(f"{name} 早已送过税务：本库比实际旧，须先补入此后的文件。", name=name)
    written = _write(cursor, name, content)
    if not written.rows:
        return None
    file = TaxFile.objects.create(
        kind=TaxFileKind.BILLS,
        period=period.first_day,
        serial=serial,
        name=f"{name}.csv",
        sha256=written.sha256,
        accepted=True,
        row_count=written.rows,
        fen=written.fen,
    )
    cursor.execute(sql.SENT, {"file": file.pk, **asdict(content)})
    _place(name, ".json", _description(file))
    faultpoint("collection.bills.file_written")
    record(
        name="collection.bills_written",
        subject_kind="collection.tax_file",
        subject_id=str(file.pk),
        rows=1 + len(content.runs) + len(content.set_offs),
        details={"serial": serial, "name": file.name, "rows": written.rows, **asdict(content)},
        digest=written.sha256,
    )
    return file


def _write(cursor: Any, name: str, content: Content) -> Written:
    """Stream the bills of these runs into a file aside, when there are any."""
    cursor.execute(sql.BILLS, asdict(content))
    cursor.execute(sql.TOTAL)
    rows, fen = cursor.fetchone()
    if not rows:
        return Written(0, 0, "")
    digest = hashlib.sha256()
    unfinished = _unfinished(name, ".csv")
    with unfinished.open("xb") as file:
        _put(file, (",".join(HEADER) + "\n").encode(), digest)
        with cursor.copy(sql.ROWS) as copy:
            for block in copy:
                _put(file, block, digest)
        _last(file)
    _rename(unfinished, name, ".csv")
    return Written(rows, int(fen), digest.hexdigest())


def _put(file: BinaryIO, block: bytes | memoryview, digest: Any) -> None:
    file.write(block)
    digest.update(block)


def _place(name: str, suffix: str, content: bytes) -> None:
    unfinished = _unfinished(name, suffix)
    with unfinished.open("xb") as file:
        file.write(content)
        _last(file)
    _rename(unfinished, name, suffix)


def _unfinished(name: str, suffix: str) -> Path:
    path = tax_folder(name="prepared") / f".{name}{suffix}.tmp"
    path.unlink(missing_ok=True)  # of a process that died: whatever it still holds is its own
    return path


def _last(file: BinaryIO) -> None:
    os.fchmod(file.fileno(), FILE_MODE)
    file.flush()
    os.fsync(file.fileno())


def _rename(unfinished: Path, name: str, suffix: str) -> None:
    unfinished.rename(unfinished.with_name(name + suffix))
    sync_folder(unfinished.parent)


def _hand_over(file: TaxFile, folder: Path) -> bool:
    """Let the tax bureau have what of the file it has not; whether that was anything."""
    prepared, name = tax_folder(name="prepared"), _name(file.serial)
    csv, description = prepared / f"{name}.csv", prepared / f"{name}.json"
    with _alone() as cursor:
        if _is_lost(csv):
            _write(cursor, name, _content_of(file))
        if _is_lost(description):
            _place(name, ".json", _description(file))
        waits = [path for path in (csv, description) if path.exists()]
        if csv in waits:
            _require(sha256_of(csv) == file.sha256, file.name)
            _move(csv, folder)
            faultpoint("collection.bills.file_renamed")
        if description in waits:
            _require(description.read_bytes() == _description(file), description.name)
            _move(description, folder)
    return bool(waits)


def _is_lost(path: Path) -> bool:
    """It was committed, yet never came to be handed over."""
    return not path.exists() and not (tax_folder(name="sent") / path.name).exists()


def _content_of(file: TaxFile) -> Content:
    runs = SentRun.objects.filter(file=file).order_by("run")
    set_offs = SentSetOff.objects.filter(file=file).order_by("match")
    return Content(
        runs=list(runs.values_list("run", flat=True)),
        set_offs=list(set_offs.values_list("match", flat=True)),
    )


def _require(holds: bool, name: str) -> None:
    if not holds:
        raise BillsDiffer(f"{name} 与登记的内容不符，停止送出。", name=name)


def _move(path: Path, folder: Path) -> None:
    """Keep a link in ``sent``, then rename into the inbox."""
    kept = tax_folder(name="sent") / path.name
    if not kept.exists():
        os.link(path, kept)
        sync_folder(kept.parent)
    target = folder / path.name
    _require(not target.exists() or sha256_of(target) == sha256_of(path), path.name)
    path.rename(target)
    sync_folder(folder)
    sync_folder(path.parent)


def _description(file: TaxFile) -> bytes:
    content = {
        "format": FORMAT,
        "source": SOURCE,
        "serial": file.serial,
        "period": str(Month.of(file.period)) if file.period else "",
        "rows": file.row_count,
        "total": str(Money(file.fen or 0)),
        "sha256": file.sha256,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _name(serial: int | None) -> str:
    return f"bills-{serial:06d}"
