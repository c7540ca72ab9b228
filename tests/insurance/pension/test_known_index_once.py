"""Of earlier months that the register knows and those here one mean is taken (平均缴费指数)."""

from datetime import date, timedelta

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.collection.matching.work_off import work_off
from insurance.pension.award_steps import steps_of
from insurance.pension.index import INDEX
from insurance.pension.invariants import STEPS, broken_promises
from insurance.pension.known_index import EARLIER
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.test_known_index import went_away_and_came_back

pytestmark = pytest.mark.django_db
JULY = Month(2026, 7)
DEEMED = {
    "from_month": "1985-03",
    "last_month": "1999-12",
    "ground": "ARMY",
    "evidence": "工资审批表 演示2号",
}
BASES = {"2025": 60_000_00, "2026": 5_500_00}


@pytest.fixture
def award(monkeypatch: pytest.MonkeyPatch) -> Award:
    """He had 5,000 yuan a month in 2025, as his wage on record says, and paid on 5,500 in July 2026
    here; the average of 2025 is published later."""
    p.publish_average(monkeypatch, issued=p.TODAY + timedelta(days=30))
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    p.recognise(deemed=[DEEMED])
    p.approve()
    of.enrolment(person_id=p.man().pk, valid=of.months("2025-01"))
    of.wage(person_id=p.man().pk, fen=5_000_00, valid=of.months("2025-01", "2026-01"))
    of.wage(person_id=p.man().pk, fen=5_500_00, valid=of.months("2026-01"))
    went_away_and_came_back(date(2025, 1, 4))
    bills.bill(JULY)
    came = Came(of.employer().pk, "110", 1_320_00, month=JULY)
    work_off(
        file_id=city.write_file(receipts=[came]).pk, period=JULY, today=date(2026, 7, 20)
    )  # fmt: skip
    return p.awarded(earlier_months=12, earlier_until="2025-12", earlier_index="0.6959")


def results(award: Award) -> dict[str, str]:
    assert first_wrong(steps=steps_of(award=award)) is None
    return {step.name: step.result for step in steps_of(award=award)}


def test_the_mean_of_all_months_is_taken_once(award: Award) -> None:
    # 12 × 5,000 ÷ 7,185 is 12 × 0.69589…: with 0.6959 the mean of the 13 would be 0.7013.
    assert (award.average_index, award.index_bases) == (7_012, BASES)
    assert (results(award)[EARLIER], results(award)[INDEX]) == ("0.6959", "0.7012")


def test_nor_is_it_rounded_twice_when_it_is_computed_again(
    award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_average(monkeypatch, fen=7_197_00)
    p.publish_base(monkeypatch)

    p.recalculated()

    # (12 × 5,000 ÷ 7,185 + 5,500 ÷ 7,197) ÷ 13; with 0.6959 it would be 0.7012.
    again = Award.objects.get(previous=award)
    assert again.average_index == 7_011
    assert results(again)[INDEX] == "0.7011"
    assert STEPS not in [one.promise for one in broken_promises()]
