"""Write an instruction file (报盘文件): header, lines, trailer with count, total, SHA-256. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, count, islice, repeat

from backend.kernel.errors import Refusal
from payments.banks.carriers import Pen, pen_of
from payments.banks.form import CONTROL, field_of
from payments.banks.profile import BankProfile

BLOCK = 10_000
CHARACTER_BYTES = 4  # no character of GB18030 has more
LABELS = {"ref": "编号", "account": "账号", "name": "户名", "purpose": "用途"}
HAN = ("name", "purpose")  # all else is ASCII
Row = tuple[str, str, str, int]  # ref, account, name, fen


class NotWritable(Refusal):
    """A field cannot stand in the bank's file (内容无法写入银行文件)."""

    code = "bank_file_not_writable"


@dataclass(frozen=True)
class InstructionHead:
    """What is said of all lines."""

    batch_no: str
    pay_date: date
    count: int
    fen: int
    purpose: str  # the same beside every line


def encode(
    *, profile: BankProfile, head: InstructionHead, serial: int, lines: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the file block by block: the lines as ``encode_lines`` gave them, in their frame."""
    digest = hashlib.sha256()
    pen = pen_of(form=profile, layout=profile.instruction)
    values = {
        "serial": profile.number_text("serial", serial),
        "batch_no": head.batch_no,
        "pay_date": f"{head.pay_date:%Y%m%d}",
        "count": str(head.count),
        "total": profile.money_text(head.fen),
    }
    for block in chain([pen.opening(values)], lines):
        digest.update(block)
        yield block
    yield pen.closing(values | {"sha256": digest.hexdigest()})


def encode_lines(
    *, profile: BankProfile, head: InstructionHead, rows: Iterable[Row]
) -> Iterator[bytes]:
    """Yield the lines block by block; memory does not grow with the number of rows.

    Raises:
        NotWritable: a name, account or purpose holds the separator, a line break or a character
            that the encoding lacks, or is too long; ``ref`` names the line. Or the lines are not
            those of the batch, or more than the bank takes in one file.
    """
    fault = fault_of(profile=profile, field="purpose", text=head.purpose)
    if fault is not None:
        raise NotWritable(f"批次 {head.batch_no} 的用途{fault}。", ref="")
    if profile.max_rows is not None and head.count > profile.max_rows:
        raise NotWritable(
            f"批次 {head.batch_no} 有{head.count}笔，{profile.name}每个文件最多"
            f"{profile.max_rows}笔。",
            ref="",
        )
    sums = _Sums()
    yield from _blocks(profile=profile, purpose=head.purpose, rows=rows, sums=sums)
    if (sums.count, sums.fen) != (head.count, head.fen):
        raise NotWritable(
            f"明细共{sums.count}笔{sums.fen}分，批次登记为{head.count}笔{head.fen}分。", ref=""
        )


def file_name(*, profile: BankProfile, serial: int) -> str:
    """The name that the bank expects."""
    return profile.instruction.file_name.format(serial=profile.number_text("serial", serial))


@dataclass
class _Sums:
    """What the lines written so far come to."""

    count: int = 0
    fen: int = 0


def fault_of(*, profile: BankProfile, field: str, text: str) -> str | None:
    """Why a text cannot stand in the bank's file, to be said behind what it is; None when it can.

    What is asked of a name before it is enrolled, and of every text before a file is sent.
    """
    return _fault(profile, pen_of(form=profile, layout=profile.instruction), field, text)


def _blocks(
    *, profile: BankProfile, purpose: str, rows: Iterable[Row], sums: _Sums
) -> Iterator[bytes]:
    """Whole columns at a time: one Python step per line would cost more than all the rest."""
    source = iter(rows)
    pen = pen_of(form=profile, layout=profile.instruction)
    while block := list(islice(source, BLOCK)):
        refs, accounts, names, amounts = zip(*block, strict=True)
        texts = {"ref": refs, "account": accounts, "name": names}
        if not all(_surely_writable(profile, pen, field, texts[field]) for field in texts):
            _require_writable(profile, pen, texts)
        columns: dict[str, Iterable[str]] = {
            **texts,
            "seq": map(str.zfill, map(str, count(sums.count + 1)), repeat(profile.width["seq"])),
            "amount": profile.money_texts(amounts),
            "purpose": repeat(purpose),
        }
        sums.count += len(block)
        sums.fen += sum(amounts)
        yield pen.lines(
            [
                columns[field] if (field := field_of(item)) else repeat(item)
                for item in profile.instruction.detail
            ]
        )


def _surely_writable(profile: BankProfile, pen: Pen, field: str, texts: Sequence[str]) -> bool:
    """A look at a whole column: no control character, nothing empty, nothing perhaps too long."""
    together = "".join(texts)
    plain = together.isascii()
    most = profile.max_bytes[field] // (1 if plain else CHARACTER_BYTES)
    return (
        (plain or field in HAN)
        and together.isprintable()
        and pen.carries(together)
        and all(texts)
        and not any(_fault(profile, pen, field, text) for text in texts if len(text) > most)
    )


def _require_writable(profile: BankProfile, pen: Pen, texts: Mapping[str, Sequence[str]]) -> None:
    """Something in this block may be wrong: find it line by line, or find it harmless."""
    for number, ref in enumerate(texts["ref"]):
        for field, column in texts.items():
            fault = _fault(profile, pen, field, column[number])
            if fault is not None:
                raise NotWritable(f"明细 {ref} 的{LABELS[field]}{fault}。", ref=ref)


def _fault(profile: BankProfile, pen: Pen, field: str, text: str) -> str | None:
    if not text:
        return "是空的"
    if CONTROL.search(text):
        return "含有分隔符或控制字符，不能写入银行文件"
    if field not in HAN and not text.isascii():
        return "含有全角字符，不能写入银行文件"
    try:
        width = len(text.encode(profile.encoding))
    except UnicodeEncodeError:
        return "含有银行文件编码中没有的字符"
    limit = profile.max_bytes[field]
    if width > limit:
        return f"占{width}个字节，银行文件最多{limit}个"
    return pen.fault(text)
