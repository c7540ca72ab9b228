"""An award whose index waits for an average wage is interim, and is computed again (预发的指数)."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend.access.models import Agency
from backend.kernel.months import Month
from insurance.benefits.models import Component
from insurance.collection.matching.work_off import work_off
from insurance.pension import award as act
from insurance.pension import recalculation
from insurance.pension.award_changes import compared_of
from insurance.pension.award_steps import steps_of
from insurance.pension.invariants import STEPS, broken_promises
from insurance.pension.models import Award
from insurance.pension.recalculation import Waiting, open_recalculation, waiting
from insurance.policy.recompute import first_wrong
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import recalculation_builders as r

pytestmark = pytest.mark.django_db
HERE = Waiting("340800", 2026)
JULY = Month(2026, 7)
LATER = p.TODAY + timedelta(days=30)


ASKED: dict[str, Any] = {"earlier_months": 50, "earlier_until": "2026-06"}


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """He paid for July 2026 on 20,000 yuan; the average of 2025 is published in December."""
    p.publish_average(monkeypatch, issued=LATER)
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    p.recognise()
    p.approve()
    of.enrolment(person_id=p.man().pk, scheme="110", valid=of.months("2026-01"))
    of.wage(person_id=p.man().pk, fen=20_000_00)
    bills.bill(JULY)
    came = Came(of.employer().pk, "110", 4_800_00, month=JULY)
    work_off(
        file_id=city.write_file(receipts=[came]).pk, period=JULY, today=date(2026, 7, 20)
    )  # fmt: skip


@pytest.fixture
def interim(paid: None) -> Award:
    return p.awarded(**ASKED)


def test_it_is_awarded_by_the_newest_average(interim: Award) -> None:
    # (50 × 0.95 + 20,000 ÷ 7,185) ÷ 51
    assert (interim.average_index, interim.index_bases) == (9_860, {"2026": 20_000_00})
    assert interim.interim


@pytest.mark.usefixtures("paid")
def test_outside_a_demonstration_it_is_awarded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(act, "is_demo", lambda: False)
    case = p.waiting(kind="PENSION_AWARD", content=p.award(**ASKED))

    assert act.reckoned(case).interim


def test_by_hand(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_average(monkeypatch)
    p.publish_base(monkeypatch)

    p.recalculated()

    award = Award.objects.get(previous=interim)
    # (50 × 0.95 + 20,000 ÷ 7,200) ÷ 51; 8,200 × 1.9858 ÷ 2 × 15.1 %
    assert (award.average_index, award.index_bases, award.interim) == (9_858, None, False)
    assert award.basic_fen == 122_941
    paid = Component.objects.filter(entitlement=award.entitlement, superseded_at=None)
    assert dict(paid.values_list("component", "fen")) == award.parts


def test_it_says_why(interim: Award, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as published:
        p.publish_average(published)
        p.publish_base(published)
        p.recalculated()

    award = Award.objects.get(previous=interim)
    steps = steps_of(award=award)
    assert first_wrong(steps=steps) is None
    assert next(one.result for one in steps if one.name == "平均缴费指数") == "0.9858"
    assert [one.sentence for one in steps if "参照工资还没有公布" in one.sentence] == []
    assert STEPS not in [one.promise for one in broken_promises()]
    compared = compared_of(award=award)
    assert compared is not None
    assert "缴费指数的参照工资也已公布" in compared.because


def test_it_is_left_for_the_run_after_the_average_is_published(
    interim: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.publish_base(monkeypatch)

    assert open_recalculation(of=HERE, known_on=p.TODAY) is None
    assert waiting() == [HERE]

    assert p.recalculated(known_on=LATER).state == "DONE"
    assert waiting() == []


def test_who_waits_for_the_base_alone_is_not_held_up(
    interim: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    (other,) = r.awarded(people=r.generated(people=1, seed=3))
    p.publish_base(monkeypatch)

    run = p.recalculated()

    assert run.state == "DONE"
    assert [one.previous_id for one in Award.objects.filter(recalculation=run)] == [other.pk]
    assert recalculation.waiting() == [HERE]
