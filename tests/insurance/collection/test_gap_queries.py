"""Gaps of persons and of a month, deferred amounts, and where every fen of a month stands."""

from dataclasses import replace
from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from insurance.collection.debts.gap_queries import count_gaps, deferred_fen, gaps_of
from insurance.collection.debts.standing import Standing, standing
from insurance.collection.matching.match_receipts import match_file
from insurance.collection.models import Bill, Deferral, LinePart
from insurance.collection.rules.gaps import Gap, GapState
from insurance.enrolment.models import RollEntry, Source
from tests.insurance.collection import debt_city
from tests.insurance.collection import match_city as city
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.match_city import Came, Owing, P

pytestmark = pytest.mark.django_db
EMPLOYER, VILLAGE = city.FIRST_PAYER, city.FIRST_PAYER + 1
LI, CHEN = city.FIRST_PERSON, city.FIRST_PERSON + 1
YEAR = Month(2026, 1)
IN_TIME, LATE = date(2026, 11, 25), date(2026, 11, 26)


@pytest.fixture(autouse=True)
def _people() -> None:
    city.write_parties(payers=2)


def billed(
    kind: str,
    fen: int,
    *,
    payer_id: int,
    person_id: int = LI,
    scheme: str = "110",
    month: Month = city.NOV,
    part: LinePart = P.PERSON,
    pay_by: date = IN_TIME,
) -> Owing:
    """A line with a bill of its own."""
    key = city.owing(
        payer_id=payer_id,
        person_id=person_id,
        scheme=scheme,
        month=month,
        part=part,
        fen=fen,
    )
    run = city.open_run()
    city.write_lines(run=run, lines=[key])
    Bill.objects.create(
        run=run,
        kind=kind,
        payer_id=payer_id,
        scheme=scheme,
        month=month.first_day,
        district="340802",
        mode="ASSESSED",
        line_count=1,
        fen=fen,
        pay_by=pay_by,
    )
    return key


def paid(key: Owing, fen: int, *, person: bool = False) -> None:
    came = Came(key.payer_id, key.scheme, fen, month=key.month)
    file = city.write_file(receipts=[replace(came, person_id=key.person_id if person else None)])
    match_file(file_id=file.pk, period=city.NOV, today=LATE)


def test_who_pays_alone_and_not_in_full_has_a_gap_that_may_be_filled_in_time() -> None:
    key = billed("FLEXIBLE", 900_00, payer_id=LI)
    paid(key, 300_00)

    assert gaps_of(person_id=LI, today=IN_TIME) == {
        "110": (Gap(city.NOV, 600_00, IN_TIME, GapState.OPEN),)
    }
    assert gaps_of(person_id=LI, today=LATE)["110"][0].state is GapState.CLOSED
    assert count_gaps(period=city.NOV, today=LATE) == 1


def test_who_has_paid_has_no_gap() -> None:
    paid(billed("FLEXIBLE", 900_00, payer_id=LI), 900_00)

    assert gaps_of(person_id=LI, today=LATE) == {}
    assert count_gaps(period=city.NOV, today=LATE) == 0


def year_of(person_id: int, *, pay_by: date = IN_TIME) -> Owing:
    """Somebody of the village owes 400 yuan for the year."""
    RollEntry.objects.create(
        person_id=person_id,
        scheme="390",
        village_id=VILLAGE,
        subsidised=True,
        source=Source.DESK,
        valid=SqlRange(date(2026, 1, 1), date(2027, 1, 1)),
    )
    return billed(
        "RESIDENT", 400_00, payer_id=VILLAGE, person_id=person_id, scheme="390", month=YEAR,
        pay_by=pay_by,
    )  # fmt: skip


def test_of_a_village_those_have_gaps_who_did_not_pay_their_own_part() -> None:
    key = year_of(LI)
    year_of(CHEN)
    billed("RESIDENT", 670_00, payer_id=VILLAGE, scheme="390", month=YEAR, part=P.SUBSIDY)
    paid(key, 400_00, person=True)

    assert gaps_of(person_id=LI, today=LATE) == {}
    assert [gap.fen for gap in gaps_of(person_id=CHEN, today=LATE)["390"]] == [400_00]
    assert count_gaps(period=city.NOV, today=LATE) == 1


def test_what_a_neighbour_paid_too_much_hides_no_gap() -> None:
    key = year_of(LI)
    paid(key, 400_00, person=True)
    year_of(CHEN)
    run = city.open_run()
    city.write_differences(run=run, changes=[(key, -400_00, 0)])
    debt_city.write_bills(run, [(key, -400_00, LATE)], kind="RESIDENT")

    assert [gap.fen for gap in gaps_of(person_id=CHEN, today=LATE)["390"]] == [400_00]
    assert count_gaps(period=city.NOV, today=LATE) == 1


def test_a_late_newcomer_reopens_no_closed_year_of_his_village() -> None:
    year_of(LI)
    year_of(CHEN, pay_by=date(2026, 12, 31))

    states = [gaps_of(person_id=one, today=LATE)["390"][0].state for one in (LI, CHEN)]

    assert states == [GapState.CLOSED, GapState.OPEN]


def test_what_is_deferred_is_neither_arrears_nor_forgotten() -> None:
    billed("EMPLOYED", 1_000_00, payer_id=EMPLOYER)
    Deferral.objects.create(
        payer_id=EMPLOYER,
        scheme="110",
        month=city.NOV.first_day,
        fen=400_00,
        case_id=1,
        valid=SqlRange(IN_TIME, date(2027, 6, 1)),
    )

    assert deferred_fen(today=LATE, payer_id=EMPLOYER) == deferred_fen(today=LATE) == 400_00
    assert arrears_of(payer_id=EMPLOYER, today=LATE) == 600_00
    assert arrears_of(payer_id=EMPLOYER, today=date(2027, 6, 1)) == 1_000_00


def test_a_month_stands_where_its_bills_stand() -> None:
    paid(billed("EMPLOYED", 1_000_00, payer_id=EMPLOYER), 250_00)
    billed("FLEXIBLE", 300_00, payer_id=LI)
    billed("RESIDENT", 50_00, payer_id=VILLAGE, scheme="170", month=YEAR)

    on_the_last_day = standing(period=city.NOV, today=IN_TIME)
    after = standing(period=city.NOV, today=LATE)

    assert on_the_last_day == Standing(1_350_00, 250_00, 750_00, 0, 0, 350_00, 0)
    assert after == Standing(1_350_00, 250_00, 0, 0, 750_00, 350_00, 0)
    assert after.adds_up
    assert standing(period=city.NOV, today=LATE, scheme="170").gap_fen == 50_00


def test_a_bill_that_fell_after_it_was_paid_leaves_a_credit() -> None:
    key = billed("EMPLOYED", 1_000_00, payer_id=EMPLOYER)
    paid(key, 1_000_00)
    run = city.open_run()
    city.write_differences(run=run, changes=[(key, -100_00, 0)])
    bill = Bill.objects.get()
    Bill.objects.create(
        run=run,
        kind=bill.kind,
        payer_id=bill.payer_id,
        scheme=bill.scheme,
        month=bill.month,
        district=bill.district,
        mode=bill.mode,
        line_count=1,
        fen=-100_00,
        pay_by=date(2026, 12, 25),
    )

    found = standing(period=city.NOV, today=LATE)

    assert (found.billed_fen, found.credit_fen, found.arrears_fen) == (900_00, 100_00, 0)
    assert found.adds_up
