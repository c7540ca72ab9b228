"""Carry a year over (年度结转): income and expense of a book go into 基金结余, once all is closed.

Finance prepares it: the vouchers stand in a period of their own, 31 December, after the month of
December. An approver, another person, closes that period as a month is closed (``close``): only
then does the first month of the next year close. What is found wrong afterwards is corrected in an
open month.
"""

from datetime import date

from django.db import transaction

from backend.audit.record import record
from backend.kernel.errors import Refusal
from payments.ledger import months, rules
from payments.ledger.balances import has_uncarried, trial_balance
from payments.ledger.models import Book, LedgerMonth
from payments.ledger.periods import year_end
from payments.ledger.post import Voucher, post_voucher

SOURCE = "ledger.year_end"
DECEMBER = 12


class YearNotOver(Refusal):
    """A year is carried over when its December is closed, or the year is over (年度尚未结束)."""

    code = "ledger_year_not_over"


class MonthsOpen(Refusal):
    """A year is carried over when all its months are closed (尚有月份未结账)."""

    code = "ledger_year_months_open"


class NothingToCarry(Refusal):
    """The book has neither income nor expense that is not carried over (没有可结转的收支)."""

    code = "ledger_year_nothing_to_carry"


def prepare(*, book: Book, year: int, today: date, prepared_by: int) -> LedgerMonth:
    """Write the vouchers that carry a year of a book over; give the period that is to be closed.

    Prepared again, it gives the period that is there.

    Raises:
        MonthsOpen, YearNotOver, NothingToCarry;
        MonthClosed: a month of a later year is closed.
    """
    with transaction.atomic():
        months.hold(book=book)
        period = year_end(year=year)
        known = LedgerMonth.objects.filter(book=book, month=period).first()
        if known is not None:
            return known
        _require_closed(book, year, today)
        vouchers = _vouchers(book, period)
        if not vouchers:
            raise NothingToCarry(f"{book.name} {year} 年度没有可结转的收支。", book=book.pk)
        entries = [post_voucher(voucher=one, posted_by=prepared_by) for one in vouchers]
        row = LedgerMonth.objects.get(book=book, month=period)
        record(
            name="ledger.prepare_year_end",
            subject_kind="ledger.month",
            subject_id=str(row.pk),
            rows=1,
            person_id=prepared_by,
            details={"year": year, "entries": [entry.pk for entry in entries]},
        )
    return row


def not_carried(*, year: int) -> list[Book]:
    """Give the books whose year is not carried over and signed, though it had income or expense."""
    period = year_end(year=year)
    done = LedgerMonth.objects.filter(month=period, closed_at__isnull=False).values("book")
    begun = LedgerMonth.objects.filter(month=period).values_list("book", flat=True)
    return [
        book
        for book in Book.objects.exclude(pk__in=done).select_related("agency").order_by("pk")
        if book.pk in begun or has_uncarried(book_id=book.pk, until=period)
    ]


def _require_closed(book: Book, year: int, today: date) -> None:
    until = LedgerMonth.objects.filter(book=book, month__lt=year_end(year=year))
    still = until.filter(closed_at=None).order_by("month").first()
    if still is not None:
        raise MonthsOpen(f"{book.name} {still.month:%Y-%m} 尚未结账，不能年度结转。", book=book.pk)
    if not until.filter(month=date(year, DECEMBER, 1)).exists() and today <= year_end(year=year):
        raise YearNotOver(f"{year} 年尚未结束，不能年度结转。", year=year)


def _vouchers(book: Book, period: date) -> list[Voucher]:
    """One for income and one for expense, of what stands after the last month of the year."""
    balances = {row.code: row.closing_fen for row in trial_balance(book_id=book.pk, month=period)}
    written = [
        (one, rules.carried(carry=one, balances=balances)) for one in rules.carries(on=period)
    ]
    return [
        Voucher(
            book=book,
            rule=one.code,
            source=SOURCE,
            source_id=str(period.year),
            summary=f"{one.label} {period.year} 年度",
            business_date=period,
            lines=lines,
            year_end=True,
        )
        for one, lines in written
        if lines
    ]
