"""The yearly adjustment of a pension of 110 (年度调整), by its parts. Pure.

From 1 January, for who was retired by 31 December: a fixed amount, one for contribution years, a
share of December's pension, one for old age. The first three become the component 调整增加额, the
last one stays a component of its own, as later years raise its sum so far to a floor when an age is
reached (高龄补足). Months that special work was multiplied by do not count as contribution months.

Where a plan rounds what follows years and pension together (挂钩部分), their exact sum is rounded,
once. In SQL, with everything whole: years = flat + further × greatest(0, n − 15), n the months by
twelve, a part up; share = (2 × december × ppm + 1000000) / 2000000; linked up to the yuan =
(years × 1000000 + december × ppm + 99999999) / 100000000 × 100.
"""

from dataclasses import dataclass

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import MILLION
from insurance.pension.adjustment_terms import AdjustmentTerms
from insurance.policy.retirement import YEAR_MONTHS
from insurance.policy.steps import Step, authority

# What the parts are called, in the steps and on the sheet.
FIXED, BY_YEARS, BY_SHARE, LINKED = "固定增加额", "年限增加额", "比例增加额", "挂钩增加额"
BY_AGE, WHOLE = "高龄增加额", "月增加额"


class AgeContradiction(Refusal):
    """Who reached an age last year is of that age at its end (年龄与达到的年龄不符)."""

    code = "adjustment_age_contradiction"


@dataclass(frozen=True, slots=True)
class AdjustmentFacts:
    """All that the adjustment of one person rests on."""

    december_fen: int  # the whole monthly pension of last December
    paid_months: int
    age_months: int  # at the end of last year
    reached_age: int | None = None  # one that the plans name, reached during last year
    supplement_fen: int = 0  # the age supplement so far, within December's pension


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a pension rises by, in its parts."""

    facts: AdjustmentFacts
    terms: AdjustmentTerms
    years: int  # as they counted
    years_fen: int
    percentage_fen: int
    linked_fen: int  # years and percentage together, as the plan rounds them
    old_age_fen: int  # what this year's plan adds at the age
    supplement_fen: int  # the age supplement from now on

    @property
    def fixed_fen(self) -> int:
        """The same for everybody."""
        return self.terms.fixed_fen

    @property
    def increase_fen(self) -> int:
        """What is added to the component 调整增加额."""
        return self.fixed_fen + self.linked_fen

    @property
    def age_increase_fen(self) -> int:
        """What is added to the age supplement."""
        return self.supplement_fen - self.facts.supplement_fen

    @property
    def total_fen(self) -> int:
        """What the month rises by."""
        return self.increase_fen + self.age_increase_fen

    @property
    def pension_fen(self) -> int:
        """The monthly pension from January on."""
        return self.facts.december_fen + self.total_fen

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came about, part by part."""
        words = _Words(self.terms)
        linked = () if self.terms.linked_rounding is None else (_linked(self, words),)
        return (
            _fixed(self, words),
            _counted(self, words),
            _for_years(self, words),
            _share(self, words),
            *linked,
            _supplement(self, words),
            _age_increase(self, words),
            _total(self, words),
            _pension(self, words),
        )


def adjust_pension(*, facts: AdjustmentFacts, terms: AdjustmentTerms) -> Adjustment:
    """Compute a year's adjustment of one pension.

    Raises:
        AgeContradiction: the ages given do not fit.
        NotConfigured: it needs a piece of the plan that is not known.
    """
    if min(facts.december_fen, facts.paid_months, facts.age_months, facts.supplement_fen) < 0:
        raise ValueError("pension, months and age are never below zero")
    years = _years(facts.paid_months, terms)
    rule = terms.years
    years_fen = rule.flat_fen + rule.per_year_fen * max(0, years - rule.flat_years)
    share = Money(facts.december_fen * terms.share_ppm)
    percentage = share.divide(MILLION, terms.rounding).fen
    linked = years_fen + percentage
    if terms.linked_rounding is not None:
        exact = Money(years_fen * MILLION) + share
        linked = exact.divide(MILLION, terms.linked_rounding).fen
    old_age = _old_age(facts.age_months, terms)
    supplement = max(facts.supplement_fen + old_age, _floor(facts, terms))
    return Adjustment(facts, terms, years, years_fen, percentage, linked, old_age, supplement)


