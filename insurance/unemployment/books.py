"""The book of an agency that pays unemployment insurance (失业保险账套)."""

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from insurance.unemployment.paid_months import SCHEME
from payments.ledger.models import Book


class NoBook(Refusal):
    """The agency keeps no book of this fund (本机构没有失业保险的账套)."""

    code = "unemployment_no_book"


def book_of(case: Case) -> Book:
    """Give the book out of which an agency's case is paid.

    Raises:
        NoBook.
    """
    book = Book.objects.filter(agency=case.agency, scheme=SCHEME).order_by("pk").first()
    if book is None:
        raise NoBook("本机构没有失业保险的账套，不能核定。", case_id=case.pk)
    return book
