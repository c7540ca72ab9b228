"""Whose money comes back: the oldest first, by year and expense item; and how much is kept."""

from random import Random

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from insurance.benefits.recovery.amounts import Allocation, Owed, allocate, set_off, taken

OWED = (Owed(2025, (700, 300, 0, 0)), Owed(2026, (200, 50, 0, 0)), Owed(2026, (100, 0, 0, 0)))


@pytest.mark.parametrize(
    ("before", "fen", "wanted"),
    [
        (0, 1_000, Allocation(earlier_fen=1_000)),
        (0, 1_100, Allocation((100, 0, 0, 0), 1_000)),
        (1_000, 250, Allocation((200, 50, 0, 0))),
        (1_150, 120, Allocation((70, 50, 0, 0))),
        (400, 700, Allocation((100, 0, 0, 0), 600)),
        (1_250, 150, Allocation((100, 0, 0, 0), 0, 50)),
        (1_350, 7, Allocation(rest_fen=7)),
    ],
)
def test_the_oldest_month_comes_back_first(before: int, fen: int, wanted: Allocation) -> None:
    assert allocate(owed=OWED, before_fen=before, fen=fen, year=2026) == wanted


def test_what_was_expensed_this_year_is_of_an_earlier_one_next_year() -> None:
    found = allocate(owed=OWED, before_fen=0, fen=1_350, year=2027)

    assert found == Allocation(earlier_fen=1_350)


@given(st.lists(st.integers(1, 1_350), max_size=6))
def test_piece_by_piece_it_is_the_same_as_at_once(pieces: list[int]) -> None:
    before, together = 0, Allocation()
    for fen in pieces:
        together += allocate(owed=OWED, before_fen=before, fen=fen, year=2026)
        before += fen

    assert together == allocate(owed=OWED, before_fen=0, fen=sum(pieces), year=2026)


@pytest.mark.parametrize(
    ("parts", "fen", "wanted"),
    [
        ((700, 300), 0, (0, 0, 0, 0)),
        ((700, 300), 700, (700, 0, 0, 0)),
        ((700, 300), 701, (700, 1, 0, 0)),
        ((0, 0, 300), 10, (0, 0, 10, 0)),
        ((-100, 300), 200, (0, 200, 0, 0)),
    ],
)
def test_the_first_item_gives_first(
    parts: tuple[int, ...], fen: int, wanted: tuple[int, ...]
) -> None:
    assert taken(parts=parts, fen=fen) == wanted


def test_what_was_spent_from_a_later_item_comes_back_to_it() -> None:
    refund = Owed(2026, (0, 0, 0, 0, 0, 300))

    found = allocate(owed=(Owed(2026, (50,)), refund), before_fen=100, fen=200, year=2026)

    assert found.same_year == (0, 0, 0, 0, 0, 200)


@pytest.mark.django_db
def test_the_database_takes_out_of_parts_as_the_rule_does() -> None:
    random = Random(11)
    with connection.cursor() as cursor:
        for _ in range(300):
            parts = [random.randint(-50, 900) for _ in range(random.randint(1, 4))]
            fen = random.choice((0, 1, max(parts), sum(part for part in parts if part > 0)))
            fen = max(0, fen)
            cursor.execute("SELECT benefits_taken(%s, %s), benefits_less(%s, %s)",
                [parts, fen, parts, fen])  # fmt: skip
            out, left = cursor.fetchone()
            wanted = taken(parts=parts, fen=fen)[: len(parts)]
            assert tuple(out) == wanted
            assert tuple(left) == tuple(p - w for p, w in zip(parts, wanted, strict=True))


@pytest.mark.parametrize(
    ("due", "most", "kept"),
    [(25_150, 6_000, 5_030), (25_150, 5_000, 5_000), (25_154, 9_999, 5_030), (4, 100, 0)],
)
def test_of_a_month_no_more_than_the_share_is_kept(due: int, most: int, kept: int) -> None:
    assert set_off(due_fen=due, most_fen=most, most_ppm=200_000) == kept


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 999_999))
def test_something_is_always_paid_out(due: int, most: int, ppm: int) -> None:
    assert 0 <= set_off(due_fen=due, most_fen=most, most_ppm=ppm) < due
