"""From which month on a resident draws (居民起领月): by the rule, from the day he qualified. Pure.

Who paid enough years before the age qualifies in the month in which he reaches it; who did not, or
was insured as an employee until later, on a day that papers tell.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from insurance.benefits.effective_month import Effective, effective_month
from insurance.pension.residents import ResidentTooYoung
from insurance.policy.recompute import AS_MONTH
from insurance.policy.retirement import YEAR_MONTHS, age_text, month_said
from insurance.policy.steps import Step, authority

QUALIFIED = "达到领取条件"
BORN, AGE, REACHED = "出生年月", "领取年龄", "到龄年月"


@dataclass(frozen=True)
class Qualified:
    """The month of the age, the first month that is due, and why."""

    reached: Month
    first: Effective
    steps: tuple[Step, ...]
    standings: frozenset[Standing]


def qualified(
    *, birth_month: Month, told: date | None, age: Resolved, after: Resolved, version: str
) -> Qualified:
    """Reckon the first month of a pension; ``told``: the day on which the last condition was met,
    where that is later than the age.

    Raises:
        ResidentTooYoung.
    """
    reached = birth_month.plus(age.whole * YEAR_MONTHS)
    if told is not None and Month.of(told) < reached:
        earliest = reached.plus(after.whole)
        raise ResidentTooYoung(
            f"{month_said(month=reached)}才年满 {age.whole} 周岁，最早从"
            f"{month_said(month=earliest)}起领取。",
            first=str(earliest),
        )
    first = effective_month(
        label=QUALIFIED, day=told or reached.first_day, after=after, version=version
    )
    return Qualified(
        reached,
        first,
        (_reached_step(birth_month, reached, age, version), first.step),
        frozenset((age.standing, after.standing)),
    )


def _reached_step(birth_month: Month, reached: Month, age: Resolved, version: str) -> Step:
    return Step(
        formula=f"{BORN} + {AGE}",
        inputs=((BORN, str(birth_month)), (AGE, age_text(months=age.whole * YEAR_MONTHS))),
        result=str(reached),
        version=version,
        article=authority(age),
        name=REACHED,
        sentence=f"您{month_said(month=birth_month)}出生，{month_said(month=reached)}年满"
        f" {age.whole} 周岁。",
        rounding=AS_MONTH,
    )