def reached_during(*, birth_month: Month, terms: AdjustmentTerms) -> int | None:
    """Give the age of the plans that somebody reached during the year before the adjustment."""
    age = terms.year - 1 - birth_month.year
    return age if age in terms.floor_ages else None


def _years(months: int, terms: AdjustmentTerms) -> int:
    """The contribution years as they count.

    Where the plan does not say what a part of a year is, it must not matter.
    """
    whole, part = divmod(months, YEAR_MONTHS)
    if not part:
        return whole
    if terms.part_year_counts is None and whole >= terms.years.flat_years:
        raise terms.missing("part_year")
    return whole + bool(terms.part_year_counts)


def _old_age(age_months: int, terms: AdjustmentTerms) -> int:
    reached = [age for age in terms.old_age_fen if age * YEAR_MONTHS <= age_months]
    return terms.old_age_fen[max(reached)] if reached else 0


def _floor(facts: AdjustmentFacts, terms: AdjustmentTerms) -> int:
    age = facts.reached_age
    if age is None:
        return 0
    if facts.age_months // YEAR_MONTHS != age:
        raise AgeContradiction(
            f"上年达到 {age} 岁的人，上年末应为 {age} 岁，现在是 "
            f"{facts.age_months // YEAR_MONTHS} 岁。",
            reached_age=age,
        )
    if age not in terms.floors_fen:
        raise terms.missing("floor")
    return terms.floors_fen[age]


class _Words:
    """What every step of a plan has in common."""

    def __init__(self, terms: AdjustmentTerms) -> None:
        self.version = terms.policy_version
        self.plan = f"{terms.year}年{authority(terms.source)}"
        self.parts = f"{self.plan}；{authority(terms.rounding_source)}"

    def step(
        self,
        name: str,
        formula: str,
        inputs: tuple[tuple[str, str], ...],
        result: str,
        sentence: str,
        rounding: str = "",
    ) -> Step:
        article = self.parts if rounding else self.plan
        return Step(formula, inputs, result, self.version, article, name, sentence, rounding)


def _fixed(of: Adjustment, words: _Words) -> Step:
    fixed = _yuan(of.fixed_fen)
    said = f"每人一样，每月增加 {fixed} 元。"
    return words.step(FIXED, "规定的固定额", (("规定的固定额", fixed),), fixed, said)


def _counted(of: Adjustment, words: _Words) -> Step:
    months = str(of.facts.paid_months)
    up = bool(of.terms.part_year_counts)
    said = "，不满一年的算一年" if up and of.facts.paid_months % YEAR_MONTHS else ""
    return words.step(
        "调整年限",
        f"−取整(−缴费月数 ÷ {YEAR_MONTHS})" if up else f"取整(缴费月数 ÷ {YEAR_MONTHS})",
        (("缴费月数", months),),
        str(of.years),
        f"您缴费 {months} 个月{said}，按 {of.years} 年计算。",
    )


def _for_years(of: Adjustment, words: _Words) -> Step:
    rule, years = of.terms.years, ("调整年限", str(of.years))
    each = ("每年增加额", _yuan(rule.per_year_fen))
    inputs: tuple[tuple[str, str], ...] = (each, years)
    if not rule.flat_years:
        formula = "每年增加额 × 调整年限"
        said = f"每缴费一年增加 {each[1]} 元"
    else:
        flat = _yuan(rule.flat_fen)
        formula = f"基本增加额 + 每年增加额 × 较大(0, 调整年限 − {rule.flat_years})"
        inputs = (("基本增加额", flat), *inputs)
        said = f"缴费 {rule.flat_years} 年以内增加 {flat} 元，以后每多一年增加 {each[1]} 元"
    amount = _yuan(of.years_fen)
    return words.step(BY_YEARS, formula, inputs, amount, f"{said}；您增加 {amount} 元。")


