"""A term deposit is made, ends in parts, and bears interest; no more ends than was made."""

import pytest

from backend.cases.content import ContentInvalid
from backend.cases.models import Case
from payments import fund_arrivals
from payments.deposits import BeyondDeposit, NoDeposit
from payments.ledger.fund_papers import entry_of
from payments.ledger.reverse import reverse
from tests.payments import funding_builders as of
from tests.payments.ledger.conftest import Books
from tests.payments.ledger.conftest import books as books  # a fixture
from tests.payments.payment_builders import balances

pytestmark = pytest.mark.django_db


def paper(books: Books, code: str, amount: str, document: str, **more: object) -> Case:
    content = {"day": "2026-11-03", "amount": amount, "document": document, **more}
    return of.case("FUND_PAPER", books.residents, paper=code, **content)


def made(books: Books) -> Case:
    case = paper(books, "DEPOSIT_MADE", "1000.00", "存单 演示1号")
    fund_arrivals.decide(case)
    return case


def test_it_ends_in_parts_and_bears_interest(books: Books) -> None:
    deposit = made(books).pk

    fund_arrivals.decide(paper(books, "DEPOSIT_ENDED", "400.00", "支取 1号", deposit=deposit))
    fund_arrivals.decide(paper(books, "DEPOSIT_INTEREST", "3.00", "利息 1号", deposit=deposit))
    with pytest.raises(BeyondDeposit, match="还有 600"):
        fund_arrivals.check(paper(books, "DEPOSIT_ENDED", "600.01", "支取 2号", deposit=deposit))
    last = paper(books, "DEPOSIT_ENDED", "600.00", "支取 3号", deposit=deposit)
    fund_arrivals.decide(last)

    assert fund_arrivals.decide(last) == 0  # once more, the same
    assert balances(books.residents) == {"1003": 300, "4201": -300}


def test_what_was_not_made_does_not_end(books: Books) -> None:
    other = paper(books, "SUBSIDY_RECEIVED", "1000.00", "补贴 1号")
    fund_arrivals.decide(other)

    for refusal, more in (
        (ContentInvalid, {}),
        (NoDeposit, {"deposit": 987_654}),
        (NoDeposit, {"deposit": other.pk}),
    ):
        case = paper(books, "DEPOSIT_ENDED", "1.00", f"支取 {more}", **more)
        with pytest.raises(refusal):
            fund_arrivals.check(case)


def test_what_was_taken_back_is_no_deposit(books: Books) -> None:
    case = made(books)
    entry = entry_of(case_id=case.pk)
    assert entry is not None
    reverse(entry_id=entry.pk, business_date=of.DAY, reason="记错", reversed_by=None)

    with pytest.raises(NoDeposit):
        fund_arrivals.check(paper(books, "DEPOSIT_INTEREST", "1.00", "利息 1号", deposit=case.pk))
