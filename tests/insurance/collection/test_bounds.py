"""The base: floor, ceiling, none, several employers, bounds published late."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.collection.rules.bounds import (
    BaseReason,
    Bounds,
    ChoiceOutOfBounds,
    Several,
    base_for,
    bounds_for,
    check_choice,
)
from insurance.policy import parameters
from tests.insurance.collection.collection_builders import (
    ANQING,
    CEILING_FEN,
    FLOOR_FEN,
    TODAY,
    bounds,
    wages,
)


def in_force(
    month: Month, known_on: date = TODAY, *, scheme: str = "110", demo: bool = False
) -> Bounds:
    return bounds_for(
        tree=parameters.load(),
        scheme=scheme,
        region=ANQING,
        month=month,
        known_on=known_on,
        demo=demo,
    )


@pytest.mark.parametrize(
    ("wage_fen", "fen", "reason"),
    [
        (None, FLOOR_FEN, BaseReason.NO_WAGE),
        (0, FLOOR_FEN, BaseReason.NO_WAGE),
        (FLOOR_FEN - 1, FLOOR_FEN, BaseReason.FLOOR),
        (FLOOR_FEN, FLOOR_FEN, BaseReason.WAGE),
        (CEILING_FEN, CEILING_FEN, BaseReason.WAGE),
        (CEILING_FEN + 1, CEILING_FEN, BaseReason.CEILING),
    ],
)
def test_the_base_lies_between_floor_and_ceiling(
    wage_fen: int | None, fen: int, reason: BaseReason
) -> None:
    base = base_for(wage_fen=wage_fen, bounds=bounds())

    assert (base.fen, base.reason) == (fen, reason)


@given(wage_fen=wages(), elsewhere_fen=st.integers(0, 30_000_00), rule=st.sampled_from(Several))
def test_a_base_is_what_the_sql_says(
    wage_fen: int | None, elsewhere_fen: int, rule: Several
) -> None:
    base = base_for(wage_fen=wage_fen, bounds=bounds(), several=rule, elsewhere_fen=elsewhere_fen)

    clamped = max(FLOOR_FEN, min(CEILING_FEN, wage_fen or 0))
    left = max(0, CEILING_FEN - elsewhere_fen)
    assert base.fen == (clamped if rule is Several.EACH else min(clamped, left))


@given(st.lists(wages(), max_size=5))
def test_where_the_ceiling_bounds_the_sum_several_bases_never_exceed_it(
    own: list[int | None],
) -> None:
    taken = 0

    for wage_fen in own:
        base = base_for(
            wage_fen=wage_fen, bounds=bounds(), several=Several.SUM_CEILING, elsewhere_fen=taken
        )
        taken += base.fen

    assert taken <= CEILING_FEN


def test_two_employers_each_ask_for_their_own_base() -> None:
    base = base_for(wage_fen=2_000_000, bounds=bounds(), elsewhere_fen=CEILING_FEN)

    assert base.fen == 2_000_000


@pytest.mark.parametrize(
    ("known_on", "floor", "interim"),
    [
        (date(2026, 3, 10), 4_311_00, True),
        (date(2026, 8, 26), 4_311_00, True),
        (date(2026, 8, 27), 4_354_00, False),
    ],
)
def test_until_this_years_bounds_are_published_last_years_count_in_the_interim(
    known_on: date, floor: int, interim: bool
) -> None:
    found = in_force(Month(2026, 3), known_on)

    assert (found.floor_fen, found.interim) == (floor, interim)


def test_an_interim_base_says_so() -> None:
    base = base_for(wage_fen=None, bounds=in_force(Month(2026, 3), date(2026, 3, 10)))

    assert dict(base.step.inputs)["下限"] == "4311.00"
    assert "先按上年的算，公布后多退少补" in base.step.sentence
    assert "皖人社秘〔2025〕154号" in base.step.article


def test_december_and_january_have_bounds_of_their_own() -> None:
    ceilings = [in_force(month).ceiling_fen for month in (Month(2025, 12), Month(2026, 1))]

    assert ceilings == [2_155_600, 2_177_200]


def test_bounds_without_a_successor_serve_the_next_year_and_no_further() -> None:
    assert in_force(Month(2027, 12), date(2027, 12, 1)).interim
    with pytest.raises(NotConfigured, match="2028 年"):
        in_force(Month(2028, 1), date(2028, 1, 1))


def test_a_year_long_before_any_known_bounds_is_not_configured() -> None:
    with pytest.raises(NotConfigured, match="缴费基数下限"):
        in_force(Month(2019, 6))


@pytest.mark.parametrize(("scheme", "refusal"), [("210", NotVerified), ("310", NotConfigured)])
def test_bounds_that_nobody_verified_count_in_a_demonstration_only(
    scheme: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        in_force(Month(2026, 11), scheme=scheme)

    assert in_force(Month(2026, 11), scheme=scheme, demo=True).floor_fen == FLOOR_FEN


@pytest.mark.parametrize("chosen", [FLOOR_FEN - 1, CEILING_FEN + 1])
def test_a_choice_beyond_the_bounds_is_refused(chosen: int) -> None:
    with pytest.raises(ChoiceOutOfBounds, match=r"4354\.00 元和 21772\.00 元"):
        check_choice(chosen_fen=chosen, bounds=bounds())


@pytest.mark.parametrize("chosen", [FLOOR_FEN, CEILING_FEN])
def test_floor_and_ceiling_themselves_may_be_chosen(chosen: int) -> None:
    check_choice(chosen_fen=chosen, bounds=bounds())
