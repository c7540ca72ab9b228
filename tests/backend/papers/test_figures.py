"""Amounts and days as people read them."""

from datetime import date

import pytest

from backend.kernel.money import Money
from backend.papers.figures import figure, spoken_day


@pytest.mark.parametrize(
    ("fen", "expected"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (99999, "999.99"),
        (100000, "1,000.00"),
        (-123456789, "−1,234,567.89"),
    ],
)
def test_amounts_are_grouped_by_three_with_a_true_minus(fen: int, expected: str) -> None:
    assert figure(amount=Money(fen)) == expected


def test_a_day_is_said_without_leading_zeros() -> None:
    assert spoken_day(day=date(2026, 1, 5)) == "2026年1月5日"
