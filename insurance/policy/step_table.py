"""Steps as a table on paper (计算过程表): refused when a step does not come out again. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import MINUS, figure
from backend.papers.paper import Align, Column, Piece, Style, Table
from insurance.policy.recompute import (
    AGE,
    AS_AGE,
    AS_MONTH,
    MONTH,
    NUMBER,
    first_wrong,
)
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step

HEADING = "计算过程"
COLUMNS = (
    Column("项目", 78),
    Column("怎样算出来", 302),
    Column("结果", 88, Align.RIGHT),
)
TWO_DECIMALS = re.compile(r"-?[0-9]+\.[0-9]{2}", re.ASCII)
VERSION_SHOWN = 16
EQUALS = "\u00a0=\u00a0"  # no line ends or begins with it
UNDER = "　　　"  # below 其中：


class StepDoesNotHold(Refusal):
    """What would be printed does not give the result beside it (计算过程不符)."""

    code = "step_does_not_hold"


class AmountUnexplained(Refusal):
    """An amount on a paper is not the result of any of its steps (金额没有计算过程)."""

    code = "award_amount_unexplained"


def require_explained(*, amounts: Iterable[tuple[str, Money]], steps: Sequence[Step]) -> None:
    """Hold each amount that a paper prints against the step of its name.

    Raises:
        AmountUnexplained: it is none of the steps' results.
    """
    results = {(step.name, step.result) for step in steps}
    for name, amount in amounts:
        if (name, str(amount)) not in results:
            raise AmountUnexplained(
                f"“{name}”{figure(amount=amount)} 元在计算过程里没有对应的一步，文书不能打印，"
                "请告诉系统管理员。",
                amount=name,
            )


def step_table(*, steps: Sequence[Step], heading: str = HEADING) -> Table:
    """Set steps as a table: name, sentence, formula, inputs, rounding, result, documents.

    Raises:
        StepDoesNotHold: a step is not what its formula and inputs give, or it takes from an
            earlier step another figure than that one's result.
    """
    wrong = first_wrong(steps=steps)
    if wrong is not None:
        raise StepDoesNotHold(
            f"“{wrong.name or wrong.formula}”按所列算式和数据重新计算不一致，文书不能打印，"
            "请告诉系统管理员。",
            step=wrong.name,
        )
    versions = dict.fromkeys(step.version[:VERSION_SHOWN] for step in steps if step.version)
    return Table(
        columns=COLUMNS,
        rows=tuple(_row(place, step) for place, step in enumerate(steps, start=1)),
        heading=heading,
        note=f"政策参数版本：{'、'.join(versions)}" if versions else "",
    )


def printed(*, text: str) -> str:
    """Write a step's number, amount, month or age as people read it."""
    if age := AGE.fullmatch(text):
        months = int(age[2])
        return f"{int(age[1])}岁" + (f"{months}个月" if months else "")
    if MONTH.fullmatch(text):
        return month_said(month=Month.parse(text))
    if TWO_DECIMALS.fullmatch(text):
        return figure(amount=Money.yuan(text))
    return text.replace("-", MINUS) if NUMBER.fullmatch(text) else text


def _row(place: int, step: Step) -> tuple[tuple[Piece, ...], ...]:
    return (
        (Piece(f"{place}. {step.name}".rstrip(), Style.STRONG),),
        tuple(_explained(step)),
        (Piece(printed(text=step.result), Style.STRONG),),
    )


def _explained(step: Step) -> Iterator[Piece]:
    """Sentence, formula, one input to a line, rounding, documents: what a step says of itself."""
    if step.sentence:
        yield Piece(step.sentence)
    yield Piece(f"算式：{step.formula}")
    for place, (name, text) in enumerate(step.inputs):
        yield Piece(f"{UNDER if place else '其中：'}{name}{EQUALS}{printed(text=text)}")
    if step.rounding and step.rounding not in (AS_MONTH, AS_AGE):
        yield Piece(f"进位：{step.rounding}")
    if step.article:
        yield Piece(f"依据：{step.article}", Style.SMALL)
