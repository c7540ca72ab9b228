"""Months of a book (会计月份): a row per book and month, there from its first voucher on."""

from datetime import date

from django.db import connection
from django.db.models import Max

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.ledger.models import Book, LedgerMonth


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
        raise MonthClosed(f"{book.name} {Month.of(month)} 已结账，不能再记账。")
    return row


def lock(*, book: Book, month: date) -> LedgerMonth:
    """Hold the row of a month that is there, and let nobody open another of the book meanwhile.

    Raises:
        MonthNotThere: nothing was ever posted in it.
    """
    _hold_months(book)
    row = _locked(book, month)
    if row is None:
        raise MonthNotThere(f"{book.name} 没有 {Month.of(month)} 的账。")
    return row


def last_closed(*, book_id: int) -> date | None:
    """Give the last month of a book that is closed."""
    closed = LedgerMonth.objects.filter(book=book_id, closed_at__isnull=False)
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
    """Give a new row; None when the month lies before a closed one. A race gives the row there."""
    _hold_months(book)
    closed = last_closed(book_id=book.id)
    if closed is not None and month <= closed:
        return None
    LedgerMonth.objects.bulk_create([LedgerMonth(book=book, month=month)], ignore_conflicts=True)
    return _locked(book, month)


def _hold_months(book: Book) -> None:
    """Months of one book are opened and closed one after the other; the triggers hold it too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger_month'), %s)", [book.id])
