"""What moves across provinces: worked examples, each year once, one rounding."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.accounts.transfer_amounts import (
    TransferAmounts,
    TransferTerms,
    YearBase,
    YearInvalid,
    transfer_amounts,
    transfer_terms,
)
from insurance.policy import parameters
from insurance.policy.recompute import first_wrong, holds

VECTORS = Path(__file__).parents[2] / "vectors" / "transfer_out.toml"
EXAMPLES = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["example"]
YEARS = st.lists(
    st.builds(YearBase, st.integers(1998, 2030), st.integers(1, 12), st.integers(1, 3_000_000)),
    unique_by=lambda year: year.year,
    max_size=12,
)


def terms(of: str = "2026-11") -> TransferTerms:
    return transfer_terms(tree=parameters.load(), region="340800", month=Month.parse(of))


def moved(*years: YearBase, account_fen: int = 0) -> TransferAmounts:
    return transfer_amounts(account_fen=account_fen, years=years, terms=terms())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_worked_examples(example: dict[str, Any]) -> None:
    years = [YearBase(year, count, Money.yuan(of).fen) for year, count, of in example["bases"]]

    found = moved(*years, account_fen=Money.yuan(example["account"]).fen)

    assert str(Money(found.pooled_fen)) == example["pooled"]
    assert str(Money(found.total_fen)) == example["total"]


@pytest.mark.parametrize(
    "year",
    [
        YearBase(1997, 12, 100),
        YearBase(1998, 13, 100),
        YearBase(1998, 0, 100),
        YearBase(1998, 12, 0),
    ],
)
def test_a_year_counts_from_1998_with_one_to_twelve_months(year: YearBase) -> None:
    with pytest.raises(YearInvalid, match=str(year.year)):
        moved(year)


def test_a_year_counts_once() -> None:
    with pytest.raises(YearInvalid, match="只能写一次"):
        moved(YearBase(2021, 6, 100), YearBase(2021, 6, 100))


def test_the_rule_is_of_2010() -> None:
    assert str(terms("2010-01").rate.number) == "0.12"

    with pytest.raises(NotConfigured):
        terms("2009-12")


@pytest.mark.parametrize(
    ("count", "parts"),
    [
        (10, []),
        (11, ["1998年至2003年基数合计", "2004年至2008年基数合计"]),
        (25, ["1998年至2006年基数合计", "2007年至2015年基数合计", "2016年至2022年基数合计"]),
    ],
)
def test_many_years_are_added_up_in_parts_that_one_can_read(count: int, parts: list[str]) -> None:
    found = moved(*(YearBase(1998 + place, 12, 300_033) for place in range(count)))

    names = [step.name for step in found.steps if step.name.endswith("基数合计")]
    assert [name for name in names if "至" in name] == parts
    assert max(len(step.inputs) for step in found.steps) <= 11
    assert first_wrong(steps=found.steps) is None


def test_what_moves_of_the_account_has_a_step_of_its_own() -> None:
    step = moved(account_fen=1_000).steps[0]

    assert (step.name, step.result) == ("个人账户转移额", "10.00")


@given(YEARS, st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_every_step_is_computed_again_in_any_order(
    years: list[YearBase], account: int, random: Any
) -> None:
    found = moved(*years, account_fen=account)
    random.shuffle(years)

    assert all(holds(step=step) for step in found.steps)
    assert moved(*years, account_fen=account) == found


@given(YEARS, st.integers(1998, 2030), st.integers(1, 11))
def test_more_months_never_move_less(years: list[YearBase], year: int, count: int) -> None:
    others = [one for one in years if one.year != year]

    less = moved(*others, YearBase(year, count, 430_001))

    assert less.pooled_fen <= moved(*others, YearBase(year, count + 1, 430_001)).pooled_fen
