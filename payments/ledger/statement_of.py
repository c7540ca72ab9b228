"""Read the two statements of a book at a month (编制会计报表), in one statement of SQL."""

from typing import Any

from django.db import connection

from backend.kernel.months import Month
from payments.ledger.models import Book, LedgerMonth
from payments.ledger.periods import year_end
from payments.ledger.statements import AccountSums, Statements, laid_out

# ``until`` is the last day: of December it takes in what carries the year over.
SUMS = """
SELECT a.code, a.name,
    coalesce(sum(p.dr_fen - p.cr_fen) FILTER (WHERE e.month < %(year)s), 0),
    coalesce(sum(p.dr_fen - p.cr_fen) FILTER (WHERE e.month = %(month)s), 0),
    coalesce(sum(p.dr_fen - p.cr_fen) FILTER (WHERE e.month BETWEEN %(year)s AND %(month)s), 0),
    coalesce(sum(p.dr_fen - p.cr_fen), 0)
FROM ledger_account a
LEFT JOIN (ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id AND e.month <= %(until)s)
    ON p.account_id = a.id
WHERE a.book_id = %(book_id)s
GROUP BY a.id ORDER BY a.code
"""


def statements_of(*, book: Book, month: Month) -> Statements:
    """Give both statements of a book at the end of a month.

    Raises:
        NotTied: they do not agree; then nothing is given.
    """
    last = year_end(year=month.year) if month.next.year > month.year else month.first_day
    closed = LedgerMonth.objects.filter(book=book, month=last, closed_at__isnull=False)
    return laid_out(
        scheme=book.scheme, month=month, sums=_sums(book, month), closed=closed.exists()
    )


def _sums(book: Book, month: Month) -> tuple[AccountSums, ...]:
    values: dict[str, Any] = {
        "book_id": book.pk,
        "year": month.first_day.replace(month=1),
        "month": month.first_day,
        "until": month.last_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(SUMS, values)
        return tuple(AccountSums(*row[:2], *map(int, row[2:])) for row in cursor.fetchall())
