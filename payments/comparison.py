"""One discrepancy side by side (对照): what was due, what the file said, what the bank said.

The bank's own lines are read from the file as it was received; accounts and names in them are
masked like anywhere else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.db import connection

from backend.cases.models import Case, CaseState
from backend.privacy.classes import FieldClass
from backend.privacy.masks import masked
from payments.bank_folders import bank_folder
from payments.banks.form import field_of
from payments.banks.profile import BankProfile
from payments.batch_profiles import profile_of_batch
from payments.discrepancies import DECISIONS, KIND
from payments.models import Attempt, BankFile, Discrepancy, DiscrepancyKind

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
    fields = [field_of(item) or "" for item in profile.answer.detail]
    at, wanted, found = fields.index("ref"), row.ref.encode(profile.encoding), 0
    with path.open("rb") as source:
        for number, line in enumerate(source, 1):
            if wanted in line and (pieces := _pieces(line, profile, fields)):
                if pieces[at].text != row.ref:
                    continue
                yield RawLine(number, profile.separator, pieces)
                found += 1
                if found == LINES_SHOWN:
                    return


def _pieces(line: bytes, profile: BankProfile, fields: Sequence[str]) -> tuple[Piece, ...]:
    texts = line.decode(profile.encoding).rstrip("\r\n").split(profile.separator)
    if len(texts) != len(fields):
        return ()
    return tuple(
        Piece(field, masked(MASKED[field], text) if field in MASKED else text)
        for field, text in zip(fields, texts, strict=True)
    )


def _proposed(row: Discrepancy) -> Case | None:
    waiting = Case.objects.filter(kind=KIND, state=CaseState.RECEIVED)
    return waiting.filter(origin__startswith=f"discrepancy/{row.pk}/").first()
