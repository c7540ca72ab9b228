"""The statement of rights tells months, bases and payers of the year (年度缴费情况)."""

from datetime import date

import pytest
from django.test import Client

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine, LinePart
from insurance.collection.year_contributed import YearContributed, contributed_in
from insurance.enrolment.models import Kind
from tests import builders
from tests.insurance.accounts import account_builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = date(2027, 1, 20)


@pytest.fixture(autouse=True)
def agencies() -> None:
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def pays(payer_id: int, *, month: Month = NOV, scheme: str = "110") -> None:
    """A payer pays all of a month."""
    rows = BillLine.objects.filter(payer_id=payer_id, scheme=scheme, month=month.first_day)
    came = Came(payer_id, scheme, sum(rows.values_list("fen", flat=True)), month=month)
    work_off(file_id=city.write_file(receipts=[came]).pk, period=month, today=TODAY)


def year_of(person_id: int, *, scheme: str = "110") -> YearContributed:
    return contributed_in(person_id=person_id, scheme=scheme, year=2026, region="340800", on=TODAY)


def test_each_month_has_its_base_payer_and_what_was_paid() -> None:
    li = bills.li_works(schemes=("110",))
    for month in (NOV, DEC):
        bills.bill(month)
    pays(of.employer().pk)

    found = year_of(li.pk)

    november, december = found.contributions
    assert (november.month, november.payer_id, november.base_fen) == (
        NOV,
        of.employer().pk,
        6_000_00,
    )
    assert (november.own_fen, november.paid_fen, november.counts) == (480_00, 1_440_00, True)
    assert (december.base_fen, december.paid_fen, december.counts) == (None, 0, False)
    assert (found.months, [(one.payer_id, one.months) for one in found.payers]) == (
        1,
        [(of.employer().pk, 1)],
    )


def test_two_employers_make_one_month() -> None:
    li = bills.li_works(schemes=("110",))
    other = of.employer(serial=2).pk
    of.enrolment(person_id=li.pk, payer_id=other, valid=of.months("2026-01"))
    of.wage(person_id=li.pk, payer_id=other, fen=700_000)
    bills.bill()
    for payer in (of.employer().pk, other):
        pays(payer)

    found = year_of(li.pk)

    assert found.months == 1
    assert {(one.payer_id, one.base_fen) for one in found.contributions} == {
        (of.employer().pk, 6_000_00),
        (other, 7_000_00),
    }
    assert [one.months for one in found.payers] == [1, 1]


def test_who_pays_alone_is_the_payer() -> None:
    chen = bills.chen_is_flexible()
    bills.bill()
    pays(chen.pk, scheme="310")

    found = year_of(chen.pk, scheme="310")

    (month,) = found.contributions
    assert (month.payer_id, month.base_fen, found.months) == (chen.pk, 5_000_00, 1)


def test_a_resident_pays_the_year_through_the_village_on_no_base() -> None:
    wang = builders.wang().pk
    of.enrolment(
        person_id=wang, scheme="170", kind=Kind.RESIDENT, valid=of.months("2026-01", "2027-01")
    )
    bills.on_roll(person_id=wang, chosen_fen=500_00)
    bills.bill()
    came = Came(
        of.village().pk, "170", 500_00, month=Month(2026, 1), person_id=wang, part=LinePart.PERSON
    )
    work_off(file_id=city.write_file(receipts=[came]).pk, period=NOV, today=TODAY)

    found = year_of(wang, scheme="170")

    (year,) = found.contributions
    assert (year.month, year.payer_id, year.base_fen) == (Month(2026, 1), of.village().pk, None)
    assert (year.own_fen, year.paid_fen, year.counts, found.months) == (500_00, 500_00, True, None)


def test_the_statement_shows_them_beside_the_account(client: Client) -> None:
    client.force_login(builders.member(role="CLERK").staff)
    li = bills.li_works(schemes=("110",))
    account_builders.entry(person_id=li.pk, month="2026-01", fen=1_000_000)
    bills.bill()
    pays(of.employer().pk)

    answer = client.get(f"/api/v1/personal-accounts/{li.pk}/110/statements/2026").json()

    assert answer["paid_months"] == 1
    assert answer["payers"] == [
        {"payer": of.employer().pk, "payer_name": "演示商贸1号有限公司", "months": 1}
    ]
    (month,) = answer["contributions"]
    assert (month["month"], month["base"], month["own"], month["paid"]) == (
        "2026-11",
        "6000.00",
        "480.00",
        "1440.00",
    )
    assert answer["closing"] == "10480.00"


def test_what_is_paid_on_behalf_of_a_resident_is_his() -> None:
    wang = builders.wang().pk
    bills.on_roll(person_id=wang, chosen_fen=200_00)
    bills.in_group("EXTREME_POVERTY", person_id=wang)
    of.enrolment(
        person_id=wang, scheme="170", kind=Kind.RESIDENT, valid=of.months("2026-01", "2027-01")
    )
    bills.bill()

    (year,) = year_of(wang, scheme="170").contributions

    assert (year.own_fen, year.counts) == (200_00, False)
