"""An employer gets a refund that paid the whole year and laid off few: at every limit, exactly."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.policy import parameters
from insurance.unemployment.refund_decision import (
    Decision,
    EmployerYear,
    Refused,
    decide_refund,
    refund_conditions,
)
from insurance.unemployment.stability_refund import Size
from tests.insurance.pension.pension_facts import all_hold

CONDITIONS = refund_conditions(tree=parameters.load(), region="340100", year=2027, demo=True)


def decided(
    *,
    paid_fen: int = 100_000,
    paid_months: int = 12,
    laid_off: int = 0,
    staff_months: int = 1_200,
    size: Size = Size.SMALL,
    excluded: str = "",
) -> Decision:
    """Of a hundred people, all year."""
    of = EmployerYear(1, paid_fen, paid_months, laid_off, staff_months, size, excluded)
    return decide_refund(of=of, conditions=CONDITIONS)


def test_a_small_employer_that_laid_off_nobody_gets_its_share() -> None:
    found = decided()

    assert (found.fen, found.refused) == (90_000, None)
    assert all_hold(found.steps)
    assert found.steps[-1].result == "900.00"


@pytest.mark.parametrize(
    ("year", "size", "fen"),
    [
        (2024, Size.LARGE, 30_000),
        (2024, Size.SMALL, 60_000),
        (2025, Size.LARGE, 50_000),
        (2025, Size.SMALL, 90_000),
    ],
)
def test_the_shares_rise_from_thirty_and_sixty_to_fifty_and_ninety_with_2025(
    year: int, size: Size, fen: int
) -> None:
    conditions = refund_conditions(tree=parameters.load(), region="340100", year=year, demo=True)
    of = EmployerYear(1, 100_000, 12, 0, 1_200, size, "")

    found = decide_refund(of=of, conditions=conditions)

    assert (found.fen, found.refused) == (fen, None)
    assert all_hold(found.steps)


def test_a_large_one_gets_less() -> None:
    assert decided(size=Size.LARGE).fen == 50_000


@pytest.mark.parametrize(
    ("laid_off", "staff_months", "refused"),
    [
        (5, 1_200, None),  # 5 %
        (6, 1_200, Refused.LAID_OFF),  # 6 %
        (11, 2_400, None),  # 5.5 % to the point
        (11, 2_399, Refused.LAID_OFF),
        (6, 360, None),  # 20 % of thirty
        (7, 360, Refused.LAID_OFF),
        (6, 361, Refused.LAID_OFF),  # one month more: no small employer
    ],
)
def test_the_share_laid_off_is_compared_exactly(
    laid_off: int, staff_months: int, refused: Refused | None
) -> None:
    found = decided(laid_off=laid_off, staff_months=staff_months)

    assert found.refused is refused
    assert all_hold(found.steps)


@pytest.mark.parametrize(
    ("laid_off", "staff_months", "printed", "said"),
    [
        (11, 2_400, ("132", "132"), "132不高于132，裁员率不高于规定。"),
        (11, 2_399, ("132", "131.945"), "132高于131.945，裁员率高于规定。"),
        (6, 360, ("72", "72"), "72不高于72，裁员率不高于规定。"),
    ],
)
def test_the_printed_steps_say_what_decides(
    laid_off: int, staff_months: int, printed: tuple[str, str], said: str
) -> None:
    found = decided(laid_off=laid_off, staff_months=staff_months)

    counted, allowed = found.steps[:2]
    assert (counted.result, allowed.result) == printed
    assert allowed.sentence.endswith(said)
    assert (found.refused is Refused.LAID_OFF) is (
        Fraction(counted.result) > Fraction(allowed.result)
    )


def test_eleven_months_are_not_a_year() -> None:
    assert decided(paid_months=11).refused is Refused.NOT_PAID


def test_without_staff_there_is_nothing_to_keep() -> None:
    assert decided(staff_months=0).refused is Refused.NO_STAFF


def test_what_the_case_excludes_gets_nothing() -> None:
    found = decided(excluded="严重失信主体")

    assert (found.fen, found.refused) == (0, Refused.EXCLUDED)


def test_nothing_paid_gives_nothing_back() -> None:
    assert decided(paid_fen=0).refused is Refused.NOTHING


def test_conditions_are_known_since_2024() -> None:
    tree = parameters.load()
    refund_conditions(tree=tree, region="340800", year=2024, demo=True)

    with pytest.raises(NotConfigured):
        refund_conditions(tree=tree, region="340800", year=2023, demo=True)
    with pytest.raises(NotVerified):
        refund_conditions(tree=tree, region="340800", year=2027)


def test_the_months_that_the_demo_city_asks_for_count_in_a_demonstration_only() -> None:
    """It has kept books for two months of 2026."""
    tree = parameters.load()

    asked = [
        refund_conditions(tree=tree, region="340800", year=year, demo=True).paid_months
        for year in (2026, 2027, 2028)
    ]

    assert asked == [12, 0, 12]
    assert tree.resolve_any(CONDITIONS.rule.key, "340800", date(2027, 1, 1)).region == "000000"


@given(st.integers(0, 10**9), st.integers(0, 12), st.integers(0, 400), st.integers(0, 5_000))
def test_no_more_is_given_than_was_paid_and_never_above_the_limit(
    paid_fen: int, paid_months: int, laid_off: int, staff_months: int
) -> None:
    found = decided(
        paid_fen=paid_fen, paid_months=paid_months, laid_off=laid_off, staff_months=staff_months
    )

    assert 0 <= found.fen <= paid_fen
    assert (found.fen > 0) is (found.refused is None)
    assert all_hold(found.steps)
    if found.refused is Refused.LAID_OFF:
        assert Fraction(found.steps[0].result) > Fraction(found.steps[1].result)
    if found.fen:
        most = Fraction(str(CONDITIONS.rate_max(staff_months)))
        assert paid_months == 12
        assert Fraction(laid_off * 12, staff_months) <= most
