"""Who paid above the ceiling at two employers is awarded by a rule that cuts it, and is told so."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backend.access.models import Agency
from backend.kernel.dated import Standing
from backend.kernel.months import Month
from insurance.accounts.accrued_balance import Balance, accrued_balance
from insurance.collection.matching.work_off import work_off
from insurance.pension import award as act
from insurance.pension.award_steps import steps_of
from insurance.pension.models import Award
from insurance.policy.recompute import first_wrong
from insurance.policy.steps import Step
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
JULY = Month(2026, 7)
CUT = "几个单位缴费的月份计入的基数"


@pytest.fixture(autouse=True)
def average_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of 2025 comes in December: the index is interim, what it rests on is not final."""
    p.publish_average(monkeypatch, issued=date(2026, 12, 5))


@pytest.fixture(autouse=True)
def interest_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or an account would be unverified by itself."""

    def balance(**of_whom: Any) -> Balance:
        return replace(accrued_balance(**of_whom), standings=frozenset({Standing.CITED}))

    monkeypatch.setattr(act, "accrued_balance", balance)


def awarded(*wages: int) -> Award:
    """He paid for July 2026 on each wage at an employer of its own; the ceiling is 21,772 yuan."""
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    p.recognise()
    p.approve()
    employers = [of.employer(serial=serial) for serial, _ in enumerate(wages, start=1)]
    for employer, fen in zip(employers, wages, strict=True):
        valid = of.months("2026-01")
        of.enrolment(person_id=p.man().pk, payer_id=employer.pk, scheme="110", valid=valid)
        of.wage(person_id=p.man().pk, payer_id=employer.pk, fen=fen)
    bills.bill(JULY)
    came = [
        Came(employer.pk, "110", fen * 24 // 100, month=JULY)
        for employer, fen in zip(employers, wages, strict=True)
    ]
    work_off(
        file_id=city.write_file(receipts=came).pk, period=JULY, today=date(2026, 7, 20)
    )  # fmt: skip
    return p.awarded(earlier_months=50, earlier_until="2026-06")


def cut_step(award: Award) -> Step | None:
    steps = steps_of(award=award)
    assert first_wrong(steps=steps) is None
    return next((one for one in steps if one.name == CUT), None)


def test_who_is_cut_bears_the_standing_of_the_rule_and_its_step_names_it() -> None:
    award = awarded(20_000_00, 5_000_00)

    assert award.index_bases == {"2026": 21_772_00}
    assert award.figures["facts_standing"] == "unverified"
    step = cut_step(award)
    assert step is not None
    assert step.article == "在几个单位缴费的月份计算缴费指数的基数（全国000000，未核实）"
    assert "超过缴费基数上限的 3228.00 元不计入" in step.sentence


@pytest.mark.parametrize("wages", [(16_772_00, 5_000_00), (20_000_00,)])
def test_who_is_not_cut_does_not(wages: tuple[int, ...]) -> None:
    award = awarded(*wages)

    assert award.index_bases == {"2026": sum(wages)}
    assert award.figures["facts_standing"] == "cited"
    assert cut_step(award) is None


def test_it_is_so_still_when_the_award_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    interim = awarded(20_000_00, 5_000_00)
    p.publish_average(monkeypatch)
    p.publish_base(monkeypatch)

    p.recalculated()

    award = Award.objects.get(previous=interim)
    assert award.figures["facts_standing"] == "unverified"
    assert cut_step(award) == cut_step(interim)
