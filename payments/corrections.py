"""The correction file (回访更正表) of a service window, read whole or refused whole. Pure."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from backend.kernel.errors import Refusal
from payments.account import Account, AccountInvalid, checked_account, checked_evidence

COLUMNS = ["ref", "bank", "account_no", "holder_name", "evidence"]
REF_PATTERN = re.compile("([1-9][0-9]{0,17})-([1-9][0-9]{0,3})")


class CorrectionsDamaged(Refusal):
    """The file is refused whole; the facts name line and reason (更正表不能导入)."""

    code = "corrections_damaged"


@dataclass(frozen=True)
class Correction:
    """One row: the account to which a returned payment shall go."""

    line: int
    due_ref: int
    n: int
    account: Account
    evidence: str

    @property
    def ref(self) -> str:
        """The payment as files name it."""
        return f"{self.due_ref}-{self.n}"

    @property
    def origin(self) -> str:
        """What names this row for ever: the same row again is the same case."""
        account = self.account
        words = (account.bank, account.account_no, account.holder_name, self.evidence)
        return f"correction:{self.ref}:{hashlib.sha256(repr(words).encode()).hexdigest()[:16]}"


def read_corrections(content: bytes, *, on: date, demo: bool) -> list[Correction]:
    """Read all rows; their banks must have a file that counts on the day.

    Raises:
        CorrectionsDamaged: with line and reason, for anything that is not as it should be.
    """
    rows = []
    for line, fields in _rows(_text(content)):
        try:
            rows.append(_correction(line, fields, on=on, demo=demo))
        except AccountInvalid as refusal:
            raise damaged(line, refusal.detail) from None
    lines: dict[str, int] = {}
    for row in rows:
        if row.ref in lines:
            raise damaged(row.line, f"付款编号 {row.ref} 与第{lines[row.ref]}行重复。")
        lines[row.ref] = row.line
    return rows


def damaged(line: int, reason: str) -> CorrectionsDamaged:
    """Refuse the file for one line."""
    return CorrectionsDamaged(
        f"更正表第{line}行：{reason}整份文件未导入。", line=line, reason=reason
    )


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise damaged(line, "不是有效的 UTF-8 文字。") from None
    for sign, reason in (("\ufeff", "文件不能带 BOM。"), ("\r", "换行必须是 LF。")):
        if sign in text:
            raise damaged(text.count("\n", 0, text.index(sign)) + 1, reason)
    if not text.endswith("\n"):
        raise damaged(text.count("\n") + 1, "文件不完整，最后一行没有换行。")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(reader) != COLUMNS:
            raise damaged(1, f"表头应为 {','.join(COLUMNS)}。")
        for fields in reader:
            yield reader.line_num, fields
    except csv.Error:
        raise damaged(reader.line_num, "引号不成对或列不完整。") from None


def _correction(line: int, fields: list[str], *, on: date, demo: bool) -> Correction:
    if len(fields) != len(COLUMNS):
        raise damaged(line, f"应有{len(COLUMNS)}列，现在是{len(fields)}列。")
    ref, bank, account_no, holder_name, evidence = fields
    match = REF_PATTERN.fullmatch(ref)
    if match is None:
        raise damaged(line, "付款编号格式不正确。")
    account = checked_account(
        bank=bank, account_no=account_no, holder_name=holder_name, on=on, demo=demo
    )
    checked_evidence(evidence)
    return Correction(line, int(match[1]), int(match[2]), account, evidence)
