"""Compute a step again from what is printed of it (复算): exact fractions, one rounding. Pure.

A formula is made of the names of the step's inputs as they are printed, numbers, ``+ − × ÷ ( )``
and the functions ``较小(a, b)``, ``较大(a, b)`` and ``取整(a)`` (the whole part). An input is a
number, a month (``2026-11``) or an age (``60y3m``), which count as whole months, or a day
(``2026-11-05``), which counts as days. The rounding is one
of ``ROUNDINGS``, ``四舍五入到N位小数``, ``年月`` or ``岁月`` for a result that is a month or
an age, or empty where the value is exact.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import floor

from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from insurance.policy.steps import Step

SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "（": "(", "）": ")", "，": ","})
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
AGE = re.compile(r"([0-9]{1,3})y([0-9]{1,2})m", re.ASCII)
DECIMALS = re.compile(r"四舍五入到([0-9])位小数", re.ASCII)
AS_MONTH, AS_AGE = "年月", "岁月"
HALF = Fraction(1, 2)

OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FUNCTIONS: Mapping[str, Callable[..., Fraction]] = {
    "较小": min,
    "较大": max,
    "取整": lambda value: Fraction(floor(value)),
}


class Nearest(Enum):
    """How numbers that are no money are rounded (进位规则), by what is printed."""

    UP_TENTH = ("见小数进到0.1", Fraction(1, 10), True)
    HALF_UP_TENTH = ("四舍五入到0.1", Fraction(1, 10), False)

    def __init__(self, label: str, unit: Fraction, up: bool) -> None:
        self.label = label
        self.unit = unit
        self.up = up

    def of(self, value: Fraction) -> Decimal:
        """Round a value that is not below zero."""
        count = -floor(-value / self.unit) if self.up else floor(value / self.unit + HALF)
        return _decimal(count * self.unit)


ROUNDINGS: Mapping[str, Rounding | Nearest] = {one.label: one for one in (*Rounding, *Nearest)}


class StepUnreadableError(Exception):
    """A step is not written in the words that can be computed again."""


def decimals(value: Fraction, places: int) -> Decimal:
    """Round half up, away from zero, to so many decimals."""
    unit = Fraction(1, 10**places)
    count = floor(abs(value) / unit + HALF)
    return _decimal((count if value >= 0 else -count) * unit)


def decimals_label(places: int) -> str:
    """How ``decimals`` is printed."""
    return f"四舍五入到{places}位小数"


def recompute(*, step: Step) -> str:
    """Give the result of a step by its formula, inputs and rounding alone.

    Raises:
        StepUnreadableError: two inputs have one name, it names no input, or is no such formula.
    """
    inputs = dict(step.inputs)
    if len(inputs) < len(step.inputs):
        raise StepUnreadableError(f"两项同名：{step.inputs}")
    value = evaluate(formula=step.formula, inputs=inputs)
    return _printed(value, step.rounding)


def holds(*, step: Step) -> bool:
    """Tell whether what is printed as result is what the formula gives."""
    return quantity(step.result) == quantity(recompute(step=step))


def first_wrong(*, steps: Iterable[Step]) -> Step | None:
    """Give the first step that does not come out again, or that takes from an earlier one another
    figure than that one's result; None where all is sound."""
    results: dict[str, str] = {}
    for step in steps:
        if not _is_sound(step, results):
            return step
        results[step.name] = step.result
    return None


def evaluate(*, formula: str, inputs: Mapping[str, str]) -> Fraction:
    """Compute a formula exactly.

    Raises:
        StepUnreadableError: as ``recompute``.
    """
    given = {f"input_{place}": text for place, text in enumerate(inputs.values())}
    named = dict(zip(inputs, given, strict=True))
    longest_first = "|".join(map(re.escape, sorted(inputs, key=len, reverse=True)))
    plain = re.sub(longest_first, lambda name: named[name[0]], formula) if inputs else formula
    try:
        tree = ast.parse(plain.translate(SIGNS), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise StepUnreadableError(f"不是算式：{formula}") from error
    return _value(tree.body, given)


def _is_sound(step: Step, results: Mapping[str, str]) -> bool:
    try:
        taken = any(
            quantity(text) != quantity(results[name])
            for name, text in step.inputs
            if name and name in results
        )
        return not taken and holds(step=step)
    except StepUnreadableError:
        return False


def _value(node: ast.expr, inputs: Mapping[str, str]) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Fraction(Decimal(ast.unparse(node)))
        case ast.Name(id=name) if name in inputs:
            return quantity(inputs[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, inputs)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_value(left, inputs), _value(right, inputs))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(arg, inputs) for arg in args))
    raise StepUnreadableError(f"算式中有不认识的部分：{ast.unparse(node)}")


def quantity(text: str) -> Fraction:
    """Read a number, a month or age in months, or a day in days.

    Raises:
        StepUnreadableError: it is none of them.
    """
    if NUMBER.fullmatch(text):
        return Fraction(Decimal(text))
    if MONTH.fullmatch(text):
        return Fraction(Month.parse(text).index)
    if DAY.fullmatch(text) and (day := _day(text)):
        return Fraction(day.toordinal())
    if age := AGE.fullmatch(text):
        return Fraction(int(age[1]) * 12 + int(age[2]))
    raise StepUnreadableError(f"不是数、年月、日期或年龄：{text}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _printed(value: Fraction, rounding: str) -> str:
    if rounding == AS_MONTH:
        return str(Month.from_index(_whole(value)))
    if rounding == AS_AGE:
        return "{}y{}m".format(*divmod(_whole(value), 12))
    if places := DECIMALS.fullmatch(rounding):
        return str(decimals(value, int(places[1])))
    if not rounding:
        return f"{_decimal(value):f}"
    if rounding not in ROUNDINGS:
        raise StepUnreadableError(f"不认识的进位规则：{rounding}")
    how = ROUNDINGS[rounding]
    return str(how.of(value) if isinstance(how, Nearest) else Money.rounded(value, how))


def _whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise StepUnreadableError(f"不是整月：{value}")
    return value.numerator


def _decimal(value: Fraction) -> Decimal:
    """A value that decimals can name.

    Raises:
        StepUnreadableError: it has no end; a rounding is missing.
    """
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(exact) != value:
        raise StepUnreadableError(f"除不尽，须写明进位规则：{value}")
    return exact
