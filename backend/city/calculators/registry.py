"""All calculators by name (计算器目录)."""

from collections.abc import Iterator, Mapping

from backend.city.calculators import (
    collection,
    identity,
    pension,
    survivor,
    transfer,
    unemployment,
)
from backend.city.calculators.calculator import Calculator
from backend.kernel.errors import Refusal

CALCULATORS: Mapping[str, Calculator] = {
    calculator.name: calculator
    for topic in (pension, survivor, transfer, unemployment, collection, identity)
    for calculator in topic.CALCULATORS
}


class CalculatorUnknown(Refusal):
    """There is no calculator of this name (没有这个计算器)."""

    code = "calculator_unknown"


def calculator_of(*, name: str) -> Calculator:
    """Find a calculator.

    Raises:
        CalculatorUnknown: naming those that there are.
    """
    if name not in CALCULATORS:
        raise CalculatorUnknown(
            f"没有名为“{name[:40]}”的计算器，可用的有：{'、'.join(CALCULATORS)}。"
        )
    return CALCULATORS[name]


def described() -> Iterator[str]:
    """Every calculator with every field, line by line (--list)."""
    for calculator in CALCULATORS.values():
        yield f"{calculator.name}  {calculator.about}"
        for field in calculator.fields:
            mark = "（可省略）" if field.optional else ""
            yield f"    输入 {field.name}{mark}：{field.about}；{field.kind.about}"
        for name, about in (
            *calculator.outputs,
            ("steps", "计算步骤"),
            ("standing", "数值来源；没有用到政策参数的为 null"),
        ):
            yield f"    输出 {name}：{about}"
        yield ""
