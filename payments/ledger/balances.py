"""What the books say (账表): trial balance, 总账, 明细账, 日记账 – always from the vouchers.

Balances are signed: debit positive. ``balance_fen`` turns them to the account's own side.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from payments.ledger.periods import is_year_end

TRIAL_BALANCE = """
SELECT a.code, a.name, a.side, a.standing,
    coalesce(sum(p.dr_fen - p.cr_fen) FILTER (WHERE e.month < %(month)s), 0),
    coalesce(sum(p.dr_fen) FILTER (WHERE e.month = %(month)s), 0),
    coalesce(sum(p.cr_fen) FILTER (WHERE e.month = %(month)s), 0)
FROM ledger_account a
LEFT JOIN (ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id AND e.month <= %(month)s)
    ON p.account_id = a.id
WHERE a.book_id = %(book_id)s
GROUP BY a.id ORDER BY a.code
"""

UNCARRIED = """
SELECT EXISTS (SELECT 1 FROM ledger_account a
    JOIN ledger_posting p ON p.account_id = a.id
    JOIN ledger_entry e ON e.id = p.entry_id AND e.month < %(until)s
    WHERE a.book_id = %(book_id)s AND left(a.code, 1) IN ('4', '5')
    GROUP BY a.id HAVING sum(p.dr_fen - p.cr_fen) <> 0)
"""

GENERAL_LEDGER = """
SELECT m.month, coalesce(sum(p.dr_fen), 0), coalesce(sum(p.cr_fen), 0),
    sum(coalesce(sum(p.dr_fen - p.cr_fen), 0)) OVER (ORDER BY m.month)
FROM ledger_account a
JOIN ledger_ledgermonth m ON m.book_id = a.book_id
LEFT JOIN (ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id)
    ON p.account_id = a.id AND e.month = m.month
WHERE a.book_id = %(book_id)s AND a.code = %(code)s
GROUP BY m.month ORDER BY m.month
"""

MOVEMENTS = """
SELECT * FROM (
    SELECT e.id, e.business_date, e.month, e.voucher_no, e.summary, p.dr_fen, p.cr_fen,
        (sum(p.dr_fen - p.cr_fen) OVER (ORDER BY {order}, p.id))::bigint
    FROM ledger_posting p
    JOIN ledger_entry e ON e.id = p.entry_id
    JOIN ledger_account a ON a.id = p.account_id
    WHERE a.book_id = %(book_id)s AND a.code = %(code)s
    ORDER BY {order}, p.id
) AS t (entry_id, business_date, month, voucher_no, summary, dr_fen, cr_fen, balance_fen)
WHERE {column} >= %(start)s AND {column} < %(end)s
"""


@dataclass(frozen=True)
class AccountBalance:
    """An account in a month (科目余额): opening + debit − credit = closing."""

    code: str
    name: str
    side: str
    standing: str
    opening_fen: int
    dr_fen: int
    cr_fen: int

    @property
    def closing_fen(self) -> int:
        """The closing balance, debit positive."""
        return self.opening_fen + self.dr_fen - self.cr_fen

    @property
    def balance_fen(self) -> int:
        """The closing balance on the account's own side (余额)."""
        return self.closing_fen if self.side == "DR" else -self.closing_fen


@dataclass(frozen=True)
class MonthTotal:
    """A month of an account in the general ledger (总账)."""

    month: date
    dr_fen: int
    cr_fen: int
    closing_fen: int

    @property
    def year_end(self) -> bool:
        """Whether it is the end of a year."""
        return is_year_end(self.month)


@dataclass(frozen=True)
class Movement:
    """A line of the detailed ledger (明细账) or day book (日记账), with the running balance."""

    entry_id: int
    business_date: date
    month: date
    voucher_no: int
    summary: str
    dr_fen: int
    cr_fen: int
    balance_fen: int

    @property
    def year_end(self) -> bool:
        """Whether its voucher carries a year over."""
        return is_year_end(self.month)


def trial_balance(*, book_id: int, month: date) -> tuple[AccountBalance, ...]:
    """Give every account of a book in a period (科目余额表): a month is its first day."""
    rows = _rows(TRIAL_BALANCE, book_id=book_id, month=month)
    return tuple(AccountBalance(*row[:4], *map(int, row[4:])) for row in rows)


def has_uncarried(*, book_id: int, until: date) -> bool:
    """Whether income or expense from before ``until`` stands in the book, not carried over."""
    [[found]] = _rows(UNCARRIED, book_id=book_id, until=until)
    return bool(found)


def general_ledger(*, book_id: int, code: str) -> tuple[MonthTotal, ...]:
    """Give every month of the book for an account, also those in which it did not move (总账)."""
    rows = _rows(GENERAL_LEDGER, book_id=book_id, code=code)
    return tuple(MonthTotal(row[0], *map(int, row[1:])) for row in rows)


def detailed_ledger(*, book_id: int, code: str, month: Month) -> tuple[Movement, ...]:
    """Give the lines of an account in a month, by voucher (明细账)."""
    sql = MOVEMENTS.format(order="e.month, e.voucher_no", column="month")
    start, end = month.first_day, month.next.first_day
    return _movements(sql, book_id=book_id, code=code, start=start, end=end)


def day_book(*, book_id: int, code: str, start: date, end: date) -> tuple[Movement, ...]:
    """Give the lines of a money account day by day, from ``start`` up to but without ``end``
    (存款日记账)."""
    sql = MOVEMENTS.format(order="e.business_date, e.month, e.voucher_no", column="business_date")
    return _movements(sql, book_id=book_id, code=code, start=start, end=end)


def _movements(sql: str, **parameters: Any) -> tuple[Movement, ...]:
    return tuple(Movement(*row) for row in _rows(sql, **parameters))


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
