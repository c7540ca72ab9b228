"""What is paid once: for a birth, for a certificate of skill, back to an employer."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.parameters import NotConfigured
from insurance.policy import parameters
from insurance.unemployment.childbirth import ChildbirthSum, NoChildbirthSum, childbirth_sum
from insurance.unemployment.skill_subsidy import (
    Level,
    SkillSubsidy,
    SubsidyRefused,
    skill_subsidy,
    subsidy_terms,
)
from insurance.unemployment.stability_refund import (
    Size,
    StabilityRefund,
    refund_terms,
    stability_refund,
)
from tests.insurance.pension.pension_facts import all_hold
from tests.insurance.unemployment.unemployment_facts import ANQING, HEFEI, amount, month

TREE = parameters.load()
CERTIFIED = date(2025, 11, 30)


def born_in(region: str, of: str) -> ChildbirthSum:
    return childbirth_sum(
        tree=TREE,
        region=region,
        birth_month=month(of),
        monthly=amount(region, of),
        demo=True,
    )


def subsidy(level: Level, paid: int = 36, applied: date = CERTIFIED) -> SkillSubsidy:
    terms = subsidy_terms(tree=TREE, region=ANQING, on=applied, demo=True)
    return skill_subsidy(
        level=level, paid_months=paid, certified=CERTIFIED, applied=applied, terms=terms
    )


def refund(paid_fen: int, size: Size, year: int = 2026) -> StabilityRefund:
    terms = refund_terms(tree=TREE, region=ANQING, year=year, demo=True)
    return stability_refund(paid_fen=paid_fen, size=size, terms=terms)


def test_a_birth_in_anqing_brings_five_months() -> None:
    found = born_in(ANQING, "2022-01")

    assert found.fen == 5 * 135_000
    assert all_hold(found.steps)


def test_where_no_notice_says_so_a_birth_brings_nothing() -> None:
    with pytest.raises(NoChildbirthSum, match="340100"):
        born_in(HEFEI, "2026-11")


def test_before_the_notice_of_2022_a_birth_brought_nothing() -> None:
    with pytest.raises(NoChildbirthSum):
        childbirth_sum(
            tree=TREE,
            region=ANQING,
            birth_month=month("2021-12"),
            monthly=amount(ANQING, "2022-01"),
            demo=True,
        )


@pytest.mark.parametrize(
    ("level", "fen"),
    [(Level.LEVEL_5, 100_000), (Level.LEVEL_4, 150_000), (Level.LEVEL_3, 200_000)],
)
def test_a_certificate_brings_the_amount_of_its_level(level: Level, fen: int) -> None:
    found = subsidy(level)

    assert found.fen == fen
    assert all_hold(found.steps)


def test_subsidies_began_with_2017() -> None:
    subsidy_terms(tree=TREE, region=ANQING, on=date(2017, 1, 1), demo=True)

    with pytest.raises(NotConfigured):
        subsidy_terms(tree=TREE, region=ANQING, on=date(2016, 12, 31), demo=True)


def test_a_certificate_needs_three_years_of_contributions() -> None:
    with pytest.raises(SubsidyRefused, match="不满36个月"):
        subsidy(Level.LEVEL_5, paid=35)


def test_a_certificate_counts_for_twelve_months_to_the_day() -> None:
    subsidy(Level.LEVEL_5, applied=date(2026, 11, 30))

    for applied in (date(2026, 12, 1), date(2025, 11, 29)):
        with pytest.raises(SubsidyRefused):
            subsidy(Level.LEVEL_5, applied=applied)


@pytest.mark.parametrize(
    ("size", "year", "fen"),
    [
        (Size.LARGE, 2024, 30_000),
        (Size.SMALL, 2024, 60_000),
        (Size.LARGE, 2025, 50_000),
        (Size.SMALL, 2025, 90_000),
    ],
)
def test_an_employer_gets_back_a_share_by_its_size(size: Size, year: int, fen: int) -> None:
    assert refund(100_000, size, year).fen == fen


def test_the_shares_of_2023_are_not_configured() -> None:
    with pytest.raises(NotConfigured):
        refund(100_000, Size.SMALL, 2023)


def test_half_a_fen_of_a_refund_is_rounded_up() -> None:
    assert refund(1, Size.LARGE).fen == 1
    assert refund(5, Size.LARGE, 2024).fen == 2  # 1.5


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.sampled_from(Size))
def test_more_paid_never_brings_less_back_nor_more_than_was_paid(
    paid: int, more: int, size: Size
) -> None:
    found = refund(paid, size)

    assert found.fen <= refund(paid + more, size).fen <= paid + more
    assert all_hold(found.steps)
