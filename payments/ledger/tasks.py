"""What jobs do for the ledger (账务作业): write statements that somebody asked for."""

from typing import IO

from django.utils import timezone

from backend.exports.forms import FormAsked, writes_form
from backend.kernel.months import Month
from backend.papers.printing import print_inner
from payments.ledger.books import BookUnknown
from payments.ledger.models import Book
from payments.ledger.statement_of import statements_of
from payments.ledger.statement_paper import statement_paper
from payments.ledger.statement_sheet import write_statements


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


def _asked(asked: FormAsked) -> tuple[Book, Month]:
    """The job sees the whole city: the book is one of the agency of whoever asked."""
    numbers = asked.numbers
    books = Book.objects.select_related("agency").filter(agency=asked.staff.agency_id)
    book = books.filter(pk=numbers["book"]).first()
    if book is None:
        raise BookUnknown(f"本机构没有账套 {numbers['book']}。", book=numbers["book"])
    return book, Month(numbers["year"], numbers["month"])
