"""Of a month that was estimated the roster comes after all: it takes the estimate's place."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from backend.cases.content import ContentInvalid
from insurance.accounts.entries import balance
from insurance.collection.cases.taken_over_case import RosterNotSo
from insurance.collection.contributed import billed_of
from insurance.collection.matching.set_off import set_off
from insurance.collection.models import Bill, BillLine, LinePart
from tests import builders
from tests.insurance.collection import taken_over_builders as of
from tests.insurance.collection.arrears_files import many_insured
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.collection.taken_over_builders import NOVEMBER, NOVEMBER_30, OCTOBER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> int:
    return of.company_of(settings, tmp_path)


ROSTER = [
    {"part": "PERSON", "amount": "480.00", "account_part": "480.00"},
    {"part": "EMPLOYER", "amount": "960.00"},
]


def test_a_roster_takes_the_place_of_an_estimate(tmp_path: Path, company: int) -> None:
    of.estimated(tmp_path)
    li = builders.li().pk
    of.pays(company, 500_00)
    assert balance(person_id=li, scheme="110") == 0

    of.decide(
        company,
        (of.key_of(LinePart.ESTIMATE), "0.00"),
        roster=[{"person": li, **row} for row in ROSTER],
    )
    set_off(period=NOVEMBER, today=date(2026, 11, 12))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 940_00
    assert balance(person_id=li, scheme="110") == 480_00
    bill = Bill.objects.get(run__kind="AMENDED")
    assert (bill.fen, bill.pay_by) == (-60_00, date(2026, 10, 25))
    of.pays(company, 940_00)
    (billed,) = billed_of(person_id=li, scheme="110", since=OCTOBER, until=OCTOBER)
    assert (billed.counts, billed.is_rest) == (True, True)
    assert of.proved()


def test_what_a_roster_says_may_fall_again(tmp_path: Path, company: int) -> None:
    of.estimated(tmp_path)
    roster = [{"person": builders.li().pk, **row} for row in ROSTER]
    of.decide(company, (of.key_of(LinePart.ESTIMATE), "0.00"), roster=roster)

    of.decide(company, *of.both_parts(company, "0.00", "0.00"))

    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 0
    assert of.proved()


@pytest.mark.parametrize(
    ("lines", "roster"),
    [
        ("10.00", [{"part": "PERSON", "amount": "480.00"}]),  # the estimate is not gone
        ("0.00", [{"part": "PERSON", "amount": "480.00", "person": "chen"}]),  # not insured there
    ],
)
def test_a_roster_that_can_not_be_so_is_refused(
    tmp_path: Path, company: int, lines: str, roster: list[dict[str, Any]]
) -> None:
    of.estimated(tmp_path)
    people = {"chen": builders.chen().pk}
    rows = [
        {**row, "person": people.get(row.get("person", ""), builders.li().pk)} for row in roster
    ]

    with pytest.raises(RosterNotSo):
        of.decide(company, (of.key_of(LinePart.ESTIMATE), lines), roster=rows)


@pytest.mark.parametrize(
    "row",
    [
        {"part": "SUBSIDY", "amount": "1.00"},
        {"part": "PERSON", "amount": "0.00"},
        {"part": "PERSON", "amount": "1.00", "account_part": "1.01"},
    ],
)
def test_a_row_of_a_roster_that_says_too_little_is_refused(
    tmp_path: Path, company: int, row: dict[str, Any]
) -> None:
    of.estimated(tmp_path)

    with pytest.raises(ContentInvalid):
        of.decide(
            company,
            (of.key_of(LinePart.ESTIMATE), "0.00"),
            roster=[{"person": builders.li().pk, **row}],
        )


def test_nobody_is_billed_twice_by_a_roster(tmp_path: Path, company: int) -> None:
    of.estimated(tmp_path)
    row = {"person": builders.li().pk, **ROSTER[0]}

    with pytest.raises(ContentInvalid, match="只写一次"):
        of.decide(company, (of.key_of(LinePart.ESTIMATE), "0.00"), roster=[row, row])


def test_amounts_of_a_roster_that_no_sum_can_hold_are_refused(tmp_path: Path, company: int) -> None:
    of.estimated(tmp_path)
    most = "92233720368547758.07"
    roster = [
        {"person": builders.li().pk, "part": part, "amount": most}
        for part in ("PERSON", "EMPLOYER")
    ]

    with pytest.raises(ContentInvalid, match="合计过大"):
        of.decide(company, (of.key_of(LinePart.ESTIMATE), "0.00"), roster=roster)


def test_the_roster_of_a_large_employer_takes_the_place_of_its_estimate(
    tmp_path: Path, company: int
) -> None:
    of.estimated(tmp_path)
    persons = many_insured(company, 1_200)
    roster = [{"person": one, **row} for one in persons for row in ROSTER]

    of.decide(company, (of.key_of(LinePart.ESTIMATE), "0.00"), roster=roster)

    bill = Bill.objects.get(run__kind="AMENDED")
    assert bill.fen == 1_200 * 1_440_00 - 1_500_00
    assert of.proved()


def test_what_a_whole_company_owes_falls_by_one_case(tmp_path: Path, company: int) -> None:
    of.estimated(tmp_path)
    persons = many_insured(company, 30)
    roster = [{"person": one, **row} for one in persons for row in ROSTER]
    of.decide(company, (of.key_of(LinePart.ESTIMATE), "0.00"), roster=roster)
    keys = BillLine.objects.filter(person_id__in=persons).values_list("key_id", flat=True)

    case = of.decide(company, *((key, "0.00") for key in keys))

    assert (len(keys), case.content["amount"]) == (60, "43200.00")
    assert arrears_of(payer_id=company, today=NOVEMBER_30) == 0
    assert of.proved()
