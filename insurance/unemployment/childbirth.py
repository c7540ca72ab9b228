"""The lump sum for a birth while drawing unemployment benefit (生育一次性补助). Pure.

Only where a notice of the place says so: a number of months of the benefit.
"""

from dataclasses import dataclass

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.policy.steps import Step, authority
from insurance.unemployment.amount import MonthlyAmount

MONTHS = "unemployment.childbirth_months"


class NoChildbirthSum(Refusal):
    """The place has no such benefit (当地没有生育一次性补助)."""

    code = "unemployment_no_childbirth_sum"


@dataclass(frozen=True)
class ChildbirthSum:
    """What is paid once, and why."""

    monthly: MonthlyAmount  # of the month of the birth
    months: Resolved

    @property
    def fen(self) -> int:
        """The sum."""
        return self.monthly.fen * self.months.whole

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the monthly amount on."""
        monthly, months = str(Money(self.monthly.fen)), str(self.months.whole)
        step = Step(
            name="生育一次性补助",
            formula="失业保险金月标准 × 月数",
            inputs=(("失业保险金月标准", monthly), ("月数", months)),
            result=str(Money(self.fen)),
            version=self.monthly.terms.policy_version,
            article=authority(self.months),
            sentence=f"领取失业保险金期间生育，一次发给{months}个月的失业保险金，"
            f"共{Money(self.fen)}元。",
            rounding="",
        )
        return (*self.monthly.steps, step)


def childbirth_sum(
    *,
    tree: ParameterTree,
    region: str,
    birth_month: Month,
    monthly: MonthlyAmount,
    demo: bool = False,
) -> ChildbirthSum:
    """Give the sum for a child born in ``birth_month``, from the benefit of that month.

    Raises:
        NoChildbirthSum: nothing says that there is one; NotVerified.
    """
    try:
        months = tree.resolve(MONTHS, region, birth_month.first_day, demo)
    except NotConfigured:
        raise NoChildbirthSum(f"地区 {region} 没有生育一次性补助的规定。", region=region) from None
    return ChildbirthSum(monthly, months)
