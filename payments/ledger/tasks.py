"""What jobs do for the ledger (账务作业): write statements and vouchers that somebody asked for."""

from typing import IO

from django.utils import timezone

from backend.exports.forms import FormAsked, writes_form
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.papers.printing import print_inner
from payments.ledger.books import BookUnknown
from payments.ledger.models import Book, Entry
from payments.ledger.statement_of import statements_of
from payments.ledger.statement_paper import statement_paper
from payments.ledger.statement_sheet import write_statements
from payments.ledger.voucher_paper import voucher_paper


class VoucherUnknown(Refusal):
    """There is no such voucher in the agency's books (没有这张凭证)."""

    code = "ledger_voucher_unknown"
    status = 404


@writes_form("fund-statements")
def statements_sheet(*, to: IO[bytes], asked: FormAsked) -> int:
    """Write both statements of a book as a workbook.

    Raises:
        BookUnknown, MonthInvalid, NotTied.
    """
    book, month = _asked(asked)
    made = statements_of(book=book, month=month)
    return write_statements(to=to, book=book, made=made, mark=asked.mark)


@writes_form("fund-statements-paper")
def statements_on_paper(*, to: IO[bytes], asked: FormAsked) -> int:
    """Print both statements of a book.

    Raises:
        BookUnknown, MonthInvalid, NotTied; what printing refuses.
    """
    book, month = _asked(asked)
    made = statements_of(book=book, month=month)
    paper = statement_paper(book=book, made=made, on=timezone.localdate())
    to.write(print_inner(paper=paper, mark=asked.mark))
    return len(made.balance_sheet) + len(made.income_statement)


@writes_form("ledger-voucher")
def voucher_on_paper(*, to: IO[bytes], asked: FormAsked) -> int:
    """Print a voucher (记账凭证).

    Raises:
        VoucherUnknown; what printing refuses.
    """
    entries = Entry.objects.select_related("book__agency", "reverses")
    own = entries.filter(book__agency=asked.staff.agency_id)
    entry = own.filter(pk=asked.numbers["entry"]).first()
    if entry is None:
        raise VoucherUnknown(
            f"本机构没有凭证 {asked.numbers['entry']}。", entry=asked.numbers["entry"]
        )
    paper = voucher_paper(entry=entry, on=timezone.localdate())
    to.write(print_inner(paper=paper, mark=asked.mark))
    return entry.lines


def _asked(asked: FormAsked) -> tuple[Book, Month]:
    """The agency's own book: of a smaller one that it helps it sees that there is a book, not what
    is posted there."""
    numbers = asked.numbers
    books = Book.objects.select_related("agency").filter(agency=asked.staff.agency_id)
    book = books.filter(pk=numbers["book"]).first()
    if book is None:
        raise BookUnknown(f"本机构没有账套 {numbers['book']}。", book=numbers["book"])
    return book, Month(numbers["year"], numbers["month"])
