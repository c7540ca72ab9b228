"""A top-up that is not paid yet takes no month from an award, and is made good later (补差未缴)."""

from datetime import date

import pytest
from django.test import Client

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.bills.top_up import open_top_up
from insurance.collection.matching.work_off import work_off
from insurance.pension.award_steps import steps_of
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
JULY, AUGUST, SEPTEMBER = Month(2026, 7), Month(2026, 8), Month(2026, 9)


def pays(fen: int) -> None:
    file = city.write_file(receipts=[Came(of.employer().pk, "110", fen, month=JULY)])
    work_off(file_id=file.pk, period=JULY, today=date(2026, 7, 20))


@pytest.fixture
def award() -> Award:
    """July was paid on last year's ceiling of 21,556 yuan; this year's, 21,772, is owed since."""
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    p.recognise()
    p.approve()
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2026-01"))
    of.wage(person_id=p.man().pk, fen=30_000_00)
    for month in (JULY, AUGUST, SEPTEMBER):
        bills.bill(month)
    pays(5_173_44)
    run = open_top_up(
        period=SEPTEMBER,
        first=JULY,
        last=AUGUST,
        reason="皖人社秘〔2026〕113号",
        today=date(2026, 9, 5),
        case_id=1,
    )
    bills.compute(run)
    return p.awarded(earlier_months=50, earlier_until="2026-06")


def test_the_month_counts_on_what_is_paid(award: Award) -> None:
    steps = steps_of(award=award)

    assert award.total_months == 181
    assert award.average_index == 9_896  # (50 × 0.95 + 21,556 ÷ 7,257) ÷ 51
    assert (award.figures["open_months"], award.figures["difference_months"]) == ([], ["2026-07"])
    assert "其中 1 个月的补差还没有缴" in steps[0].sentence
    assert first_wrong(steps=steps) is None


def test_once_it_is_paid_the_award_is_corrected(award: Award) -> None:
    pays(51_84)

    after = c.corrected(award, earlier_months=50, earlier_until="2026-06")

    assert after.average_index == 9_902  # (50 × 0.95 + 21,772 ÷ 7,257) ÷ 51
    assert (after.figures["difference_months"], after.total_months) == ([], 181)
    assert after.basic_fen > award.basic_fen


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK", of=builders.chen()).staff)
    return client


def listed(clerk: Client) -> list[tuple[int, list[str]]]:
    rows = clerk.get("/api/v1/pension/awards/paid-since/?scheme=110").json()["results"]
    return [(row["id"], row["months"]) for row in rows]


def test_an_award_is_listed_once_the_month_it_left_out_is_paid_until_it_is_corrected(
    award: Award, clerk: Client
) -> None:
    assert listed(clerk) == []
    pays(51_84)
    assert listed(clerk) == [(award.pk, ["2026-07"])]

    c.corrected(award, earlier_months=50, earlier_until="2026-06")

    assert listed(clerk) == []
