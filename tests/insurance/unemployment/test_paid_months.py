"""Months that employer and person paid in full count, once (失业保险实际缴费月份)."""

from datetime import date

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.collection.bills.top_up import open_top_up
from insurance.collection.matching.work_off import work_off
from insurance.enrolment.models import Wage
from insurance.unemployment.paid_months import History, history_of
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
OWN_FEN = EMPLOYER_FEN = 30_00  # 0.5 % of 6,000 yuan
JULY, SEPTEMBER = Month(2026, 7), Month(2026, 9)
AT_FIRST_FEN = 2 * 107_78  # of July, on the ceiling of the year before


@pytest.fixture(autouse=True)
def agencies() -> None:
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def pays(payer_id: int, fen: int, month: Month = NOV) -> None:
    file = city.write_file(receipts=[Came(payer_id, "210", fen, month=month)])
    work_off(file_id=file.pk, period=month, today=date(2027, 1, 20))


def test_a_month_paid_by_both_counts_and_one_paid_by_nobody_is_open() -> None:
    li = bills.li_works(schemes=("210",))
    for month in (NOV, DEC):
        bills.bill(month)
    pays(of.employer().pk, OWN_FEN + EMPLOYER_FEN)

    assert history_of(person_id=li.pk, since=NOV, until=DEC) == History((NOV,), (DEC,))


def test_a_month_paid_in_part_is_open() -> None:
    li = bills.li_works(schemes=("210",))
    bills.bill()
    pays(of.employer().pk, OWN_FEN + EMPLOYER_FEN - 1)

    assert history_of(person_id=li.pk, since=NOV, until=DEC) == History((), (NOV,))


def test_two_employers_make_one_month() -> None:
    li, second = bills.li_works(schemes=("210",)), of.employer(serial=2).pk
    of.enrolment(person_id=li.pk, scheme="210", payer_id=second, valid=of.months("2026-01"))
    of.wage(person_id=li.pk, payer_id=second)
    bills.bill()
    pays(second, OWN_FEN + EMPLOYER_FEN)

    assert history_of(person_id=li.pk, since=NOV, until=NOV) == History((NOV,), ())


def test_other_schemes_and_other_months_do_not_count() -> None:
    li = bills.li_works(schemes=("110", "210"))
    bills.bill()
    pays(of.employer().pk, OWN_FEN + EMPLOYER_FEN)

    assert history_of(person_id=li.pk, since=DEC, until=DEC) == History((), ())


def topped_up() -> Person:
    """Li earns 30,000; July was billed on last year's ceiling, and is billed again on this one."""
    li = bills.li_works(schemes=("210",))
    Wage.objects.update(superseded_at=builders.NOW)
    of.wage(person_id=li.pk, fen=30_000_00)
    for month in (JULY, JULY.next, SEPTEMBER):
        bills.bill(month)
    run = open_top_up(
        period=SEPTEMBER,
        first=JULY,
        last=JULY,
        reason="皖人社秘〔2026〕113号",
        today=date(2026, 9, 5),
        case_id=1,
    )
    bills.compute(run)
    return li


def test_a_difference_that_is_not_paid_takes_no_month_away() -> None:
    li = topped_up().pk
    pays(of.employer().pk, AT_FIRST_FEN, JULY)

    assert history_of(person_id=li, since=JULY, until=JULY) == History((JULY,), ())


def test_a_month_of_which_not_even_the_first_bill_is_paid_stays_open() -> None:
    li = topped_up().pk
    pays(of.employer().pk, AT_FIRST_FEN - 1, JULY)

    assert history_of(person_id=li, since=JULY, until=JULY) == History((), (JULY,))