def _share(of: Adjustment, words: _Words) -> Step:
    amount = _yuan(of.percentage_fen)
    return words.step(
        BY_SHARE,
        "上年12月养老金 × 增加比例",
        (("上年12月养老金", _yuan(of.facts.december_fen)), _rate(of)),
        amount,
        f"按您上年 12 月的养老金，多的多加，增加 {amount} 元。",
        of.terms.rounding.label,
    )


def _linked(of: Adjustment, words: _Words) -> Step:
    assert of.terms.linked_rounding is not None
    amount = _yuan(of.linked_fen)
    return words.step(
        LINKED,
        "年限增加额 + 上年12月养老金 × 增加比例",
        (
            (BY_YEARS, _yuan(of.years_fen)),
            ("上年12月养老金", _yuan(of.facts.december_fen)),
            _rate(of),
        ),
        amount,
        f"年限和比例两部分合在一起，不满一元的进到一元，是 {amount} 元。",
        of.terms.linked_rounding.label,
    )


def _supplement(of: Adjustment, words: _Words) -> Step:
    before, added = _yuan(of.facts.supplement_fen), _yuan(of.old_age_fen)
    inputs = (("以前的高龄补贴", before), ("本年高龄增加", added))
    now, age = _yuan(of.supplement_fen), of.facts.reached_age
    if age is None:
        said = f"您的高龄补贴共 {now} 元。" if of.supplement_fen else "您还没有高龄补贴。"
        return words.step("高龄补贴", "以前的高龄补贴 + 本年高龄增加", inputs, now, said)
    floor = _yuan(of.terms.floors_fen[age])
    return words.step(
        "高龄补贴",
        "较大(以前的高龄补贴 + 本年高龄增加, 补足标准)",
        (*inputs, ("补足标准", floor)),
        now,
        f"您上年满 {age} 岁，高龄补贴不到 {floor} 元的补到 {floor} 元，现在共 {now} 元。",
    )


def _age_increase(of: Adjustment, words: _Words) -> Step:
    amount = _yuan(of.age_increase_fen)
    return words.step(
        BY_AGE,
        "高龄补贴 − 以前的高龄补贴",
        (
            ("高龄补贴", _yuan(of.supplement_fen)),
            ("以前的高龄补贴", _yuan(of.facts.supplement_fen)),
        ),
        amount,
        f"这次高龄补贴增加 {amount} 元。",
    )


def _total(of: Adjustment, words: _Words) -> Step:
    linked = (
        ((BY_YEARS, _yuan(of.years_fen)), (BY_SHARE, _yuan(of.percentage_fen)))
        if of.terms.linked_rounding is None
        else ((LINKED, _yuan(of.linked_fen)),)
    )
    inputs = (
        (FIXED, _yuan(of.fixed_fen)),
        *linked,
        (BY_AGE, _yuan(of.age_increase_fen)),
    )
    amount = _yuan(of.total_fen)
    formula = " + ".join(name for name, _ in inputs)
    return words.step(WHOLE, formula, inputs, amount, f"合起来，每月增加 {amount} 元。")


def _pension(of: Adjustment, words: _Words) -> Step:
    now = _yuan(of.pension_fen)
    return words.step(
        "调整后养老金",
        "上年12月养老金 + 月增加额",
        (("上年12月养老金", _yuan(of.facts.december_fen)), (WHOLE, _yuan(of.total_fen))),
        now,
        f"从{of.terms.year}年1月起，您的养老金每月 {now} 元。",
    )


def _rate(of: Adjustment) -> tuple[str, str]:
    return ("增加比例", str(of.terms.source.part("share_of_pension").number))


def _yuan(fen: int) -> str:
    return str(Money(fen))
