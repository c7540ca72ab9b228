"""Which money pays which key: closed months, merged entries, a resident's own credit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.collection.cases import defer
from insurance.collection.cases.suspense import NothingToMatch, decide
from insurance.collection.debts.arrears import register_arrears
from insurance.collection.debts.gap_queries import deferred_fen, gaps_of
from insurance.collection.matching.set_off import set_off_credits
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import (
    Allocation,
    BillLine,
    Deferral,
    LinePart,
    MatchTotal,
    Suspense,
)
from insurance.collection.rules.gaps import GapState
from payments.ledger.models import MemoEntry
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import debt_city
from tests.insurance.collection import match_city as city
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.match_city import Came, Owing, P

pytestmark = pytest.mark.django_db
MARCH, FEBRUARY, YEAR = Month(2026, 3), Month(2027, 2), Month(2026, 1)
END_OF_2026, END_OF_2027 = date(2026, 12, 31), date(2027, 12, 31)
COMPANY, VILLAGE, OTHER = (city.FIRST_PAYER + n for n in range(3))
LI, CHEN, ZHAO = (city.FIRST_PERSON + n for n in range(3))
TODAY = date(2027, 2, 28)
IN_FEBRUARY = Came(LI, "110", 960_00, date(2027, 2, 20))


@pytest.fixture(autouse=True)
def _agencies() -> None:
    city.write_parties(payers=3)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def arrive(*receipts: Came) -> None:
    file = city.write_file(receipts=receipts)
    work_off(file_id=file.pk, period=FEBRUARY, today=TODAY)


def merge(gone: int, into: int) -> None:
    Alias.objects.create(party_id=gone, survivor_id=into, case_id=1)


def paid() -> Mapping[Month, int]:
    """What was matched, by month of the key."""
    months = dict(BillLine.objects.values_list("key_id", "month"))
    found: dict[Month, int] = {}
    for one in Allocation.objects.all():
        month = Month.of(months[one.key_id])
        found[month] = found.get(month, 0) + one.fen
    return found


def left() -> list[tuple[str, int]]:
    return list(Suspense.objects.order_by("pk").values_list("reason", "fen"))


def skipped_march() -> Owing:
    """Li pays alone and let March go by."""
    return debt_city.owe(
        960_00, kind="FLEXIBLE", payer_id=LI, month=MARCH, pay_by=END_OF_2026
    )  # fmt: skip


def test_a_closed_month_swallows_no_current_money() -> None:
    skipped_march()
    debt_city.owe(960_00, kind="FLEXIBLE", payer_id=LI, month=FEBRUARY, pay_by=END_OF_2027)

    arrive(IN_FEBRUARY)

    assert paid() == {FEBRUARY: 960_00}
    assert left() == []


def more(key: Owing, fen: int, *, kind: str = "FLEXIBLE", pay_by: date = END_OF_2027) -> None:
    """The key was billed more, to be paid by a later day."""
    run = city.open_run()
    city.write_differences(run=run, changes=[(key, fen, 0)])
    debt_city.write_bills(run, [(key, fen, pay_by)], kind=kind)


def test_a_later_difference_of_a_closed_month_opens_its_own_amount_once() -> None:
    more(skipped_march(), 10_00)

    arrive(IN_FEBRUARY)
    arrive(replace(IN_FEBRUARY, fen=20_00, month=MARCH))

    assert paid() == {MARCH: 10_00}
    assert left() == [("OVERPAID", 950_00), ("CLOSED", 20_00)]
    (lost,) = gaps_of(person_id=LI, today=TODAY)["110"]
    assert (lost.fen, lost.pay_by, lost.state) == (960_00, END_OF_2026, GapState.CLOSED)


def test_what_two_people_let_in_leaves_a_later_difference_open() -> None:
    key = skipped_march()
    arrive(replace(IN_FEBRUARY, fen=960_00))
    content = {
        "suspense": Suspense.objects.get().pk, "decision": "MATCH", "evidence": "十二月已入库",
        "month": str(MARCH), "person": None, "part": None, "received_date": TODAY.isoformat(),
    }  # fmt: skip
    decide(cases.decided(kind="COLLECTION_SUSPENSE", party_id=LI, content=content))
    more(key, 10_00)

    arrive(replace(IN_FEBRUARY, fen=10_00))

    assert paid() == {MARCH: 970_00}


def test_what_fell_and_rises_again_opens_what_it_rises_by() -> None:
    key = skipped_march()
    more(key, -200_00, pay_by=date(2027, 1, 31))
    more(key, 100_00)

    arrive(IN_FEBRUARY)

    assert paid() == {MARCH: 100_00}


def test_money_of_before_the_last_day_finds_what_was_lost_whatever_paid_the_later() -> None:
    more(skipped_march(), 10_00)
    early = replace(IN_FEBRUARY, fen=960_00, arrived=END_OF_2026)

    arrive(replace(IN_FEBRUARY, fen=10_00, month=MARCH), early)

    assert (paid(), left()) == ({MARCH: 970_00}, [])


def test_up_to_its_last_day_a_month_is_paid_however_late_the_file_comes() -> None:
    skipped_march()

    arrive(replace(IN_FEBRUARY, arrived=END_OF_2026))

    assert paid() == {MARCH: 960_00}


@pytest.mark.parametrize("month", [None, MARCH])
def test_money_that_finds_only_closed_months_waits_for_people(month: Month | None) -> None:
    skipped_march()

    arrive(replace(IN_FEBRUARY, month=month))

    assert (paid(), left()) == ({}, [("CLOSED", 960_00)])


def test_one_file_may_hold_money_from_before_and_after_the_last_day() -> None:
    skipped_march()
    early = replace(IN_FEBRUARY, fen=500_00, arrived=END_OF_2026)

    arrive(replace(IN_FEBRUARY, fen=460_00), early)

    assert (paid(), left()) == ({MARCH: 500_00}, [("CLOSED", 460_00)])


def test_an_employer_pays_late_and_the_government_when_it_does() -> None:
    debt_city.owe(80_00, part=P.EMPLOYER, pay_by=date(2026, 11, 25))
    debt_city.owe(
        80_00, kind="RESIDENT", payer_id=VILLAGE, scheme="170", month=YEAR, part=P.SUBSIDY,
        pay_by=END_OF_2026,
    )  # fmt: skip
    company = Came(COMPANY, "110", 80_00, date(2027, 2, 20))

    arrive(company, replace(company, payer_id=VILLAGE, scheme="170", fiscal=True))

    assert paid() == {city.NOV: 80_00, YEAR: 80_00}


def test_two_people_may_name_a_closed_month_on_purpose() -> None:
    skipped_march()
    arrive(IN_FEBRUARY)
    content = {
        "suspense": Suspense.objects.get().pk, "decision": "MATCH", "evidence": "十二月已入库",
        "month": None, "person": None, "part": None,
    }  # fmt: skip
    vague = cases.decided(kind="COLLECTION_SUSPENSE", party_id=LI, content=content)
    with pytest.raises(NothingToMatch):
        decide(vague)

    named = {**content, "month": str(MARCH)}
    decide(cases.decided(kind="COLLECTION_SUSPENSE", party_id=LI, content=named))

    assert paid() == {MARCH: 960_00}


def test_a_credit_fills_no_closed_month() -> None:
    skipped_march()
    january = debt_city.owe(960_00, kind="FLEXIBLE", payer_id=LI, month=FEBRUARY.previous,
                            pay_by=END_OF_2027)  # fmt: skip
    arrive(replace(IN_FEBRUARY, month=FEBRUARY.previous))
    city.write_differences(run=city.open_run(), changes=[(january, -100_00, 0)])

    assert set_off_credits(period=FEBRUARY, today=TODAY) is None


def resident(person_id: int, fen: int, part: LinePart = P.PERSON, month: Month = YEAR) -> Owing:
    return debt_city.owe(
        fen, kind="RESIDENT", payer_id=VILLAGE, person_id=person_id, scheme="170", month=month,
        part=part, pay_by=END_OF_2027,
    )  # fmt: skip


def test_a_residents_own_credit_pays_no_neighbours_bill() -> None:
    chen = resident(CHEN, 500_00)
    resident(ZHAO, 300_00)
    arrive(Came(VILLAGE, "170", 500_00, person_id=CHEN, part=P.PERSON))
    city.write_differences(run=city.open_run(), changes=[(chen, -200_00, 0)])

    assert set_off_credits(period=FEBRUARY, today=TODAY) is None

    his = resident(CHEN, 400_00, month=Month(2027, 1))
    set_off_credits(period=FEBRUARY, today=TODAY)
    assert dict(Allocation.objects.filter(fen__gt=0).values_list("key_id", "fen")) == {
        chen.key_id: 500_00,
        his.key_id: 200_00,
    }


def test_a_newcomer_of_the_village_reopens_nobody_elses_year() -> None:
    """Each was billed with the last day of his own bill."""
    for person, pay_by in ((CHEN, END_OF_2026), (ZHAO, date(2027, 2, 28))):
        debt_city.owe(
            500_00, kind="RESIDENT", payer_id=VILLAGE, person_id=person, scheme="170", month=YEAR,
            pay_by=pay_by,
        )  # fmt: skip
    late = Came(VILLAGE, "170", 500_00, date(2027, 2, 20), month=YEAR)

    arrive(replace(late, person_id=CHEN), replace(late, person_id=ZHAO))

    assert (paid(), left()) == ({YEAR: 500_00}, [("CLOSED", 500_00)])
    assert not Allocation.objects.filter(funds_id=Suspense.objects.get().receipt_id).exists()


def test_what_was_billed_under_a_merged_entry_is_paid_by_who_lives_on() -> None:
    key = debt_city.owe(960_00, kind="FLEXIBLE", payer_id=LI, month=MARCH, pay_by=END_OF_2027)
    merge(LI, CHEN)

    arrive(replace(IN_FEBRUARY, payer_id=CHEN, fen=500_00), replace(IN_FEBRUARY, fen=460_00))

    assert paid() == {MARCH: 960_00}
    assert set(MatchTotal.objects.values_list("payer_id", flat=True)) == {key.payer_id}


def test_a_resident_is_found_under_every_entry_of_his() -> None:
    resident(CHEN, 500_00)
    merge(CHEN, LI)

    arrive(Came(VILLAGE, "170", 500_00, person_id=LI, part=P.PERSON))

    assert (paid(), left()) == ({YEAR: 500_00}, [])
    assert gaps_of(person_id=LI, today=TODAY) == {}


def test_a_suspense_case_of_who_lives_on_reaches_the_merged_entry() -> None:
    debt_city.owe(960_00, kind="FLEXIBLE", payer_id=LI, month=MARCH, pay_by=END_OF_2027)
    merge(LI, CHEN)
    arrive(replace(IN_FEBRUARY, payer_id=None))
    content = {
        "suspense": Suspense.objects.get().pk, "decision": "MATCH", "evidence": "来函",
        "month": "2026-03", "person": None, "part": None,
    }  # fmt: skip

    decide(cases.decided(kind="COLLECTION_SUSPENSE", party_id=CHEN, content=content))

    assert paid() == {MARCH: 960_00}


def test_the_credit_of_a_merged_entry_meets_the_lines_of_who_lives_on() -> None:
    old = debt_city.owe(960_00, kind="FLEXIBLE", payer_id=LI, month=MARCH, pay_by=END_OF_2027)
    arrive(replace(IN_FEBRUARY, month=MARCH))
    city.write_differences(run=city.open_run(), changes=[(old, -100_00, 0)])
    merge(LI, CHEN)
    new = debt_city.owe(
        960_00, kind="FLEXIBLE", payer_id=CHEN, person_id=CHEN, month=FEBRUARY, pay_by=END_OF_2027
    )  # fmt: skip

    set_off_credits(period=FEBRUARY, today=TODAY)

    assert Allocation.objects.get(key_id=new.key_id).fen == 100_00


def test_gaps_of_a_merged_entry_are_seen() -> None:
    skipped_march()
    merge(LI, CHEN)

    assert [gap.fen for gap in gaps_of(person_id=CHEN, today=TODAY)["110"]] == [960_00]


def test_arrears_of_a_merged_employer_are_those_of_who_lives_on() -> None:
    debt_city.owe(10_000_00, part=P.EMPLOYER)
    register_arrears(period=FEBRUARY, today=TODAY)
    merge(COMPANY, OTHER)

    register_arrears(period=FEBRUARY, today=TODAY)

    assert arrears_of(payer_id=OTHER, today=TODAY) == 10_000_00
    memo = MemoEntry.objects.order_by("pk").values_list("party_id", "fen")
    assert sorted(memo) == [(COMPANY, -10_000_00), (COMPANY, 10_000_00), (OTHER, 10_000_00)]


def test_what_a_merged_employer_owes_is_deferred_under_its_own_entry() -> None:
    debt_city.owe(10_000_00, part=P.EMPLOYER)
    merge(COMPANY, OTHER)
    content = {
        "change": "GRANT", "scheme": "110", "from_month": "2026-11", "last_month": "2026-11",
        "from_date": "2027-02-01", "until_date": "2027-06-30", "document": "皖人社函〔2027〕1号",
    }  # fmt: skip
    defer.decide(cases.decided(kind="COLLECTION_DEFERRAL", party_id=OTHER, content=content))

    assert Deferral.objects.get().payer_id == COMPANY
    assert deferred_fen(today=TODAY, payer_id=OTHER) == 10_000_00
    assert arrears_of(payer_id=OTHER, today=TODAY) == 0
