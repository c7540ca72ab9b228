"""Lists of what is to go back (应退库清单), and how the treasury answers them (退库)."""

import calendar
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.files import csv_row
from backend.city.tax.bill_files import SCHEMES
from backend.city.tax.in_files import FileRefusedError, InFile
from backend.city.tax.layouts import FISCAL, REFUND_HEADER, REFUNDS, TAX, fen_of, yuan
from backend.city.tax.out_files import OutFile

PAID, REFUSED = "PAID", "REFUSED"
NOBODY = "清单没有收款人号码,无法退库"


class RefundRow(NamedTuple):
    """What is to go back to whom."""

    refund_no: str
    channel: str
    payer_number: str
    scheme: str
    fen: int


class RefundFile(InFile):
    """A list of refunds."""

    form = REFUNDS
    stem = "refunds"
    header = REFUND_HEADER

    def refunds(self) -> Iterator[RefundRow]:
        """The rows, one by one."""
        return (_refund(fields, line) for line, fields in self.lines())

    def fen_of_row(self, fields: list[str], line: int) -> int:
        """A row has a number, a scheme and a channel."""
        return _refund(fields, line).fen


class Refunder:
    """Pays back, and says so line by line; whoever can not be named is paid nothing."""

    def __init__(self, *, out: OutFile, period: str) -> None:
        self.tax_fen: Counter[str] = Counter()  # by scheme, what the treasury paid
        self._out = out
        year, month = map(int, period.split("-"))
        self._day = f"{period}-{calendar.monthrange(year, month)[1]:02d}"

    def answer(self, row: RefundRow, *, document_no: str, refused: str = "") -> None:
        """Pay, or refuse with a reason."""
        reason = refused or ("" if row.payer_number else NOBODY)
        outcome = REFUSED if reason else PAID
        document = "" if reason else document_no
        facts = (row.refund_no, outcome, document, yuan(row.fen), self._day, reason)
        self._out.add(csv_row(facts), row.fen)
        if outcome == PAID and row.channel == TAX:
            self.tax_fen[row.scheme] += row.fen


def _refund(fields: list[str], line: int) -> RefundRow:
    number, channel, payer, _, scheme, *_, amount = fields
    fen = fen_of(amount)
    if not fen:
        raise FileRefusedError("AMOUNT", "金额不正确,或为零", line)
    if not number or channel not in (TAX, FISCAL) or scheme not in SCHEMES:
        raise FileRefusedError("KIND", "退库编号、渠道或险种不正确", line)
    return RefundRow(number, channel, payer, scheme, fen)
