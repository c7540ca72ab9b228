"""Write the journal of a book for beancount (账簿导出): a second program reckons the books again.

Format: ``docs/formats/beancount.md``. Pure: whoever calls it loads what it writes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from backend.kernel.money import Money
from payments.ledger.periods import named
from payments.ledger.rules import Line

CURRENCY = "CNY"
ROOTS = {"1": "Assets", "2": "Liabilities", "3": "Equity", "4": "Income", "5": "Expenses"}
OPENING = "期初余额"


@dataclass(frozen=True)
class OpenAccount:
    """An account with what stood in it before the first day and stands after the last (科目):
    fen, debit positive."""

    code: str
    name: str
    opening_fen: int
    closing_fen: int


@dataclass(frozen=True)
class Transaction:
    """A voucher (记账凭证)."""

    period: date
    voucher_no: int
    day: date
    summary: str
    rule: str
    source: str
    source_id: str
    attachments: int
    red: bool
    reverses: tuple[date, int] | None  # period and number of the voucher it takes back
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Journal:
    """What is written of a book: from ``first`` up to but without ``end``."""

    title: str
    first: date
    end: date
    accounts: Sequence[OpenAccount]
    transactions: Iterable[Transaction]


def written(*, journal: Journal) -> Iterator[str]:
    """Give the file line by line, each with its end."""
    yield f"option {_quoted('title')} {_quoted(journal.title)}\n"
    yield f"option {_quoted('operating_currency')} {_quoted(CURRENCY)}\n\n"
    for account in journal.accounts:
        yield f"{journal.first} open {account_name(account.code)} {CURRENCY}\n"
        yield f"  title: {_quoted(account.name)}\n"
    yield from _opening(journal)
    for one in journal.transactions:
        yield from _transaction(one)
    yield "\n"
    for account in journal.accounts:
        told = f"{Money(account.closing_fen)} ~ 0 {CURRENCY}"  # else a fen too many is let pass
        yield f"{journal.end} balance {account_name(account.code)} {told}\n"


def account_name(code: str) -> str:
    """Give an account as beancount spells it: 5001.01 is Expenses:5001-01."""
    return f"{ROOTS[code[0]]}:{code.replace('.', '-')}"


def _opening(journal: Journal) -> Iterator[str]:
    """What stood there balances by itself: it is the sum of vouchers that do."""
    moved = [(one.code, one.opening_fen) for one in journal.accounts if one.opening_fen]
    if moved:
        yield f"\n{journal.first} * {_quoted(OPENING)}\n"
        yield from (f"  {account_name(code)}  {_amount(fen)}\n" for code, fen in moved)


def _transaction(one: Transaction) -> Iterator[str]:
    links = "".join(f" ^{_link(*voucher)}" for voucher in (one.reverses,) if voucher)
    tag = " #red" if one.red else ""
    name = f"{named(one.period)} 第 {one.voucher_no} 号"
    link = _link(one.period, one.voucher_no)
    yield f"\n{one.day} * {_quoted(name)} {_quoted(one.summary)} ^{link}{links}{tag}\n"
    yield f"  rule: {_quoted(one.rule)}\n"
    yield f"  source: {_quoted(f'{one.source}/{one.source_id}')}\n"
    yield f"  attachments: {one.attachments}\n"
    for line in one.lines:
        yield f"  {account_name(line.account)}  {_amount(line.dr_fen - line.cr_fen)}\n"


def _link(period: date, voucher_no: int) -> str:
    return f"{period:%Y%m%d}-{voucher_no}"


def _amount(fen: int) -> str:
    return f"{Money(fen)} {CURRENCY}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{" ".join(escaped.split())}"'
