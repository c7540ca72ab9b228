"""Who may go over from one pension scheme to the other (制度衔接的条件). Pure.

人社部发〔2014〕17号: at the employees' retirement age, with the least months paid there, an account
of residents is merged into that of employees, its years are not; with fewer, the account of
employees is merged into that of residents, and its months count there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.pension.retirement import minimum_months, minimum_step
from insurance.policy.steps import Step, authority

RULE = "transfer.scheme_switch"
COUNTED_MONTHS = "转入后计算的缴费月数"
TO_EMPLOYEES, TO_RESIDENTS = "110", "170"


class SwitchTooEarly(Refusal):
    """Nobody goes over before the employees' retirement age (未到法定退休年龄)."""

    code = "switch_too_early"


class EnoughMonths(Refusal):
    """Who paid the least months draws the employees' pension (已满职工最低缴费年限)."""

    code = "switch_enough_months"


class TooFewMonths(Refusal):
    """With too few months there one goes over the other way (不满职工最低缴费年限)."""

    code = "switch_too_few_months"


class Counts(Enum):
    """Whether what was paid in one scheme counts in the other."""

    COUNTED = "合并计算"
    NOT_COUNTED = "不合并计算"


OF_EMPLOYEES = "职工养老缴费{months}个月，不满最低月数，"
SAID: Mapping[tuple[str, Counts], str] = {
    (TO_RESIDENTS, Counts.COUNTED): OF_EMPLOYEES + "合并计算为居民缴费。",
    (TO_RESIDENTS, Counts.NOT_COUNTED): OF_EMPLOYEES + "不合并计算为居民缴费。",
    (TO_EMPLOYEES, Counts.NOT_COUNTED): "职工养老缴费已满最低月数，在职工养老照算；转入的只是居民"
    "个人账户，居民缴费年限不合并、不折算，所以不增加月数。",
}

# What of the scheme that is left the result is about.
COUNTS = {TO_RESIDENTS: "合并计算的职工养老缴费月数", TO_EMPLOYEES: "合并计算的居民养老缴费月数"}


@dataclass(frozen=True)
class SwitchTerms:
    """What a switch in a month rests on."""

    minimum: Resolved  # of the employees' retirement month
    rule: Resolved

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counts."""
        return (self.minimum, self.rule)


def switch_terms(
    *, tree: ParameterTree, region: str, retirement_month: Month, demo: bool = False
) -> SwitchTerms:
    """Resolve the conditions for who reaches the age in a month.

    Raises:
        NotConfigured, NotVerified.
    """
    on = retirement_month.first_day
    return SwitchTerms(
        minimum=minimum_months(tree=tree, region=region, month=retirement_month, demo=demo),
        rule=tree.resolve(RULE, region, on, demo),
    )


def counted_steps(
    *,
    to_scheme: str,
    employee_months: int,
    evidence: str,
    retirement_month: Month,
    terms: SwitchTerms,
    policy_version: str,
) -> tuple[Step, ...]:
    """Explain the least months and how many of those of the scheme that is left count."""
    minimum = minimum_step(
        minimum=terms.minimum, month=retirement_month, policy_version=policy_version
    )
    rule = _counts(to_scheme, terms)
    months = employee_months if rule is Counts.COUNTED else 0
    counts = COUNTS[to_scheme]
    return (
        minimum,
        Step(
            formula=counts,
            inputs=((counts, str(months)),),
            result=str(months),
            version=policy_version,
            article=f"{authority(terms.rule)}；{evidence}",
            name=COUNTED_MONTHS,
            sentence=SAID[to_scheme, rule].format(months=employee_months),
            rounding="",
        ),
    )


def counted(
    *,
    to_scheme: str,
    employee_months: int,
    retirement_month: Month,
    month: Month,
    terms: SwitchTerms,
) -> int:
    """Give how many months of the scheme that is left count in the other.

    Raises:
        SwitchTooEarly, EnoughMonths, TooFewMonths.
    """
    if month < retirement_month:
        raise SwitchTooEarly(f"职工养老的退休年月为 {retirement_month}，尚未到。")
    least = terms.minimum.whole
    if to_scheme == TO_RESIDENTS:
        if employee_months >= least:
            raise EnoughMonths(f"职工养老缴费已满 {least} 个月，应领取职工养老金，不转居民。")
    elif employee_months < least:
        raise TooFewMonths(f"职工养老缴费不满 {least} 个月，不能转入职工养老。")
    return employee_months if _counts(to_scheme, terms) is Counts.COUNTED else 0


def _counts(to_scheme: str, terms: SwitchTerms) -> Counts:
    """Whether what was paid in the scheme that is left counts in the other."""
    if to_scheme == TO_RESIDENTS:
        return Counts[terms.rule.part("employees_months_in_170").text]
    counts = Counts[terms.rule.part("residents_years_in_110").text]
    if counts is not Counts.NOT_COUNTED:
        raise ValueError("no rule says how residents' years would count for employees")
    return counts
