"""Months of a book (会计月份): a row per book and month, there from its first voucher on.

The end of a year (年度结转) is a period of its own after December, written as 31 December.
"""

from datetime import date

from django.db import connection
from django.db.models import Max, Q

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.ledger.models import Book, LedgerMonth
from payments.ledger.periods import named

# The end of a year, once it is there, closes what lies before it.
CLOSED = Q(closed_at__isnull=False) | Q(month__month=12, month__day=31)


class MonthClosed(Refusal):
    """A closed month, and what lies before it, takes no voucher (会计月份已结账)."""

    code = "ledger_month_closed"


class MonthNotThere(Refusal):
    """Nothing was ever posted in this month of the book (没有这个会计月份)."""

    code = "ledger_month_not_found"
    status = 404


def lock_open(*, book: Book, month: date) -> LedgerMonth:
    """Open the month if need be, and hold its row until the end of the transaction.

    Raises:
        MonthClosed: the month, or a later one, is closed.
    """
    row = _locked(book, month) or _opened(book, month)
    if row is None or row.closed_at is not None:
        raise MonthClosed(f"{book.name} {named(month)} 已结账，不能再记账。")
    return row


def lock(*, book: Book, month: date) -> LedgerMonth:
    """Hold the row of a month that is there, and let nobody open another of the book meanwhile.

    Raises:
        MonthNotThere: nothing was ever posted in it.
    """
    hold(book=book)
    row = _locked(book, month)
    if row is None:
        raise MonthNotThere(f"{book.name} 没有 {named(month)} 的账。")
    return row


def last_closed(*, book_id: int) -> date | None:
    """Give the last month of a book that takes no voucher any more: it, or its year, is over."""
    closed = LedgerMonth.objects.filter(CLOSED, book=book_id)
    last: date | None = closed.aggregate(last=Max("month"))["last"]
    return last


def open_day(*, book_id: int, day: date) -> date:
    """Give ``day``, or the first day after the last closed month when that is later."""
    closed = last_closed(book_id=book_id)
    if closed is None:
        return day
    return max(day, Month.of(closed).next.first_day)


def _locked(book: Book, month: date) -> LedgerMonth | None:
    return LedgerMonth.objects.select_for_update().filter(book=book, month=month).first()


def _opened(book: Book, month: date) -> LedgerMonth | None:
    """Give a new row; None when the month lies before a closed one, or in a year whose end is
    there. A race gives the row there."""
    hold(book=book)
    later = LedgerMonth.objects.filter(book=book, month__gte=month)
    if later.filter(CLOSED).exists():
        return None
    LedgerMonth.objects.bulk_create([LedgerMonth(book=book, month=month)], ignore_conflicts=True)
    return _locked(book, month)


def hold(*, book: Book) -> None:
    """Let nobody else open or close a month of the book; the triggers hold it too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger_month'), %s)", [book.id])
