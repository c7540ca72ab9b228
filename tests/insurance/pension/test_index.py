"""The average index: by hand, at two employers, by exact fractions, and where nothing is known."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.pension.award_terms import figures_there
from insurance.pension.index import (
    EarlierMonths,
    IndexTerms,
    NothingPaid,
    PaidMonth,
    average_index,
    index_terms,
)
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import ANQING, all_hold, month

FIRST, LAST = 2021, 2026
paid_months = st.lists(
    st.builds(
        PaidMonth,
        st.integers(Month(FIRST, 1).index, Month(LAST, 12).index).map(Month.from_index),
        st.integers(0, 2_200_000),
    ),
    min_size=1,
    max_size=72,
)


@cache
def terms(*years: int) -> IndexTerms:
    return index_terms(
        tree=parameters.load(),
        region=ANQING,
        years=years or range(FIRST, LAST + 1),
        retirement_month=month("2026-11"),
        known_on=date(2026, 11, 5),
        demo=True,
    )


def terms_of_2027(known_on: date, *, region: str = ANQING, demo: bool = True) -> IndexTerms:
    """Of who paid in 2026 and in January 2027, and retires in March."""
    return index_terms(
        tree=figures_there(demo=demo),
        region=region,
        years=(2026, 2027),
        retirement_month=month("2027-03"),
        known_on=known_on,
        demo=True,
    )


def year(number: int, base_fen: int, months: int = 12) -> list[PaidMonth]:
    return [PaidMonth(Month(number, m), base_fen) for m in range(1, months + 1)]


def test_a_base_is_held_against_the_average_of_the_year_before() -> None:
    found = average_index(paid=year(2025, 718_500), terms=terms(2025))

    assert (found.index, found.months) == (10_000, 12)


@pytest.mark.parametrize(("base", "index"), [(431_100, 6_000), (2_155_600, 30_001)])
def test_the_bounds_of_2025_are_about_sixty_and_three_hundred_percent(
    base: int, index: int
) -> None:
    assert average_index(paid=year(2025, base), terms=terms(2025)).index == index


def test_the_mean_is_over_months_not_over_years() -> None:
    paid = (*year(2025, 718_500), *year(2026, 2 * 725_700, months=4))

    found = average_index(paid=paid, terms=terms())

    assert found.index == 12_500  # (12 × 1 + 4 × 2) ÷ 16


def test_a_month_at_two_employers_counts_once_with_both_bases() -> None:
    paid = (*year(2025, 359_250), *year(2025, 359_250))

    assert average_index(paid=paid, terms=terms(2025)).index == 10_000


def test_without_a_paid_month_there_is_no_average() -> None:
    with pytest.raises(NothingPaid):
        average_index(paid=(), terms=terms())


def test_averages_before_2020_are_not_known() -> None:
    with pytest.raises(NotConfigured):
        terms(2020)


@given(paid_months)
def test_it_is_the_exact_mean_rounded_once(paid: list[PaidMonth]) -> None:
    of = terms()

    found = average_index(paid=paid, terms=of)

    shares = (Fraction(p.base_fen, of.averages[p.month.year].money.fen) for p in paid)
    exact = sum(shares, Fraction(0)) / len({p.month for p in paid})
    assert -Fraction(1, 20_000) < Fraction(found.index, 10_000) - exact <= Fraction(1, 20_000)
    assert all_hold([found.step])


@given(paid_months, st.integers(1, 10**6))
def test_a_higher_base_never_lowers_it(paid: list[PaidMonth], more: int) -> None:
    first, *rest = paid

    higher = average_index(
        paid=[PaidMonth(first.month, first.base_fen + more), *rest], terms=terms()
    )

    assert higher.index >= average_index(paid=paid, terms=terms()).index


def test_months_before_count_with_the_average_that_was_reviewed() -> None:
    earlier = EarlierMonths(24, Decimal("0.7000"))

    found = average_index(paid=year(2025, 718_500), terms=terms(2025), earlier=earlier)

    assert (found.index, found.months) == (8_000, 36)
    assert all_hold([found.step])


def test_months_before_may_be_all_there_are() -> None:
    found = average_index(paid=(), terms=terms(), earlier=EarlierMonths(24, Decimal("0.7001")))

    assert (found.index, found.months) == (7_001, 24)
    assert all_hold([found.step])


def test_an_average_that_is_not_published_yet_is_stood_in_for_by_the_newest() -> None:
    of = terms_of_2027(date(2027, 3, 10), region="340100")

    found = average_index(paid=year(2027, 725_700, months=1), terms=of)

    assert of.interim_years == (2027,)
    assert (found.index, found.interim, dict(found.by_year)) == (10_000, True, {2027: 725_700})
    assert found.step.sentence.endswith(
        "2027年的参照工资还没有公布，先按2025年的 7257.00 元计算，公布后重算，多退少补。"
    )
    assert all_hold([found.step])


def test_from_its_publication_on_a_year_has_its_own_average() -> None:
    before, since = (terms_of_2027(date(2027, 8, day)) for day in (27, 28))

    assert (before.interim_years, since.interim_years) == ((2027,), ())
    assert since.averages[2027].money.fen == 733_000


def test_outside_a_demonstration_no_invented_average_stands_before_a_real_one() -> None:
    of = terms_of_2027(date(2027, 9, 10), demo=False)

    assert of.averages[2027].money.fen == 725_700
    assert of.interim_years == (2027,)


def test_an_index_of_years_with_their_own_averages_is_final() -> None:
    found = average_index(paid=year(2026, 725_700), terms=terms_of_2027(date(2027, 3, 10)))

    assert not found.interim
