"""The statutory retirement month (法定退休年月) since the reform of 2025. Pure.

Pension and unemployment law both rest on it and may not see each other, so it stands below both.

国务院关于渐进式延迟法定退休年龄的办法第一条: from January 2025 the ages of 60, 55 and 50 rise by a
month for every so many months, up to a most. With ``k`` the months from the first month of the rule
to the original month, the delay is ``max(0, min(most, k // step + 1))``; only the birth month
matters.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.dated import NATION
from backend.kernel.months import LAST_YEAR, Month, months_between
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.recompute import AS_AGE, AS_MONTH
from insurance.policy.steps import Step, authority

DELAY = "retirement.delay"
YEAR_MONTHS = 12
NEWEST = date(LAST_YEAR, 12, 31)  # the rule itself says from which month it counts


class Category(Enum):
    """Which original age is somebody's (退休类别): recorded and reviewed, never told by the sex."""

    M60 = "男职工"
    F55 = "女职工，原法定退休年龄五十五周岁"
    F50 = "女职工，原法定退休年龄五十周岁"


@dataclass(frozen=True)
class DelayRule:
    """How the age of one category rises."""

    category: Category
    base_months: int  # the original age
    step_months: int
    max_months: int
    first_month: Month
    source: Resolved
    policy_version: str


@dataclass(frozen=True)
class Retirement:
    """When somebody reaches the statutory age, and why."""

    birth_month: Month
    original_month: Month
    delay_months: int
    rule: DelayRule

    @property
    def month(self) -> Month:
        """The month of retirement; the pension is due from the next (次月起领取)."""
        return self.original_month.plus(self.delay_months)

    @property
    def age_months(self) -> int:
        """The age in that month."""
        return self.rule.base_months + self.delay_months

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the birth month to month and age."""
        return _steps(self)


def delay_rule(*, tree: ParameterTree, category: Category) -> DelayRule:
    """Resolve how the age of a category rises."""
    source = tree.resolve(DELAY, NATION, NEWEST)
    return DelayRule(
        category=category,
        base_months=source.part(category.name, "base_years").whole * YEAR_MONTHS,
        step_months=source.part(category.name, "step_months").whole,
        max_months=source.part(category.name, "max_months").whole,
        first_month=Month.of(source.valid.start),
        source=source,
        policy_version=tree.version,
    )


def retirement(*, birth_month: Month, rule: DelayRule) -> Retirement:
    """Give the statutory retirement month of somebody born in a (recognised) month."""
    original = birth_month.plus(rule.base_months)
    elapsed = months_between(rule.first_month, original)
    delay = max(0, min(rule.max_months, elapsed // rule.step_months + 1))
    return Retirement(birth_month, original, delay, rule)


def age_text(*, months: int) -> str:
    """Write an age as steps print it: 60y3m."""
    return "{}y{}m".format(*divmod(months, YEAR_MONTHS))


def month_said(*, month: Month) -> str:
    """Say a month to a person."""
    return f"{month.year}年{month.month}月"


def _steps(found: Retirement) -> tuple[Step, ...]:
    rule, birth = found.rule, found.birth_month
    original, delay = ("原法定退休年月", str(found.original_month)), str(found.delay_months)
    age = ("原法定退休年龄", age_text(months=rule.base_months))
    return (
        _step(
            rule,
            "原法定退休年月",
            "出生年月 + 原法定退休年龄",
            (("出生年月", str(birth)), age),
            original[1],
            AS_MONTH,
            f"您是{rule.category.value}，{month_said(month=birth)}出生，改革前的退休时间是"
            f"{month_said(month=found.original_month)}。",
        ),
        _step(
            rule,
            "延迟月数",
            "较大(0, 较小(最多延迟月数, 取整((原法定退休年月 − 改革起始年月) ÷ 每几个月) + 1))",
            (
                original,
                ("改革起始年月", str(rule.first_month)),
                ("每几个月", str(rule.step_months)),
                ("最多延迟月数", str(rule.max_months)),
            ),
            delay,
            "",
            f"{month_said(month=rule.first_month)}起每{rule.step_months}个月延迟一个月，"
            f"最多延迟{rule.max_months}个月；您延迟{delay}个月。",
        ),
        _step(
            rule,
            "法定退休年月",
            "原法定退休年月 + 延迟月数",
            (original, ("延迟月数", delay)),
            str(found.month),
            AS_MONTH,
            f"您的法定退休时间是{month_said(month=found.month)}。",
        ),
        _step(
            rule,
            "法定退休年龄",
            "原法定退休年龄 + 延迟月数",
            (age, ("延迟月数", delay)),
            age_text(months=found.age_months),
            AS_AGE,
            "那时您{}岁{}个月。".format(*divmod(found.age_months, YEAR_MONTHS)),
        ),
    )


def _step(
    rule: DelayRule,
    name: str,
    formula: str,
    inputs: tuple[tuple[str, str], ...],
    result: str,
    rounding: str,
    sentence: str,
) -> Step:
    version, article = rule.policy_version, authority(rule.source)
    return Step(formula, inputs, result, version, article, name, sentence, rounding)
