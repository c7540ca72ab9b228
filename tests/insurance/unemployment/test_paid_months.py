"""Months that employer and person paid in full count, once (失业保险实际缴费月份)."""

from datetime import date

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.matching.work_off import work_off
from insurance.unemployment.paid_months import History, history_of
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
OWN_FEN = EMPLOYER_FEN = 30_00  # 0.5 % of 6,000 yuan


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
