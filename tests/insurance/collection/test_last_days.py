"""Each line closes by itself: what is lost stays lost, whatever is billed later."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.collection.rules.last_days import Due, by_last_day

FIRST, SECOND, THIRD = date(2026, 12, 31), date(2027, 1, 31), date(2027, 12, 31)
Rows = list[tuple[date, int]]


def test_a_later_difference_opens_its_own_amount_only() -> None:
    found = by_last_day(billed=[(FIRST, 960), (THIRD, 10)], paid=[])

    assert found == (Due(FIRST, 960), Due(THIRD, 10))


def test_what_comes_after_the_first_day_pays_the_later_difference_once() -> None:
    found = by_last_day(billed=[(FIRST, 960), (THIRD, 10)], paid=[(SECOND, 10)])

    assert found == (Due(FIRST, 960),)


def test_what_came_in_time_pays_what_closes_first() -> None:
    billed = [(FIRST, 960), (THIRD, 10)]

    assert by_last_day(billed=billed, paid=[(FIRST, 960)]) == (Due(THIRD, 10),)
    assert by_last_day(billed=billed, paid=[(FIRST, 500)]) == (Due(FIRST, 460), Due(THIRD, 10))
    assert by_last_day(billed=billed, paid=[(FIRST, 970)]) == ()


def test_what_two_people_let_in_is_never_late() -> None:
    found = by_last_day(billed=[(FIRST, 960), (THIRD, 10)], paid=[(date.min, 960)])

    assert found == (Due(THIRD, 10),)


@pytest.mark.parametrize(
    ("fall", "expected"),
    [(-5, (Due(FIRST, 960), Due(SECOND, 5))), (-20, (Due(FIRST, 950),)), (-970, ())],
)
def test_a_bill_that_falls_takes_from_what_closes_last(
    fall: int, expected: tuple[Due, ...]
) -> None:
    assert by_last_day(billed=[(FIRST, 960), (SECOND, 10), (THIRD, fall)], paid=[]) == expected


def test_what_fell_and_rises_again_opens_what_it_rises_by() -> None:
    billed = [(FIRST, 500), (SECOND, -200), (THIRD, 200)]

    assert by_last_day(billed=billed, paid=[(FIRST, 500), (SECOND, -200)]) == (Due(THIRD, 200),)


DAYS = st.integers(0, 5).map(lambda n: FIRST + timedelta(days=n))
ROWS = st.lists(st.tuples(DAYS, st.integers(1, 9)), max_size=6)


@dataclass
class Part:
    last_day: date
    fen: int


def open_on(day: date, billed: Rows, paid: Rows) -> int:
    """What may still be paid on a day, by paying amounts one by one as they came."""
    parts = [Part(*row) for row in sorted(billed)]
    for on, fen in sorted(paid):
        rest = fen
        for due in parts:
            if due.last_day >= on:
                now = min(rest, due.fen)
                due.fen -= now
                rest -= now
    return sum(due.fen for due in parts if due.last_day >= day)


@given(ROWS, ROWS, DAYS)
def test_money_goes_to_what_closes_first_of_what_is_open(
    billed: Rows, paid: Rows, day: date
) -> None:
    fits: Rows = []
    for on, fen in sorted(paid):
        fits.append((on, min(fen, open_on(on, billed, fits))))

    found = by_last_day(billed=billed, paid=fits)

    assert sum(due.fen for due in found if due.last_day >= day) == open_on(day, billed, fits)
