"""Lay down a month's 银行存款余额调节表 (余额调节表): what the books say beside what the banks say.

Four kinds of money stand between them: come or gone at the bank and not in the books, or the other
way round. With these both sides must say the same; what is left then is owned by somebody.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from django.db import connection

from backend.cases.canonical import canonical
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments import statement_sql as sql
from payments.hold_statements import asked
from payments.ledger.models import Account, Book

BANK, BOOK = "BANK", "BOOK"


class NoStatements(Refusal):
    """The banks have not said how the month ended (缺少对账单)."""

    code = "balance_table_no_statements"


@dataclass(frozen=True)
class Held:
    """What a bank held on the last day, by its statements."""

    bank: str
    account_no: str
    fen: int


@dataclass(frozen=True)
class Open:
    """Money that one side knows (未达账项); above zero when it came."""

    side: str  # who knows of it: the BANK, or the BOOK
    day: date
    fen: int
    text: str
    where: str


@dataclass(frozen=True)
class Laid:
    """A table of a book's ledger account at the end of a month."""

    book_id: int
    code: str
    name: str
    month: Month
    book_fen: int
    held: tuple[Held, ...]
    open: tuple[Open, ...]

    @property
    def bank_fen(self) -> int:
        """What the banks hold together."""
        return sum(one.fen for one in self.held)

    def sum_of(self, side: str, *, came: bool) -> int:
        """One of the four kinds, as an amount above zero."""
        return abs(sum(x.fen for x in self.open if x.side == side and (x.fen > 0) is came))

    @property
    def book_adjusted_fen(self) -> int:
        """The books with what only the bank knows."""
        return self.book_fen + self.sum_of(BANK, came=True) - self.sum_of(BANK, came=False)

    @property
    def bank_adjusted_fen(self) -> int:
        """The banks with what only the books know."""
        return self.bank_fen + self.sum_of(BOOK, came=True) - self.sum_of(BOOK, came=False)

    @property
    def rest_fen(self) -> int:
        """What none of them explains."""
        return self.book_adjusted_fen - self.bank_adjusted_fen

    @property
    def content(self) -> str:
        """What is signed, in its one spelling."""
        return canonical(
            {
                "book": self.book_id,
                "code": self.code,
                "name": self.name,
                "month": str(self.month),
                "book_fen": self.book_fen,
                "held": [[x.bank, x.account_no, x.fen] for x in self.held],
                "open": [[x.side, x.day.isoformat(), x.fen, x.text, x.where] for x in self.open],
            }
        ).decode()

    @property
    def digest(self) -> str:
        """The SHA-256 of what is signed."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def laid_down(*, book: Book, code: str, month: Month) -> Laid:
    """Give the table as it stands now.

    Raises:
        NoStatements: an account has none, or none to the month's last day.
    """
    until = month.last_day
    values = asked(book_id=book.pk, code=code, until=until)
    with connection.cursor() as cursor:
        cursor.execute(sql.ACCOUNTS, values)
        rows = cursor.fetchall()
        if not rows:
            raise NoStatements(f"{book.name} 的科目 {code} 没有 {month} 的银行对账单。")
        for bank, account_no, end, due, _ in rows:
            if end < due:
                raise NoStatements(
                    f"{bank} 账户 {account_no} 的对账单只到 {end}，缺 {month} 月末以前的部分。"
                )
        held = tuple(Held(bank, account_no, fen) for bank, account_no, _, _, fen in rows)
        cursor.execute(sql.BALANCES, values)
        (book_fen,) = cursor.fetchone()
        cursor.execute(sql.ITEMS, values)
        items = tuple(Open(*row) for row in cursor.fetchall())
    name = Account.objects.get(book=book, code=code).name
    return Laid(book.pk, code, name, month, book_fen, held, items)


def read_back(content: str) -> Laid:
    """Give the table that was signed."""
    told = json.loads(content)
    return Laid(
        book_id=told["book"],
        code=told["code"],
        name=told["name"],
        month=Month.parse(told["month"]),
        book_fen=told["book_fen"],
        held=tuple(Held(*one) for one in told["held"]),
        open=tuple(
            Open(side, date.fromisoformat(day), fen, text, where)
            for side, day, fen, text, where in told["open"]
        ),
    )
