"""The subsidy for a certificate of skill (技能提升补贴): by level, once a certificate. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.steps import Step, authority

SUBSIDY = "unemployment.skill_subsidy"
CONDITIONS = "unemployment.skill_subsidy_conditions"


class SubsidyRefused(Refusal):
    """The certificate gives no subsidy (不符合技能提升补贴的条件)."""

    code = "unemployment_skill_subsidy_refused"


class Level(Enum):
    """The level of the certificate (职业资格、技能等级)."""

    LEVEL_5 = "五级（初级工）"
    LEVEL_4 = "四级（中级工）"
    LEVEL_3 = "三级（高级工）"


@dataclass(frozen=True)
class SubsidyTerms:
    """What subsidies applied for on a day rest on."""

    amounts: Resolved
    conditions: Resolved
    policy_version: str


@dataclass(frozen=True)
class SkillSubsidy:
    """What is paid for a certificate, and why."""

    level: Level
    terms: SubsidyTerms

    @property
    def fen(self) -> int:
        """The subsidy."""
        return self.terms.amounts.part(self.level.name.lower()).money.fen

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one look-up."""
        amount = str(Money(self.fen))
        step = Step(
            name="技能提升补贴",
            formula="本级补贴标准",
            inputs=(("本级补贴标准", amount),),
            result=amount,
            version=self.terms.policy_version,
            article=authority(self.terms.amounts),
            sentence=f"{self.level.value}证书，一次补贴{amount}元。",
            rounding="",
        )
        return (step,)


def subsidy_terms(
    *, tree: ParameterTree, region: str, on: date, demo: bool = False
) -> SubsidyTerms:
    """Resolve what applications of a day rest on.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    amounts, conditions = (tree.resolve(key, region, on, demo) for key in (SUBSIDY, CONDITIONS))
    return SubsidyTerms(amounts, conditions, tree.version)


def skill_subsidy(
    *, level: Level, paid_months: int, certified: date, applied: date, terms: SubsidyTerms
) -> SkillSubsidy:
    """Give the subsidy for a certificate.

    Raises:
        SubsidyRefused: too short a time was paid, or it is too late.
    """
    least = terms.conditions.part("paid_months").whole
    within = terms.conditions.part("months_since_certificate").whole
    if paid_months < least:
        raise SubsidyRefused(f"累计缴纳失业保险费{paid_months}个月，不满{least}个月。")
    if applied < certified:
        raise SubsidyRefused("申请日期早于证书核发日期。")
    if applied > _last_day(certified, within):
        raise SubsidyRefused(f"证书核发已超过{within}个月，不再受理。")
    return SkillSubsidy(level, terms)


def _last_day(certified: date, months: int) -> date:
    """The same day so many months on; a short month ends earlier."""
    last = Month.of(certified).plus(months).last_day
    return last.replace(day=min(certified.day, last.day))
