"""Take the journal of a book out for beancount (导出账簿): its vouchers, and both balances."""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import IO

from django.db import transaction
from django.db.models import QuerySet

from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.ledger import rules
from payments.ledger.balances import trial_balance
from payments.ledger.beancount import Journal, OpenAccount, Transaction, written
from payments.ledger.books import BookUnknown
from payments.ledger.models import Book, Entry

AT_ONCE = 500


class MonthsReversed(Refusal):
    """The first month does not come after the last (起止月份颠倒)."""

    code = "ledger_months_reversed"


def export_journal(*, book_id: int, first: Month, last: Month, to: IO[str]) -> int:
    """Write the vouchers of months ``first`` to ``last`` of a book; give how many they are.

    December takes in the end of its year. The act is recorded with the SHA-256 of the file.

    Raises:
        BookUnknown, MonthsReversed.
    """
    if last < first:
        raise MonthsReversed(f"起始月份 {first} 晚于终止月份 {last}。")
    with transaction.atomic():
        book = Book.objects.filter(pk=book_id).first()
        if book is None:
            raise BookUnknown(f"没有账套 {book_id}。", book=book_id)
        entries = _entries(book, first, last)
        digest = hashlib.sha256()
        for line in written(journal=_journal(book, first, last)):
            digest.update(line.encode())
            to.write(line)
        count = entries.count()
        record(
            name="ledger.exported",
            subject_kind="ledger.book",
            subject_id=str(book.pk),
            details={"from": str(first), "until": str(last), "entries": count},
            digest=digest.hexdigest(),
        )
    return count


def _journal(book: Book, first: Month, last: Month) -> Journal:
    """The balances come from the books' own sums, not from what is written here."""
    opening = _balances(book, first.previous.last_day)
    closing = _balances(book, last.last_day)
    names = book.account_set.order_by("code").values_list("code", "name")
    return Journal(
        title=f"{book.name} {first} 至 {last}",
        first=first.first_day,
        end=last.next.first_day,
        accounts=[OpenAccount(code, name, opening[code], closing[code]) for code, name in names],
        transactions=_transactions(book, first, last),
    )


def _balances(book: Book, day: date) -> dict[str, int]:
    rows = trial_balance(book_id=book.pk, month=day)
    return {row.code: row.closing_fen for row in rows}


def _entries(book: Book, first: Month, last: Month) -> QuerySet[Entry]:
    entries = Entry.objects.filter(book=book, month__range=(first.first_day, last.last_day))
    return entries.order_by("month", "voucher_no")


def _transactions(book: Book, first: Month, last: Month) -> Iterator[Transaction]:
    entries = _entries(book, first, last).select_related("reverses")
    for entry in entries.prefetch_related("posting_set__account").iterator(chunk_size=AT_ONCE):
        back = entry.reverses
        postings = sorted(entry.posting_set.all(), key=lambda posting: posting.pk)
        yield Transaction(
            period=entry.month,
            voucher_no=entry.voucher_no,
            day=entry.business_date,
            summary=entry.summary,
            rule=entry.rule,
            source=entry.source,
            source_id=entry.source_id,
            attachments=entry.attachments,
            red=entry.red,
            reverses=(back.month, back.voucher_no) if back else None,
            lines=tuple(rules.Line(x.account.code, x.dr_fen, x.cr_fen) for x in postings),
        )
