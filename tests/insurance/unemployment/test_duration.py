"""How many months: the published tables, a second spell, who is near retirement, every boundary."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.months import MonthRange
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.policy import parameters
from insurance.policy.retirement import Category, Retirement
from insurance.unemployment.duration import Claim, duration
from insurance.unemployment.duration_terms import LastMonth, duration_terms
from tests.insurance.pension.pension_facts import all_hold, rows
from tests.insurance.unemployment.unemployment_facts import (
    ANQING,
    HEFEI,
    born,
    drawn,
    month,
    retiring_in,
    terms,
)

TABLES = [
    (table["region"], paid, months)
    for table in rows("unemployment.toml", "months")
    for paid, months in table["rows"]
]
BOUNDARIES = sorted({paid + off for _, paid, _ in TABLES for off in (-1, 0)})
ANY_PAID = st.integers(0, 480)
PAID = st.one_of(ANY_PAID, ANY_PAID, ANY_PAID, ANY_PAID, st.sampled_from(BOUNDARIES))
UNUSED = st.one_of(st.just(0), st.integers(0, 24))
BORN = st.builds(
    lambda category, year, number: born(category.name, f"{year}-{number:02d}"),
    st.sampled_from(Category),
    st.integers(1963, 1990),
    st.integers(1, 12),
)
RETIRING = st.one_of(st.none(), BORN)


@pytest.mark.parametrize(("region", "paid", "months"), TABLES)
def test_the_published_tables(region: str, paid: int, months: int) -> None:
    assert drawn(paid, region=region).months == months


def test_less_than_a_year_gives_nothing() -> None:
    assert drawn(11).months == 0
    assert drawn(11, region=HEFEI).months == 0  # half a year is no step below a year


def test_what_was_left_before_is_added_up_to_24_months() -> None:
    assert drawn(75, 4).months == 20
    assert drawn(75, 8).months == drawn(75, 9).months == 24


def test_who_worked_less_than_a_year_again_draws_what_was_left() -> None:
    found = drawn(11, 5)

    assert found.months == 5
    assert found.steps[0].sentence == "您失业前缴费11个月，不满一年，这次缴费不增加领取的月数。"


@pytest.mark.parametrize(
    ("retires", "months"),
    [("2028-09", 24), ("2028-11", 25), ("2028-12", 26), ("2029-10", 36), ("2029-11", 24)],
)
def test_who_is_near_retirement_at_the_end_draws_until_then(retires: str, months: int) -> None:
    """Twenty-four months from November 2026 end with October 2028."""
    found = drawn(240, retiring=retiring_in(retires))

    assert found.months == months
    assert found.extended is (months > 24)
    assert all_hold(found.steps)


def test_few_months_too_go_on_until_retirement() -> None:
    assert drawn(12, retiring=retiring_in("2027-08")).months == 10


def test_the_sheet_says_until_which_month_who_is_near_retirement_draws() -> None:
    own = terms()
    assert own.near is not None
    without = replace(own, near=replace(own.near, last_month=LastMonth.BEFORE_RETIREMENT))
    claim = Claim(month("2026-11"), 240, retirement=retiring_in("2028-12"))

    before, of_it = (
        next(step for step in duration(claim=claim, terms=one).steps if "期满时" in step.name)
        for one in (without, own)
    )

    assert before.sentence.endswith("可以领到退休的前一个月（2028年11月）。")
    assert of_it.sentence.endswith("可以领到退休当月。")


def test_who_reaches_the_age_before_the_months_end_is_told_that_the_pension_ends_them() -> None:
    """Born in August 1966: he retires in January 2027, in the third of twenty-four months."""
    found = drawn(240, retiring=born("M60", "1966-08"))

    told = next(step for step in found.steps if step.name == "登记到法定退休的月数")
    assert (found.months, found.age_within, told.result) == (24, month("2027-01"), "2")
    assert told.sentence.startswith("您2027年1月到法定退休年龄，核定的月数领不到期满")
    assert "第五十一条第四项" in told.article
    assert all_hold(found.steps)


@pytest.mark.parametrize(
    ("retires", "within"), [("2028-09", True), ("2028-11", False), ("2029-10", False)]
)
def test_only_who_reaches_the_age_within_the_months_is_told_so(
    retires: str, *, within: bool
) -> None:
    """Twenty-four months from November 2026 end with October 2028."""
    found = drawn(240, retiring=retiring_in(retires))

    assert (found.age_within is not None) is within
    assert any(step.name == "登记到法定退休的月数" for step in found.steps) is within


def test_no_month_lies_between_the_benefit_and_the_pension() -> None:
    """A pension is due from the month after that of retirement."""
    found = drawn(240, retiring=retiring_in("2028-12"))

    assert (found.months, found.end) == (26, month("2029-01"))
    assert found.pension_by_fund is not None
    assert found.pension_by_fund.end == found.end
    assert all_hold(found.steps)


def test_the_month_of_retirement_does_not_count_where_the_rule_says_so() -> None:
    own = terms()
    assert own.near is not None
    without = replace(own, near=replace(own.near, last_month=LastMonth.BEFORE_RETIREMENT))
    claim = Claim(month("2026-11"), 240, retirement=retiring_in("2028-12"))

    found = duration(claim=claim, terms=without)

    assert (found.months, found.end) == (25, month("2028-12"))
    assert all_hold(found.steps)


@pytest.mark.parametrize(
    ("retires", "counts"), [("2028-11", True), ("2028-12", True), ("2030-12", False)]
)
def test_the_rule_counts_for_whom_it_touches_and_is_a_reading_of_the_text(
    retires: str, *, counts: bool
) -> None:
    """Months, or the pension's contributions by the fund; it is held where it is not verified."""
    found = drawn(240, retiring=retiring_in(retires))

    assert found.terms.near is not None
    assert found.terms.near.source.standing is Standing.UNVERIFIED
    assert (found.terms.near.source in found.sources) is counts


