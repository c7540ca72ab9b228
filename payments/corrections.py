"""The correction file (回访更正表) of a service window, read whole or refused whole. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from backend.feeds.desk_file import rows_of
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
    for line, fields in rows_of(content=content, columns=COLUMNS, damaged=damaged):
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


def _correction(line: int, fields: list[str], *, on: date, demo: bool) -> Correction:
    ref, bank, account_no, holder_name, evidence = fields
    match = REF_PATTERN.fullmatch(ref)
    if match is None:
        raise damaged(line, "付款编号格式不正确。")
    account = checked_account(
        bank=bank, account_no=account_no, holder_name=holder_name, on=on, demo=demo
    )
    checked_evidence(evidence)
    return Correction(line, int(match[1]), int(match[2]), account, evidence)
