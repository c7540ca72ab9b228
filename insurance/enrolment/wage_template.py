"""Write the form of the yearly wage declaration (年度缴费工资申报表), empty or filled in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from backend.kernel.identity import IdKind
from insurance.enrolment.wage_layout import (
    CODE_LABEL,
    COLUMNS,
    EMPLOYER_LABEL,
    FIRST_ROW,
    HEAD_ROW,
    HEADING_ROW,
    HEADINGS,
    KINDS,
    MONTHS_MAX,
    NO,
    SHEET,
    SIGNATURE_LABELS,
    TITLE,
    TITLE_ROW,
    TOTAL_LABEL,
    VERSION,
    VERSION_LABEL,
    YEAR_LABEL,
    YES,
    WageHead,
    average_fen,
    sheet_row,
)

WIDTHS = {"A": 10, "B": 16, "C": 20, "D": 24, "E": 22, "F": 10, "G": 22, "H": 12, "I": 24}
MONEY_FORMAT, COUNT_FORMAT = "#,##0.00", "0"
A4 = 9
FOOTER_UNITS = 255 - len("&L")  # UTF-16, as the format counts
# Nothing in the file tells when it was written: the same content gives the same parts.
WRITTEN_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zones
OPTIONS = {
    "constant_memory": True,  # rows are written in their order
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True)
class WageLine:
    """One employee; what is None is left for the employer to fill in."""

    name: str
    id_kind: IdKind
    id_number: str
    yearly_fen: int | None = None
    months: int | None = None
    confirmed: bool | None = None
    remark: str = ""


@dataclass
class _Sums:
    """What the lines written so far come to; without a total while one is still to be filled in."""

    people: int = 0
    yearly_fen: int = 0
    monthly_fen: int = 0
    complete: bool = True

    def add(self, line: WageLine, monthly_fen: int | None) -> None:
        self.people += 1
        if line.yearly_fen is None or monthly_fen is None:
            self.complete = False
        else:
            self.yearly_fen += line.yearly_fen
            self.monthly_fen += monthly_fen


def write_wages(
    *, file: IO[bytes], head: WageHead, lines: Iterable[WageLine], mark: str = ""
) -> None:
    """Write a declaration: with the roster alone it is the form that an employer is given. A mark
    stands at the foot of each page and in the properties, not among what is read in."""
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        told = {"comments": mark} if mark else {}
        workbook.set_properties({"title": TITLE, "created": WRITTEN_AT, **told})
        form = _Form(workbook, mark)
        form.open(head)
        sums = _Sums()
        for line in lines:
            sums.add(line, form.line(line, place=sums.people))
        form.close(sums)


class _Form:
    """The sheet being written, from top to bottom."""

    def __init__(self, workbook: xlsxwriter.Workbook, mark: str) -> None:
        # A text that begins like a formula stays a text, also when somebody edits its cell.
        text = {"quote_prefix": True, "num_format": "@"}
        self._sheet: Worksheet = workbook.add_worksheet(SHEET)
        if mark:
            self._foot(mark)
        self._title: Format = workbook.add_format({"bold": True, "font_size": 16})
        self._label: Format = workbook.add_format({"bold": True})
        self._heading: Format = workbook.add_format(
            {"bold": True, "border": 1, "text_wrap": True, "align": "center"}
        )
        self._free: Format = workbook.add_format(text)
        self._text: Format = workbook.add_format({**text, "border": 1})
        self._money: Format = workbook.add_format({"num_format": MONEY_FORMAT, "border": 1})
        self._count: Format = workbook.add_format({"num_format": COUNT_FORMAT, "border": 1})

    def _foot(self, mark: str) -> None:
        """The mark below each page: shorter where a footer holds less, and never left out."""
        units = mark.replace("&", "＆").encode(
            "utf-16-le"
        )  # & commands: a doubled one counts twice
        text = "&L" + units[: 2 * FOOTER_UNITS].decode("utf-16-le", "ignore")
        self._sheet.set_footer(text)
        if self._sheet.footer != text:  # it leaves out, with a warning, what it does not take
            raise ValueError("the mark did not get into the footer")

    def open(self, head: WageHead) -> None:
        """Lay the sheet out and write what stands above the people."""
        for column, width in WIDTHS.items():
            self._sheet.set_column(f"{column}:{column}", width)
        self._sheet.freeze_panes(FIRST_ROW - 1, 2)
        self._sheet.repeat_rows(HEADING_ROW - 1)
        self._sheet.set_landscape()
        self._sheet.set_paper(A4)
        self._sheet.fit_to_pages(1, 0)
        self._put("A", TITLE_ROW, TITLE, self._title)
        self._put("H", TITLE_ROW, VERSION_LABEL, self._label)
        self._put("I", TITLE_ROW, VERSION, self._free)
        self._put("A", HEAD_ROW, EMPLOYER_LABEL, self._label)
        self._put("B", HEAD_ROW, head.employer_name, self._free)
        self._put("D", HEAD_ROW, CODE_LABEL, self._label)
        self._put("E", HEAD_ROW, head.credit_code, self._free)
        self._put("G", HEAD_ROW, YEAR_LABEL, self._label)
        self._sheet.write_number(f"H{HEAD_ROW}", head.year)
        for column, heading in HEADINGS.items():
            self._put(column, HEADING_ROW, heading, self._heading)

    def line(self, line: WageLine, *, place: int) -> int | None:
        """Write one employee; give the monthly wage, if it is known."""
        row = sheet_row(place=place)
        monthly_fen = None
        if line.yearly_fen is not None and line.months is not None:
            monthly_fen = average_fen(yearly_fen=line.yearly_fen, months=line.months)
        self._number("A", row, place + 1)
        self._put("B", row, line.name, self._text)
        self._put("C", row, line.id_kind.label, self._text)
        self._put("D", row, line.id_number, self._text)
        self._fen("E", row, line.yearly_fen)
        self._number("F", row, line.months)
        self._fen("G", row, monthly_fen)
        self._put("H", row, {None: "", True: YES, False: NO}[line.confirmed], self._text)
        self._put("I", row, line.remark, self._text)
        return monthly_fen

    def close(self, sums: _Sums) -> None:
        """Write the totals and the line to sign on, and say what each column takes."""
        row = sheet_row(place=sums.people)
        self._put("A", row, TOTAL_LABEL, self._heading)
        self._number("B", row, sums.people)
        self._fen("E", row, sums.yearly_fen if sums.complete else None)
        self._fen("G", row, sums.monthly_fen if sums.complete else None)
        for column, label in SIGNATURE_LABELS.items():
            self._put(column, row + 1, label, self._label)
        if sums.people:
            self._choices("C", row - 1, list(KINDS))
            self._choices("H", row - 1, [YES, NO])
            self._sheet.data_validation(
                f"F{FIRST_ROW}:F{row - 1}",
                {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": MONTHS_MAX},
            )

    def _choices(self, column: str, last_row: int, choices: list[str]) -> None:
        self._sheet.data_validation(
            f"{column}{FIRST_ROW}:{column}{last_row}", {"validate": "list", "source": choices}
        )

    def _put(self, column: str, row: int, text: str, form: Format) -> None:
        if text:
            self._sheet.write_string(row - 1, COLUMNS.index(column), text, form)
        else:
            self._sheet.write_blank(row - 1, COLUMNS.index(column), None, form)

    def _number(self, column: str, row: int, number: int | None) -> None:
        if number is None:
            self._sheet.write_blank(row - 1, COLUMNS.index(column), None, self._count)
        else:
            self._sheet.write_number(row - 1, COLUMNS.index(column), number, self._count)

    def _fen(self, column: str, row: int, fen: int | None) -> None:
        if fen is None:
            self._sheet.write_blank(row - 1, COLUMNS.index(column), None, self._money)
        else:
            yuan = Decimal(fen).scaleb(-2)
            self._sheet.write_number(row - 1, COLUMNS.index(column), yuan, self._money)
