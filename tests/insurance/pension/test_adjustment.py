"""The yearly adjustment: each plan's parts, its own rounding, floors by age, missing pieces."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Money, Rounding
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.pension.adjustment import (
    Adjustment,
    AdjustmentFacts,
    AgeContradiction,
    adjust_pension,
    reached_during,
)
from insurance.pension.adjustment_terms import AdjustmentTerms, adjustment_terms
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import ANQING, all_hold, month, rows

KNOWN_YEARS = (2021, 2022, 2024)
AT_70, AT_75, AT_80 = 70 * 12, 75 * 12, 80 * 12

# A fifth and more sit where a plan changes: whole yuan, fifteen years, the ages of the brackets.
pensions = st.one_of(st.integers(0, 10**6), st.integers(0, 10**4).map(lambda yuan: yuan * 100))
years = st.one_of(st.integers(0, 50), st.sampled_from([14, 15, 16]))
ages = st.one_of(st.integers(45 * 12, 110 * 12), st.sampled_from([839, 840, 959, 960, 1079, 1080]))
supplements = st.integers(0, 60_000)


@st.composite
def people(draw: st.DrawFn) -> AdjustmentFacts:
    return AdjustmentFacts(
        draw(pensions), draw(years) * 12, draw(ages), supplement_fen=draw(supplements)
    )


@cache
def plan(year: int) -> AdjustmentTerms:
    return adjustment_terms(tree=parameters.load(), region=ANQING, year=year, demo=True)


def adjust(year: int, facts: AdjustmentFacts) -> Adjustment:
    return adjust_pension(facts=facts, terms=plan(year))


def wang(**other: Any) -> AdjustmentFacts:
    facts: dict[str, Any] = {"december_fen": 300_000, "paid_months": 360, "age_months": 780}
    return AdjustmentFacts(**facts | other)


@pytest.mark.parametrize(
    "row", rows("pension_adjustment.toml", "example"), ids=lambda row: row["name"]
)
def test_examples(row: dict[str, Any]) -> None:
    facts = AdjustmentFacts(
        Money.yuan(row["december_pension"]).fen,
        row["paid_months"],
        row["age"],
        row.get("reached_age"),
        Money.yuan(row["supplement_so_far"]).fen,
    )

    found = adjust(row["year"], facts)

    said = {
        "fixed": found.fixed_fen,
        "years": found.years_fen,
        "percentage": found.percentage_fen,
        "age_supplement": found.age_increase_fen,
        "total": found.total_fen,
        "new_pension": found.pension_fen,
    }
    assert {name: str(Money(fen)) for name, fen in said.items()} == {
        name: row[name] for name in said
    }
    assert all_hold(found.steps)


@pytest.mark.parametrize(
    ("year", "months", "fen"),
    [
        (2022, 180, 3200),
        (2022, 181, 3410),
        (2022, 192, 3410),
        (2022, 193, 3620),
        (2022, 1, 3200),
        (2024, 175, 2300),
        (2024, 180, 2300),
        (2024, 192, 2450),
        (2021, 180, 3000),
        (2021, 192, 3200),
    ],
)
def test_years_count_as_each_plan_says(year: int, months: int, fen: int) -> None:
    assert adjust(year, wang(paid_months=months)).years_fen == fen


@pytest.mark.parametrize(
    ("year", "at_70", "at_80", "at_90"),
    [(2021, 1000, 2000, 5000), (2022, 1000, 2000, 6000), (2024, 1000, 2000, 7000)],
)
def test_old_age_begins_on_the_day_of_the_age(
    year: int, at_70: int, at_80: int, at_90: int
) -> None:
    added = [
        adjust(year, wang(age_months=age)).old_age_fen for age in (839, 840, 959, 960, 1079, 1080)
    ]

    assert added == [0, at_70, at_70, at_80, at_80, at_90]


@pytest.mark.parametrize(
    ("so_far", "now"), [(0, 18_000), (16_999, 18_000), (17_000, 18_000), (17_001, 18_001)]
)
def test_who_reaches_an_age_has_at_least_its_floor(so_far: int, now: int) -> None:
    facts = wang(age_months=AT_75, reached_age=75, supplement_fen=so_far)

    found = adjust(2022, facts)

    assert found.supplement_fen == now
    assert found.age_increase_fen == now - so_far
    assert found.increase_fen == adjust(2022, wang()).increase_fen  # the other component


def test_the_floor_is_given_in_the_year_after_the_birthday_only() -> None:
    assert adjust(2022, wang(age_months=AT_70)).supplement_fen == 1_000
    assert adjust(2022, wang(age_months=AT_70, reached_age=70)).supplement_fen == 14_000


@pytest.mark.parametrize("age", [AT_80 - 1, AT_80 + 12])
def test_an_age_reached_last_year_is_the_age_at_its_end(age: int) -> None:
    with pytest.raises(AgeContradiction):
        adjust(2022, wang(age_months=age, reached_age=80))

    assert adjust(2022, wang(age_months=AT_80 + 11, reached_age=80)).supplement_fen == 28_000


@pytest.mark.parametrize(
    ("born", "reached"),
    [
        ("1951-01", 70),
        ("1951-12", 70),
        ("1950-12", None),
        ("1952-01", None),
        ("1946-06", 75),
        ("1931-06", None),
    ],
)
def test_who_is_born_in_a_year_reaches_the_age_in_a_year(born: str, reached: int | None) -> None:
    assert reached_during(birth_month=month(born), terms=plan(2022)) == reached


@pytest.mark.parametrize("year", [2020, 2023, 2025, 2026])
def test_a_year_without_a_whole_plan_is_not_configured(year: int) -> None:
    with pytest.raises(NotConfigured, match="未配置"):
        adjustment_terms(tree=parameters.load(), region=ANQING, year=year, demo=True)


def test_what_a_plan_does_not_say_is_asked_for_only_where_it_counts() -> None:
    silent = replace(plan(2024), part_year_counts=None)
    with pytest.raises(NotConfigured, match="不满一年的算法"):
        adjust_pension(facts=wang(paid_months=181), terms=silent)
    with pytest.raises(NotConfigured, match="高龄补足标准"):
        adjust(2024, wang(age_months=AT_75, reached_age=75))

    assert adjust(2024, wang(paid_months=179)).years_fen == 2_300


def test_who_reaches_an_age_that_another_year_names_is_not_forgotten() -> None:
    assert reached_during(birth_month=month("1948-03"), terms=plan(2024)) == 75


def test_a_plan_known_by_hearsay_adjusts_nothing() -> None:
    with pytest.raises(NotVerified):
        adjustment_terms(tree=parameters.load(), region=ANQING, year=2022)


@pytest.mark.parametrize("wrong", ["december_fen", "paid_months", "age_months", "supplement_fen"])
def test_what_is_below_zero_is_our_mistake(wrong: str) -> None:
    with pytest.raises(ValueError, match="below zero"):
        adjust(2022, wang(**{wrong: -1}))


@given(people(), st.sampled_from(KNOWN_YEARS))
def test_whole_numbers_give_the_exact_plan_rounded_once(facts: AdjustmentFacts, year: int) -> None:
    found, terms = adjust(year, facts), plan(year)

    exact = Fraction(facts.december_fen, 100) * Fraction(terms.share_ppm, 10**6)
    share = Money.rounded(exact, Rounding.HALF_UP_FEN).fen
    years_fen = Fraction(found.years_fen, 100)
    linked = Money.rounded(years_fen + exact, Rounding.UP_YUAN).fen
    assert found.percentage_fen == share
    assert found.linked_fen == (linked if year == 2022 else found.years_fen + share)
    assert found.total_fen == found.fixed_fen + found.linked_fen + found.age_increase_fen
    assert found.pension_fen == facts.december_fen + found.total_fen


@given(people(), st.sampled_from(KNOWN_YEARS), st.booleans())
def test_each_step_is_computed_again(facts: AdjustmentFacts, year: int, reaching: bool) -> None:
    if reaching:
        facts = replace(facts, age_months=AT_80, reached_age=80)

    steps = adjust(year, facts).steps

    known = {step.name: step.result for step in steps}
    assert all_hold(steps)
    assert len(known) == len(steps)
    for step in steps:
        assert all(known.get(name, text) == text for name, text in step.inputs)


@given(people(), st.sampled_from(KNOWN_YEARS), st.integers(1, 20))
def test_more_months_never_pay_less(facts: AdjustmentFacts, year: int, more: int) -> None:
    longer = replace(facts, paid_months=facts.paid_months + 12 * more)

    assert adjust(year, longer).total_fen >= adjust(year, facts).total_fen


@given(people(), st.integers(0, 600), st.integers(1, 24))
def test_more_months_never_pay_less_where_a_part_counts(
    facts: AdjustmentFacts, months: int, more: int
) -> None:
    fewer = replace(facts, paid_months=months)

    longer = adjust(2022, replace(fewer, paid_months=months + more))

    assert longer.total_fen >= adjust(2022, fewer).total_fen


@given(people(), st.sampled_from(KNOWN_YEARS))
def test_nobody_loses_by_an_adjustment(facts: AdjustmentFacts, year: int) -> None:
    found = adjust(year, facts)

    assert found.pension_fen > facts.december_fen
    assert found.supplement_fen >= facts.supplement_fen