def test_there_was_no_such_rule_before_2025() -> None:
    before = drawn(12, registered="2024-09", retiring=retiring_in("2025-07"))
    since = drawn(12, registered="2024-10", retiring=retiring_in("2025-07"))

    assert (before.months, since.months) == (3, 10)


def test_who_has_no_months_has_none_until_retirement() -> None:
    assert drawn(11, retiring=retiring_in("2027-02")).months == 0


def test_the_fund_pays_the_pension_s_contributions_of_the_last_year() -> None:
    found = drawn(240, retiring=retiring_in("2028-12"))

    assert found.pension_by_fund == MonthRange(month("2028-01"), month("2029-01"))


def test_who_is_far_from_retirement_has_no_pension_contributions_paid() -> None:
    assert drawn(240, retiring=born("F55", "1990-01")).pension_by_fund is None
    assert drawn(240).pension_by_fund is None


def test_the_months_of_2021_are_not_configured() -> None:
    drawn(12, registered="2022-01")

    with pytest.raises(NotConfigured):
        drawn(12, registered="2021-12")


def test_half_years_of_a_reprint_block_outside_a_demonstration() -> None:
    tree, november = parameters.load(), month("2026-11")

    duration_terms(tree=tree, region=ANQING, month=november)

    with pytest.raises(NotVerified):
        duration_terms(tree=tree, region=HEFEI, month=november)


def test_the_steps_say_whose_table_counted() -> None:
    assert "社会保险法第四十六条（安徽省340000，转引）" in drawn(75).steps[0].article
    assert "（合肥市340100，未核实）" in drawn(75, region=HEFEI).steps[0].article


@given(st.sampled_from([ANQING, HEFEI]), PAID, UNUSED, RETIRING)
def test_every_step_is_computed_again(
    region: str, paid: int, unused: int, retiring: Retirement | None
) -> None:
    found = drawn(paid, unused, region=region, retiring=retiring)

    assert all_hold(found.steps)
    assert found.steps[-1].result == str(found.months)


@given(st.sampled_from([ANQING, HEFEI]), PAID, UNUSED, RETIRING, st.integers(1, 60))
def test_more_months_paid_or_left_never_give_less(
    region: str, paid: int, unused: int, retiring: Retirement | None, more: int
) -> None:
    less = drawn(paid, unused, region=region, retiring=retiring).months

    assert drawn(paid + more, unused, region=region, retiring=retiring).months >= less
    assert drawn(paid, unused + more, region=region, retiring=retiring).months >= less


@given(PAID, UNUSED, BORN)
def test_only_who_is_near_retirement_draws_beyond_24_months(
    paid: int, unused: int, retiring: Retirement
) -> None:
    found = drawn(paid, unused, retiring=retiring)

    assert found.regular_months <= 24
    assert found.months - found.regular_months <= 12
    assert found.months == found.regular_months or found.end == retiring.month.next


@given(PAID)
def test_half_years_never_give_less_than_full_ones(paid: int) -> None:
    assert 0 <= drawn(paid, region=HEFEI).months - drawn(paid).months <= 1
