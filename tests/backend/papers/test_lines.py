"""Lines are no wider than they may be, lose nothing, and begin and end as Chinese ones do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.papers.lines import BLANKS, CLOSING, OPENING, break_lines

TEXTS = st.text(
    st.sampled_from("王某一二三，。（）《》“”、%1234567890.,- A\u3000\u00a0元"), max_size=80
)


def lines(text: str, width: int = 10, indent: int = 0) -> list[str]:
    """Every character is one wide."""
    return break_lines(text=text, width=width, measure=len, indent=indent)


@given(TEXTS, st.integers(4, 30))
def test_nothing_is_lost_and_nothing_too_wide(text: str, room: int) -> None:
    broken = lines(text, room)

    assert all(len(line) <= room for line in broken)
    assert without_blanks("".join(broken)) == without_blanks(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一二三四五六七八九十，一", ["一二三四五六七八九", "十，一"]),
        ("一二三四五六七八九（十）", ["一二三四五六七八九", "（十）"]),
        ("一二三四五六七1234.56元八", ["一二三四五六七", "1234.56元八"]),
        ("一二三四五六七 1,234.56", ["一二三四五六七", "1,234.56"]),
        ("一二三四五六七八九\u00a0=\u00a01", ["一二三四五六七八", "九\u00a0=\u00a01"]),
        ("一二三2026年11月", ["一二三", "2026年11月"]),
        ("　　一", ["　　一"]),
        ("", [""]),
    ],
)
def test_marks_numbers_and_what_is_held_together_stay_where_they_belong(
    text: str, expected: list[str]
) -> None:
    assert lines(text) == expected


def test_the_first_line_leaves_room_for_its_indent() -> None:
    assert lines("一二三四五六七八九十一", indent=2) == ["一二三四五六七八", "九十一"]


@given(st.text(st.sampled_from("王某一二三，。（）、"), max_size=60))
def test_no_line_begins_with_a_closing_or_ends_with_an_opening_mark(text: str) -> None:
    for line in lines(text, 40)[1:]:
        assert line[0] not in CLOSING or set(line) <= set(CLOSING)
    for line in lines(text, 40)[:-1]:
        assert line[-1] not in OPENING


def without_blanks(text: str) -> str:
    return "".join(character for character in text if character not in BLANKS)
