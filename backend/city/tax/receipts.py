"""Receipts of one kind of payer in one call (入库明细): honest unless mistakes are planned."""

from collections import Counter
from pathlib import Path
from typing import Any

from backend.city.make.files import csv_row
from backend.city.tax import mistakes as wrong
from backend.city.tax.books import Books, Later
from backend.city.tax.habits import SWEPT_TO
from backend.city.tax.layouts import (
    FINANCE_BUREAU,
    FISCAL,
    RECEIPTS,
    TAX,
    TAX_BUREAU,
    Receipt,
    yuan,
)
from backend.city.tax.out_files import OutFile

REGION = "3408"


class Receipts(OutFile):
    """A file of receipts; every row gets the number of a tax receipt, once for ever."""

    def __init__(
        self, *, desk: Path, books: Books, period: str, payers: str, planned: list[tuple[int, str]]
    ) -> None:
        source = FINANCE_BUREAU if payers == FISCAL else TAX_BUREAU
        super().__init__(desk=desk, form=RECEIPTS, source=source, period=period, use=payers)
        self.tax_fen: Counter[str] = Counter()  # by scheme, what came into the treasury
        self.late_fen: Counter[str] = Counter()  # of it, what it hands on a month later
        self.truths: list[dict[str, Any]] = []
        self._books = books
        self._month = period
        self._payers = payers
        self._planned = planned
        self._received = 0

    def receive(self, receipt: Receipt, *, tax_no: str = "") -> None:
        """Tell of money that came in."""
        number = tax_no or self._number()
        due = self._planned and self._planned[-1][0] <= self._received
        self._received += 1
        if due:
            self._err(self._planned.pop()[1], receipt, number)
        else:
            self._write(receipt, number)

    def _err(self, kind: str, receipt: Receipt, tax_no: str) -> None:
        told = receipt
        truth: dict[str, Any] = {"kind": kind, "tax_nos": [tax_no]}
        if kind == wrong.MISSING_PAYER:
            later = Later(payers=self._payers, pay_by="", tax_no=tax_no, receipt=receipt)
            self._books.put_off(due=self._month, later=later)
        elif kind == wrong.DOUBLE_PAYMENT:
            again = self._number()
            self._write(receipt, tax_no)
            self._write(receipt, again)
            truth["tax_nos"].append(again)
        else:
            told = wrong.under_another_number(receipt, order=self._received)
            self._write(told, tax_no)
        self.truths.append(
            {
                **truth,
                "period": self._month,
                "payer_number": receipt.payer_number,
                "told_payer_number": told.payer_number,
                "person_number": receipt.person_number,
                "scheme": receipt.scheme,
                "month": receipt.month,
                "fen": receipt.fen,
            }
        )

    def _write(self, receipt: Receipt, tax_no: str) -> None:
        *facts, fen, arrived = receipt
        self.add(csv_row((tax_no, *facts, yuan(fen), arrived)), fen)
        if receipt.channel == TAX:
            self.tax_fen[receipt.scheme] += fen
            if arrived > f"{self._month}-{SWEPT_TO}":
                self.late_fen[receipt.scheme] += fen

    def _number(self) -> str:
        number = self._books.count("tax_no")
        return f"{REGION}{self._month.replace('-', '')}{number:010d}"
