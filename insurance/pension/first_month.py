"""Let a pension begin in another month than was awarded (更正起始月), earlier or later.

The entitlement, its amounts and all that hangs on the month follow; f(known now) − f(paid so far)
stays the only reckoning: months owed are paid back by the next run, months paid too early are found
overpaid, for a recovery. What an adjustment gave to a pension that begins only after it is taken
off; what it owes to one that began before it comes with the follow-up of adjustments.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, months_between
from insurance.benefits.between_runs import run_is_open
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting.given import given_before
from insurance.pension.models import Award
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step

WAS, FIRST = "原起始月", "更正后的起始月"


class RunOpen(Refusal):
    """A first month moves before or after a run, never while it is computed (本月发放正在计算)."""

    code = "correction_run_open"
    status = 409


@dataclass(frozen=True)
class Move:
    """From which first month to which; ``lost``: fen a month by component, of adjustments."""

    was: Month
    first: Month
    lost: Mapping[str, int]

    @property
    def rows(self) -> int:
        """Rows of the entitlement that are written."""
        return int(self.was != self.first)

    def span(self, *, valid: SqlRange) -> SqlRange | None:
        """The months in which an amount is in force now; None: in none."""
        begins = valid.lower == self.was.first_day
        lower = self.first.first_day if begins else max(valid.lower, self.first.first_day)
        if valid.upper is not None and valid.upper <= lower:
            return None
        return SqlRange(lower, valid.upper)


def move_of(*, award: Award, before: Award) -> Move:
    """Let an entitlement begin when its corrected award says; the award is written.

    Raises:
        RunOpen.
    """
    was, first = (Month.of(one.retirement_month).next for one in (before, award))
    if was == first:
        return Move(was, first, {})
    if run_is_open():
        raise RunOpen("本月发放正在计算，起始月变动的更正请在封存之后办理。")
    lost = given_before(entitlement=award.entitlement, month=first) if first > was else {}
    Entitlement.objects.filter(pk=award.entitlement_id).update(start_month=first.first_day)
    award.entitlement.start_month = first.first_day
    return Move(was, first, lost)


def moved_step(*, told: Step, was: Month, first: Month) -> Step:
    """Give by how many months a pension begins earlier or later, and what follows."""
    later = first > was
    names = (FIRST, WAS) if later else (WAS, FIRST)
    months = abs(months_between(was, first))
    follows = "多领的月份另行告知，依法追回" if later else "这些月份的养老金补发给您"
    return Step(
        formula=" − ".join(names),
        inputs=((WAS, str(was)), (FIRST, str(first))),
        result=str(months),
        version=told.version,
        article=told.article,
        name=f"{'推迟' if later else '提前'}领取的月数",
        sentence=(
            f"原来从{month_said(month=was)}起领取，应当从{month_said(month=first)}起，"
            f"{'推迟' if later else '提前'} {months} 个月；{follows}。"
        ),
        rounding="",
    )
