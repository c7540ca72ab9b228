"""Bill files (核定应缴): who owes what, and by how much less than an earlier one said (核减)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from backend.city.tax.in_files import FileRefusedError, InFile, signed
from backend.city.tax.layouts import BILL_HEADER, BILLS, EMPLOYED, FLEXIBLE, RESIDENT

KINDS = {EMPLOYED, FLEXIBLE, RESIDENT}
SCHEMES = {"110", "170", "210", "310", "390"}
MONTH = re.compile("20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
DAY = re.compile("20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", re.ASCII)


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


class BillFile(InFile):
    """A bill file."""

    form = BILLS
    stem = "bills"
    header = BILL_HEADER

    def bills(self) -> Iterator[BillRow]:
        """The rows, one by one."""
        return (_bill(fields, line) for line, fields in self.lines())

    def fen_of_row(self, fields: list[str], line: int) -> int:
        """A row is of one of our kinds and schemes, with a day to pay by."""
        return _bill(fields, line).fen


def _bill(fields: list[str], line: int) -> BillRow:
    number, kind, payer, payer_name, scheme, month, person, name, amount, pay_by = fields
    fen = signed(amount)
    if not fen:
        raise FileRefusedError("AMOUNT", "金额不正确,或为零", line)
    row = BillRow(number, kind, payer, payer_name, scheme, month, person, name, fen, pay_by)
    if row.kind not in KINDS or row.scheme not in SCHEMES or not row.payer_number:
        raise FileRefusedError("KIND", "缴费主体、险种或号码不正确", line)
    if not MONTH.fullmatch(row.month) or not DAY.fullmatch(pay_by):
        raise FileRefusedError("DATE", "月份或截止日不正确", line)
    return row
