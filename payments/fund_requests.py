"""Ask the treasury for a month's money (用款申请): drafted, checked and approved by three.

It stays within the year's budget, item by item, and names the batches that it is for. It is a
document: only what arrives upon it is booked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from payments.budgets import DOCUMENT_MAX, amounts_of, book_of, hold_budget, used
from payments.funding_models import FundRequest, FundRequestBatch, FundRequestLine
from payments.ledger.books import expense_items
from payments.ledger.models import Book
from payments.models import Batch, BatchKind, BatchState

KIND = "FUND_REQUEST"
BATCHES_MAX = 200
TO_BE_PAID = (BatchState.SEALED, BatchState.CHECKED, BatchState.APPROVED, BatchState.SENDING)
# What is paid again was asked for before: it came back to 支出户.
PAID_AGAIN = (BatchKind.REISSUE, BatchKind.FOUND)
PARTS = """
SELECT p.n, sum(p.fen)::bigint FROM payments_attempt a,
    unnest(a.parts) WITH ORDINALITY AS p (fen, n)
WHERE a.batch_id = ANY(%s) GROUP BY 1 ORDER BY 1
"""


class RequestInvalid(Refusal):
    """The case does not say for what which money is asked (用款申请内容不完整)."""

    code = "fund_request_invalid"


class BeyondBudget(Refusal):
    """More is asked for than the year's budget allows (超出预算)."""

    code = "fund_request_beyond_budget"


@dataclass(frozen=True)
class Wanted:
    """What a case asks for."""

    book: Book
    month: Month
    document: str
    amounts: Mapping[str, int]
    batches: tuple[int, ...]


def check(case: Case) -> int:
    """At its receipt a FUND_REQUEST case can be decided as it asks; writes nothing.

    Content: ``book``, ``period`` (a month), ``document`` (its number), ``amounts`` (a list of
    ``code`` of an expense account and ``amount`` in yuan), ``batches`` (a list of ``batch``
    ids, may be missing).

    Raises:
        ContentInvalid, RequestInvalid, BeyondBudget, BookOfAnother, ProposalWaits.
    """
    wanted = _wanted(case)
    content.require_only_proposal(case, book=wanted.book.pk, document=wanted.document)
    return 0


def decide(case: Case) -> int:
    """The act of a FUND_REQUEST case: it may go to the treasury; rows written.

    Raises:
        as ``check``.
    """
    hold_budget(book_id=content.number(case, "book", "账套"))
    wanted = _wanted(case)
    request = FundRequest.objects.create(
        book=wanted.book,
        month=wanted.month.first_day,
        document=wanted.document,
        fen=sum(wanted.amounts.values()),
        case_id=case.pk,
    )
    batches = FundRequestBatch.objects.bulk_create(
        FundRequestBatch(batch_id=one, request=request) for one in wanted.batches
    )
    lines = FundRequestLine.objects.bulk_create(
        FundRequestLine(request=request, code=code, fen=fen) for code, fen in wanted.amounts.items()
    )
    return 1 + len(batches) + len(lines)


def expected(*, book: Book, month: Month) -> QuerySet[Batch]:
    """Give the batches of a month that are to be paid and for which nobody has asked yet."""
    rows = Batch.objects.filter(
        book=book,
        pay_date__range=(month.first_day, month.last_day),
        state__in=TO_BE_PAID,
        fundrequestbatch__isnull=True,
    )
    return rows.exclude(kind__in=PAID_AGAIN).order_by("id")


def by_item(*, book: Book, month: Month, batch_ids: Collection[int]) -> dict[str, int]:
    """Give what batches come to by expense account."""
    items = expense_items(book=book, on=month.last_day)
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [sorted(batch_ids)])
        return {items[n - 1]: int(fen) for n, fen in cursor.fetchall() if fen}


def _wanted(case: Case) -> Wanted:
    book = book_of(case)
    month = Month.parse(case.content.get("period"))
    document = content.text(case, "document", "申请单号", most=DOCUMENT_MAX)
    if FundRequest.objects.filter(book=book, document=document).exists():
        raise RequestInvalid(f"申请单号 {document} 已经用过。", case_id=case.pk)
    amounts = amounts_of(case, book)
    left = {one.code: one for one in used(book_id=book.pk, year=month.year)}
    for code, fen in amounts.items():
        rest = left[code].rest_fen if code in left else 0
        if fen > rest:
            raise BeyondBudget(
                f"科目 {code} 本次申请 {Money(fen)} 元，{month.year} 年预算只余 {Money(rest)} 元，"
                "请先调整预算。",
                account=code,
            )
    return Wanted(book, month, document, amounts, _batches(case, book, month))


def _batches(case: Case, book: Book, month: Month) -> tuple[int, ...]:
    rows = content.rows(case, "batches", "预计发放的批次", most=BATCHES_MAX)
    told = [content.number(row, "batch", "批次") for row in rows]
    known = set(expected(book=book, month=month).values_list("pk", flat=True))
    for one in told:
        if one not in known:
            raise RequestInvalid(
                f"批次 {one} 不是账套“{book.name}”{month} 待发放的，或者已经申请过。",
                case_id=case.pk,
            )
    return tuple(sorted(set(told)))
