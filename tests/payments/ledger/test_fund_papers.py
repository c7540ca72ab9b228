"""Papers of the agency are booked by rule: one proposes, another decides, each paper once."""

from collections import Counter
from datetime import date, datetime

import pytest

from backend.cases.acts import CaseAct
from backend.cases.models import Case, CaseState
from backend.cases.receive import receive_case
from backend.kernel.money import MoneyInvalid
from payments.ledger import rules
from payments.ledger.fund_papers import (
    BookOfAnother,
    PaperInvalid,
    PaperKnown,
    check,
    decide,
    entry_of,
    paper_kinds,
)
from payments.ledger.models import Entry, Posting
from payments.ledger.post import MoneyNotHeld
from tests import builders, funds
from tests.payments.ledger.conftest import Books, pay

DAY = date(2026, 11, 5)


def paper(books: Books, **changes: object) -> Case:
    content: dict[str, object] = {
        "paper": "INTEREST_RECEIVED",
        "book": books.residents.pk,
        "day": "2026-11-05",
        "amount": "12.34",
        "document": "利息单 演示1号",
    }
    case = receive_case(
        kind="FUND_PAPER",
        agency=builders.agency(),
        party_id=builders.chen().pk,
        content={**content, **changes},
        received_by=builders.chen().pk,
    )
    case.decided_at = datetime(2026, 11, 6, 9, 0, tzinfo=builders.CHINA)
    return case


def balances() -> Counter[str]:
    found: Counter[str] = Counter()
    for one in Posting.objects.select_related("account"):
        found[one.account.code] += one.dr_fen - one.cr_fen
    return found


@pytest.mark.parametrize(
    ("code", "debit", "credit"),
    [
        ("TRANSFER_RECEIVED", "1002", "4301"),
        ("INTEREST_RECEIVED", "1002", "4201"),
        ("OTHER_RECEIVED", "1002", "4501"),
        ("INCOME_SWEPT", "1003", "1002"),
        ("FUNDING_ARRIVED", "1004", "1003"),
        ("REMITTED_UP", "5501", "1004"),
        ("GRANTED_DOWN", "5502", "1004"),
        ("RECEIVED_FROM_ABOVE", "1003", "4401"),
        ("RECEIVED_FROM_BELOW", "1003", "4402"),
        ("SUBSIDY_RECEIVED", "1003", "4101"),
        ("INTEREST_FISCAL", "1003", "4201"),
        ("INTEREST_EXPENDITURE", "1004", "4201"),
        ("INTEREST_TREASURY", "1005", "4201"),
        ("EXPENDITURE_SWEPT", "1003", "1004"),
        ("DEPOSIT_MADE", "1003.01", "1003"),
        ("DEPOSIT_ENDED", "1003", "1003.01"),
        ("DEPOSIT_INTEREST", "1003", "4201"),
    ],
)
def test_each_kind_is_booked_by_its_rule(books: Books, code: str, debit: str, credit: str) -> None:
    funds.fund(books.residents.pk, 12_34)
    pay(books.residents, 12_34, rule="agency.received.other")  # for what leaves 收入户
    pay(books.residents, 12_34, rule="deposit.made")
    before = balances()

    decide(paper(books, paper=code))

    moved = {account: fen - before[account] for account, fen in balances().items()}
    assert {account: fen for account, fen in moved.items() if fen} == {debit: 12_34, credit: -12_34}


@pytest.mark.parametrize(
    "code", ["REMITTED_UP", "GRANTED_DOWN", "EXPENDITURE_SWEPT", "INCOME_SWEPT", "DEPOSIT_ENDED"]
)
def test_nothing_leaves_that_is_not_there(books: Books, code: str) -> None:
    funds.fund(books.residents.pk, 12_33)
    pay(books.residents, 12_33, rule="agency.received.other")
    pay(books.residents, 12_33, rule="deposit.made")

    with pytest.raises(MoneyNotHeld):
        decide(paper(books, paper=code))


def test_every_kind_has_a_rule() -> None:
    known = {rule.code for rule in rules.posting_rules(on=DAY)}

    assert {kind.rule for kind in paper_kinds(on=DAY)} <= known


def test_the_voucher_names_the_paper_and_its_day(books: Books) -> None:
    case = paper(books)

    decide(case)

    entry = entry_of(case_id=case.pk)
    assert entry is not None
    assert (entry.business_date, entry.attachments) == (DAY, 1)
    assert "利息单 演示1号" in entry.summary


def test_decided_again_it_is_booked_once(books: Books) -> None:
    case = paper(books)
    decide(case)

    decide(case)

    assert Entry.objects.count() == 1


def test_a_paper_is_known_by_kind_book_and_number(books: Books) -> None:
    first = paper(books)

    for act in (check, decide):
        with pytest.raises(PaperKnown):
            act(paper(books))
    assert check(paper(books, paper="OTHER_RECEIVED")) == 0
    Case.objects.exclude(pk=first.pk).update(state=CaseState.REJECTED)
    assert check(first) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"paper": "GIFT"},
        {"book": 987654321},
        {"book": "1"},
        {"day": "5.11."},
        {"day": "2026-11-07"},
        {"document": ""},
        {"amount": "0.00"},
    ],
)
def test_a_case_that_says_too_little_is_refused(books: Books, changes: dict[str, object]) -> None:
    with pytest.raises(PaperInvalid):
        check(paper(books, **changes))


def test_an_amount_is_written_in_yuan(books: Books) -> None:
    with pytest.raises(MoneyInvalid):
        check(paper(books, amount=1234))


@pytest.mark.parametrize("act", [check, decide])
def test_an_agency_books_in_its_own_books_only(books: Books, act: CaseAct) -> None:
    medical = builders.agency(code="34080002", name="演示市医保局")
    case = paper(books)
    case.agency = medical

    with pytest.raises(BookOfAnother):
        act(case)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("again", [" GK1", "GK1 ", "\u3000GK1\t"])
def test_a_number_with_spaces_around_it_is_the_same_number(books: Books, again: str) -> None:
    decide(paper(books, document="GK1"))

    with pytest.raises(PaperKnown):
        check(paper(books, document=again))
    assert check(paper(books, document="GK12")) == 0
