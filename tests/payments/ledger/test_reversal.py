"""A mistyped paper is taken back in red by a case, and may be booked again as it is (凭证冲销)."""

from datetime import datetime
from functools import partial

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from backend.cases.receive import receive_case
from payments.ledger import fund_papers, reversal
from payments.ledger.models import Entry
from payments.ledger.months import MonthClosed
from payments.ledger.reversal import DayInvalid, NoSuchVoucher, RestsOnIt
from payments.ledger.reverse import NotReversible, ReversedAlready
from tests import builders
from tests.payments.ledger.conftest import Books, close, pay
from tests.payments.ledger.test_fund_papers import balances, paper

check, decide = (partial(act, blockers=()) for act in (reversal.check, reversal.decide))


def booked(books: Books, **changes: object) -> Entry:
    case = paper(books, **changes)
    fund_papers.decide(case)
    entry = fund_papers.entry_of(case_id=case.pk)
    assert entry is not None
    return entry


def taking_back(entry: Entry, /, **changes: object) -> Case:
    content = {"entry": entry.pk, "day": "2026-11-06", "reason": "金额录错", **changes}
    case = receive_case(
        kind="VOUCHER_REVERSAL",
        agency=builders.agency(),
        party_id=builders.chen().pk,
        content=content,
        received_by=builders.chen().pk,
    )
    case.decided_at = datetime(2026, 11, 6, 9, 0, tzinfo=builders.CHINA)
    return case


def test_a_paper_is_taken_back_in_red(books: Books) -> None:
    entry = booked(books)

    decide(taking_back(entry))

    red = Entry.objects.get(reverses=entry)
    assert (red.red, "金额录错" in red.summary) == (True, True)
    assert not any(balances().values())


def test_the_paper_may_then_be_booked_as_it_is(books: Books) -> None:
    entry = booked(books, amount="12.34")
    with pytest.raises(fund_papers.PaperKnown):
        fund_papers.check(paper(books, amount="21.34"))
    Case.objects.filter(content__amount="21.34").update(state="REJECTED")

    decide(taking_back(entry))
    booked(books, amount="21.34")

    assert balances()["1002"] == 21_34


def test_a_voucher_is_taken_back_once(books: Books) -> None:
    entry = booked(books)
    decide(taking_back(entry))

    with pytest.raises(ReversedAlready):
        decide(taking_back(entry))


def test_two_do_not_ask_for_it_at_once(books: Books) -> None:
    entry = booked(books)
    assert check(taking_back(entry)) == 0

    with pytest.raises(ProposalWaits):
        check(taking_back(entry))


def test_what_a_batch_posted_is_not_taken_back_so(books: Books) -> None:
    with pytest.raises(NoSuchVoucher):
        check(taking_back(pay(books.employees, 100_00)))


def test_a_red_voucher_is_none_of_a_paper(books: Books) -> None:
    entry = booked(books)
    decide(taking_back(entry))

    with pytest.raises((NoSuchVoucher, NotReversible)):
        check(taking_back(Entry.objects.get(reverses=entry)))


def test_an_agency_takes_back_its_own_only(books: Books) -> None:
    case = taking_back(booked(books))
    case.agency = builders.agency(code="34080002", name="演示市医保局")

    with pytest.raises(NoSuchVoucher):
        check(case)


@pytest.mark.parametrize("day", ["2026-11-04", "2026-11-07"])
def test_the_day_is_from_the_vouchers_to_today(books: Books, day: str) -> None:
    with pytest.raises(DayInvalid):
        check(taking_back(booked(books), day=day))


@pytest.mark.parametrize("changes", [{"entry": None}, {"day": "6.11."}, {"reason": ""}])
def test_a_case_that_says_too_little_is_refused(books: Books, changes: dict[str, object]) -> None:
    with pytest.raises(ContentInvalid):
        check(taking_back(booked(books), **changes))


def test_a_closed_month_takes_no_red_voucher(books: Books) -> None:
    entry = booked(books)
    close(books.residents)

    with pytest.raises(MonthClosed):
        decide(taking_back(entry))


def test_what_something_rests_on_is_not_taken_back(books: Books) -> None:
    case = taking_back(booked(books))

    with pytest.raises(RestsOnIt, match="已有一笔转入"):
        reversal.check(case, blockers=(lambda *, entry: "已有一笔转入",))
