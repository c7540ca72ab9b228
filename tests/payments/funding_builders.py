"""Budgets, 用款申请 and arrivals as decided cases leave them (演示)."""

from collections.abc import Mapping
from datetime import date, datetime

from backend.cases.models import Case
from payments import budgets, fund_requests
from payments.funding_models import FundRequest
from payments.ledger.models import Book
from tests import builders

DAY = date(2026, 11, 3)


def case(kind: str, book: Book, **content: object) -> Case:
    """A case of finance about a book."""
    made: Case = builders.case(
        kind=kind, party=builders.chen(), content={"book": book.pk, **content}, at=book.agency
    )
    made.decided_at = datetime(2026, 11, 6, 9, 0, tzinfo=builders.CHINA)
    return made


def budget(
    book: Book,
    *,
    year: int = 2026,
    document: str = "预算批复 演示1号",
    by: Mapping[str, str] | None = None,
) -> Case:
    """A case about what may be spent; ``by``: yuan by the last part of the expense account."""
    return case(
        "FUND_BUDGET", book, year=year, document=document, amounts=amounts(by or {"01": "1000.00"})
    )


def request(
    book: Book,
    *,
    period: str = "2026-11",
    document: str = "用款申请 演示1号",
    batches: tuple[int, ...] = (),
    by: Mapping[str, str] | None = None,
) -> Case:
    """A case that asks for a month's money."""
    return case(
        "FUND_REQUEST",
        book,
        period=period,
        document=document,
        batches=[{"batch": one} for one in batches],
        amounts=amounts(by or {"01": "600.00"}),
    )


def asked(
    book: Book, *, document: str = "用款申请 演示1号", by: Mapping[str, str] | None = None
) -> FundRequest:
    """An approved request, within a budget of its own where there is none."""
    if not budgets.used(book_id=book.pk, year=DAY.year):
        budgets.decide(budget(book))
    made = request(book, document=document, by=by)
    fund_requests.decide(made)
    return FundRequest.objects.get(case_id=made.pk)


def arrival(of: FundRequest, amount: str = "600.00", **changes: object) -> Case:
    """A case about what arrived."""
    content: dict[str, object] = {
        "paper": "FUNDING_ARRIVED",
        "day": DAY.isoformat(),
        "amount": amount,
        "document": "拨款单 演示1号",
        "request": of.pk,
    }
    return case("FUND_PAPER", of.book, **{**content, **changes})


def amounts(by: Mapping[str, str]) -> list[dict[str, str]]:
    """As a case lists them."""
    return [{"code": f"5001.{part}", "amount": amount} for part, amount in by.items()]
