"""Money between pool levels (上解、下拨): finance proposes, a reviewer decides, each at the API;
the city books tell what went up and came down. 110 is pooled by the province, 170 by the city.
"""

from datetime import date

import pytest
from django.test import Client

from backend.cases.models import Case, CaseState
from backend.kernel.months import Month
from payments import money_invariants
from payments.funding_models import FundRequest
from payments.ledger import invariants
from payments.ledger.books import ensure_books
from payments.ledger.fund_papers import PaperKnown, check, entry_of
from tests import builders
from tests.flows import stories

NOVEMBER = Month(2026, 11)
EXPENDITURE, TREASURY = "1004", "1003"  # 支出户, 财政专户


@pytest.fixture
def finance(client: Client) -> Client:
    client.force_login(builders.member(role="FINANCE").staff)
    return client


def paper(code: str, *, book: int, amount: str, document: str, **more: object) -> Case:
    """Two persons at the API book a paper of the agency."""
    content = {
        "paper": code, "book": book, "day": "2026-11-05", "amount": amount,
        "document": document, "received_date": "2026-11-05", **more,
    }  # fmt: skip
    return stories.decided_at_api(
        kind="FUND_PAPER",
        party_id=builders.chen().pk,
        content=content,
        hands=("FINANCE", "REVIEWER"),
    )


def asked(book: int, amount: str, *, document: str) -> dict[str, int]:
    """Two lay down what may be spent, three ask for it; upon which request it comes."""
    told = {"book": book, "received_date": "2026-11-05"}
    amounts = [{"code": "5001.01", "amount": amount}]
    stories.decided_at_api(
        kind="FUND_BUDGET",
        party_id=builders.chen().pk,
        content={**told, "year": 2026, "document": f"预算 {document}", "amounts": amounts},
        hands=("FINANCE", "APPROVER"),
    )
    request = stories.decided_at_api(
        kind="FUND_REQUEST",
        party_id=builders.chen().pk,
        content={**told, "period": "2026-11", "document": document, "amounts": amounts},
        hands=("FINANCE", "REVIEWER", "APPROVER"),
    )
    return {"request": FundRequest.objects.get(case_id=request.pk).pk}


def closing(finance: Client, book: int) -> dict[str, str]:
    """What the book shows at the end of November, account by account."""
    rows = finance.get(f"/api/v1/books/{book}/balances/", {"month": str(NOVEMBER)}).json()
    return {row["code"]: row["closing"] for row in rows}


@pytest.mark.django_db
def test_the_story_of_money_between_the_levels(finance: Client) -> None:
    stories.open_agencies()
    kept = ensure_books(agency=builders.agency(), on=date(2026, 11, 5))
    books = {book.scheme: book.pk for book in kept}
    employees, residents = books["110"], books["170"]

    # The province grants what the city's pensions lack; it arrives in the special fiscal account.
    paper("RECEIVED_FROM_ABOVE", book=employees, amount="500000.00", document="省级补助 演示1号")
    # Of what the city has left it sends its share up, out of what was paid over to 支出户.
    of = asked(employees, "200000.00", document="用款 演示1号")
    paper("FUNDING_ARRIVED", book=employees, amount="200000.00", document="拨款 演示1号", **of)
    paper("REMITTED_UP", book=employees, amount="120000.00", document="上解 演示1号")
    shown = closing(finance, employees)
    assert (shown["4401"], shown["5501"]) == ("-500000.00", "120000.00")
    assert (shown[TREASURY], shown[EXPENDITURE]) == ("300000.00", "80000.00")

    # A county sends its residents' money up to the city, and gets what it lacks.
    paper("RECEIVED_FROM_BELOW", book=residents, amount="90000.00", document="县上解 演示1号")
    of = asked(residents, "60000.00", document="用款 演示2号")
    paper("FUNDING_ARRIVED", book=residents, amount="60000.00", document="拨款 演示2号", **of)
    down = paper("GRANTED_DOWN", book=residents, amount="60000.00", document="下拨 演示1号")
    shown = closing(finance, residents)
    assert (shown["4402"], shown["5502"]) == ("-90000.00", "60000.00")
    assert (shown[TREASURY], shown[EXPENDITURE]) == ("30000.00", "0.00")

    # The same paper moves no money twice, whoever proposes it.
    again = builders.case(kind="FUND_PAPER", content=down.content)
    with pytest.raises(PaperKnown):
        check(again)
    Case.objects.filter(pk=again.pk).update(state=CaseState.REJECTED)

    # A paper booked by mistake is taken back in red, and its number is free again.
    voucher = entry_of(case_id=down.pk)
    assert voucher is not None
    stories.decided_at_api(
        kind="VOUCHER_REVERSAL",
        party_id=builders.chen().pk,
        content={"entry": voucher.pk, "day": "2026-11-05", "reason": "金额录错",
                 "received_date": "2026-11-05"},
        hands=("FINANCE", "REVIEWER"),
    )  # fmt: skip
    assert closing(finance, residents)["5502"] == "0.00"
    paper("GRANTED_DOWN", book=residents, amount="45000.00", document="下拨 演示1号")
    shown = closing(finance, residents)
    assert (shown["5502"], shown[EXPENDITURE]) == ("45000.00", "15000.00")
    assert invariants.broken_promises() + money_invariants.broken_promises() == []
