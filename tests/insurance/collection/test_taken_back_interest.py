"""What is set off or given back leaves an account no earlier than its money came: years close."""

from datetime import date

import pytest
from django.utils import timezone

from backend.access.models import Agency
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from insurance.accounts import tasks
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import AccountEntry, YearClose
from insurance.accounts.statement import statement_of
from insurance.accounts.yearly_interest import chunk_keys, close_year, open_year
from insurance.collection.matching.set_off import set_off
from insurance.collection.matching.work_off import work_off
from payments.ledger.models import LedgerMonth
from payments.ledger.year_end import not_carried
from tests import builders
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, Owing, P
from tests.payments.ledger.conftest import carry_over
from tests.payments.payment_builders import close_ledger

pytestmark = pytest.mark.django_db
HANDLERS = tasks  # imported so that its jobs can be done here
PAYER, LI, CHEN = city.FIRST_PAYER, city.FIRST_PERSON, city.FIRST_PERSON + 1
DEC, JAN = Month(2026, 12), Month(2027, 1)


@pytest.fixture(autouse=True)
def _city() -> None:
    city.write_parties(payers=1)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def owe(*, person_id: int = LI, month: Month = DEC, fen: int = 120_000) -> Owing:
    """A person's part of a month, all of it for the account."""
    one = city.owing(
        payer_id=PAYER,
        person_id=person_id,
        scheme="110",
        month=month,
        part=P.PERSON,
        fen=fen,
        account_fen=fen,
    )
    city.write_lines(run=city.open_run(), lines=[one])
    return one


def paid_in_january(owed: Owing) -> None:
    """December's money came in January, and all of it for nothing: the bill fell to nought."""
    came = Came(PAYER, "110", owed.fen, date(2027, 1, 20), month=DEC)
    file = city.write_file(receipts=[came])
    work_off(file_id=file.pk, period=JAN, today=date(2027, 1, 31))
    city.write_differences(run=city.open_run(), changes=[(owed, -owed.fen, -owed.fen)])


def moved() -> list[tuple[int, str, date, int]]:
    rows = AccountEntry.objects.filter(source="ALLOCATION").order_by("pk")
    return list(rows.values_list("person_id", "kind", "arrival_month", "fen"))


def close_books(december: Month) -> None:
    """Every month that the book has begun with, one after the other."""
    months = LedgerMonth.objects.filter(book__scheme="110", closed_at=None).order_by("month")
    first = months.first()
    if first is None or Month.of(first.month) > december:
        return
    for month in Month.of(first.month).until(december.next):
        LedgerMonth.objects.get_or_create(book=first.book, month=month.first_day)
        close_ledger(first.book, month=month)
        if month.month == 12 and first.book in not_carried(year=month.year):
            carry_over(first.book, month.year)


def close(year: int) -> dict[int, tuple[int, int]]:
    """Close a year of all accounts, its December's books closed; product and closing balance of
    each."""
    close_books(Month(year, 12))
    run = open_year(scheme="110", year=year, region="340800", today=date(2028, 6, 30), demo=True)
    run_waiting(keys=chunk_keys(run=run))
    close_year(run_id=run.pk, now=timezone.now())
    rows = YearClose.objects.filter(run=run).values_list("person_id", "product_fen", "closing_fen")
    return {person: (product, closing) for person, product, closing in rows}


def test_a_set_off_of_an_earlier_business_day_counts_when_its_money_came() -> None:
    paid_in_january(owe())
    owe(person_id=CHEN, month=JAN)

    assert set_off(period=DEC, today=DEC.last_day) > 0

    assert moved() == [
        (LI, "CREDIT", JAN.first_day, 120_000),
        (CHEN, "CREDIT", JAN.first_day, 120_000),
        (LI, "REFUND", JAN.first_day, -120_000),
    ]


def test_interest_is_what_it_would_be_had_the_days_come_in_their_order() -> None:
    AccountEntry.objects.create(
        person_id=LI, scheme="110", kind="OPENING", part="WHOLE", for_month=date(2026, 6, 1),
        arrival_month=date(2026, 6, 1), fen=1_000_000, source="BASELINE", source_id=1,
    )  # fmt: skip
    paid_in_january(owe())
    owe(person_id=CHEN, month=JAN)
    set_off(period=DEC, today=DEC.last_day)

    of_2026, of_2027 = close(2026), close(2027)

    product = 1_000_000 * 7
    interest = (product * 15 // 1000 * 2 + 12) // 24  # 1.5 % as of 2025, the last announced
    assert of_2026 == {LI: (product, 1_000_000 + interest)}
    assert of_2027[LI][0] == (1_000_000 + interest) * 12
    assert of_2027[CHEN][0] == 120_000 * 12
    assert [one.promise for one in broken_promises() if "计息" in one.promise] == []


def test_a_year_before_the_money_came_is_closed_without_it() -> None:
    paid_in_january(owe())
    owe(person_id=CHEN, month=JAN)
    set_off(period=DEC, today=DEC.last_day)

    assert close(2027) == {CHEN: (120_000 * 12, 121_800)}  # its 2026 would close below zero
    shown = statement_of(person_id=LI, scheme="110", year=2027)
    assert (shown.paid_out_fen, shown.closing_fen) == (120_000, 0)


def test_a_set_off_in_its_time_counts_in_its_own_month() -> None:
    paid_in_january(owe())
    owe(person_id=CHEN, month=JAN)

    set_off(period=JAN.next, today=date(2027, 2, 5))

    assert {arrival for _, kind, arrival, _ in moved() if kind == "REFUND"} == {date(2027, 2, 1)}
    assert moved()[1] == (CHEN, "CREDIT", date(2027, 2, 1), 120_000)
