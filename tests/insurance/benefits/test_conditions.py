"""The deaths come first (封存条件): a month is computed on its death match, or somebody signs."""

from datetime import timedelta

import pytest

from backend.kernel.months import Month
from insurance.benefits import monthly_run
from insurance.benefits.models import Run, RunState
from insurance.benefits.monthly_run import ConditionMissing
from payments.models import Batch
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import NOVEMBER
from tests.insurance.benefits.month_late import clock

pytestmark = pytest.mark.django_db


def open_november() -> Run:
    """Without the match that ``m.opened`` would see to."""
    pay_date = m.pay_date(NOVEMBER)
    return monthly_run.open_run(period=NOVEMBER, pay_date=pay_date, now=m.now(NOVEMBER))


def seal() -> Run:
    return monthly_run.seal_run(period=NOVEMBER, now=m.now(NOVEMBER)).run


def computed_before_the_match() -> None:
    """The month does not know what its match told: it was recorded after the run had opened."""
    m.entitlement()
    match = m.death_match(recorded_at=clock() + timedelta(hours=1))
    assert m.computed().known_at < match.recorded_at


def test_without_a_death_match_the_month_is_not_opened() -> None:
    m.entitlement()

    with pytest.raises(ConditionMissing, match="缺少有效的死亡比对结果") as refused:
        open_november()

    assert refused.value.code == "seal_condition_missing"
    assert not Run.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("period", [Month(2026, 10), Month(2026, 12)])
def test_the_death_match_of_another_month_is_no_evidence(period: Month) -> None:
    m.entitlement()
    m.death_match(period, as_of=m.now(NOVEMBER).date())

    with pytest.raises(ConditionMissing):
        open_november()


def test_a_stale_death_match_is_refused_and_the_last_fresh_day_is_not() -> None:
    m.entitlement()
    oldest = m.pay_date(NOVEMBER) - timedelta(days=31)
    m.death_match(as_of=oldest - timedelta(days=1))

    with pytest.raises(ConditionMissing):
        open_november()
    m.death_match(as_of=oldest, sha256="2" * 64)

    assert open_november().state == RunState.OPEN


def test_a_signed_override_lets_the_month_go_without_a_match() -> None:
    m.entitlement()
    m.overridden()

    m.computed()

    assert seal().state == RunState.SEALED


def test_an_override_that_nobody_signed_does_not_count() -> None:
    m.entitlement()
    content = {"period": "2026-11", "condition": "DEATH_MATCH", "reason": "演示"}
    m.override_row(case_id=builders.case(kind="OVERRIDE", content=content).pk)

    with pytest.raises(ConditionMissing):
        open_november()


@pytest.mark.parametrize(
    ("period", "condition"), [(Month(2026, 10), "DEATH_MATCH"), (NOVEMBER, "ANOTHER")]
)
def test_a_signature_for_something_else_is_not_borrowed(period: Month, condition: str) -> None:
    m.entitlement()
    m.override_row(case_id=m.overridden(period=period, condition=condition).pk)

    with pytest.raises(ConditionMissing):
        open_november()


def test_a_match_that_came_after_the_month_was_opened_does_not_seal_it() -> None:
    computed_before_the_match()

    with pytest.raises(ConditionMissing, match="开始计算之后才导入"):
        seal()


def test_another_match_that_came_later_takes_nothing_from_the_first() -> None:
    m.entitlement()
    m.computed()
    m.death_match(recorded_at=clock() + timedelta(hours=1), sha256="2" * 64)

    assert seal().state == RunState.SEALED


def test_an_override_signed_after_the_month_was_opened_lets_it_go() -> None:
    computed_before_the_match()
    m.overridden()

    assert seal().state == RunState.SEALED
