"""Lay down what a fund may spend in a year (基金预算), and say how far it is used.

The budget that was approved is registered by two persons; a changed one replaces the last of the
year, and allows what was asked for already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from payments.funding_models import FundBudget, FundBudgetLine
from payments.ledger.fund_papers import BookOfAnother
from payments.ledger.models import Account, Book

KIND = "FUND_BUDGET"
YEAR_MIN, YEAR_MAX = 2000, 2199
EXPENSE = "5"  # 支出类科目
ITEMS_MAX = 20
DOCUMENT_MAX = 40
HOLD = "SELECT pg_advisory_xact_lock(hashtext('payments.budget'), %s)"
# Of each expense account that has a budget or was asked for: its name, the year's budget (as of
# ``at``), and what was asked for (by requests ``before`` one).
USED = """
SELECT a.code, a.name, coalesce(b.fen, 0)::bigint, coalesce(r.fen, 0)::bigint
FROM ledger_account a
LEFT JOIN payments_fundbudgetline b ON b.code = a.code AND b.budget_id = (
    SELECT max(id) FROM payments_fundbudget
    WHERE book_id = %(book)s AND year = %(year)s
        AND recorded_at <= coalesce(%(at)s::timestamptz, recorded_at))
LEFT JOIN (SELECT l.code, sum(l.fen) AS fen
    FROM payments_fundrequest q JOIN payments_fundrequestline l ON l.request_id = q.id
    WHERE q.book_id = %(book)s AND extract(year FROM q.month) = %(year)s
        AND q.id < coalesce(%(before)s::int, q.id + 1) GROUP BY 1) r ON r.code = a.code
WHERE a.book_id = %(book)s AND num_nonnulls(b.fen, r.fen) > 0 ORDER BY a.code
"""


class BudgetInvalid(Refusal):
    """The case does not say what a year's budget allows (预算内容不完整)."""

    code = "fund_budget_invalid"


class BudgetBelowRequests(Refusal):
    """A changed budget allows what was asked for already (预算低于已申请的用款)."""

    code = "fund_budget_below_requests"


@dataclass(frozen=True)
class Used:
    """An expense account in a year: what its budget allows, and what was asked for (预算执行)."""

    code: str
    name: str
    budget_fen: int
    asked_fen: int

    @property
    def rest_fen(self) -> int:
        """What may still be asked for."""
        return self.budget_fen - self.asked_fen


def check(case: Case) -> int:
    """At its receipt a FUND_BUDGET case can be decided as it asks; writes nothing.

    Content: ``book``, ``year``, ``document`` (by which it was approved), ``amounts`` (a list of
    ``code`` of an expense account and ``amount`` in yuan).

    Raises:
        ContentInvalid, BudgetInvalid, BudgetBelowRequests, BookOfAnother, ProposalWaits.
    """
    book, year, _ = _wanted(case)
    content.require_only_proposal(case, book=book.pk, year=year)
    return 0


def decide(case: Case) -> int:
    """The act of a FUND_BUDGET case: the year has this budget; rows written.

    Raises:
        as ``check``.
    """
    hold_budget(book_id=content.number(case, "book", "账套"))
    book, year, amounts = _wanted(case)
    budget = FundBudget.objects.create(
        book=book,
        year=year,
        document=content.text(case, "document", "批准文件", most=DOCUMENT_MAX),
        case_id=case.pk,
    )
    lines = FundBudgetLine.objects.bulk_create(
        FundBudgetLine(budget=budget, code=code, fen=fen) for code, fen in amounts.items()
    )
    return 1 + len(lines)


def hold_budget(*, book_id: int) -> None:
    """Let nobody else ask for a book's money, or change its budget, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [book_id])


def used(
    *, book_id: int, year: int, before: int | None = None, at: datetime | None = None
) -> tuple[Used, ...]:
    """Give the accounts of a year; by the requests ``before`` one, and the budget ``at`` a time."""
    values: dict[str, Any] = {"book": book_id, "year": year, "before": before, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(USED, values)
        return tuple(Used(*row) for row in cursor.fetchall())


def book_of(case: Case) -> Book:
    """Give the book that a case names, its own agency's.

    Raises:
        ContentInvalid, BudgetInvalid, BookOfAnother.
    """
    book = Book.objects.filter(pk=content.number(case, "book", "账套")).first()
    if book is None:
        raise BudgetInvalid("没有这个账套。", case_id=case.pk)
    if book.agency_id != case.agency_id:
        raise BookOfAnother("该账套属于另一经办机构，由该机构登记。", book=book.pk)
    return book


def amounts_of(case: Case, book: Book) -> Mapping[str, int]:
    """Give the fen by expense account that a case lists.

    Raises:
        ContentInvalid, BudgetInvalid, MoneyInvalid.
    """
    rows = content.rows(case, "amounts", "金额", most=ITEMS_MAX)
    known = set(
        Account.objects.filter(book=book, code__startswith=EXPENSE).values_list("code", flat=True)
    )
    amounts: dict[str, int] = {}
    for row in rows:
        code = row.content.get("code")
        if not isinstance(code, str) or code not in known or code in amounts:
            raise BudgetInvalid(f"{code} 不是账套“{book.name}”的支出科目，或者重复。")
        amounts[code] = content.fen(row, "amount", f"科目 {code} 的金额")
    if not amounts:
        raise BudgetInvalid("请按支出科目逐项填写金额。", case_id=case.pk)
    return amounts


def _wanted(case: Case) -> tuple[Book, int, Mapping[str, int]]:
    book = book_of(case)
    year = case.content.get("year")
    if type(year) is not int or not YEAR_MIN <= year <= YEAR_MAX:
        raise BudgetInvalid("请写明预算年度，如 2026。", case_id=case.pk)
    content.text(case, "document", "批准文件", most=DOCUMENT_MAX)
    amounts = amounts_of(case, book)
    for one in used(book_id=book.pk, year=year):
        if one.asked_fen > amounts.get(one.code, 0):
            raise BudgetBelowRequests(
                f"科目 {one.code} {one.name}本年已申请 {Money(one.asked_fen)} 元，预算不能更低。",
                account=one.code,
            )
    return book, year, amounts
