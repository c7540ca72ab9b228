"""The book in which a scheme's contributions are kept (征缴账套)."""

from datetime import date

from backend.access.models import Agency
from backend.kernel.errors import Refusal
from payments.ledger.books import ensure_books
from payments.ledger.models import Book


class NoBook(Refusal):
    """A scheme's money has one book (险种没有唯一的账套)."""

    code = "collection_no_book"


def book_ids(*, on: date) -> dict[str, int]:
    """Give the book of each scheme; what the agencies lack is opened.

    Raises:
        NoBook: two agencies keep the same fund.
    """
    for agency in Agency.objects.order_by("pk"):
        ensure_books(agency=agency, on=on)
    found: dict[str, int] = {}
    for book in Book.objects.order_by("pk"):
        if found.setdefault(book.scheme, book.pk) != book.pk:
            raise NoBook(f"险种 {book.scheme} 有两个账套，无法确定记入哪一个。", scheme=book.scheme)
    return found


def book_of(*, scheme: str, ids: dict[str, int]) -> int:
    """Give the book of a scheme.

    Raises:
        NoBook: no agency keeps it.
    """
    if scheme not in ids:
        raise NoBook(f"险种 {scheme} 没有账套，请先设置其经办机构。", scheme=scheme)
    return ids[scheme]
