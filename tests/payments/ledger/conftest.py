"""Books of the demo agency, and what posts to them."""

from dataclasses import dataclass
from datetime import date

import pytest

from payments.ledger.books import ensure_books
from payments.ledger.close import Blocker, close_month, preview
from payments.ledger.models import Book, Entry
from payments.ledger.post import post
from payments.ledger.year_end import prepare
from tests import builders

PAY_DAY = date(2026, 11, 10)
NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)


@dataclass(frozen=True)
class Books:
    """The two books of the agency: employees (one expense item), residents (two)."""

    employees: Book
    residents: Book


@pytest.fixture
def books(db: None) -> Books:
    employees, residents, _ = ensure_books(agency=builders.agency(), on=PAY_DAY)
    return Books(employees, residents)


def pay(
    book: Book,
    *items: int,
    rule: str = "payment.sent",
    on: date = PAY_DAY,
    source_id: str = "1",
) -> Entry:
    """Post an event of a batch that must leave a voucher."""
    entry = post(
        rule=rule,
        book_id=book.id,
        business_date=on,
        source="test",
        source_id=source_id,
        items=items,
        summary="演示批次",
    )
    assert entry is not None
    return entry


def carry_over(book: Book, year: int = 2026) -> int:
    """Let finance carry a year over, and an approver sign it; its months are closed."""
    row = prepare(
        book=book,
        year=year,
        today=date(year + 1, 1, 5),
        prepared_by=builders.member(role="FINANCE", at=book.agency).staff.person_id,
    )
    return close(book, row.month)


def close(book: Book, month: date = NOVEMBER, *, blockers: tuple[Blocker, ...] = ()) -> int:
    """Let an approver look at the month and close it."""
    return close_month(
        book_id=book.id,
        month=month,
        digest=preview(book_id=book.id, month=month).digest,
        blockers=blockers,
        key=builders.member(role="APPROVER", at=book.agency).key,
        now=builders.NOW,
    )
