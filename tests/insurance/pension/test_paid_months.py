"""Months that were billed and paid count, on the base that was billed (实际缴费月份)."""

from dataclasses import replace
from datetime import date

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree
from backend.people.models import Person
from insurance.collection.bills.top_up import open_top_up
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine
from insurance.enrolment.models import Wage
from insurance.pension.index import PaidMonth
from insurance.pension.paid_months import SEVERAL, History, history_of
from insurance.policy import parameters
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = date(2027, 1, 20)
JULY, AUGUST = Month(2026, 7), Month(2026, 8)


@pytest.fixture(autouse=True)
def agencies() -> None:
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def pays(payer_id: int, fen: int, month: Month = NOV) -> None:
    file = city.write_file(receipts=[Came(payer_id, "110", fen, month=month)])
    work_off(file_id=file.pk, period=month, today=TODAY)


def history(person_id: int, *, since: Month = NOV, until: Month = DEC) -> History:
    return history_of(person_id=person_id, since=since, until=until, region="340800", on=TODAY)


def test_a_month_paid_by_person_and_employer_counts_on_the_wage() -> None:
    li = bills.li_works(schemes=("110",))
    for month in (NOV, DEC):
        bills.bill(month)
    pays(of.employer().pk, 480_00 + 960_00)

    found = history(li.pk)

    assert found.paid == (PaidMonth(NOV, 6_000_00),)
    assert (found.open_months, found.months) == ((DEC,), 1)


def test_a_month_paid_in_part_is_open() -> None:
    li = bills.li_works(schemes=("110",))
    bills.bill()
    pays(of.employer().pk, 480_00 + 959_99)

    assert history(li.pk) == History((), (NOV,))


def test_who_pays_alone_is_counted_on_the_chosen_base() -> None:
    chen = bills.chen_is_flexible()
    bills.bill()
    pays(chen.pk, 1_000_00)

    assert history(chen.pk).paid == (PaidMonth(NOV, 5_000_00),)


def test_a_wage_below_the_floor_counts_as_the_floor() -> None:
    li = bills.li_works(schemes=("110",))
    Wage.objects.update(superseded_at=builders.NOW)
    of.wage(person_id=li.pk, fen=3_000_00)
    bills.bill()
    pays(of.employer().pk, sum(BillLine.objects.values_list("fen", flat=True)))

    assert history(li.pk).paid == (PaidMonth(NOV, 4_354_00),)


def test_where_the_wage_was_told_anew_since_what_was_billed_says_the_base() -> None:
    li = bills.li_works(schemes=("110",))
    bills.bill()
    pays(of.employer().pk, 1_440_00)
    Wage.objects.update(superseded_at=builders.NOW)
    of.wage(person_id=li.pk, fen=7_000_00)

    assert history(li.pk).paid == (PaidMonth(NOV, 6_000_00),)


def test_two_employers_make_one_month() -> None:
    li = bills.li_works(schemes=("110",))
    other = of.employer(serial=2)
    of.enrolment(person_id=li.pk, payer_id=other.pk, valid=of.months("2026-01"))
    of.wage(person_id=li.pk, payer_id=other.pk, fen=5_000_00)
    bills.bill()
    pays(of.employer().pk, 1_440_00)
    pays(other.pk, 1_200_00)

    found = history(li.pk)

    assert {one.base_fen for one in found.paid} == {6_000_00, 5_000_00}
    assert (found.months, found.open_months, found.cut) == (1, (), None)


def test_two_employers_count_up_to_the_ceiling_of_the_month() -> None:
    li = bills.li_works(schemes=("110",))
    Wage.objects.update(superseded_at=builders.NOW)
    of.wage(person_id=li.pk, fen=20_000_00)
    other = of.employer(serial=2)
    of.enrolment(person_id=li.pk, payer_id=other.pk, valid=of.months("2026-01"))
    of.wage(person_id=li.pk, payer_id=other.pk, fen=5_000_00)
    bills.bill()
    pays(of.employer().pk, 4_800_00)
    pays(other.pk, 1_200_00)

    found = history(li.pk)

    assert sum(one.base_fen for one in found.paid) == 21_772_00
    assert found.cut is not None
    assert (found.cut.months, found.cut.all_fen, found.cut.above_fen) == (1, 25_000_00, 3_228_00)
    assert found.cut.rule.key == SEVERAL


def test_months_outside_are_not_looked_at() -> None:
    li = bills.li_works(schemes=("110",))
    bills.bill()

    assert history(li.pk, since=DEC) == History((), ())
    assert history(li.pk, until=NOV.previous) == History((), ())


def billed_up_to_september() -> Person:
    """Li earns 30,000; July and August are billed on last year's ceiling of 21,556 yuan."""
    li = bills.li_works(schemes=("110",))
    Wage.objects.update(superseded_at=builders.NOW)
    of.wage(person_id=li.pk, fen=30_000_00)
    for month in (JULY, AUGUST, AUGUST.next):
        bills.bill(month)
    return li


def topped_up() -> None:
    """Both months are billed again on the bounds there are now."""
    run = open_top_up(
        period=AUGUST.next,
        first=JULY,
        last=AUGUST,
        reason="皖人社秘〔2026〕113号",
        today=date(2026, 9, 5),
        case_id=1,
    )
    bills.compute(run)


def ceiling_is_lower(patch: pytest.MonkeyPatch) -> None:
    """That of 2026 is 20,000 yuan after all."""
    tree, key = parameters.load(), "pension.base_ceiling"
    shipped = tree.parameters[key]
    rows = tuple(
        replace(row, fields={"value": 20_000}) if row.valid.start.year == 2026 else row
        for row in shipped.rows["value"]
    )
    files = {**tree.parameters, key: replace(shipped, rows={"value": rows})}
    patch.setattr(parameters, "load", lambda: ParameterTree(files, tree.version[:60]))


def in_july(person: Person) -> History:
    return history(person.pk, since=JULY, until=JULY)


def test_a_difference_that_is_not_paid_takes_no_month_away() -> None:
    li = billed_up_to_september()
    pays(of.employer().pk, 5_173_44, JULY)
    topped_up()

    assert in_july(li) == History((PaidMonth(JULY, 21_556_00),), (), (JULY,))


def test_with_its_difference_a_month_counts_on_the_higher_base() -> None:
    li = billed_up_to_september()
    topped_up()
    pays(of.employer().pk, 5_225_28, JULY)

    assert in_july(li) == History((PaidMonth(JULY, 21_772_00),), ())


def test_a_difference_that_is_paid_in_part_raises_no_base() -> None:
    li = billed_up_to_september()
    topped_up()
    pays(of.employer().pk, 5_225_27, JULY)

    assert in_july(li) == History((PaidMonth(JULY, 21_556_00),), (), (JULY,))


def test_what_comes_in_as_billed_at_first_is_enough_also_after_the_difference() -> None:
    li = billed_up_to_september()
    topped_up()
    pays(of.employer().pk, 5_173_44, JULY)

    assert in_july(li) == History((PaidMonth(JULY, 21_556_00),), (), (JULY,))


def test_a_month_of_which_not_even_the_first_bill_is_paid_stays_open() -> None:
    li = billed_up_to_september()
    topped_up()
    pays(of.employer().pk, 5_173_43, JULY)

    assert in_july(li) == History((), (JULY,))


def test_what_was_billed_too_much_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    li = billed_up_to_september()
    ceiling_is_lower(monkeypatch)
    topped_up()
    pays(of.employer().pk, 4_800_00, JULY)

    assert in_july(li) == History((PaidMonth(JULY, 20_000_00),), ())
