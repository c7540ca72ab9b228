"""The monthly pension of a resident at award (城乡居民养老金核定). Pure.

国发〔2014〕8号: at 60, from the month that follows, for who paid for 15 years, or for less
where that was decided for who was near 60 when the scheme began. The basic amount is the
district's; the account is paid out by 139 months; for years above the least a place may add
something (超年限).
"""

from dataclasses import dataclass

from backend.kernel.dated import NATION
from backend.kernel.errors import Refusal
from backend.kernel.money import Money, Rounding
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.retirement import YEAR_MONTHS, month_said
from insurance.policy.steps import Step, authority

FOLDER = "resident_pension"
EXTRA_KEY = f"{FOLDER}.extra_per_year"
AGE_KEY, FIRST_MONTH_KEY = f"{FOLDER}.pension_age", f"{FOLDER}.first_month"
LEAST_KEY = f"{FOLDER}.minimum_contribution_years"
EXTRA_YEARS = "超出年数"
MANY_YEARS = 100  # more than the least of any place


class ResidentTooYoung(Refusal):
    """A resident draws nothing before the month in which he reaches the age (未到领取年龄)."""

    code = "resident_pension_too_young"


class BasicBelowMinimum(Refusal):
    """No place's basic amount is below the nation's least (低于全国最低标准)."""

    code = "resident_pension_basic_below_minimum"


class ResidentYearsMissing(Refusal):
    """Too few years were paid for (缴费年限不足)."""

    code = "resident_pension_years_missing"


