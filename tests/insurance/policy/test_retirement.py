"""The statutory retirement month: the published rows, and what always holds."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month, months_between
from insurance.policy import parameters
from insurance.policy.recompute import holds
from insurance.policy.retirement import Category, DelayRule, Retirement, delay_rule, retirement

VECTORS = Path(__file__).parents[2] / "vectors" / "retirement.toml"
EXAMPLES = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["example"]
BIRTHS = st.integers(Month(1950, 1).index, Month(2000, 1).index).map(Month.from_index)


@cache
def rule(category: Category) -> DelayRule:
    return delay_rule(tree=parameters.load(), category=category)


def of(category: Category, birth: Month) -> Retirement:
    return retirement(birth_month=birth, rule=rule(category))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_published_rows(example: dict[str, Any]) -> None:
    found = of(Category[example["category"]], Month.parse(example["birth_month"]))

    assert str(found.month) == example["month"]
    assert found.delay_months == example["delay"]
    assert found.steps[-1].result == example["age"]


@given(st.sampled_from(Category), BIRTHS)
def test_every_step_is_computed_again(category: Category, birth: Month) -> None:
    found = of(category, birth)

    assert all(holds(step=step) for step in found.steps)
    assert found.month == birth.plus(found.age_months)


@given(st.sampled_from(Category), BIRTHS)
def test_who_is_born_later_never_retires_earlier_or_younger(
    category: Category, birth: Month
) -> None:
    older, younger = of(category, birth), of(category, birth.next)

    assert older.age_months <= younger.age_months <= older.age_months + 1
    assert 1 <= months_between(older.month, younger.month) <= 2


def test_a_step_names_the_decision_it_rests_on() -> None:
    original, delay, *_ = of(Category.F50, Month(1975, 3)).steps

    assert "国务院关于渐进式延迟法定退休年龄的办法第一条" in delay.article
    assert delay.version == parameters.version()
    assert original.sentence == (
        "您是女职工，原法定退休年龄五十周岁，1975年3月出生，改革前的退休时间是2025年3月。"
    )
