"""For how many months unemployment benefit is due (失业保险金领取期限). Pure.

社会保险法第四十六条: at most 12 months for one to under five years of contributions by employer and
person, 18 for five to under ten, 24 from ten; a later spell counts its own contributions anew, and
what was left of the one before is added, at most 24 together. Who at the end is less than a year
from the statutory retirement age draws on until that age, also beyond 24 months.

All is whole numbers: in SQL a tier is ``least(most, before + (paid / 12 - years) * per_year +
(paid / 6 - 2 * (paid / 12)) * per_half)``.
"""

from dataclasses import dataclass

from backend.kernel.months import Month, MonthRange, months_between
from backend.kernel.parameters import Resolved
from insurance.policy.retirement import YEAR_MONTHS, Retirement, month_said
from insurance.policy.steps import Step
from insurance.unemployment.assess import StopEvent
from insurance.unemployment.duration_terms import (
    DurationTerms,
    LastMonth,
    NearRetirement,
    Tier,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the months of a claim depend on (申领的事实)."""

    registration_month: Month
    paid_months: int  # by employer and person, since the last claim
    unused_months: int = 0  # of the spell before
    retirement: Retirement | None = None  # None: not known, or not asked


@dataclass(frozen=True, slots=True)
class Duration:
    """For how many months somebody draws, and why (领取期限)."""

    claim: Claim
    terms: DurationTerms
    tier: Tier | None  # None: less than the least time was paid
    by_years: int
    regular_months: int
    months: int

    @property
    def extended(self) -> bool:
        """Whether it goes on until retirement (延长至法定退休年龄)."""
        return self.months > self.regular_months

    @property
    def age_within(self) -> Month | None:
        """The statutory month of who reaches it while the regular months still run (期满前到龄)."""
        start, retirement = self.claim.registration_month, self.claim.retirement
        within = retirement and start <= retirement.month < start.plus(self.regular_months)
        return retirement.month if retirement and within else None

    @property
    def end(self) -> Month:
        """The first month without benefit."""
        return self.claim.registration_month.plus(self.months)

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the time paid to the months."""
        together = (_together_step(self),) if self.claim.unused_months else ()
        return (*_within_steps(self), _by_years_step(self), *together, *_near_steps(self))

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure and rule that counted; the rule for who is near retirement, for him."""
        near, retirement = self.terms.near, self.claim.retirement
        age = (retirement.rule.source,) if near and retirement else ()
        rule = (near.source,) if near and (self.extended or self.pension_by_fund) else ()
        return (self.terms.minimum, self.terms.table, *age, *rule)

    @property
    def pension_by_fund(self) -> MonthRange | None:
        """The months for which the fund also pays the pension contributions (代缴养老保险费).

        While benefit is drawn, less than a year from the statutory age.
        """
        near, retirement = self.terms.near, self.claim.retirement
        if near is None or retirement is None:
            return None
        start = max(
            self.claim.registration_month,
            retirement.month.plus(1 - near.within_months),
            Month.of(near.source.valid.start),
        )
        end = min(self.end, retirement.month.next)
        return MonthRange(start, end) if start < end else None


def duration(*, claim: Claim, terms: DurationTerms) -> Duration:
    """Give the months of a claim: for the time paid, what was left before, until retirement."""
    if claim.paid_months < 0 or claim.unused_months < 0:
        raise ValueError("months are never below zero")
    tier = _tier(claim.paid_months, terms)
    by_years = tier.months(claim.paid_months) if tier else 0
    regular = min(terms.max_months, by_years + claim.unused_months)
    months = regular
    if regular and terms.near and claim.retirement:
        months = _until_retirement(claim, terms.near, claim.retirement, regular)
    return Duration(claim, terms, tier, by_years, regular, months)


def _tier(paid_months: int, terms: DurationTerms) -> Tier | None:
    """The highest tier that is reached; None below the least time."""
    if paid_months < terms.minimum_months:
        return None
    return next(tier for tier in terms.tiers_from_above if tier.from_months <= paid_months)


def _until_retirement(
    claim: Claim, near: NearRetirement, retirement: Retirement, regular: int
) -> int:
    """The months until the statutory age, of who is near it when the regular ones end."""
    start = claim.registration_month.index
    until = retirement.original_month.index + retirement.delay_months - start
    is_near = 0 <= until - regular < near.within_months
    end = Month.from_index(start + regular)
    if not is_near or not near.source.valid.contains(end.first_day):
        return regular
    return until + (near.last_month is LastMonth.OF_RETIREMENT)


def _within_steps(found: Duration) -> tuple[Step, ...]:
    """That it ends with the pension, for whom that comes first."""
    retirement, reached = found.claim.retirement, found.age_within
    if retirement is None or reached is None:
        return ()
    start = found.claim.registration_month
    counted = Step(
        name="登记到法定退休的月数",
        formula="法定退休年月 − 登记年月",
        inputs=(("登记年月", str(start)), ("法定退休年月", str(reached))),
        result=str(months_between(start, reached)),
        version=found.terms.policy_version,
        article=StopEvent.PENSION.article,
        sentence=f"您{month_said(month=reached)}到法定退休年龄，核定的月数领不到期满："
        "从开始领取基本养老金的那个月起，不再发失业保险金。请在到龄以前申请办理退休。",
        rounding="",
    )
    return (*retirement.steps, counted)


def _by_years_step(found: Duration) -> Step:
    claim, terms, tier = found.claim, found.terms, found.tier
    paid = ("缴费月数", str(claim.paid_months))
    if tier is None:
        return Step(
            name="按缴费时间的月数",
            formula="取整(缴费月数 ÷ 最低缴费月数)",
            inputs=(paid, ("最低缴费月数", str(terms.minimum_months))),
            result="0",
            version=terms.policy_version,
            article=terms.minimum_article,
            sentence=f"您失业前缴费{claim.paid_months}个月，不满一年，这次缴费不增加领取的月数。",
            rounding="",
        )
    by_half_year = (("每满半年另加", str(tier.months_per_half_year)),)
    half_year = "(取整(缴费月数 ÷ 6) − 2 × 取整(缴费月数 ÷ 12)) × 每满半年另加"
    return Step(
        name="按缴费时间的月数",
        formula="较小(最长月数, 以前各年的月数 + (取整(缴费月数 ÷ 12) − 以前的年数) × 每满一年"
        + (f" + {half_year})" if tier.months_per_half_year else ")"),
        inputs=(
            paid,
            ("以前的年数", str(tier.years_before)),
            ("以前各年的月数", str(tier.months_before)),
            ("每满一年", str(tier.months_per_year)),
            *(by_half_year if tier.months_per_half_year else ()),
            ("最长月数", str(tier.max_months)),
        ),
        result=str(found.by_years),
        version=terms.policy_version,
        article=terms.table_article,
        sentence="您失业前缴费{}年{}个月，按规定可以领{}个月。".format(
            *divmod(claim.paid_months, YEAR_MONTHS), found.by_years
        ),
        rounding="",
    )


def _together_step(found: Duration) -> Step:
    terms, unused = found.terms, found.claim.unused_months
    return Step(
        name="合并后的月数",
        formula="较小(合计最长月数, 按缴费时间的月数 + 上次未领的月数)",
        inputs=(
            ("按缴费时间的月数", str(found.by_years)),
            ("上次未领的月数", str(unused)),
            ("合计最长月数", str(terms.max_months)),
        ),
        result=str(found.regular_months),
        version=terms.policy_version,
        article=terms.table_article,
        sentence=f"上次还有{unused}个月没有领，合在一起可以领{found.regular_months}个月，"
        f"合计最长{terms.max_months}个月。",
        rounding="",
    )


def _near_steps(found: Duration) -> tuple[Step, ...]:
    """How it goes on until retirement, where it does."""
    near, retirement = found.terms.near, found.claim.retirement
    if near is None or retirement is None or not found.extended:
        return ()
    start, end = found.claim.registration_month, retirement.month
    counted = ("登记年月", str(start)), ("法定退休年月", str(end))
    regular_end = start.plus(found.regular_months)
    until = month_said(month=end)
    and_month = near.last_month is LastMonth.OF_RETIREMENT
    last = "当月" if and_month else f"的前一个月（{month_said(month=end.previous)}）"
    distance = Step(
        name="期满时距退休的月数",
        formula="法定退休年月 − 期满年月",
        inputs=(("期满年月", str(regular_end)), counted[1]),
        result=str(months_between(regular_end, end)),
        version=found.terms.policy_version,
        article=near.article,
        sentence=f"领满时您离法定退休（{until}）不到{near.within_months}个月，可以领到退休{last}。",
        rounding="",
    )
    months = Step(
        name="领取月数",
        formula="法定退休年月 − 登记年月" + (" + 1" if and_month else ""),
        inputs=counted,
        result=str(found.months),
        version=found.terms.policy_version,
        article=near.article,
        sentence=f"从登记失业到{until}{'（含）' if and_month else '之前'}，"
        f"一共可以领{found.months}个月。",
        rounding="",
    )
    return (*retirement.steps, distance, months)
