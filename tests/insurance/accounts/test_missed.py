"""Interest missed while something was out of an account: as if it had never left, to the fen."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month
from insurance.accounts.interest import Movement, YearFacts, interest_on, product_of
from insurance.accounts.missed import Absence, ClosedYear, missed_interest

NOV, JAN = Month(2026, 11), Month(2027, 1)
FIRST, LAST = 2026, 2029
RATE = Decimal("0.015")
YEARS = range(FIRST, LAST + 1)
moves = st.lists(
    st.builds(
        Movement,
        st.builds(Month, st.sampled_from(YEARS), st.integers(1, 12)),
        st.integers(1, 90_000),
    ),
    max_size=8,
)
ratios = st.lists(
    st.integers(0, 90_000).map(lambda n: Decimal(n) / 1_000_000),
    min_size=len(YEARS),
    max_size=len(YEARS),
)


def closed(
    movements: Sequence[Movement], rates: Sequence[Decimal], until: int
) -> tuple[list[ClosedYear], int]:
    """Every year up to one, and what the account holds in the January after."""
    years, balance = [], 0
    for year, ratio in zip(YEARS, rates, strict=True):
        if year > until:
            break
        within = tuple(one for one in movements if one.arrival.year == year)
        product = product_of(facts=YearFacts(year, balance, within))
        years.append(ClosedYear(year, product, ratio))
        balance += sum(one.fen for one in within) + interest_on(product_fen=product, ratio=ratio)
    return years, balance


def test_a_year_in_which_it_was_out_bears_interest_after_all() -> None:
    absence = Absence(NOV, JAN, 80_00)

    missed = missed_interest(absences=[absence], made_up=[], closed=[ClosedYear(2026, 0, RATE)])

    assert missed == 20  # 80.00 × 2 months × 1.5 % ÷ 12


def test_what_was_made_up_is_not_made_up_again() -> None:
    absence = Absence(NOV, JAN, 80_00)

    missed = missed_interest(
        absences=[absence], made_up=[Movement(JAN, 20)], closed=[ClosedYear(2026, 0, RATE)]
    )

    assert missed == 0


@pytest.mark.parametrize(("ratio", "more"), [("0.03", 20), ("0.0075", -10)])
def test_another_rate_changes_it_by_difference(ratio: str, more: int) -> None:
    absence = Absence(NOV, JAN, 80_00)

    missed = missed_interest(
        absences=[absence],
        made_up=[Movement(JAN, 20)],
        closed=[ClosedYear(2026, 0, Decimal(ratio))],
    )

    assert missed == more


@given(
    movements=moves,
    fen=st.integers(1, 90_000),
    left=st.builds(Month, st.just(FIRST), st.integers(1, 12)),
    open_year=st.integers(FIRST + 1, LAST),
    first_rates=ratios,
    rates=ratios,
)
def test_the_account_stands_as_if_it_had_never_left(
    movements: list[Movement],
    fen: int,
    left: Month,
    open_year: int,
    first_rates: list[Decimal],
    rates: list[Decimal],
) -> None:
    back = Month(open_year, 1)
    whole = [Movement(Month(FIRST, 1), fen), *movements]
    gone = [*whole, Movement(left, -fen), Movement(back, fen)]
    absences = [Absence(left, back, fen)]

    years, _ = closed(gone, first_rates, open_year - 1)
    once = missed_interest(absences=absences, made_up=[], closed=years)
    made_up = [Movement(back, once)]
    later, balance = closed([*gone, *made_up], rates, LAST)  # all years are trued up since
    rest = missed_interest(absences=absences, made_up=made_up, closed=later)

    _, never_left = closed(whole, rates, LAST)
    assert balance + rest == never_left
