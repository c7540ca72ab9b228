"""A file of receipts worked off: matched, credited, posted – once, and to the fen."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry, InterestRun
from insurance.collection.books import NoBook
from insurance.collection.matching.match_receipts import NoReceipts, match_file
from insurance.collection.matching.set_off import set_off
from insurance.collection.matching.work_off import WorkedOff, work_off
from insurance.collection.models import (
    Allocation,
    LinePart,
    Match,
    MatchKind,
    MatchTotal,
    Suspense,
    TaxFile,
)
from payments.ledger.models import Entry, Posting
from tests import builders
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, Owing, P

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 1)
PAYER, LI, CHEN = city.FIRST_PAYER, city.FIRST_PERSON, city.FIRST_PERSON + 1
OWN = Came(PAYER, "110", 100_00, date(2026, 11, 20), month=city.NOV)


@pytest.fixture(autouse=True)
def _agencies() -> None:
    city.write_parties(payers=3)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def owe(
    part: LinePart = P.PERSON,
    fen: int = 100_00,
    *,
    scheme: str = "110",
    month: Month = city.NOV,
    person_id: int | None = LI,
    account_fen: int = 0,
) -> Owing:
    """A key of the payer, billed."""
    one = city.owing(
        payer_id=PAYER,
        person_id=None if part in (P.LATE_FEE, P.ROUNDING, P.ESTIMATE) else person_id,
        scheme=scheme,
        month=month,
        part=part,
        fen=fen,
        account_fen=account_fen,
    )
    city.write_lines(run=city.open_run(), lines=[one])
    return one


def arrive(*receipts: Came) -> WorkedOff:
    """A file comes in and is worked off."""
    file = city.write_file(receipts=receipts)
    return work_off(file_id=file.pk, period=city.NOV, today=TODAY)


def balances() -> Counter[tuple[str, str]]:
    """Debit less credit by scheme and account of the ledger."""
    found: Counter[tuple[str, str]] = Counter()
    for one in Posting.objects.select_related("account__book"):
        found[one.account.book.scheme, one.account.code] += one.dr_fen - one.cr_fen
    return Counter({key: fen for key, fen in found.items() if fen})


def entries() -> list[tuple[str, str, date, int]]:
    return list(
        AccountEntry.objects.order_by("pk").values_list("kind", "part", "arrival_month", "fen")
    )


def test_received_is_matched_and_late_fees_and_suspense() -> None:
    owe(P.PERSON, 80_00, account_fen=80_00)
    owe(P.EMPLOYER, 160_00)
    owe(P.LATE_FEE, 5_00)

    done = arrive(replace(OWN, fen=250_00), replace(OWN, fen=7_00, late_fee=True))

    assert done.match.summary == {
        "matched_fen": 240_00,
        "late_fee_fen": 5_00,
        "suspense": 2,
        "suspense_fen": 12_00,
    }
    assert balances() == {
        ("110", "1005"): 257_00,
        ("110", "4001"): -240_00,
        ("110", "4501"): -5_00,
        ("110", "2001"): -12_00,
    }


def test_a_file_is_worked_off_once() -> None:
    owe(account_fen=40_00)
    first = arrive(OWN)
    written = [model.objects.count() for model in (Allocation, AccountEntry, Entry, MatchTotal)]

    again = work_off(file_id=first.match.file_id or 0, period=city.NOV, today=TODAY)

    assert (again.match, again.rows) == (first.match, 0)
    assert written == [m.objects.count() for m in (Allocation, AccountEntry, Entry, MatchTotal)]
    assert entries() == [("CREDIT", "PERSON", date(2026, 11, 1), 40_00)]


def test_only_an_accepted_file_of_receipts_is_matched() -> None:
    bills = TaxFile.objects.create(
        kind="BILLS", serial=1, name="b", sha256="b", accepted=True, row_count=0, fen=0
    )

    with pytest.raises(NoReceipts, match="入库明细"):
        match_file(file_id=bills.pk, period=city.NOV, today=TODAY)


def test_each_scheme_is_posted_to_the_book_of_its_own_agency() -> None:
    owe(P.PERSON, 20_00, scheme="310", account_fen=20_00)

    arrive(replace(OWN, scheme="310", fen=20_00))

    assert balances() == {("310", "1005"): 20_00, ("310", "4001"): -20_00}
    assert set(Entry.objects.values_list("book__agency__kind", flat=True)) == {"MEDICAL"}


def test_a_scheme_whose_agency_is_not_there_stops_the_file_as_a_whole() -> None:
    Agency.objects.filter(kind="MEDICAL").update(region="340100")
    owe(scheme="310")

    with pytest.raises(NoBook, match="310"), transaction.atomic():
        arrive(replace(OWN, scheme="310"))

    assert not Match.objects.exists()


def test_subsidies_come_from_the_treasury_and_pay_subsidies_only() -> None:
    january = Month(2026, 1)
    for part, fen in ((P.PERSON, 200_00), (P.SUBSIDY, 30_00), (P.ON_BEHALF, 50_00)):
        owe(part, fen, scheme="170", month=january, account_fen=fen)
    owe(P.COLLECTIVE, 10_00, scheme="170", month=january, account_fen=10_00)
    village = replace(OWN, scheme="170", month=january)

    arrive(replace(village, fen=90_00, fiscal=True), replace(village, fen=215_00))

    assert balances() == {
        ("170", "1003"): 90_00,
        ("170", "1005"): 215_00,
        ("170", "4001"): -250_00,  # own contributions, and what is paid on behalf
        ("170", "4101"): -30_00,
        ("170", "4102"): -10_00,
        ("170", "2001"): -15_00,
    }
    assert sorted((part, fen) for _, part, _, fen in entries()) == [
        ("COLLECTIVE", 10_00),
        ("PERSON", 200_00),
        ("SUBSIDY", 80_00),  # the government's money, by whichever way
    ]


def test_money_is_booked_in_the_month_in_which_it_arrived() -> None:
    owe(fen=100_00)

    arrive(replace(OWN, fen=60_00, arrived=date(2026, 10, 31)), replace(OWN, fen=40_00))

    days = Entry.objects.order_by("business_date").values_list("business_date", "source_id")
    match = Match.objects.get()
    assert list(days) == [
        (date(2026, 10, 31), f"{match.pk}/2026-10"),
        (date(2026, 11, 20), f"{match.pk}/2026-11"),
    ]


def test_a_part_counts_from_the_month_in_which_the_last_of_it_arrived() -> None:
    owe(fen=100_00, account_fen=100_00)

    arrive(replace(OWN, fen=60_00, arrived=date(2026, 10, 31)), replace(OWN, fen=40_00))

    assert entries() == [("CREDIT", "PERSON", date(2026, 11, 1), 100_00)]


def test_what_comes_in_for_a_closed_year_counts_from_january_after() -> None:
    InterestRun.objects.create(
        scheme="110",
        year=2026,
        interim=True,
        ratio="0.02",
        ratio_of_year=2025,
        policy_version="0" * 64,
        chunks=[],
    )
    owe(account_fen=100_00)

    arrive(OWN)

    assert entries() == [("CREDIT", "PERSON", date(2027, 1, 1), 100_00)]


def test_a_bill_that_fell_pays_the_next_one_before_that_goes_out() -> None:
    paid = owe(account_fen=40_00)
    arrive(OWN)
    city.write_differences(run=city.open_run(), changes=[(paid, -30_00, -12_00)])
    owe(fen=100_00, month=city.NOV.next, account_fen=40_00)

    assert set_off(period=city.NOV.next, today=TODAY) > 0
    done = arrive(replace(OWN, fen=70_00, month=city.NOV.next))

    assert done.match.summary["suspense_fen"] == 0  # type: ignore[index]
    assert [(kind, fen) for kind, _, _, fen in entries()] == [
        ("CREDIT", 40_00),
        ("CREDIT", 12_00),
        ("REFUND", -12_00),
        ("CREDIT", 28_00),
    ]
    assert balances() == {("110", "1005"): 170_00, ("110", "4001"): -170_00}


def test_a_credit_whose_account_is_gone_is_left_to_people() -> None:
    paid = owe(account_fen=40_00)
    arrive(OWN)
    city.write_differences(run=city.open_run(), changes=[(paid, -30_00, -12_00)])
    AccountEntry.objects.create(
        person_id=LI,
        scheme="110",
        kind="INHERITED",
        part="WHOLE",
        for_month=date(2026, 11, 1),
        arrival_month=date(2026, 11, 1),
        fen=-35_00,
        source="CASE",
        source_id=1,
    )
    owe(fen=100_00, month=city.NOV.next)

    assert set_off(period=city.NOV.next, today=TODAY) == 0


def test_what_nobody_owes_waits_with_finance_from_the_day_it_came() -> None:
    arrive(replace(OWN, payer_id=None), replace(OWN, scheme="210", arrived=date(2026, 11, 3)))

    rows = Suspense.objects.order_by("pk").values_list("reason", "owner_role", "opened_on", "fen")
    assert list(rows) == [
        ("UNKNOWN_PAYER", "FINANCE", date(2026, 11, 20), 100_00),
        ("NOTHING_OWED", "FINANCE", date(2026, 11, 3), 100_00),
    ]


def test_a_match_that_does_not_add_up_can_not_be_closed() -> None:
    owed = owe()
    file = city.write_file(receipts=[OWN])
    receipt = file.receipt_set.get()

    with pytest.raises(IntegrityError, match="what came in is not what"):
        made_and_closed(file, owed, funds_id=receipt.pk, fen=99_99, total_fen=99_99)


def test_the_totals_of_a_match_are_those_of_its_allocations() -> None:
    owed = owe()
    file = city.write_file(receipts=[OWN])
    receipt = file.receipt_set.get()

    with pytest.raises(IntegrityError, match="the totals of match"):
        made_and_closed(file, owed, funds_id=receipt.pk, fen=100_00, total_fen=99_99)


def test_a_match_is_not_left_open() -> None:
    with pytest.raises(IntegrityError, match="was not opened and closed"):
        left_open()


@pytest.mark.parametrize("fen", [100_01, -1])
def test_no_key_is_paid_more_than_it_owes_or_less_than_nothing(fen: int) -> None:
    owed = owe()

    with pytest.raises(IntegrityError, match="no more is matched"), transaction.atomic():
        allocated(opened(MatchKind.CREDITS), owed, funds_id=owed.key_id, fen=fen)


def test_a_closed_match_takes_no_more_rows() -> None:
    owed = owe()
    match = arrive(replace(OWN, fen=1)).match

    with pytest.raises(IntegrityError, match="open match"), transaction.atomic():
        allocated(match, owed, funds_id=owed.key_id, fen=1)
    with pytest.raises(IntegrityError, match="takes no more rows"), transaction.atomic():
        total_of(match, fen=1)


@transaction.atomic
def made_and_closed(file: TaxFile, owed: Owing, *, funds_id: int, fen: int, total_fen: int) -> None:
    match = opened(MatchKind.RECEIPTS, file)
    allocated(match, owed, funds_id=funds_id, fen=fen)
    total_of(match, fen=total_fen)
    match.summary = {}
    match.save(update_fields=["summary"])


@transaction.atomic
def left_open() -> None:
    opened(MatchKind.CREDITS)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def opened(kind: MatchKind, file: TaxFile | None = None) -> Match:
    return Match.objects.create(kind=kind, period=city.NOV.first_day, file=file, matched_on=TODAY)


def allocated(match: Match, owed: Owing, *, funds_id: int, fen: int) -> Allocation:
    return Allocation.objects.create(
        key_id=owed.key_id, match=match, funds_id=funds_id, fen=fen, account_fen=0
    )


def total_of(match: Match, *, fen: int) -> MatchTotal:
    return MatchTotal.objects.create(
        payer_id=PAYER,
        scheme="110",
        month=city.NOV.first_day,
        part=P.PERSON,
        arrived=TODAY,
        match=match,
        fen=fen,
        account_fen=0,
    )
