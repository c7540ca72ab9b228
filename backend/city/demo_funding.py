"""Money for what is to be paid (用款拨付, 演示): what 支出户 lacks arrives before it is paid out.

Finance books the arrival, a reviewer decides, through the same API as people do.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.city.demo_staff import DemoOffice, Member, books_by_agency
from backend.kernel.money import Money
from backend.kernel.months import Month

KIND, PAPER = "FUND_PAPER", "FUNDING_ARRIVED"
EXPENDITURE = "1004"
PLANNED_IN_FEN = 10_000 * 100  # a plan asks for whole 万元


def fund(*, office: DemoOffice, needs: Mapping[int, int], day: date) -> int:
    """Let arrive what the books (id → fen to pay) lack on a day; how many papers were booked."""
    booked = 0
    for agency, books in books_by_agency().items():
        own = sorted(needs.keys() & set(books))
        if not own:
            continue
        booked += _decide(office, agency)  # what an interrupted call proposed has not arrived yet
        finance = office.member("FINANCE", agency=agency)
        for book in own:
            lacking = needs[book] - _balance(finance, book, Month.of(day))
            if lacking > 0:
                _propose(finance, book, lacking, day)
        booked += _decide(office, agency)
    return booked


def _propose(finance: Member, book: int, lacking: int, day: date) -> None:
    fen = -(-lacking // PLANNED_IN_FEN) * PLANNED_IN_FEN
    before = len(finance.pages(f"/api/v1/cases/?kind={KIND}&page_size=200"))
    content = {
        "paper": PAPER,
        "book": book,
        "day": day.isoformat(),
        "amount": str(Money(fen)),
        "document": f"演示拨款{day:%Y%m%d}-{before + 1}",
        "received_date": day.isoformat(),
    }
    own = finance.get("/api/v1/staff/me")["person_id"]  # a paper is about nobody else
    finance.post("/api/v1/cases/receive", {"kind": KIND, "party": own, "content": content})


def _decide(office: DemoOffice, agency: str) -> int:
    """All arrivals that wait at an agency are decided; how many."""
    reviewer = office.member("REVIEWER", agency=agency)
    number = {row["code"]: row["id"] for row in reviewer.pages("/api/v1/agencies/")}[agency]
    listed = f"/api/v1/cases/?kind={KIND}&state=RECEIVED&agency={number}&page_size=200"
    waiting = [case["id"] for case in reviewer.pages(listed) if _is_arrival(reviewer, case["id"])]
    if waiting:
        body = {"cases": waiting, "approve": True, "reason": "", "role": "REVIEWER"}
        reviewer.signed_post("/api/v1/cases/decide", body)
    return len(waiting)


def _is_arrival(reviewer: Member, case_id: int) -> bool:
    shown: Any = reviewer.get(f"/api/v1/cases/{case_id}/")
    return bool(shown["content"].get("paper") == PAPER)


def _balance(finance: Member, book: int, month: Month) -> int:
    rows = finance.get(f"/api/v1/books/{book}/balances/?month={month}")
    told = next(row["closing"] for row in rows if row["code"] == EXPENDITURE)
    return Money.yuan(told).fen
