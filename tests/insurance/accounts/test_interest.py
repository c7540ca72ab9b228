"""Interest by month products: worked examples, the garbled formula, and what always holds."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.interest import (
    Movement,
    YearFacts,
    YearInterest,
    balances,
    product_of,
    until_leaving,
    year_interest,
)
from insurance.policy.rounding import TO_FEN
from tests.insurance.accounts.account_facts import (
    YEAR,
    contributions,
    facts,
    openings,
    rate,
    ratios,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "account_interest.toml"
EXAMPLES = tomllib.loads(VECTORS.read_text(encoding="utf-8"), parse_float=Decimal)["example"]
EVERY_MONTH = tuple((month, 50_000) for month in range(1, 13))


def interest(of: YearFacts, ratio: str = "0.0262") -> YearInterest:
    return year_interest(facts=of, rate=rate(ratio, year=of.year))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_worked_examples(example: dict[str, Any]) -> None:
    given_facts = YearFacts(
        year=example["year"],
        opening_fen=Money.yuan(example["opening"]).fen,
        movements=tuple(
            Movement(Month.parse(month), Money.yuan(amount).fen)
            for month, amount in example["movements"]
        ),
    )

    found = interest(given_facts, str(example["rate"]))

    assert str(Money(found.interest_fen)) == example["interest"]
    assert str(Money(found.closing_fen)) == example["closing"]


def test_the_garbled_formula_of_the_web_is_not_ours() -> None:
    """C × (1 + r/2) × 1.083 adds 8.3 % of the principal; meant was C × (1 + r × 1.083 / 2)."""
    paid, ratio = Decimal(600_000), Decimal("0.0262")

    closing = interest(facts(*EVERY_MONTH)).closing_fen

    assert closing == round(paid * (1 + ratio * 13 / 12 / 2)) == 608_515
    assert round(paid * (1 + ratio / 2) * Decimal("1.083")) == 658_312 != closing


def test_a_back_payment_bears_interest_from_the_month_of_its_arrival() -> None:
    regular, late = facts((1, 100_000)), facts((12, 100_000))

    assert interest(regular).interest_fen == 2_620
    assert interest(late).interest_fen == 218


def test_what_is_left_after_each_month_s_pension_bears_interest() -> None:
    in_payment = facts(*((month, -1_000) for month in range(1, 13)), opening=12_000)

    assert balances(facts=in_payment) == tuple(range(11_000, -1, -1_000))
    assert product_of(facts=in_payment) == sum(balances(facts=in_payment)) == 66_000


def test_who_leaves_in_july_has_interest_for_six_months() -> None:
    leaving = until_leaving(facts=facts((3, 60_000), opening=1_000_000), month=Month(YEAR, 7))

    found = interest(leaving)

    assert found.product_fen == 1_000_000 * 6 + 60_000 * 4
    assert found.interest_fen == 13_624
    assert found.closing_fen == 13_624  # goes out with the rest


def test_who_leaves_in_january_has_none() -> None:
    leaving = until_leaving(facts=facts(opening=1_000_000), month=Month(YEAR, 1))

    assert interest(leaving).interest_fen == 0


def test_the_interest_paid_out_with_the_rest_changes_nothing_at_year_end() -> None:
    """The year-end run finds what was written on leaving, and that nothing is missing."""
    movements = (
        *facts((3, 60_000), (7, -1_073_624)).movements,
        Movement(Month(YEAR, 7), 13_624, is_interest=True),
    )

    found = interest(YearFacts(YEAR, 1_000_000, movements))

    assert (found.interest_fen, found.difference_fen, found.closing_fen) == (13_624, 0, 0)


def test_a_rate_announced_later_is_trued_up_by_the_difference() -> None:
    interim = interest(facts(*EVERY_MONTH), "0.0262")

    final = interest(facts(*EVERY_MONTH, credited=interim.interest_fen), "0.0397")

    assert (interim.difference_fen, final.difference_fen) == (8_515, 12_903 - 8_515)
    assert final.closing_fen == 612_903


def test_a_lower_rate_is_trued_down() -> None:
    assert interest(facts((1, 100_000), credited=2_620), "0.015").difference_fen == -1_120


def test_a_true_down_never_takes_more_than_the_account_holds() -> None:
    paid_out = facts((1, 100_000), credited=2_620)
    drawn = YearFacts(YEAR, 0, paid_out.movements, 2_620, balance_fen=400)

    found = year_interest(facts=drawn, rate=rate("0.015"))

    assert found.difference_fen == -400


def test_a_movement_of_another_year_is_our_mistake() -> None:
    stray = YearFacts(YEAR, 0, (Movement(Month(YEAR - 1, 12), 1),))

    with pytest.raises(ValueError, match="does not lie in"):
        year_interest(facts=stray, rate=rate())


def test_the_steps_name_formula_rate_and_source() -> None:
    product, yearly, written, closing = interest(facts((9, 480_000), opening=2_000_000)).steps

    assert (product.result, yearly.result, written.result) == ("259200.00", "565.92", "565.92")
    assert product.formula == "年初余额 × 12 + 2024-09 收支 × 4"
    assert ("2024-09 收支", "4800.00") in product.inputs
    assert ("记账利率", "0.0262") in yearly.inputs
    assert (closing.name, closing.result) == ("年末余额", "25365.92")
    assert "人社部发〔2017〕31号" in yearly.article
    assert yearly.version == "0" * 64


def test_an_interim_rate_is_marked() -> None:
    found = year_interest(facts=facts((1, 100)), rate=rate(year=2025, of_year=2024))

    assert found.steps[1].inputs[1] == ("记账利率", "0.0262")
    assert "先按 2024 年的预计，公布后多退少补" in found.steps[1].sentence


@given(openings, contributions, ratios)
def test_interest_is_rounded_once(
    opening: int, amounts: tuple[tuple[int, int], ...], ratio: str
) -> None:
    given_facts = facts(*amounts, opening=opening)

    found = interest(given_facts, ratio)

    exact = sum(balances(facts=given_facts)) * Decimal(ratio) / 12
    assert abs(found.interest_fen - exact) <= Decimal("0.5")
    assert TO_FEN.label == "四舍五入到分"


@given(openings, contributions, ratios, st.integers(1, 12), st.integers(2, 10**6), st.data())
def test_splitting_a_contribution_changes_nothing(
    opening: int,
    amounts: tuple[tuple[int, int], ...],
    ratio: str,
    month: int,
    fen: int,
    data: st.DataObject,
) -> None:
    part = data.draw(st.integers(1, fen - 1))

    whole = interest(facts(*amounts, (month, fen), opening=opening), ratio)
    split = interest(facts(*amounts, (month, part), (month, fen - part), opening=opening), ratio)

    assert (whole.interest_fen, whole.closing_fen) == (split.interest_fen, split.closing_fen)


@given(openings, contributions, ratios, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(
    opening: int, amounts: tuple[tuple[int, int], ...], ratio: str, random: Any
) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)

    one, other = facts(*amounts, opening=opening), facts(*shuffled, opening=opening)

    assert interest(one, ratio).closing_fen == interest(other, ratio).closing_fen


@given(openings, contributions)
def test_a_rate_of_zero_adds_nothing(opening: int, amounts: tuple[tuple[int, int], ...]) -> None:
    assert interest(facts(*amounts, opening=opening), "0").difference_fen == 0


@given(openings, contributions, ratios, st.integers(1, 12), st.integers(1, 10**6))
def test_more_paid_or_paid_earlier_never_bears_less(
    opening: int, amounts: tuple[tuple[int, int], ...], ratio: str, month: int, fen: int
) -> None:
    less = interest(facts(*amounts, opening=opening), ratio)
    later = interest(facts(*amounts, (month, fen), opening=opening), ratio)
    earlier = interest(facts(*amounts, (1, fen), opening=opening), ratio)

    assert less.interest_fen <= later.interest_fen <= earlier.interest_fen


@given(openings, contributions, st.integers(1, 12))
def test_leaving_never_bears_more_than_staying(
    opening: int, amounts: tuple[tuple[int, int], ...], month: int
) -> None:
    staying = facts(*amounts, opening=opening)

    leaving = until_leaving(facts=staying, month=Month(YEAR, month))

    assert 0 <= product_of(facts=leaving) <= product_of(facts=staying)