@dataclass(frozen=True)
class ResidentTerms:
    """All that a resident's award rests on, for the first month it is due."""

    month: Month
    basic: Resolved
    basic_minimum: Resolved  # the nation's: it lets nothing count, and is no source
    divisor: Resolved
    age: Resolved
    least_years: Resolved
    rounding: Resolved
    extra: Resolved | None  # for each year above the least; None: there is none
    policy_version: str

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counts."""
        own = (self.basic, self.divisor, self.age, self.least_years, self.rounding)
        return (*own, self.extra) if self.extra else own


@dataclass(frozen=True, slots=True)
class ResidentFacts:
    """All that the award of one resident rests on."""

    birth_month: Month
    paid_years: int
    account_fen: int
    least_years: int | None = None  # decided for who was near the age when the scheme began


@dataclass(frozen=True, slots=True)
class ResidentAward:
    """A resident's monthly pension by its parts."""

    facts: ResidentFacts
    terms: ResidentTerms
    basic_fen: int
    account_fen: int
    extra_years: int
    extra_fen: int

    @property
    def total_fen(self) -> int:
        """The sum of the parts."""
        return self.basic_fen + self.account_fen + self.extra_fen

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came about."""
        return _steps(self)


def resident_terms(
    *,
    tree: ParameterTree,
    region: str,
    month: Month,
    paid_years: int,
    demo: bool = False,
) -> ResidentTerms:
    """Resolve what an award of so many years rests on in a district.

    What each year above the least adds must be known as soon as there is one: where nothing is
    configured it is not zero.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """

    def value(name: str) -> Resolved:
        return tree.resolve(f"{FOLDER}.{name}", region, month.first_day, demo)

    least = value("minimum_contribution_years")
    return ResidentTerms(
        month=month,
        basic=value("basic"),
        basic_minimum=tree.resolve_any(f"{FOLDER}.basic_minimum", NATION, month.first_day),
        divisor=value("account_divisor"),
        age=tree.resolve(AGE_KEY, region, month.first_day, demo),
        least_years=least,
        rounding=value("component_rounding"),
        extra=value("extra_per_year") if paid_years > least.whole else None,
        policy_version=tree.version,
    )


def award_resident(*, facts: ResidentFacts, terms: ResidentTerms) -> ResidentAward:
    """Compute the pension of a resident whose first month is that of the terms.

    Raises:
        ResidentTooYoung, ResidentYearsMissing, BasicBelowMinimum.
    """
    if facts.paid_years < 0 or facts.account_fen < 0:
        raise ValueError("years and balance are never below zero")
    _check(facts, terms)
    extra_years = max(0, facts.paid_years - terms.least_years.whole) if terms.extra else 0
    return ResidentAward(
        facts,
        terms,
        terms.basic.money.fen,
        Money(facts.account_fen).divide(terms.divisor.whole, Rounding[terms.rounding.text]).fen,
        extra_years,
        extra_years * terms.extra.money.fen if terms.extra else 0,
    )


def require_basic_minimum(*, terms: ResidentTerms) -> None:
    """国发〔2014〕8号: 中央确定基础养老金最低标准，地方可以提高。

    Raises:
        BasicBelowMinimum.
    """
    basic, least = terms.basic.money, terms.basic_minimum.money
    if basic.fen < least.fen:
        raise BasicBelowMinimum(
            f"当地基础养老金标准 {basic} 元（{authority(terms.basic)}）低于全国最低标准 {least} 元"
            f"（{authority(terms.basic_minimum)}），请先核实标准。",
            least=str(least),
        )


def _check(facts: ResidentFacts, terms: ResidentTerms) -> None:
    require_basic_minimum(terms=terms)
    reached = facts.birth_month.plus(terms.age.whole * YEAR_MONTHS)
    if terms.month < reached:
        raise ResidentTooYoung(
            f"年满 {terms.age.whole} 周岁以后领取，{month_said(month=reached)}才年满"
            f"（{authority(terms.age)}）。",
            reached=str(reached),
        )
    least = terms.least_years.whole if facts.least_years is None else facts.least_years
    missing = least - facts.paid_years
    if missing > 0:
        raise ResidentYearsMissing(
            f"累计缴费 {facts.paid_years} 年，须满 {least} 年，还差 {missing} 年。", missing=missing
        )


def _steps(award: ResidentAward) -> tuple[Step, ...]:
    extra = _extra(award, award.terms.extra) if award.terms.extra else ()
    parts = (_basic(award), _account(award), *extra)
    total = str(Money(award.total_fen))
    summed = tuple((step.name, step.result) for step in parts if step.name != EXTRA_YEARS)
    return (
        *parts,
        Step(
            " + ".join(name for name, _ in summed),
            summed,
            total,
            award.terms.policy_version,
            authority(award.terms.basic, award.terms.divisor),
            "居民养老金",
            f"几项相加，您的养老金每月 {total} 元。",
            "",
        ),
    )


def _basic(award: ResidentAward) -> Step:
    basic = str(Money(award.basic_fen))
    return Step(
        "当地基础养老金标准",
        (("当地基础养老金标准", basic),),
        basic,
        award.terms.policy_version,
        authority(award.terms.basic),
        "基础养老金",
        f"基础养老金每月 {basic} 元，当地每人一样。",
        "",
    )


def _account(award: ResidentAward) -> Step:
    terms, account = award.terms, str(Money(award.account_fen))
    balance, divisor = str(Money(award.facts.account_fen)), str(terms.divisor.whole)
    return Step(
        "个人账户储存额 ÷ 计发月数",
        (("个人账户储存额", balance), ("计发月数", divisor)),
        account,
        terms.policy_version,
        authority(terms.divisor, terms.rounding),
        "个人账户养老金",
        f"个人账户养老金每月 {account} 元：您账户里的 {balance} 元除以 {divisor} 个月。",
        Rounding[terms.rounding.text].label,
    )


def _extra(award: ResidentAward, each: Resolved) -> tuple[Step, Step]:
    terms, amount = award.terms, str(Money(award.extra_fen))
    paid, least = str(award.facts.paid_years), str(terms.least_years.whole)
    return (
        Step(
            "较大(0, 缴费年数 − 最低缴费年限)",
            (("缴费年数", paid), ("最低缴费年限", least)),
            str(award.extra_years),
            terms.policy_version,
            authority(terms.least_years),
            EXTRA_YEARS,
            f"您缴费 {paid} 年，比 {least} 年多 {award.extra_years} 年。",
            "",
        ),
        Step(
            "每年加发标准 × 超出年数",
            (("每年加发标准", str(each.money)), ("超出年数", str(award.extra_years))),
            amount,
            terms.policy_version,
            authority(each),
            "超年限养老金",
            f"每多缴一年加发 {each.money} 元，每月共加发 {amount} 元。",
            "",
        ),
    )
