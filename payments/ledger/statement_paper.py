"""Put the two statements of a fund on paper (打印会计报表), as they leave by export."""

from collections.abc import Iterable, Sequence
from datetime import date

from backend.deployment import is_demo
from backend.kernel.money import Money
from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Mark,
    Paper,
    Paragraphs,
    Piece,
    Signature,
    Style,
    Table,
)
from payments.ledger.models import Book
from payments.ledger.statement_words import PART_LABELS, heading_of, sum_lines, unverified_note
from payments.ledger.statements import Part, Statements

SIGNERS = ("制表", "复核", "主管")


def statement_paper(*, book: Book, made: Statements, on: date) -> Paper:
    """Lay both statements of a book out as one paper; ``on`` is the day it is printed."""
    marks = [Mark.UNVERIFIED] if made.unverified else []
    return Paper(
        title="社会保险基金会计报表",
        number=f"KJBB-{book.pk}-{made.month.year}{made.month.month:02d}",
        agency=book.agency.name,
        issued_on=on,
        body=(
            Fields((Field("账套", book.name, wide=True), *_head(made))),
            _balance_sheet(made),
            _income_statement(made),
            Paragraphs((unverified_note(made=made),)),
        ),
        signatures=tuple(Signature(role) for role in SIGNERS),
        marks=(*marks, *([Mark.DEMO] if is_demo() else [])),
    )


def _head(made: Statements) -> tuple[Field, ...]:
    return (Field("月份", str(made.month)), Field("结账", heading_of(made=made)))


def _balance_sheet(made: Statements) -> Table:
    rows: list[tuple[str, int, int, Style]] = []
    for part in (Part.ASSETS, Part.LIABILITIES, Part.NET):
        rows += [
            (row.rule.title, row.opening_fen, row.closing_fen, Style.BODY)
            for row in made.balance_sheet
            if row.rule.part is part
        ]
        total = f"{PART_LABELS[part]}合计"
        rows.append((total, made.opening_fen(part), made.closing_fen(part), Style.STRONG))
    return _table("一、资产负债表（元）", ("年初数", "期末数"), rows)


def _income_statement(made: Statements) -> Table:
    rows: list[tuple[str, int, int, Style]] = []
    for part in (Part.INCOME, Part.EXPENSE):
        rows += [
            (row.rule.title, row.month_fen, row.year_fen, Style.BODY)
            for row in made.income_statement
            if row.rule.part is part
        ]
        total = f"{PART_LABELS[part]}合计"
        rows.append((total, made.month_fen(part), made.year_fen(part), Style.STRONG))
    rows += [(title, month, year, Style.STRONG) for title, month, year in sum_lines(made=made)]
    return _table("二、收支表（元）", ("本月数", "本年累计数"), rows)


def _table(
    heading: str, columns: Sequence[str], rows: Iterable[tuple[str, int, int, Style]]
) -> Table:
    titles = (Column("项目", 4), *(Column(one, 3, Align.RIGHT) for one in columns))
    return Table(
        columns=titles,
        rows=tuple(
            (
                (Piece(title, style),),
                (Piece(str(Money(left)), style),),
                (Piece(str(Money(right)), style),),
            )
            for title, left, right, style in rows
        ),
        heading=heading,
    )
