"""One discrepancy side by side (对照): what was due, what the file said, what the bank said.

The bank's own lines are read from the file as it was received; accounts and names in them are
masked like anywhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import BinaryIO

from django.db import connection

from backend.cases.models import Case, CaseState
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from payments.bank_folders import bank_folder
from payments.banks.carriers import reading_of
from payments.banks.form import DELIMITED, field_of
from payments.banks.profile import BankProfile
from payments.batch_profiles import profile_of_batch
from payments.discrepancies import DECISIONS, KIND
from payments.models import Attempt, BankFile, Discrepancy, DiscrepancyKind

CALLED = "回盘文件"
LINES_SHOWN = 3  # the same line twice is one of the lies
MASKED = MappingProxyType({"account": FieldClass.ACCOUNT, "name": FieldClass.NAME})
LABELS = MappingProxyType(
    {
        "PAID": "银行查复：已付给本人",
        "RETURNED": "银行查复：没有付，款已退回",
        "CLEARED": "与银行查清，没有别的要办",
        "PAID_AFTER_ALL": "银行查复：退回的其实已付",
    }
)
LINE_NUMBER = """
SELECT count(*) FROM payments_attempt a
WHERE a.batch_id = %(batch)s AND (a.chunk, a.due_ref, a.n) <= (%(chunk)s, %(due_ref)s, %(n)s)
"""


@dataclass(frozen=True)
class Side:
    """Amount, name and account on one side; what is not known there is None."""

    fen: int | None
    holder: str | None
    account: str | None
    where: str


@dataclass(frozen=True)
class Piece:
    """A field of a line of the bank's, masked where it must be."""

    field: str
    text: str


@dataclass(frozen=True)
class RawLine:
    """A line of the bank's file, in its pieces."""

    number: int
    separator: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class WayOut:
    """A decision that this kind allows; each takes a document of the bank and two persons."""

    decision: str
    label: str


@dataclass(frozen=True)
class Comparison:
    """All of it."""

    row: Discrepancy
    business: Side
    instruction: Side
    bank: Side
    raw: tuple[RawLine, ...]
    ways: tuple[WayOut, ...]
    proposed: Case | None


def compare(*, row: Discrepancy) -> Comparison:
    """Lay a discrepancy's three sides beside each other."""
    line = None
    if row.due_ref is not None and row.n is not None:
        line = Attempt.objects.filter(due_ref=row.due_ref, n=row.n).first()
    raw = tuple(_raw_lines(row))
    said = {piece.field: piece.text for one in raw[:1] for piece in one.pieces}
    name = masked(FieldClass.NAME, row.bank_name) if row.bank_name else said.get("name")
    return Comparison(
        row=row,
        business=_ours(line, f"应发 {row.due_ref}" if row.due_ref else "不是我方明细"),
        instruction=_ours(line, _in_file(row, line)),
        bank=Side(row.bank_fen, name, said.get("account"), _place(raw)),
        raw=raw,
        ways=tuple(WayOut(one, LABELS[one]) for one in DECISIONS[DiscrepancyKind(row.kind)]),
        proposed=_proposed(row),
    )


def _ours(line: Attempt | None, where: str) -> Side:
    if line is None:
        return Side(None, None, None, where)
    holder = masked(FieldClass.NAME, line.holder_name)
    return Side(line.fen, holder, masked(FieldClass.ACCOUNT, line.account_no), where)


def _in_file(row: Discrepancy, line: Attempt | None) -> str:
    file = BankFile.objects.filter(batch=line.batch_id).first() if line else None
    if line is None or file is None:
        return "没有报过"
    given = {"batch": line.batch_id, "chunk": line.chunk, "due_ref": line.due_ref, "n": line.n}
    with connection.cursor() as cursor:
        cursor.execute(LINE_NUMBER, given)
        (number,) = cursor.fetchone()
    return f"{file.name} 第 {number:,} 笔"


def _place(raw: Sequence[RawLine]) -> str:
    return f"第 {raw[0].number:,} 行" if raw else "没有这一笔"


def _raw_lines(row: Discrepancy) -> Iterator[RawLine]:
    """The lines that speak of it, in the file that made it known."""
    file = row.return_file
    path = bank_folder(bank=file.bank, name="received") / file.sha256
    if file.batch is None or not path.exists():
        return
    profile = profile_of_batch(batch=file.batch)
    with path.open("rb") as source:
        yield from islice(_lines_of(source, profile, row.ref), LINES_SHOWN)


def _lines_of(source: BinaryIO, profile: BankProfile, ref: str) -> Iterator[RawLine]:
    """By whichever carrier: cells of lines, or elements of a message."""
    reading = reading_of(form=profile, layout=profile.answer, file=source, called=CALLED)
    separated = profile.carrier == DELIMITED  # then literals are cells too
    named = [field_of(item) or "" for item in profile.answer.detail]
    fields = named if separated else [name for name in named if name]
    for block in reading.blocks():
        if ref not in block:
            continue
        for number, line in enumerate(block.split(reading.end), reading.line + 1):
            cells = line.split(reading.joint)
            texts = dict(zip(fields, cells, strict=False))
            if len(cells) == len(fields) and texts["ref"] == ref:
                yield RawLine(number, profile.separator if separated else " ", _pieces(texts))


def _pieces(texts: Mapping[str, str]) -> tuple[Piece, ...]:
    return tuple(
        Piece(name, masked(MASKED[name], text) if name in MASKED else text)
        for name, text in texts.items()
    )


def _proposed(row: Discrepancy) -> Case | None:
    waiting = Case.objects.filter(kind=KIND, state=CaseState.RECEIVED)
    return waiting.filter(origin__startswith=f"discrepancy/{row.pk}/").first()
