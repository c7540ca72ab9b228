"""An account comes in: across provinces with money that has arrived, within one by record."""

from collections.abc import Callable

import pytest

from insurance.accounts import transfer_money
from insurance.accounts.arrivals import taken_of
from insurance.accounts.entries import balance
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import AccountEntry, Direction, Transfer, TransferStep
from insurance.accounts.sent_away import SheetTaken
from insurance.accounts.settling import LeavingInvalid
from insurance.accounts.transfers import TransferInvalid
from payments.ledger import fund_papers
from payments.ledger.books import ensure_books
from payments.ledger.models import Entry
from payments.ledger.reverse import reverse
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    HANGZHOU,
    HEFEI,
    OCTOBER_9,
    TODAY,
    arrived,
    at_the_letter,
    last_step,
    nothing_billed,
    receive,
)

pytestmark = pytest.mark.django_db


def test_money_comes_in_by_part() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 500_000}, {"part": "EMPLOYER", "fen": 30_000}]
    paper = arrived("10000.00")

    receive(last_step(transfer, amounts=amounts, pooled_fen=470_000, paper=paper))

    assert balance(person_id=builders.wang().pk, scheme="110") == 530_000
    entries = AccountEntry.objects.values_list("kind", "arrival_month").distinct()
    assert list(entries) == [("TRANSFER_IN", of.first("2026-11"))]
    step = TransferStep.objects.get(transfer=transfer, stage=4)
    assert (step.fen, step.pooled_fen) == (530_000, 470_000)
    assert step.entry == fund_papers.entry_of(case_id=paper)
    assert not [row for row in broken_promises() if "转" in row.promise]


@pytest.mark.parametrize(
    "places",
    [
        None,
        [],
        [{"region": "310100", "months": 60, "until": "2019-12"}],
        [{"region": HANGZHOU, "months": 0, "until": "2019-12"}],
        [{"region": HANGZHOU, "months": 60, "until": "2026-12"}],
        [{"region": "杭州", "months": 60, "until": "2019-12"}],
    ],
    ids=["not told", "none", "another place", "no month", "a month to come", "no code"],
)
def test_across_provinces_the_months_of_each_place_come_along(places: object) -> None:
    transfer = at_the_letter(direction=Direction.IN)
    amounts = [{"part": "PERSON", "fen": 500_000}]

    with pytest.raises(LeavingInvalid):
        receive(last_step(transfer, amounts=amounts, pooled_fen=0, paper=arrived(), places=places))


def test_an_arrival_that_was_credited_is_not_taken_back() -> None:
    entry = fund_papers.entry_of(case_id=(paper := arrived("10000.00")))
    assert entry is not None
    assert taken_of(entry=entry) == ""
    amounts = [{"part": "PERSON", "fen": 500_000}]

    receive(
        last_step(at_the_letter(direction=Direction.IN), amounts=amounts, pooled_fen=0, paper=paper)
    )

    assert taken_of(entry=entry) == "已有 5000.00 元转入个人账户或统筹基金"


def test_from_within_the_province_the_account_comes_in_by_record() -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)
    amounts = [{"part": "PERSON", "fen": 500_000}, {"part": "EMPLOYER", "fen": 30_000}]

    assert receive(last_step(transfer, amounts=amounts)) == 3

    assert balance(person_id=builders.wang().pk, scheme="110") == 530_000
    arrived_in = AccountEntry.objects.values_list("kind", "arrival_month").distinct()
    assert list(arrived_in) == [("TRANSFER_IN", of.first("2026-11"))]
    step = TransferStep.objects.get(transfer=transfer, stage=4)
    assert (step.fen, step.pooled_fen, step.entry) == (530_000, 0, None)
    assert not [row for row in broken_promises() if "转入" in row.promise]


@pytest.mark.parametrize("sheet", ["XX-1", " XX-1 ", ""])
def test_a_sheet_brings_its_account_once_under_whichever_certificate(sheet: str) -> None:
    amounts = [{"part": "PERSON", "fen": 500_000}]
    receive(last_step(at_the_letter(direction=Direction.IN, other=HEFEI), amounts=amounts))
    again = at_the_letter(direction=Direction.IN, other=HEFEI, certificate="PZ-2")
    case = last_step(again, amounts=amounts, document_no=sheet)

    with pytest.raises(SheetTaken):
        transfer_money.check_receiving(case, known_months=nothing_billed)
    with pytest.raises(SheetTaken):
        receive(case)

    assert balance(person_id=builders.wang().pk, scheme="110") == 500_000


