"""Money in whole fen (金额，以分为单位): no float anywhere, rounded once and by name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import ClassVar, Self

from backend.kernel.errors import Refusal

LARGEST_FEN = 2**63 - 1
YUAN_PATTERN = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,2}))?", re.ASCII)


class MoneyInvalid(Refusal):
    """The text is no amount in yuan with at most two decimals (金额格式不正确)."""

    code = "money_invalid"


class _Step(Enum):
    """What happens to the remainder of an exact division; always on the absolute amount."""

    DOWN = "舍去"
    UP = "进一"
    HALF_UP = "四舍五入"


class Rounding(Enum):
    """How an amount is rounded (进位规则), each with the text it comes from.

    A negative amount is rounded like its positive counterpart, so a correction cancels exactly.
    """

    HALF_UP_FEN = (
        "四舍五入到分",
        "安徽养老金核定表：各项四舍五入到分，合计不再进位",
        1,
        _Step.HALF_UP,
    )
    DOWN_FEN = ("舍去到分", "没有全国统一的规定；使用处须写明当地文件", 1, _Step.DOWN)
    UP_JIAO = ("见分进角", "江苏、上海养老金核定表：合计见分进角", 10, _Step.UP)
    UP_YUAN = ("见角（分）进元", "安徽2022年基本养老金调整方案：挂钩部分见分进元", 100, _Step.UP)
    HALF_UP_YUAN = ("四舍五入到元", "没有全国统一的规定；使用处须写明当地文件", 100, _Step.HALF_UP)

    def __init__(self, label: str, text: str, unit_fen: int, step: _Step) -> None:
        self.label = label
        self.text = text
        self.unit_fen = unit_fen
        self.step = step


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount (金额) of whole fen; may be negative."""

    fen: int

    ZERO: ClassVar["Money"]

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            raise TypeError(f"fen must be an int, not {type(self.fen).__name__}")

    @classmethod
    def yuan(cls, text: object) -> Self:
        """Read "1234.56": ASCII digits, at most two decimals.

        Raises:
            MoneyInvalid: for anything else, and beyond 2^63 - 1 fen.
        """
        match = YUAN_PATTERN.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise MoneyInvalid(
                "金额格式不正确：只能是半角数字，最多两位小数，例如 1234.56。", given=str(text)[:40]
            )
        sign, whole, part = match.groups()
        fen = int(whole) * 100 + int((part or "").ljust(2, "0"))
        if fen > LARGEST_FEN:
            raise MoneyInvalid("金额超出系统能够记录的范围。", given=str(text)[:40])
        return cls(-fen if sign else fen)

    @classmethod
    def of_yuan(cls, amount: Decimal | int) -> Self:
        """Take an exact amount in yuan, as parameters hold it.

        Raises:
            MoneyInvalid: when it has a part of a fen; round it by name first.
        """
        numerator, denominator = _ratio(amount)
        fen, rest = divmod(numerator * 100, denominator)
        if rest or abs(fen) > LARGEST_FEN:
            raise MoneyInvalid("金额必须是整分，且在系统能够记录的范围内。", given=str(amount))
        return cls(fen)

    @classmethod
    def rounded(cls, yuan: Fraction, rounding: Rounding) -> "Money":
        """Round an exact amount in yuan once."""
        return _rounded(yuan.numerator * 100, yuan.denominator, rounding)

    @classmethod
    def total(cls, amounts: Iterable["Money"]) -> Self:
        """Add them all up; nothing gives zero."""
        return cls(sum(amount.fen for amount in amounts))

    def times(self, rate: Decimal | int, rounding: Rounding) -> "Money":
        """Multiply exactly, then round once."""
        numerator, denominator = _ratio(rate)
        return _rounded(self.fen * numerator, denominator, rounding)

    def divide(self, divisor: Decimal | int, rounding: Rounding) -> "Money":
        """Divide exactly, then round once."""
        numerator, denominator = _ratio(divisor)
        if numerator == 0:
            raise ZeroDivisionError("money divided by zero")
        if numerator < 0:
            numerator, denominator = -numerator, -denominator
        return _rounded(self.fen * denominator, numerator, rounding)

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.fen + other.fen)

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.fen - other.fen)

    def __neg__(self) -> "Money":
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        whole, part = divmod(abs(self.fen), 100)
        return f"{'-' if self.fen < 0 else ''}{whole}.{part:02d}"


def _ratio(number: object) -> tuple[int, int]:
    """Give the exact fraction; a float is our own mistake."""
    if not isinstance(number, Decimal | int) or isinstance(number, bool):
        raise TypeError(f"rates are Decimal or int, not {type(number).__name__}")
    return number.as_integer_ratio()


def _rounded(numerator: int, denominator: int, rounding: Rounding) -> Money:
    """Round numerator / denominator fen (denominator > 0) in whole units of the rule."""
    unit = denominator * rounding.unit_fen
    units, rest = divmod(abs(numerator), unit)
    least = {_Step.UP: 1, _Step.HALF_UP: (unit + 1) // 2, _Step.DOWN: unit}[rounding.step]
    fen = (units + (rest >= least)) * rounding.unit_fen
    return Money(-fen if numerator < 0 else fen)


Money.ZERO = Money(0)
ZERO = Money.ZERO
