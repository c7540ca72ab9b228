"""Hand files over to the tax bureau (送交税务的文件): written aside, committed, then renamed.

As with a bank's file, serial and SHA-256 are committed before the hand-over, which is a rename into
the tax bureau's inbox, the description last. Until then the same bytes may be written again. A
file that stands in ``sent`` has been handed over, whatever was killed meanwhile.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import QuerySet

from backend.audit.record import record
from backend.feeds.placed import sync_folder
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax.tax_folders import tax_folder
from payments.bank_folders import sha256_of

SOURCE = "社会保险经办机构"
FILE_MODE = 0o640  # names and numbers: not for everybody on this machine
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('collection.tax_file/' || %s, 0))"


class FileDiffers(Refusal):
    """The bytes are not those that were committed (文件与登记的摘要不符)."""

    code = "tax_file_differs"


class SerialUsed(Refusal):
    """Our books are older than what the tax bureau has: a restore forgot files (序号已用过)."""

    code = "tax_serial_used"


@dataclass(frozen=True)
class Outgoing:
    """How files of a kind look that go out; their rows are laid ready before they are copied."""

    kind: TaxFileKind
    stem: str
    format: str
    header: tuple[str, ...]
    total: str  # gives how many rows are ready, and what they come to
    rows: str  # COPY … TO STDOUT of what is ready, in the order of the file

    def name(self, serial: int | None) -> str:
        """``bills-000001``."""
        return f"{self.stem}-{serial:06d}"

    @property
    def sent(self) -> QuerySet[TaxFile]:
        """Files of ours; what the tax bureau refused is written down beside them."""
        return TaxFile.objects.filter(kind=self.kind, accepted=True)


@dataclass(frozen=True)
class Written:
    """What a file holds."""

    rows: int
    fen: int
    sha256: str


@contextmanager
def alone(*, out: Outgoing, durable: bool = False) -> Iterator[Any]:
    """A transaction in which nobody else writes or hands over files of the kind."""
    with transaction.atomic(durable=durable), connection.cursor() as cursor:
        cursor.execute(LOCK, [out.kind])
        yield cursor


def commit_file(
    *,
    cursor: Any,
    out: Outgoing,
    period: Month,
    gather: Callable[[Any], None],
    keep: Callable[[TaxFile], int],
    details: Mapping[str, Any],
) -> TaxFile | None:
    """Write the file aside; its serial and what it holds are committed with it. None: no rows.

    ``gather`` lays the rows ready, ``keep`` writes down what the file holds and says how many rows
    of ours that were. The caller is ``alone``.

    Raises:
        SerialUsed.
    """
    serial = 1 + out.sent.count()
    name = out.name(serial)
    if (tax_folder(name="sent") / f"{name}.csv").exists():
        raise SerialUsed(f"{name} 早已送过税务：本库比实际旧，须先补入此后的文件。", name=name)
    written = _write(cursor, out, name, gather)
    if not written.rows:
        return None
    file = TaxFile.objects.create(
        kind=out.kind,
        period=period.first_day,
        serial=serial,
        name=f"{name}.csv",
        sha256=written.sha256,
        accepted=True,
        row_count=written.rows,
        fen=written.fen,
    )
    kept = keep(file)
    _place(name, ".json", _description(out, file))
    faultpoint("collection.tax.file_written")
    record(
        name=f"collection.{out.stem}_written",
        subject_kind="collection.tax_file",
        subject_id=str(file.pk),
        rows=1 + kept,
        details={"serial": serial, "file": file.name, "rows": written.rows, **details},
        digest=written.sha256,
    )
    return file


def hand_over(*, out: Outgoing, file: TaxFile, folder: Path, gather: Callable[[Any], None]) -> bool:
    """Let the tax bureau have what of the file it has not; whether that was anything.

    ``gather`` lays its rows ready again, should they have been lost.

    Raises:
        FileDiffers.
    """
    prepared, name = tax_folder(name="prepared"), out.name(file.serial)
    csv, description = prepared / f"{name}.csv", prepared / f"{name}.json"
    with alone(out=out) as cursor:
        if _is_lost(csv):
            _write(cursor, out, name, gather)
        if _is_lost(description):
            _place(name, ".json", _description(out, file))
        waits = [path for path in (csv, description) if path.exists()]
        if csv in waits:
            _require(sha256_of(csv) == file.sha256, file.name)
            _move(csv, folder)
            faultpoint("collection.tax.file_renamed")
        if description in waits:
            _require(description.read_bytes() == _description(out, file), description.name)
            _move(description, folder)
    return bool(waits)


def _write(cursor: Any, out: Outgoing, name: str, gather: Callable[[Any], None]) -> Written:
    """Stream the rows into a file aside, when there are any."""
    gather(cursor)
    cursor.execute(out.total)
    rows, fen = cursor.fetchone()
    if not rows:
        return Written(0, 0, "")
    digest = hashlib.sha256()
    unfinished = _unfinished(name, ".csv")
    with unfinished.open("xb") as file:
        _put(file, (",".join(out.header) + "\n").encode(), digest)
        with cursor.copy(out.rows) as copy:
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


def _is_lost(path: Path) -> bool:
    """It was committed, yet never came to be handed over."""
    return not path.exists() and not (tax_folder(name="sent") / path.name).exists()


def _require(holds: bool, name: str) -> None:
    if not holds:
        raise FileDiffers(f"{name} 与登记的内容不符，停止送出。", name=name)


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


def _description(out: Outgoing, file: TaxFile) -> bytes:
    content = {
        "format": out.format,
        "source": SOURCE,
        "serial": file.serial,
        "period": str(Month.of(file.period)) if file.period else "",
        "rows": file.row_count,
        "total": str(Money(file.fen or 0)),
        "sha256": file.sha256,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
