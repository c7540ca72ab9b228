"""Take in a file of the tax bureau or the treasury (税务文件接收): whole, or refused whole.

A CSV is described by the JSON of the same name beside it. What is read is a copy that nobody
changes any more; it is kept as evidence under its digest. Files of a kind are taken in the order
of their serials. Bytes that were taken change nothing when they come again; what was refused may
come again, and is written down once for each reason.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.feeds.copying import TooManyRefused, copy_rows
from backend.feeds.lines import FileDamaged, read_rows
from backend.feeds.placed import sync_folder
from backend.feeds.refused import RefusedRow
from backend.feeds.whole import Rule, gather_bad
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from insurance.collection.models import TaxFile, TaxFileKind
from insurance.collection.tax.tax_description import Description, described
from insurance.collection.tax.tax_folders import tax_folder
from payments.bank_folders import copy_digested

NAME_MAX, DETAIL_MAX = 120, 300
EMPTY = sha256().hexdigest()
AFTER_PERIOD = "tax_after_period"  # a row tells of a month after that of its file
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('collection.tax_file/' || %s, 0))"


class SerialTwice(Refusal):
    """Another file of this serial was taken (序号已用过)."""

    code = "tax_serial_twice"


class SerialGap(Refusal):
    """A file before this one has not come: this one waits (前面的文件未到)."""

    code = "tax_serial_gap"


class BytesTwice(Refusal):
    """These rows were taken under another serial (内容已接收过)."""

    code = "tax_bytes_twice"


class TotalWrong(Refusal):
    """The rows do not make what the description says (金额合计不符)."""

    code = "tax_total_wrong"


class RowsRefused(Refusal):
    """Rows can not be taken, so nothing is (有不合格的行)."""

    code = "tax_rows_refused"


@dataclass(frozen=True)
class Shape:
    """How files of a kind look; the staging table has the columns ``line`` and ``fen``."""

    kind: TaxFileKind
    format: str
    header: tuple[str, ...]
    tables: str  # makes the staging tables
    copied_to: str  # the staging table with its columns


@dataclass(frozen=True)
class Arrival:
    """A file as it came (来件): ``path`` is its description; ``refused`` gathers its bad rows."""

    path: Path
    today: date
    name: str = ""
    received_by: int | None = None
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def shown_name(self) -> str:
        """What whoever brought it calls it."""
        return (self.name or f"{self.path.stem}.csv")[:NAME_MAX]


@dataclass(frozen=True)
class Copied:
    """Both files as they came, in a copy of our own; the digest is that of the CSV."""

    description: Path
    csv: Path
    sha256: str
    description_sha256: str


@dataclass(frozen=True)
class Intake:
    """A file and how its rows are taken.

    ``check`` gives COPY's text of a row, or refuses it; ``judge`` looks up what the staged rows
    name and gives the rules between them; ``store`` writes all rows and says how many.
    """

    shape: Shape
    arrival: Arrival
    check: Callable[[list[str]], tuple[str, ...]]
    judge: Callable[[Any, Description], Iterable[Rule]]
    store: Callable[[Any, TaxFile], int]

    @property
    def staging(self) -> str:
        """The name of the staging table."""
        return self.shape.copied_to.split()[0]


def take_in(*, intake: Intake) -> TaxFile:
    """Take in the file; give its record, which says where and why when it was refused."""
    shape, arrival = intake.shape, intake.arrival
    with _copied(arrival.path) as copied, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [shape.kind])
        told: Description | None = None
        try:
            told = described(path=copied.description, wanted=shape.format, today=arrival.today)
            known = _known(shape.kind, told.serial, copied.sha256)
            if known is not None:
                return known
            _require_turn(shape.kind, told.serial, copied.sha256)
            file = _taken(intake, copied, told)
        except Refusal as refusal:
            file = _refuse(_facts(intake, copied, told), refusal)
        _keep(copied)
        faultpoint("collection.tax.taken")
    return file


def write_many(*, cursor: Any, statement: str, file: TaxFile) -> int:
    """Write the rows of a file in one statement; how many.

    Their keys are checked at its end, or they would queue row by row until commit.
    """
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(statement, [file.pk])
    rows = int(cursor.rowcount)
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # as they all are by themselves
    return rows


def _taken(intake: Intake, copied: Copied, told: Description) -> TaxFile:
    """Stage, judge and store all rows in a savepoint of their own."""
    with transaction.atomic(), connection.cursor() as cursor:
        _stage(cursor, intake, copied, told)
        faultpoint("collection.tax.staged")
        _require_all(cursor, intake, told)
        _require_total(cursor, intake, told)
        file = TaxFile.objects.create(
            accepted=True,
            row_count=told.file.rows,
            fen=told.fen,
            **_facts(intake, copied, told),
        )
        written = 1 + intake.store(cursor, file)
        cursor.execute("SELECT collection_refresh_statistics()")
        _record(file, "collection.tax_file_taken", written)
    return file


def _stage(cursor: Any, intake: Intake, copied: Copied, told: Description) -> None:
    """Check rows one by one and stage those that stand."""
    shape, refused = intake.shape, intake.arrival.refused
    cursor.execute(shape.tables)
    rows = read_rows(folder=copied.csv.parent, signed=told.file, header=shape.header)
    try:
        copy_rows(
            cursor=cursor,
            table=shape.copied_to,
            blocks=rows,
            check=intake.check,
            file=intake.arrival.shown_name,
            refused=refused,
        )
    except TooManyRefused:
        pass  # the first ones say enough
    except FileDamaged:
        refused.clear()  # what could be read of a damaged file proves nothing
        raise
    cursor.execute(f"ANALYZE {intake.staging}")


def _require_turn(kind: TaxFileKind, serial: int, digest: str) -> None:
    """Refuse what is not the next file of its kind, or was taken as another one."""
    taken = TaxFile.objects.filter(kind=kind, accepted=True)
    last = taken.order_by("-serial").values_list("serial", flat=True).first() or 0
    if serial <= last:
        raise SerialTwice(f"第{serial}号文件已接收过，内容与这一份不同。", serial=serial)
    if serial > last + 1:
        raise SerialGap(f"第{last + 1}号文件还没有接收，第{serial}号须等它到了再接收。")
    same = taken.filter(sha256=digest, row_count__gt=0).first()
    if same is not None:
        raise BytesTwice(f"内容与第{same.serial}号文件完全相同，不能作为第{serial}号再次接收。")


def _require_all(cursor: Any, intake: Intake, told: Description) -> None:
    """Refuse the file when a row does not stand, alone or beside what is there and others."""
    refused = intake.arrival.refused
    if not refused:
        rules = intake.judge(cursor, told)
        file = intake.arrival.shown_name
        gather_bad(cursor=cursor, file=file, rules=rules, refused=refused)
    if refused:
        first = refused[0]
        raise RowsRefused(
            f"{first.reason}（共{len(refused)}行不合格，未接收任何数据）", line=first.line
        )


def _require_total(cursor: Any, intake: Intake, told: Description) -> None:
    cursor.execute(f"SELECT coalesce(sum(fen), 0) FROM {intake.staging}")
    fen = int(cursor.fetchone()[0])
    if fen != told.fen:
        raise TotalWrong(f"各行金额合计{_yuan(fen)}元，说明文件写的是{_yuan(told.fen)}元。")


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _known(kind: TaxFileKind, serial: int, digest: str) -> TaxFile | None:
    found = TaxFile.objects.filter(kind=kind, serial=serial, sha256=digest, accepted=True)
    return found.first()


def _facts(intake: Intake, copied: Copied, told: Description | None) -> dict[str, Any]:
    return {
        "kind": intake.shape.kind,
        "period": told and told.period.first_day,
        "serial": told and told.serial,
        "name": intake.arrival.shown_name,
        "sha256": copied.sha256,
        "received_by": intake.arrival.received_by,
    }


def _refuse(facts: dict[str, Any], refusal: Refusal) -> TaxFile:
    """Write down the refusal, unless the same file was refused for the same reason before."""
    line = refusal.facts.get("line")
    why = {
        "accepted": False,
        "code": refusal.code,
        "line": line if isinstance(line, int) else None,
        "detail": refusal.detail[:DETAIL_MAX],
    }
    same = {key: facts[key] for key in ("kind", "serial", "sha256")}
    known = TaxFile.objects.filter(**same, **why).first()
    if known is not None:
        return known
    file = TaxFile.objects.create(**facts, **why)
    _record(file, "collection.tax_file_refused", 1)
    return file


def _record(file: TaxFile, name: str, rows: int) -> None:
    details = {"kind": file.kind, "name": file.name, "serial": file.serial}
    record(
        name=name,
        subject_kind="collection.tax_file",
        subject_id=str(file.pk),
        rows=rows,
        person_id=file.received_by,
        details=details | ({"code": file.code, "line": file.line} if file.code else {}),
        digest=file.sha256,
    )


@contextmanager
def _copied(path: Path) -> Iterator[Copied]:
    """Copy both files; one that is not there stays away, and is refused where it is read."""
    stem = tax_folder(name="received") / f".{uuid.uuid4().hex}"
    csv, description = stem.with_suffix(".csv"), stem.with_suffix(".json")
    try:
        yield Copied(
            description=description,
            csv=csv,
            sha256=_digest_of_copy(path.with_suffix(".csv"), csv),
            description_sha256=_digest_of_copy(path, description),
        )
    finally:
        csv.unlink(missing_ok=True)
        description.unlink(missing_ok=True)


def _digest_of_copy(source: Path, target: Path) -> str:
    if not source.is_file():
        return EMPTY
    _, digest = copy_digested(source=source, target=target)
    return digest


def _keep(copied: Copied) -> None:
    """Keep both files as evidence, each under its own digest."""
    folder = copied.csv.parent
    for path, name in (
        (copied.csv, f"{copied.sha256}.csv"),
        (copied.description, f"{copied.description_sha256}.json"),
    ):
        if path.exists():
            path.replace(folder / name)
    sync_folder(folder)
