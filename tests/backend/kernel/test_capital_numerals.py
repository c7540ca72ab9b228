"""Amounts in words: the rule's own examples, the boundaries, and words that read back."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.kernel.capital_numerals import DIGITS, LARGEST_YUAN, AmountTooLarge, capital_numerals
from backend.kernel.money import Money

LARGEST_FEN = LARGEST_YUAN * 100 + 99
WORTH = {"仟": 1000, "佰": 100, "拾": 10}


def words(yuan: str) -> str:
    return capital_numerals(amount=Money.yuan(yuan))


@pytest.mark.parametrize(
    ("yuan", "expected"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
    ],
)
def test_the_examples_of_the_rule_are_written_as_it_writes_them(yuan: str, expected: str) -> None:
    assert words(yuan) == expected


@pytest.mark.parametrize(
    ("yuan", "expected"),
    [
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角"),
        ("0.99", "玖角玖分"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("11", "壹拾壹元整"),
        ("100", "壹佰元整"),
        ("101", "壹佰零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("1737", "壹仟柒佰叁拾柒元整"),
        ("9999.99", "玖仟玖佰玖拾玖元玖角玖分"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("10700", "壹万零柒佰元整"),
        ("100000.01", "壹拾万元零壹分"),
        ("99999999", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("1000001000", "壹拾亿零壹仟元整"),
        ("1000000000000", "壹万亿元整"),
        ("-12.30", "负壹拾贰元叁角"),
    ],
)
def test_amounts_at_the_boundaries(yuan: str, expected: str) -> None:
    assert words(yuan) == expected


@given(st.one_of(st.integers(-LARGEST_FEN, LARGEST_FEN), st.integers(0, 10**9)))
@example(LARGEST_FEN)
def test_the_words_read_back_as_the_amount(fen: int) -> None:
    assert read(capital_numerals(amount=Money(fen))) == fen


@given(st.integers(0, LARGEST_FEN))
def test_no_zero_is_said_twice_or_at_the_end(fen: int) -> None:
    said = capital_numerals(amount=Money(fen))

    assert "零零" not in said
    assert fen == 0 or not re.search("零[元万亿整]|^零|零$", said)


def test_more_than_words_can_say_is_refused() -> None:
    assert words(str(LARGEST_YUAN)).startswith("玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿")

    with pytest.raises(AmountTooLarge) as refused:
        words(str(LARGEST_YUAN + 1))

    assert refused.value.code == "amount_too_large"


def read(said: str) -> int:
    """Read words back as whole fen, knowing nothing of how they were written."""
    sign = -1 if said.startswith("负") else 1
    yuan, _, part = said.removeprefix("负").removesuffix("整").rpartition("元")
    fen = sum(
        DIGITS.index(digit) * (10 if unit == "角" else 1)
        for digit, unit in re.findall(f"([{DIGITS}])([角分])", part)
    )
    return sign * (number(yuan) * 100 + fen)


def number(said: str) -> int:
    for unit, worth in (("亿", 10**8), ("万", 10**4)):
        high, found, low = said.partition(unit)
        if found:
            return number(high) * worth + number(low)
    places = re.findall(f"([{DIGITS}])([仟佰拾]?)", said)
    return sum(DIGITS.index(digit) * WORTH.get(unit, 1) for digit, unit in places)
