"""From which month on an event counts (情形影响待遇的起始月): by the rule, from its day. Pure.

Nobody chooses the month: the day of the event is told, and a parameter says how many months after
its month it counts. A month that is written besides must be that one.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from insurance.policy.recompute import AS_MONTH
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step, authority

HAPPENED, AFTER, BEGINS = "发生年月", "间隔月数", "起始年月"
SAID = {0: "当月", 1: "次月"}


class EffectiveMonthDiffers(Refusal):
    """The month that is written is not the one that follows from the day (起始月与规定不符)."""

    code = "effective_month_differs"


@dataclass(frozen=True)
class Effective:
    """From which month on an event counts, and why."""

    label: str
    day: date
    month: Month
    step: Step


def effective_month(*, label: str, day: date, after: Resolved, version: str) -> Effective:
    """Reckon from which month on an event counts; ``after``: how many months after its own."""
    happened, months = Month.of(day), after.whole
    month = happened.plus(months)
    said = SAID.get(months, f"{months} 个月以后")
    step = Step(
        formula=f"{HAPPENED} + {AFTER}",
        inputs=((HAPPENED, str(happened)), (AFTER, str(months))),
        result=str(month),
        version=version,
        article=authority(after),
        name=BEGINS,
        sentence=f"{month_said(month=happened)}{label}，从{said}即{month_said(month=month)}起计算。",
        rounding=AS_MONTH,
    )
    return Effective(label, day, month, step)


def require_month(*, written: object, effective: Effective) -> None:
    """Let pass what writes no month, or the right one.

    Raises:
        EffectiveMonthDiffers; MonthInvalid: it is no month.
    """
    if written is None or Month.parse(written) == effective.month:
        return
    raise EffectiveMonthDiffers(
        f"{effective.day}{effective.label}，按规定从 {effective.month} 起"
        f"（{effective.step.article}），不是 {written}。",
        month=str(effective.month),
    )
