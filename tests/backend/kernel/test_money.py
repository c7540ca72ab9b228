"""Money: whole fen, read strictly, rounded once and by name."""

import pickle
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import LARGEST_FEN, ZERO, Money, MoneyInvalid, Rounding

FEN = st.integers(-LARGEST_FEN, LARGEST_FEN)
RATES = st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=6)
DECIMAL_MODES = {
    Rounding.HALF_UP_FEN: (ROUND_HALF_UP, 1),
    Rounding.DOWN_FEN: (ROUND_DOWN, 1),
    Rounding.UP_JIAO: (ROUND_UP, 10),
    Rounding.UP_YUAN: (ROUND_UP, 100),
    Rounding.HALF_UP_YUAN: (ROUND_HALF_UP, 100),
}


@given(FEN)
def test_what_is_printed_reads_back(fen: int) -> None:
    assert Money.yuan(str(Money(fen))) == Money(fen)


@given(FEN, FEN)
def test_a_sum_less_one_part_is_the_other(one: int, other: int) -> None:
    assert Money(one) + Money(other) - Money(other) == Money(one)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0", 0), ("-0.00", 0), ("1234.56", 123456), ("-1", -100), ("0.5", 50), ("0.05", 5)],
)
def test_yuan_are_read_to_the_fen(text: str, fen: int) -> None:
    assert Money.yuan(text).fen == fen


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "1 ", "+1", "0.001", "1e3", "NaN", "Infinity", "1,234.00", "1.", ".5", "--1"),
        *("\uff11\uff10\uff10", "\u0661", "1.00\n", "92233720368547758.08", "9" * 30),
        *(None, True, 1, 1.5, Decimal(1)),
    ],
)
def test_anything_else_is_no_amount(text: object) -> None:
    with pytest.raises(MoneyInvalid) as refused:
        Money.yuan(text)

    assert refused.value.code == "money_invalid"
    assert refused.value.detail.endswith("。")


def test_the_largest_amount_is_the_largest_bigint() -> None:
    assert Money.yuan("92233720368547758.07").fen == LARGEST_FEN


@pytest.mark.parametrize("amount", [Decimal("5975.141"), Decimal("1e20")])
def test_a_parameter_in_yuan_must_be_whole_fen(amount: Decimal) -> None:
    with pytest.raises(MoneyInvalid):
        Money.of_yuan(amount)


def test_a_parameter_in_yuan_becomes_money() -> None:
    assert Money.of_yuan(Decimal("5975.14")) == Money(597514)
    assert Money.of_yuan(4311) == Money(431100)


@given(st.integers(-(10**12), 10**12), RATES, st.sampled_from(Rounding))
def test_times_rounds_as_decimal_does(fen: int, rate: Decimal, rounding: Rounding) -> None:
    mode, unit = DECIMAL_MODES[rounding]

    with localcontext(prec=60):
        expected = (fen * rate / unit).quantize(Decimal(1), mode) * unit

    assert Money(fen).times(rate, rounding) == Money(int(expected))


@given(FEN, st.integers(1, 10**9), st.sampled_from(Rounding))
def test_divide_misses_by_less_than_a_unit(fen: int, divisor: int, rounding: Rounding) -> None:
    share = Money(fen).divide(divisor, rounding)

    assert abs(share.fen * divisor - fen) < divisor * rounding.unit_fen


@given(FEN, RATES, st.sampled_from(Rounding))
def test_a_correction_cancels_exactly(fen: int, rate: Decimal, rounding: Rounding) -> None:
    assert Money(-fen).times(rate, rounding) == -Money(fen).times(rate, rounding)


@pytest.mark.parametrize(
    ("rounding", "given_fen", "expected"),
    [
        (Rounding.HALF_UP_FEN, 1001, "5.01"),
        (Rounding.DOWN_FEN, 1001, "5.00"),
        (Rounding.UP_JIAO, 1001, "5.10"),
        (Rounding.UP_JIAO, 1000, "5.00"),
        (Rounding.UP_YUAN, 1001, "6.00"),
        (Rounding.UP_YUAN, 1000, "5.00"),
        (Rounding.HALF_UP_YUAN, 1099, "5.00"),
        (Rounding.HALF_UP_YUAN, 1100, "6.00"),
    ],
)
def test_each_rounding_at_its_tie(rounding: Rounding, given_fen: int, expected: str) -> None:
    assert str(Money(given_fen).divide(2, rounding)) == expected


def test_eleven_months_of_47066_a_year_are_43143_83() -> None:
    """An official answer on the 抚恤金: the month is not rounded before it is multiplied."""
    paid = Money.yuan("47066").times(11, Rounding.HALF_UP_YUAN).divide(12, Rounding.HALF_UP_FEN)

    assert str(paid) == "43143.83"


def test_eleven_published_months_of_5015_are_55165() -> None:
    assert str(Money.yuan("5015").times(11, Rounding.HALF_UP_FEN)) == "55165.00"


def test_nothing_adds_up_to_zero() -> None:
    assert Money.total([]) == ZERO
    assert Money.total([Money(1), Money(2)]) == Money(3)
    assert not ZERO


def test_a_float_is_our_own_mistake() -> None:
    with pytest.raises(TypeError):
        Money(1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(100).times(0.16, Rounding.HALF_UP_FEN)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(100) + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(100) - 1  # type: ignore[operator]


def test_nobody_divides_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        Money(100).divide(0, Rounding.HALF_UP_FEN)


def test_a_negative_divisor_turns_the_sign() -> None:
    assert Money(100).divide(-3, Rounding.HALF_UP_FEN) == Money(-33)


def test_every_rounding_has_a_chinese_name_and_the_text_it_comes_from() -> None:
    assert all(rounding.label and rounding.text for rounding in Rounding)


def test_a_refusal_keeps_its_facts_between_processes() -> None:
    refusal = MoneyInvalid("金额格式不正确。", given="1e3")

    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301 - our own bytes

    assert (again.code, again.detail, again.facts) == (
        "money_invalid",
        "金额格式不正确。",
        {"given": "1e3"},
    )
