"""What becomes known late of months billed before is billed, or taken back, by difference."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias, ClockTimestamp
from insurance.collection.models import Bill, BillChange, BillLine
from insurance.collection.rules.lines import Part
from insurance.enrolment import roll_case
from insurance.enrolment.correct import correct
from insurance.enrolment.models import Enrolment, Kind, RollEntry, SupportGroup, Wage
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection.bill_builders import DEC, JAN, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 5)


def test_a_joiner_told_late_is_billed_for_the_months_past() -> None:
    b.bill(NOV)
    b.li_works(schemes=("110",), since="2026-06")

    b.bill(DEC)

    assert {key.month: fen for key, fen in b.sums().items() if key.part is Part.PERSON} == {
        NOV: 480_00,
        DEC: 480_00,
    }


def test_what_is_billed_late_is_to_be_paid_with_the_month_in_which_it_is_billed() -> None:
    b.bill(NOV)
    b.li_works(schemes=("110",))

    b.bill(DEC)

    assert {(bill.month.month, bill.pay_by) for bill in Bill.objects.all()} == {
        (11, date(2026, 12, 25)),
        (12, date(2026, 12, 25)),
    }


def test_a_leaver_found_late_gets_the_months_back_under_their_keys() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    leaves(from_month=NOV)

    b.bill(DEC)

    first, back = BillLine.objects.filter(part=1).order_by("pk")
    assert (back.key_id, back.fen, back.account_fen) == (first.pk, -480_00, -480_00)
    assert back.month == NOV.first_day
    assert b.sums() == {}


def test_a_wage_put_right_is_billed_by_difference() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    Wage.objects.update(superseded_at=ClockTimestamp())
    of.wage(fen=700_000)

    b.bill(DEC)

    of_november = [line.fen for line in b.lines() if line.key.month == NOV]
    assert of_november == [480_00, 960_00, 80_00, 160_00]


def test_who_leaves_for_the_next_month_is_not_assessed_again() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    leaves(from_month=JAN)

    run = b.bill(DEC)["EMPLOYERS"]

    assert not BillChange.objects.filter(run=run).exists()
    assert run.parameters["terms"][0]["month"] == "2026-12-01"


def test_a_month_is_put_right_as_often_as_it_was_wrong() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    leaves(from_month=NOV)
    b.bill(DEC)
    of.enrolment(valid=of.months("2026-11"))

    b.bill(JAN)

    of_november = [x.fen for x in b.lines() if (x.key.month, x.key.part) == (NOV, Part.PERSON)]
    assert of_november == [480_00, -480_00, 480_00]
    assert len({row.key_id for row in BillLine.objects.filter(part=1, month=NOV.first_day)}) == 1


def test_entries_found_to_be_one_person_owe_once_for_months_past() -> None:
    li, zhao = builders.li(), builders.zhao()
    for person in (li, zhao):
        of.enrolment(person_id=person.pk, valid=of.months("2026-01"))
        of.wage(person_id=person.pk)
    b.bill(NOV)
    Alias.objects.create(party_id=zhao.pk, survivor_id=li.pk, case_id=1)

    b.bill(DEC)

    assert b.fen_of(month=NOV) == b.fen_of(month=DEC) == 480_00
    assert {line.key.person_id for line in b.lines() if line.key.month == DEC} == {li.pk}


def test_months_before_the_first_bill_are_never_billed() -> None:
    b.bill(DEC)
    b.li_works(schemes=("110",), since="2026-03")

    b.bill(JAN)

    assert {line.key.month for line in b.lines()} == {DEC, JAN}


def test_a_group_told_late_pays_on_behalf_of_the_resident() -> None:
    b.on_roll(scheme="170", chosen_fen=200_00)
    b.bill(NOV)
    b.in_group("EXTREME_POVERTY")

    b.bill(DEC)

    year = Month(2026, 1)
    assert b.fen_of(scheme="170", month=year, part=Part.PERSON) == 0
    assert b.fen_of(scheme="170", month=year, part=Part.ON_BEHALF) == 200_00
    assert b.fen_of(scheme="170", month=year, part=Part.SUBSIDY) == 35_00


def test_a_group_that_holds_from_a_later_year_changes_nothing() -> None:
    b.on_roll(scheme="170", chosen_fen=200_00)
    b.bill(NOV)
    SupportGroup.objects.create(
        person_id=builders.wang().pk,
        group="EXTREME_POVERTY",
        valid=SqlRange(date(2026, 3, 1), None),
        source="DESK",
    )

    b.bill(DEC)

    assert b.fen_of(scheme="170", month=Month(2026, 1), part=Part.ON_BEHALF) == 0


def leaves(*, from_month: Month) -> None:
    """Li's enrolment is found to have ended."""
    row = Enrolment.objects.get(superseded_at__isnull=True)
    start = Month.of(row.valid.lower)
    correct(
        enrolment_id=row.pk,
        months=MonthRange(start, from_month),
        blockers=(),
        reason="单位迟报减员",
        today=TODAY,
    )


def put_right(entry: RollEntry, **changes: object) -> None:
    """Two persons decide how an entry of the roll should have been."""
    content = {
        "entry": entry.pk, "keep": True, "level": "500.00", "collective": "0.00",
        "subsidised": True, "groups": None, "reason": "录错",
    }  # fmt: skip
    roll_case.decide(
        cases.decided(
            kind="ENROLMENT_ROLL", party_id=entry.person_id, content={**content, **changes}
        ),
        blockers=(),
    )


def test_a_roll_put_right_by_a_case_is_billed_again_by_difference() -> None:
    year = Month(2026, 1)
    entry = b.on_roll(scheme="170", chosen_fen=5000_00)
    b.bill(NOV)

    put_right(entry, groups=["SUBSISTENCE"])
    b.bill(DEC)

    assert b.fen_of(scheme="170", month=year) == 300_00
    assert b.fen_of(scheme="170", month=year, part=Part.ON_BEHALF) == 200_00


def test_who_is_taken_off_the_roll_owes_nothing() -> None:
    of.enrolment(
        person_id=builders.wang().pk, scheme="170", kind=Kind.RESIDENT,
        valid=of.months("2026-01", "2027-01"),
    )  # fmt: skip
    entry = b.on_roll(scheme="170", chosen_fen=500_00)
    b.bill(NOV)
    assert b.sums()

    put_right(entry, keep=False)
    b.bill(DEC)

    assert not b.sums()
