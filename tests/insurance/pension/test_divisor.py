"""Divisors: printed ones, the change of 2025, the ends of the table, what holds."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.pension.divisor import DivisorOutsideTable, divisor_at
from tests.insurance.pension.pension_facts import all_hold, divisors, rows

OLD, NEW = "2024-12", "2025-01"
ages = st.integers(40 * 12, 70 * 12)


def months(age: str) -> int:
    years, rest = age.removesuffix("m").split("y")
    return int(years) * 12 + int(rest)


def at(age: str, on: str) -> str:
    return str(divisor_at(age_months=months(age), terms=divisors(on)))


@pytest.mark.parametrize("row", rows("divisor.toml"), ids=lambda row: row["age"])
def test_printed_divisors(row: dict[str, Any]) -> None:
    assert at(row["age"], row["retirement_month"]) == row["divisor"]


@pytest.mark.parametrize(("on", "divisor"), [(OLD, "139"), (NEW, "132.6")])
def test_months_count_since_2025(on: str, divisor: str) -> None:
    assert at("60y11m", on) == divisor


@pytest.mark.parametrize(
    ("age", "on", "divisor"),
    [("40y0m", OLD, "233"), ("40y0m", NEW, "233"), ("70y0m", NEW, "56"), ("70y11m", OLD, "56")],
)
def test_the_ends_of_the_table(age: str, on: str, divisor: str) -> None:
    assert at(age, on) == divisor


@pytest.mark.parametrize(
    ("age", "on"), [("39y11m", OLD), ("39y11m", NEW), ("70y1m", NEW), ("71y0m", OLD), ("0y0m", NEW)]
)
def test_beyond_the_table_nothing_is_guessed(age: str, on: str) -> None:
    with pytest.raises(DivisorOutsideTable, match="从 40 岁到 70 岁"):
        at(age, on)


@given(ages)
def test_whole_tenths_are_the_exact_line_rounded_once(age: int) -> None:
    terms = divisors(NEW)
    year, rest = divmod(age, 12)
    this, following = terms.table[year], terms.table.get(year + 1, 0)

    exact = this - Fraction((this - following) * rest, 12)

    found = Fraction(divisor_at(age_months=age, terms=terms).tenths, 10)
    assert Fraction(-1, 20) < found - exact <= Fraction(1, 20)


@given(ages, st.sampled_from([OLD, NEW]))
def test_an_older_person_never_has_more_months(age: int, on: str) -> None:
    terms = divisors(on)

    younger = divisor_at(age_months=max(480, age - 1), terms=terms)

    assert divisor_at(age_months=age, terms=terms).tenths <= younger.tenths


@given(ages, st.sampled_from([OLD, NEW]))
def test_the_step_gives_the_divisor(age: int, on: str) -> None:
    found = divisor_at(age_months=age, terms=divisors(on))

    assert all_hold([found.step])
    assert found.step.result == str(found)
