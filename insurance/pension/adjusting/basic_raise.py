"""How much more the residents' basic pension is from a month on (基础养老金标准调整). Pure.

The standard in force from that month less the one before, by the place where the pension is drawn;
the amount in payment grows by it, whatever it was. Where the place adds more for each year above
the least (超年限), that part grows too, by the years of each.
"""

from dataclasses import dataclass
from functools import cached_property

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, ParameterTree, Resolved
from insurance.pension.residents import EXTRA_KEY, EXTRA_YEARS, LEAST_KEY
from insurance.policy.retirement import YEAR_MONTHS, month_said
from insurance.policy.steps import Step, authority

STANDARD = "resident_pension.basic"
RAISED, EXTRA_RAISED, BOTH = "基础养老金增加额", "超年限养老金增加额", "每月共增加额"


class StandardNotRaised(Refusal):
    """The standard of that month is no higher than the one before (标准没有提高)."""

    code = "basic_standard_not_raised"


class ExtraBeforeUnknown(Refusal):
    """What was added for a year before that month is not configured (此前的加发标准未配置)."""

    code = "extra_standard_before_unknown"


@dataclass(frozen=True)
class ExtraTerms:
    """What is added for each year above the least, before and from a month on."""

    old: Resolved
    new: Resolved
    least_years: Resolved

    @cached_property
    def fen(self) -> int:
        """By how much each year counts more."""
        return self.new.money.fen - self.old.money.fen

    def years(self, *, paid_months: int | None) -> int:
        """The years above the least, of whole years; none where nobody knows the months."""
        return max(0, (paid_months or 0) // YEAR_MONTHS - self.least_years.whole)


@dataclass(frozen=True)
class RaiseTerms:
    """The standards before and from a month on, of one place."""

    old: Resolved
    new: Resolved
    policy_version: str
    extra: ExtraTerms | None = None  # none: a year counts as much as before

    @cached_property
    def fen(self) -> int:
        """What is added to everybody's basic pension."""
        return max(0, self.new.money.fen - self.old.money.fen)

    @property
    def sources(self) -> tuple[Resolved, ...]:
        """Every figure that counts."""
        extra = self.extra
        more = (extra.old, extra.new, extra.least_years) if extra else ()
        return (self.old, self.new, *more)


@dataclass(frozen=True)
class BasicRaise:
    """The raise of one person."""

    before_fen: int
    terms: RaiseTerms
    before_extra_fen: int = 0
    paid_months: int | None = None

    @property
    def fen(self) -> int:
        """How much is added to the basic pension."""
        return self.terms.fen

    @property
    def after_fen(self) -> int:
        """The basic pension from then on."""
        return self.before_fen + self.fen

    @property
    def extra_fen(self) -> int:
        """How much is added for the years above the least."""
        extra = self.terms.extra
        return extra.fen * extra.years(paid_months=self.paid_months) if extra else 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came about."""
        extra = self.terms.extra if self.extra_fen else None
        return (*_basic_steps(self), *(_extra_steps(self, extra) if extra else ()))


def raise_terms(
    *, tree: ParameterTree, region: str, since: Month, demo: bool = False
) -> RaiseTerms:
    """Resolve the standards of a place from a month on and before it.

    Raises:
        NotConfigured, NotVerified: naming the standard.
        StandardNotRaised: neither rises in that month.
        ExtraBeforeUnknown.
    """
    new = tree.resolve(STANDARD, region, since.first_day, demo)
    old = tree.resolve(STANDARD, region, since.previous.last_day, demo)
    terms = RaiseTerms(old, new, tree.version, _extra_terms(tree, region, since, demo))
    if not terms.fen and terms.extra is None:
        raise StandardNotRaised(
            f"{region} 的基础养老金标准自 {since} 起没有提高。", region=region, since=str(since)
        )
    return terms


def basic_raise(
    *,
    before_fen: int,
    terms: RaiseTerms,
    before_extra_fen: int = 0,
    paid_months: int | None = None,
) -> BasicRaise:
    """Raise a basic pension, and what is added for years above the least."""
    return BasicRaise(before_fen, terms, before_extra_fen, paid_months)


def not_raised(*, before_fen: int, since: Month, rule: Resolved, version: str) -> Step:
    """Explain to who serves a sentence on the first day that the basic pension stays, also after
    the release, and rises again with later standards."""
    before = str(Money(before_fen))
    return Step(
        formula="调整前基础养老金",
        inputs=(("调整前基础养老金", before),),
        result=before,
        version=version,
        article=authority(rule),
        name="调整后基础养老金",
        sentence=f"{month_said(month=since)}您在服刑（包括管制、缓刑、监外执行），这次提高不参加，"
        f"基础养老金仍是每月 {before} 元；期满以后也按这个金额，这次提高的不补，"
        "只参加期满以后的提高。",
        rounding="",
    )


def _extra_terms(tree: ParameterTree, region: str, since: Month, demo: bool) -> ExtraTerms | None:
    """None where nothing is added for a year, or no more than before."""
    if EXTRA_KEY not in tree.parameters:  # of a run that kept none
        return None
    now, before = since.first_day, since.previous.last_day
    try:
        new = tree.resolve(EXTRA_KEY, region, now, demo)
    except NotConfigured:
        return None
    try:
        old = tree.resolve(EXTRA_KEY, region, before, demo)
    except NotConfigured as error:
        raise ExtraBeforeUnknown(
            f"{region} 的超年限加发标准自 {since} 起为每年 {new.money} 元，此前未配置，"
            "不能确定已领取的人增加多少，请先补齐参数。",
            region=region,
            since=str(since),
        ) from error
    terms = ExtraTerms(old, new, tree.resolve(LEAST_KEY, region, now, demo))
    return terms if terms.fen > 0 else None


def _basic_steps(of: BasicRaise) -> tuple[Step, Step]:
    terms, more, after = of.terms, Money(of.fen), Money(of.after_fen)
    article = authority(terms.new, terms.old)
    rises = (
        f"由每月 {terms.old.money} 元提高到 {terms.new.money} 元，每人每月增加 {more} 元。"
        if of.fen
        else f"仍是每月 {terms.new.money} 元。"
    )
    return (
        Step(
            formula="较大(0, 新标准 − 原标准)",
            inputs=(("新标准", str(terms.new.money)), ("原标准", str(terms.old.money))),
            result=str(more),
            version=terms.policy_version,
            article=article,
            name=RAISED,
            sentence=f"基础养老金标准{rises}",
            rounding="",
        ),
        Step(
            formula=f"调整前基础养老金 + {RAISED}",
            inputs=(("调整前基础养老金", str(Money(of.before_fen))), (RAISED, str(more))),
            result=str(after),
            version=terms.policy_version,
            article=article,
            name="调整后基础养老金",
            sentence=f"您的基础养老金每月由 {Money(of.before_fen)} 元调整为 {after} 元。",
            rounding="",
        ),
    )


def _extra_steps(of: BasicRaise, extra: ExtraTerms) -> tuple[Step, ...]:
    assert of.paid_months is not None
    version, article = of.terms.policy_version, authority(extra.new, extra.old)
    years = str(extra.years(paid_months=of.paid_months))
    more, before = Money(of.extra_fen), Money(of.before_extra_fen)
    after, both = before + more, Money(of.fen) + more
    return (
        Step(
            formula=f"较大(0, 取整(缴费月数 ÷ {YEAR_MONTHS}) − 最低缴费年限)",
            inputs=(
                ("缴费月数", str(of.paid_months)),
                ("最低缴费年限", str(extra.least_years.whole)),
            ),
            result=years,
            version=version,
            article=authority(extra.least_years),
            name=EXTRA_YEARS,
            sentence=f"您缴费 {of.paid_months} 个月，"
            f"比 {extra.least_years.whole} 年多 {years} 年。",
            rounding="",
        ),
        Step(
            formula=f"(新的每年加发标准 − 原每年加发标准) × {EXTRA_YEARS}",
            inputs=(
                ("新的每年加发标准", str(extra.new.money)),
                ("原每年加发标准", str(extra.old.money)),
                (EXTRA_YEARS, years),
            ),
            result=str(more),
            version=version,
            article=article,
            name=EXTRA_RAISED,
            sentence=f"每多缴一年由加发 {extra.old.money} 元提高到 {extra.new.money} 元，"
            f"每月增加 {more} 元。",
            rounding="",
        ),
        Step(
            formula=f"调整前超年限养老金 + {EXTRA_RAISED}",
            inputs=(("调整前超年限养老金", str(before)), (EXTRA_RAISED, str(more))),
            result=str(after),
            version=version,
            article=article,
            name="调整后超年限养老金",
            sentence=f"您的超年限养老金每月由 {before} 元调整为 {after} 元。",
            rounding="",
        ),
        Step(
            formula=f"{RAISED} + {EXTRA_RAISED}",
            inputs=((RAISED, str(Money(of.fen))), (EXTRA_RAISED, str(more))),
            result=str(both),
            version=version,
            article=article,
            name=BOTH,
            sentence=f"两项合计，每月共增加 {both} 元。",
            rounding="",
        ),
    )
