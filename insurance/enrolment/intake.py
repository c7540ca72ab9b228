"""Take in a file of enrolments (参保文件接收): whole, or refused whole with line and reason.

A CSV is described by the JSON file of the same name beside it: format, source, rows, sha256. Bytes
that were taken change nothing when they come again, and are refused when a fact that they tell is
otherwise today; what was refused may come again, for the cause may have been mended.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from django.db import connection, transaction
from django.utils import timezone

from backend.audit.record import record
from backend.feeds.copying import TooManyRefused, copy_rows
from backend.feeds.lines import FileDamaged, read_rows
from backend.feeds.refused import RefusedRow
from backend.feeds.signed import SignedFile, read_json
from backend.feeds.whole import Rule, gather_bad
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from insurance.enrolment.locks import lock_all
from insurance.enrolment.models import EnrolmentFile, FileKind

FIELDS = frozenset({"format", "source", "rows", "sha256"})
SOURCE_MAX, NAME_MAX, DETAIL_MAX = 100, 120, 300
BLOCK_BYTES = 1 << 20


class DescriptionInvalid(Refusal):
    """The description beside the file can not be read (说明文件不正确)."""

    code = "enrolment_description_invalid"


class RowsRefused(Refusal):
    """Rows can not be taken, so nothing is (有不合格的行)."""

    code = "enrolment_rows_refused"


class Overtaken(Refusal):
    """What the same file told before was changed since (接收后又有变动)."""

    code = "enrolment_file_overtaken"

    @classmethod
    def of(cls, *, known: EnrolmentFile, changed: int) -> Self:
        """Say when the file was taken, and how many of its rows are otherwise now."""
        day = timezone.localdate(known.received_at)
        return cls(
            f"这份{known.get_kind_display()}已于 {day} 接收，其中{changed}行后来又有变动，"
            "没有再写入。确要恢复的，请核实后另做新的文件再交。",
            file=known.pk,
        )


@dataclass(frozen=True)
class Shape:
    """How files of a kind look, how their rows are checked alone, and what they write."""

    kind: FileKind
    format: str
    header: tuple[str, ...]
    tables: str  # makes the staging tables
    copied_to: str  # the staging table with its columns
    check: Callable[[list[str]], tuple[str, ...]]
    resolved: str  # looks up whom the staged rows name, and which of them hold today
    changed: str  # counts the rows that hold no more
    optional: tuple[str, ...] = ()  # columns that may follow


Stage = Callable[[Any], int]
Judge = Callable[[Any], Iterable[Rule]]
Store = Callable[[Any, int], int]


@dataclass(frozen=True)
class Arrival:
    """A file as it came in (来件): what it is by its bytes, and who brought it."""

    kind: FileKind
    name: str
    sha256: str
    received_by: int | None
    description_sha256: str = ""  # a spreadsheet has none

    @property
    def facts(self) -> dict[str, Any]:
        """What its record says, taken or refused."""
        return {**vars(self), "name": self.name[:NAME_MAX]}


def take_in(
    *,
    shape: Shape,
    path: Path,
    name: str,
    judge: Judge,
    store: Store,
    refused: list[RefusedRow],
    received_by: int | None,
    matter: str = "",
) -> EnrolmentFile:
    """Take in the file that the JSON at ``path`` describes; ``refused`` gathers its bad rows.

    ``judge`` looks up what the rows name and gives the rules between them; ``store`` writes all
    rows for the file's number and says how many rows that were. ``matter``: see ``arrival_of``.
    """
    csv = path.with_suffix(".csv")
    arrival = arrival_of(
        kind=shape.kind, path=path, name=name, received_by=received_by, matter=matter
    )
    known = taken(arrival=arrival)
    if known is not None:
        return _taken_again(shape, path, arrival, known, refused)
    return take_whole(
        arrival=arrival,
        file=csv.name,
        stage=lambda cursor: _stage(cursor, shape, path, refused),
        judge=judge,
        store=store,
        refused=refused,
    )


def take_whole(
    *,
    arrival: Arrival,
    file: str,
    stage: Stage,
    judge: Judge,
    store: Store,
    refused: list[RefusedRow],
) -> EnrolmentFile:
    """Take all rows that ``stage`` puts into a table and counts, or refuse all."""
    with transaction.atomic():
        lock_all()
        known = taken(arrival=arrival)
        if known is not None:
            return known
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # Checked by each statement, or the keys of all rows queue until commit.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                rows = stage(cursor)
                _refuse_bad(cursor, file, judge(cursor), refused)
                row = EnrolmentFile.objects.create(accepted=True, row_count=rows, **arrival.facts)
                written = 1 + store(cursor, row.pk)
                cursor.execute("SELECT enrolment_refresh_statistics()")
                _record(row, written)
                faultpoint("enrolment.file.taken")
                return row
        except Refusal as refusal:
            return refuse(arrival=arrival, refusal=refusal)


def arrival_of(
    *, kind: FileKind, path: Path, name: str, received_by: int | None, matter: str = ""
) -> Arrival:
    """Say which bytes came: those of the CSV, and of the JSON at ``path`` that describes it.

    The same bytes are one file; but where somebody is asked for each ``matter`` whether to take
    it, the same bytes in another matter are another file.
    """
    content, description = (digest_of_bytes(path=part) for part in (path.with_suffix(".csv"), path))
    if matter:
        content = sha256(f"{content}\n{matter}".encode()).hexdigest()
    return Arrival(kind, name, content, received_by, description)


def taken(*, arrival: Arrival) -> EnrolmentFile | None:
    """Give the record of the same bytes, if they were taken before."""
    found = EnrolmentFile.objects.filter(kind=arrival.kind, sha256=arrival.sha256, accepted=True)
    return found.first()


@transaction.atomic
def refuse(*, arrival: Arrival, refusal: Refusal) -> EnrolmentFile:
    """Write down that a file was refused, where and why."""
    line = refusal.facts.get("line", refusal.facts.get("row"))
    file = EnrolmentFile.objects.create(
        accepted=False,
        code=refusal.code,
        line=line if isinstance(line, int) else None,
        detail=refusal.detail[:DETAIL_MAX],
        **arrival.facts,
    )
    record(
        name="enrolment.file_refused",
        subject_kind="enrolment.file",
        subject_id=str(file.pk),
        rows=1,
        person_id=file.received_by,
        details={"name": file.name, "code": file.code, "line": file.line},
        digest=file.sha256,
    )
    return file


def digest_of_bytes(*, path: Path) -> str:
    """The digest of the bytes that came; of none when there is no such file."""
    digest = sha256()
    if path.is_file():
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def described(*, path: Path, wanted: str) -> SignedFile:
    """Read what the JSON says of its CSV.

    Raises:
        DescriptionInvalid, ManifestInvalid.
    """
    content = read_json(path)
    if content.get("format") != wanted or set(content) != FIELDS:
        raise DescriptionInvalid(f"说明文件格式应为 {wanted}，项目不能多也不能少。", file=path.name)
    rows, digest, source = content["rows"], content["sha256"], content["source"]
    right = type(rows) is int and isinstance(digest, str) and isinstance(source, str)
    if not right or not 0 < len(source) <= SOURCE_MAX:
        raise DescriptionInvalid("说明文件中的行数、摘要或来源不正确。", file=path.name)
    return SignedFile(f"{path.stem}.csv", rows, digest)


def _stage(cursor: Any, shape: Shape, path: Path, refused: list[RefusedRow]) -> int:
    """Check rows one by one and stage those that stand; give how many there are."""
    signed = described(path=path, wanted=shape.format)
    cursor.execute(shape.tables)
    try:
        copy_rows(
            cursor=cursor,
            table=shape.copied_to,
            blocks=read_rows(
                folder=path.parent, signed=signed, header=shape.header, optional=shape.optional
            ),
            check=shape.check,
            file=signed.name,
            refused=refused,
        )
    except TooManyRefused:
        pass  # the first ones say enough
    except FileDamaged:
        refused.clear()  # what could be read of a damaged file proves nothing
        raise
    cursor.execute(f"ANALYZE {shape.copied_to.split()[0]}")
    return signed.rows


def _taken_again(
    shape: Shape, path: Path, arrival: Arrival, known: EnrolmentFile, refused: list[RefusedRow]
) -> EnrolmentFile:
    """What was taken is as it was told, or the file is refused: it brings nothing old back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _stage(cursor, shape, path, refused)
            cursor.execute(shape.resolved)
            cursor.execute(shape.changed, {"file": known.pk})
            changed = len(refused) + int(cursor.fetchone()[0])
            if changed:
                raise Overtaken.of(known=known, changed=changed)
    except Refusal as refusal:
        return refuse(arrival=arrival, refusal=refusal)
    return known


def _refuse_bad(cursor: Any, file: str, rules: Iterable[Rule], refused: list[RefusedRow]) -> None:
    """Refuse the file when a row does not stand, alone or beside the register and others."""
    gather_bad(cursor=cursor, file=file, rules=rules, refused=refused)
    if refused:
        first = refused[0]
        raise RowsRefused(
            f"{first.reason}（共{len(refused)}行不合格，未接收任何数据）",
            file=file,
            line=first.line,
        )


def _record(file: EnrolmentFile, rows: int) -> None:
    record(
        name="enrolment.file_taken",
        subject_kind="enrolment.file",
        subject_id=str(file.pk),
        rows=rows,
        person_id=file.received_by,
        details={"kind": file.kind, "name": file.name, "rows": file.row_count},
        digest=file.sha256,
    )


def rules(*, pairs: Sequence[tuple[str, type[Any], str]]) -> list[Rule]:
    """Rules that say what the pure rules say: column, refusal with its words and code, SQL."""
    return [Rule(column, no.words, bad, code=no.code) for column, no, bad in pairs]
