"""The sheet of who goes over says what the rule says, whichever that is (制度衔接的说明). Pure."""

from dataclasses import replace

import pytest

from insurance.pension.switching import (
    TO_EMPLOYEES,
    TO_RESIDENTS,
    SwitchTerms,
    counted,
    counted_steps,
    switch_terms,
)
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import month

RETIRES = month("2026-07")


def terms(**changes: str) -> SwitchTerms:
    """The rule of 2014, or another one."""
    found = switch_terms(tree=parameters.load(), region="340800", retirement_month=RETIRES)
    rule = replace(found.rule, value={**found.rule.table, **changes})
    return replace(found, rule=rule)


def told(to_scheme: str, months: int, of: SwitchTerms) -> tuple[int, str, str]:
    """How many months count, and how the last step says it."""
    count = counted(
        to_scheme=to_scheme, employee_months=months, retirement_month=RETIRES, month=RETIRES,
        terms=of,
    )  # fmt: skip
    step = counted_steps(
        to_scheme=to_scheme, employee_months=months, evidence="明细", retirement_month=RETIRES,
        terms=of, policy_version="1",
    )[-1]  # fmt: skip
    return count, step.result, step.sentence


@pytest.mark.parametrize(
    ("rule", "count", "said"),
    [("COUNTED", 100, "合并计算为居民缴费。"), ("NOT_COUNTED", 0, "不合并计算为居民缴费。")],
)
def test_months_of_employees_are_told_to_count_for_residents_where_the_rule_says_so(
    rule: str, count: int, said: str
) -> None:
    found = told(TO_RESIDENTS, 100, terms(employees_months_in_170=rule))

    assert found == (count, str(count), f"职工养老缴费100个月，不满最低月数，{said}")


def test_years_of_residents_are_told_not_to_count_for_employees() -> None:
    found = told(TO_EMPLOYEES, 200, terms())

    assert found[:2] == (0, "0")
    assert "居民缴费年限不合并、不折算，所以不增加月数" in found[2]


def test_a_rule_that_lets_residents_years_count_is_told_nowhere() -> None:
    other = terms(residents_years_in_110="COUNTED")

    with pytest.raises(ValueError, match="residents' years"):
        told(TO_EMPLOYEES, 200, other)
    with pytest.raises(ValueError, match="residents' years"):
        counted_steps(
            to_scheme=TO_EMPLOYEES, employee_months=200, evidence="明细", retirement_month=RETIRES,
            terms=other, policy_version="1",
        )  # fmt: skip
