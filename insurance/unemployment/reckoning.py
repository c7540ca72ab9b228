"""What a claim for unemployment benefit comes to (失业保险金核定): months, amounts, steps. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.retirement import (
    Category,
    DelayRule,
    Retirement,
    delay_rule,
    month_said,
    retirement,
)
from insurance.policy.standing import weakest
from insurance.policy.steps import Step
from insurance.unemployment.assess import require_working_age
from insurance.unemployment.duration import Claim, Duration, duration
from insurance.unemployment.duration_terms import DurationTerms, duration_terms
from insurance.unemployment.schedule import AmountOf, Segment, amounts_of, schedule


class CategoryNeeded(Refusal):
    """Whether somebody is near retirement depends on the category (须写明退休类别)."""

    code = "unemployment_category_needed"


@dataclass(frozen=True)
class Before:
    """The spell before (上次领取): what it could draw, and what it drew."""

    granted_months: int
    drawn_months: int

    @property
    def unused_months(self) -> int:
        """What is left of it."""
        return max(0, self.granted_months - self.drawn_months)


@dataclass(frozen=True)
class Given:
    """What a claim rests on (申领的事实)."""

    registration_month: Month
    months_here: int  # billed and paid in this system, since the claim before
    earlier_months: int  # before, or elsewhere: by papers
    birth_month: Month
    category: Category | None = None  # None: nobody has recorded it
    before: Before | None = None
    earlier_unused: int = 0  # of a spell elsewhere: by papers

    @property
    def paid_months(self) -> int:
        """All months paid by employer and person."""
        return self.earlier_months + self.months_here

    @property
    def unused_months(self) -> int:
        """All that is left of spells before."""
        return self.earlier_unused + (self.before.unused_months if self.before else 0)


@dataclass(frozen=True)
class Terms:
    """By which figures; ``conditions`` are those that decided whether benefit is due at all."""

    duration: DurationTerms
    delays: Mapping[Category, DelayRule]
    amount_of: AmountOf
    conditions: tuple[Resolved, ...]


@dataclass(frozen=True)
class Reckoned:
    """What is due, and why."""

    given: Given
    terms: Terms
    duration: Duration
    segments: tuple[Segment, ...]

    @property
    def monthly_fen(self) -> int:
        """The amount of the first month."""
        return self.segments[0].amount.fen

    @property
    def standing(self) -> Standing:
        """How far to rely on the weakest figure."""
        return weakest(standings=(self.standing_of(segment) for segment in self.segments))

    @property
    def conditions_standing(self) -> Standing:
        """How far to rely on conditions and months."""
        used = (*self.terms.conditions, *self.duration.sources)
        return weakest(standings=(source.standing for source in used))

    def standing_of(self, segment: Segment) -> Standing:
        """How far to rely on what is due in some months."""
        return weakest(standings=(segment.standing, self.conditions_standing))

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the months paid to what is due each month."""
        amounts = (step for segment in self.segments for step in self._amount_steps(segment))
        return (*_months_steps(self), *self.duration.steps, *amounts)

    def _amount_steps(self, segment: Segment) -> tuple[Step, ...]:
        """Later amounts are named by their first month."""
        if segment is self.segments[0]:
            return segment.amount.steps
        since = month_said(month=segment.months.start)
        return tuple(
            step._replace(name=f"{since}起的{step.name}", sentence=f"{since}起，{step.sentence}")
            for step in segment.amount.steps
        )


def claim_terms(
    *, tree: ParameterTree, region: str, month: Month, conditions: tuple[Resolved, ...]
) -> Terms:
    """Resolve what claims registered in a region and month rest on, by figures of any standing.

    Raises:
        NotConfigured: naming the parameter.
    """
    return Terms(
        duration=duration_terms(tree=tree, region=region, month=month, demo=True),
        delays={one: delay_rule(tree=tree, category=one) for one in Category},
        amount_of=amounts_of(tree=tree, region=region),
        conditions=conditions,
    )


def reckon(*, given: Given, terms: Terms) -> Reckoned:
    """Give months and amounts of a claim whose conditions are met.

    Raises:
        ConditionsUnmet: past the statutory age; CategoryNeeded; NotConfigured, AmountOutOfBounds:
        an amount.
    """
    possible = (given.category,) if given.category else Category
    ages = [_retirement(given, terms, category) for category in possible]
    latest = max(ages, key=lambda one: one.month)
    require_working_age(registration_month=given.registration_month, retirement=latest)
    found = _duration(given, terms)
    months = MonthRange(given.registration_month, found.end)
    return Reckoned(given, terms, found, schedule(months=months, amount_of=terms.amount_of))


def _duration(given: Given, terms: Terms) -> Duration:
    """By the category that is recorded; without one only where each comes to the same."""
    if given.category:
        return _by_category(given, terms, given.category)
    found = _by_category(given, terms, None)
    others = [_by_category(given, terms, category) for category in Category]
    if any((one.months, one.pension_by_fund) != (found.months, None) for one in others):
        raise CategoryNeeded("此人可能临近法定退休年龄，请写明退休类别和依据。")
    return found


def _by_category(given: Given, terms: Terms, category: Category | None) -> Duration:
    reached = _retirement(given, terms, category) if category else None
    claim = Claim(given.registration_month, given.paid_months, given.unused_months, reached)
    return duration(claim=claim, terms=terms.duration)


def _retirement(given: Given, terms: Terms, category: Category) -> Retirement:
    return retirement(birth_month=given.birth_month, rule=terms.delays[category])


def _months_steps(found: Reckoned) -> tuple[Step, ...]:
    """Where the months paid, and those left, are made of two numbers."""
    given, terms = found.given, found.terms.duration
    steps = []
    if given.earlier_months:
        steps.append(
            Step(
                name="缴费月数",
                formula="以前缴费月数 + 本系统缴费月数",
                inputs=(
                    ("以前缴费月数", str(given.earlier_months)),
                    ("本系统缴费月数", str(given.months_here)),
                ),
                result=str(given.paid_months),
                version=terms.policy_version,
                article=terms.minimum_article,
                sentence=f"材料上有{given.earlier_months}个月，本系统里缴清的有"
                f"{given.months_here}个月，一共{given.paid_months}个月。",
                rounding="",
            )
        )
    if given.before:
        steps.append(_left_step(given.before, terms))
    return tuple(steps)


def _left_step(before: Before, terms: DurationTerms) -> Step:
    return Step(
        name="上次未领的月数",
        formula="较大(0, 上次核定的月数 − 上次已领的月数)",
        inputs=(
            ("上次核定的月数", str(before.granted_months)),
            ("上次已领的月数", str(before.drawn_months)),
        ),
        result=str(before.unused_months),
        version=terms.policy_version,
        article=terms.table_article,
        sentence=f"上次核定{before.granted_months}个月，领了{before.drawn_months}个月，"
        f"还有{before.unused_months}个月没有领。",
        rounding="",
    )