def test_another_sheet_of_the_same_person_brings_its_own() -> None:
    amounts = [{"part": "PERSON", "fen": 500_000}]
    receive(last_step(at_the_letter(direction=Direction.IN, other=HEFEI), amounts=amounts))
    again = at_the_letter(direction=Direction.IN, other=HEFEI, certificate="PZ-2")

    bases = [{"year": 2024, "months": 12, "amount": "1.00"}]
    receive(last_step(again, amounts=amounts, document_no="XX-2", bases=bases))

    assert balance(person_id=builders.wang().pk, scheme="110") == 1_000_000


@pytest.mark.parametrize("money", [{"pooled_fen": 1}, {"paper": 1}])
def test_from_within_the_province_comes_no_money(money: dict[str, int]) -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)

    with pytest.raises(LeavingInvalid, match="省内"):
        receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}], **money))


def test_an_empty_account_comes_from_within_the_province_too() -> None:
    transfer = at_the_letter(direction=Direction.IN, other=HEFEI)

    assert receive(last_step(transfer)) == 1


@pytest.mark.parametrize(
    "amounts",
    [
        [],
        None,
        [{"part": "PERSON"}],
        [{"part": "OTHER", "fen": 1}],
        [{"part": "PERSON", "fen": 0}],
        [{"part": "PERSON", "fen": True}],
        [{"part": "PERSON", "fen": 1}, {"part": "PERSON", "fen": 2}],
    ],
)
def test_what_comes_in_must_be_an_amount(amounts: object) -> None:
    transfer = at_the_letter(direction=Direction.IN)

    with pytest.raises(LeavingInvalid):
        receive(last_step(transfer, amounts=amounts))


def test_no_more_comes_in_than_has_arrived() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    paper = arrived("5000.00")
    money = {"amounts": [{"part": "PERSON", "fen": 500_000}], "paper": paper}

    with pytest.raises(TransferInvalid, match=r"5000\.00"):
        receive(last_step(transfer, **money, pooled_fen=1))
    receive(last_step(transfer, **money))


def test_one_remittance_may_be_for_several_and_no_more_than_all_of_it() -> None:
    paper = arrived("8000.00")
    for who, fen in ((builders.wang(), 500_000), (builders.li(), 300_000), (builders.zhao(), 1)):
        of_who = moved(at_the_letter(direction=Direction.IN), who.pk)
        case = last_step(of_who, amounts=[{"part": "PERSON", "fen": fen}], paper=paper)
        case.party_id = who.pk
        if fen == 1:
            with pytest.raises(TransferInvalid, match=r"0\.00"):
                receive(case)
        else:
            receive(case)


def moved(transfer: Transfer, person_id: int) -> Transfer:
    """The same transfer, of somebody else."""
    if transfer.person_id == person_id:
        return transfer
    other = Transfer.objects.create(
        person_id=person_id,
        scheme="110",
        direction=transfer.direction,
        other_region=HANGZHOU,
        other_agency="演示",
        with_money=True,
        certificate_no=f"PZ-{person_id}",
    )
    for stage in (1, 2, 3):
        TransferStep.objects.create(transfer=other, stage=stage, done_on=OCTOBER_9)
    return other


@pytest.mark.parametrize("what", ["nothing", "another paper", "reversed", "another book"])
def test_money_comes_in_only_with_the_paper_of_its_arrival(what: str) -> None:
    transfer = at_the_letter(direction=Direction.IN)
    residents = {b.scheme: b.pk for b in ensure_books(agency=builders.agency(), on=TODAY)}["170"]
    papers: dict[str, Callable[[], int | None]] = {
        "nothing": lambda: None,
        "another paper": lambda: arrived(paper="OTHER_RECEIVED"),
        "reversed": arrived,
        "another book": lambda: arrived(book=residents),
    }
    paper = papers[what]()
    if what == "reversed":
        entry = Entry.objects.get()
        reverse(entry_id=entry.pk, business_date=TODAY, reason="演示", reversed_by=1)

    with pytest.raises(TransferInvalid, match="单据"):
        receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}], paper=paper))


def test_in_a_closed_year_interest_of_what_came_in_runs_from_january() -> None:
    transfer = at_the_letter(direction=Direction.IN)
    of.open_run(year=2026)

    receive(last_step(transfer, amounts=[{"part": "PERSON", "fen": 1}], paper=arrived()))

    assert AccountEntry.objects.get().arrival_month == of.first("2027-01")
