"""Reading a bill file (核定应缴), checked as a tax bureau checks it: whole, or refused whole."""

import csv
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from backend.city.tax.layouts import BILL_HEADER, BILLS, EMPLOYED, FLEXIBLE, RESIDENT, fen_of

NAME = re.compile(r"bills-([0-9]{6})\.json")
FIELDS = {"format", "source", "serial", "period", "rows", "total", "sha256"}
KINDS = {EMPLOYED, FLEXIBLE, RESIDENT}
SCHEMES = {"110", "170", "210", "310", "390"}
MONTH = re.compile("20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
DAY = re.compile("20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", re.ASCII)
READ_BYTES = 1 << 20


class BillsRefusedError(Exception):
    """The file is refused whole; ``line`` is counted from 1."""

    def __init__(self, code: str, reason: str, line: int | None = None) -> None:
        where = f" 第{line}行" if line else ""
        super().__init__(f"{code}{where}:{reason}")
        self.code = code


class BillRow(NamedTuple):
    """What somebody owes; below zero: by how much less of an earlier bill (核减)."""

    bill_no: str
    kind: str
    payer_number: str
    payer_name: str
    scheme: str
    month: str
    person_number: str
    person_name: str
    fen: int
    pay_by: str


class BillFile:
    """A bill file; nothing of it counts before ``check`` has ended."""

    def __init__(self, *, path: Path) -> None:
        self.path = path
        self._csv = path.with_suffix(".csv")
        told = _description(path)
        self.serial: int = told["serial"]
        self.rows: int = told["rows"]
        self.digest: str = told["sha256"]
        self._total = _signed(told["total"])

    def check(self) -> None:
        """Hold every row, the count, the total and the digest against what is described.

        Raises:
            BillsRefusedError: for the first thing that is wrong.
        """
        if not self._csv.is_file():
            raise BillsRefusedError("MISSING", "没有数据文件")
        if _digest(self._csv) != self.digest:
            raise BillsRefusedError("DIGEST", "文件摘要不符,内容可能被改动")
        rows = fen = 0
        for row in self.bills():
            rows, fen = rows + 1, fen + row.fen
        if rows != self.rows:
            raise BillsRefusedError("ROWS", f"有{rows}行,说明是{self.rows}行")
        if fen != self._total:
            raise BillsRefusedError("TOTAL", "金额合计与各行不符")

    def bills(self) -> Iterator[BillRow]:
        """The rows, one by one."""
        try:
            with self._csv.open(encoding="utf-8", newline="") as file:
                reader = csv.reader(file, strict=True)
                if tuple(next(reader, ())) != BILL_HEADER:
                    raise BillsRefusedError("HEADER", "标题行不正确", 1)
                for line, fields in enumerate(reader, 2):
                    yield _bill(fields, line)
        except (UnicodeDecodeError, csv.Error):
            raise BillsRefusedError("ENCODING", "不是UTF-8的CSV文件") from None


def _description(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise BillsRefusedError("DESCRIPTION", "说明文件读不了") from None
    if not isinstance(told, dict) or set(told) != FIELDS or told["format"] != BILLS:
        raise BillsRefusedError("DESCRIPTION", f"说明文件不是 {BILLS}")
    if type(told["serial"]) is not int or type(told["rows"]) is not int:
        raise BillsRefusedError("DESCRIPTION", "序号、行数不正确")
    if not all(isinstance(told[key], str) for key in ("period", "total", "sha256")):
        raise BillsRefusedError("DESCRIPTION", "月份、合计、摘要不正确")
    if f"bills-{told['serial']:06d}.json" != path.name:
        raise BillsRefusedError("SERIAL", "文件名与序号不一致")
    return told


def _bill(fields: list[str], line: int) -> BillRow:
    if len(fields) != len(BILL_HEADER):
        raise BillsRefusedError("FIELDS", f"应有{len(BILL_HEADER)}列,实有{len(fields)}列", line)
    number, kind, payer, payer_name, scheme, month, person, name, amount, pay_by = fields
    fen = _signed(amount)
    if not fen:
        raise BillsRefusedError("AMOUNT", "金额不正确,或为零", line)
    row = BillRow(number, kind, payer, payer_name, scheme, month, person, name, fen, pay_by)
    if row.kind not in KINDS or row.scheme not in SCHEMES or not row.payer_number:
        raise BillsRefusedError("KIND", "缴费主体、险种或号码不正确", line)
    if not MONTH.fullmatch(row.month) or not DAY.fullmatch(pay_by):
        raise BillsRefusedError("DATE", "月份或截止日不正确", line)
    return row


def _signed(amount: str) -> int | None:
    """``-200.00`` too."""
    fen = fen_of(amount.removeprefix("-"))
    return -fen if fen and amount.startswith("-") else fen


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
