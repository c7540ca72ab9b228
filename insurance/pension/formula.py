"""The monthly pension of an employee at award (职工基本养老金核定). Pure.

国发〔2005〕38号第六条, 皖政〔2006〕59号. With the award base B, the average contribution index i,
the years N and the deemed years D, both in tenths rounded up:

    basic        = (B + B × i) ÷ 2 × N × 1 %
    account      = balance ÷ divisor
    transitional = B × i × D × 1.3 %

Each is rounded half up to the fen, once; the total is their sum. In SQL a part is
``(2 * numerator + denominator) / (2 * denominator)``, all whole numbers.
"""

from dataclasses import dataclass

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import MILLION
from insurance.pension.award_terms import AwardTerms, tenths_of_years
from insurance.pension.divisor import Divisor, tenths_at
from insurance.policy.steps import Step

BASIC = "(计发基数 + 计发基数 × 平均缴费指数) ÷ 2 × 缴费年限 × 每年比例"
ACCOUNT = "个人账户储存额 ÷ 计发月数"
TRANSITIONAL = "计发基数 × 平均缴费指数 × 视同缴费年限 × 过渡系数"
TOTAL = "基础养老金 + 个人账户养老金 + 过渡性养老金"


class DeemedBeyondTotal(Refusal):
    """Deemed months are part of all months (视同缴费月数超过累计缴费月数)."""

    code = "award_deemed_beyond_total"


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """All that the award of one person rests on."""

    birth_month: Month  # recognised
    index: int  # the average contribution index, in units of its last decimal
    total_months: int  # paid and deemed
    deemed_months: int
    account_fen: int


@dataclass(frozen=True, slots=True)
class Award:
    """A monthly pension by its parts."""

    facts: AwardFacts
    terms: AwardTerms
    divisor_tenths: int
    years_tenths: int
    deemed_tenths: int
    basic_fen: int
    account_fen: int
    transitional_fen: int

    @property
    def divisor(self) -> Divisor:
        """By which the account was divided."""
        terms = self.terms
        age = terms.month.index - self.facts.birth_month.index
        return Divisor(age, self.divisor_tenths, terms.divisors)

    @property
    def total_fen(self) -> int:
        """The sum of the parts, not rounded again."""
        return self.basic_fen + self.account_fen + self.transitional_fen

    @property
    def interim(self) -> bool:
        """Whether it is computed again when the year's base is published (预发)."""
        return self.terms.base.interim

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came about, as it is printed for the person to sign."""
        return _steps(self)


def award_pension(*, facts: AwardFacts, terms: AwardTerms) -> Award:
    """Compute the pension of somebody who retires in the month of the terms.

    Raises:
        DivisorOutsideTable: too young or too old for the table.
        DeemedBeyondTotal.
    """
    months, deemed = facts.total_months, facts.deemed_months
    if deemed > months:
        raise DeemedBeyondTotal(
            f"视同缴费 {deemed} 个月超过累计缴费 {months} 个月。", deemed=deemed, total=months
        )
    if deemed < 0 or facts.index < 0 or facts.account_fen < 0:
        raise ValueError("months, index and balance are never below zero")
    base, unit, index = terms.base.fen, terms.index_unit, facts.index
    age = terms.month.index - facts.birth_month.index
    divisor = tenths_at(age_months=age, terms=terms.divisors)
    years, deemed_years = tenths_of_years(months=months), tenths_of_years(months=deemed)
    whole = unit * 10 * MILLION
    return Award(
        facts,
        terms,
        divisor,
        years,
        deemed_years,
        _half_up(base * (unit + index) * years * terms.rate_ppm, 2 * whole),
        _half_up(facts.account_fen * 10, divisor),
        _half_up(base * index * deemed_years * terms.coefficient_ppm, whole),
    )


def index_text(*, index: int, terms: AwardTerms) -> str:
    """Write an index as it is printed: 1.2345."""
    unit = terms.index_unit
    return f"{index // unit}.{str(unit + index % unit)[1:]}"


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _steps(award: Award) -> tuple[Step, ...]:
    facts, terms = award.facts, award.terms
    index = index_text(index=facts.index, terms=terms)
    age, divisor = terms.shared.at_age(terms.month.index - facts.birth_month.index)
    years = terms.shared.for_months(facts.total_months)
    deemed = terms.shared.for_deemed(facts.deemed_months)
    basic, account = _yuan(award.basic_fen), _yuan(award.account_fen)
    transitional = _yuan(award.transitional_fen)
    return (
        age,
        divisor,
        years,
        deemed,
        _basic_step(terms, index, years.result, basic),
        _account_step(terms, _yuan(facts.account_fen), divisor.result, account),
        _transitional_step(terms, index, deemed.result, transitional),
        _total_step(terms, basic, account, transitional, _yuan(award.total_fen)),
    )


def _basic_step(terms: AwardTerms, index: str, years: str, basic: str) -> Step:
    words = terms.words
    return Step(
        BASIC,
        (
            ("计发基数", words.base),
            ("平均缴费指数", index),
            ("缴费年限", years),
            ("每年比例", words.rate),
        ),
        basic,
        terms.policy_version,
        words.basic_article,
        "基础养老金",
        f"基础养老金每月 {basic} 元：一半看计发基数，一半看您自己的缴费水平，"
        f"缴费越久越多。{words.interim}",
        terms.rounding.label,
    )


def _account_step(terms: AwardTerms, balance: str, divisor: str, account: str) -> Step:
    return Step(
        ACCOUNT,
        (("个人账户储存额", balance), ("计发月数", divisor)),
        account,
        terms.policy_version,
        terms.words.account_article,
        "个人账户养老金",
        f"个人账户养老金每月 {account} 元：账户里的 {balance} 元除以 {divisor} 个月。",
        terms.rounding.label,
    )


def _transitional_step(terms: AwardTerms, index: str, deemed: str, transitional: str) -> Step:
    words = terms.words
    return Step(
        TRANSITIONAL,
        (
            ("计发基数", words.base),
            ("平均缴费指数", index),
            ("视同缴费年限", deemed),
            ("过渡系数", words.coefficient),
        ),
        transitional,
        terms.policy_version,
        words.transitional_article,
        "过渡性养老金",
        f"过渡性养老金每月 {transitional} 元：补上没有个人账户的那些年。",
        terms.rounding.label,
    )


def _total_step(terms: AwardTerms, basic: str, account: str, transitional: str, total: str) -> Step:
    return Step(
        TOTAL,
        (("基础养老金", basic), ("个人账户养老金", account), ("过渡性养老金", transitional)),
        total,
        terms.policy_version,
        terms.words.total_article,
        "基本养老金",
        f"几项相加，您的养老金每月 {total} 元。",
        "",
    )


def _yuan(fen: int) -> str:
    """As ``Money`` prints what is not below zero, in a third of its time."""
    return f"{fen // 100}.{fen % 100:02d}"
