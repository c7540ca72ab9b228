"""Write the two statements of a fund as a workbook (会计报表电子表): rows with their accounts."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from payments.ledger.models import Book
from payments.ledger.statement_words import PART_LABELS, heading_of, sum_lines, unverified_note
from payments.ledger.statements import Part, Statements

# Nothing in the file tells when it was written: the same content gives the same parts.
WRITTEN_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zones
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
WIDTHS = (30, 20, 20, 14)
Line = tuple[str, int | None, int | None, str]


def write_statements(*, to: IO[bytes], book: Book, made: Statements, mark: str) -> int:
    """Write a sheet for each statement; give how many lines. ``mark`` says whose export it is."""
    with xlsxwriter.Workbook(to, OPTIONS) as workbook:
        workbook.set_properties(
            {"title": f"{book.name} {made.month}", "created": WRITTEN_AT, "comments": mark}
        )
        sheets = (
            ("资产负债表", ("项目", "年初数", "期末数", "依据"), list(_balance_lines(made))),
            ("收支表", ("项目", "本月数", "本年累计数", "依据"), list(_income_lines(made))),
        )
        for name, headings, lines in sheets:
            _write_sheet(workbook, name, headings, _head(book, made, mark), lines)
    return sum(len(lines) for *_, lines in sheets)


def _head(book: Book, made: Statements, mark: str) -> tuple[str, ...]:
    return (
        f"{book.agency.name} {book.name} {made.month}（{heading_of(made=made)}），单位：元",
        unverified_note(made=made),
        mark,
    )


def _write_sheet(
    workbook: Any, name: str, headings: tuple[str, ...], head: tuple[str, ...], lines: list[Line]
) -> None:
    sheet = workbook.add_worksheet(name)
    text = workbook.add_format({"quote_prefix": True, "num_format": "@"})
    money = workbook.add_format({"num_format": "#,##0.00"})
    bold = workbook.add_format({"bold": True, "border": 1})
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    for row, words in enumerate(head):
        sheet.write_string(row, 0, words, text)
    for column, words in enumerate(headings):
        sheet.write_string(len(head), column, words, bold)
    for row, (title, left, right, standing) in enumerate(lines, start=len(head) + 1):
        sheet.write_string(row, 0, title, text)
        for column, fen in ((1, left), (2, right)):
            if fen is not None:
                sheet.write_number(row, column, Decimal(fen).scaleb(-2), money)
        sheet.write_string(row, 3, standing, text)


def _balance_lines(made: Statements) -> Iterator[Line]:
    for part in (Part.ASSETS, Part.LIABILITIES, Part.NET):
        for row in made.balance_sheet:
            if row.rule.part is part:
                label = row.rule.standing.label
                yield row.rule.title, row.opening_fen, row.closing_fen, label
                for one in row.accounts:
                    yield f"　{one.code} {one.name}", one.opening_fen, one.closing_fen, ""
        yield f"{PART_LABELS[part]}合计", made.opening_fen(part), made.closing_fen(part), ""


def _income_lines(made: Statements) -> Iterator[Line]:
    for part in (Part.INCOME, Part.EXPENSE):
        for row in made.income_statement:
            if row.rule.part is part:
                yield row.rule.title, row.month_fen, row.year_fen, row.rule.standing.label
                for one in row.accounts:
                    yield f"　{one.code} {one.name}", one.month_fen, one.year_fen, ""
        yield f"{PART_LABELS[part]}合计", made.month_fen(part), made.year_fen(part), ""
    yield from ((title, month, year, "") for title, month, year in sum_lines(made=made))
