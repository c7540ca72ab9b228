"""How much more the residents' basic pension is from a month on (基础养老金标准调整). Pure.

The standard in force from that month less the one before, by the place where somebody lives; the
amount in payment grows by it, whatever it was.
"""

from dataclasses import dataclass
from functools import cached_property

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step, authority

STANDARD = "resident_pension.basic"
RAISED = "基础养老金增加额"


class StandardNotRaised(Refusal):
    """The standard of that month is no higher than the one before (标准没有提高)."""

    code = "basic_standard_not_raised"


@dataclass(frozen=True)
class RaiseTerms:
    """The standards before and from a month on, of one place."""

    old: Resolved
    new: Resolved
    policy_version: str

    @cached_property
    def fen(self) -> int:
        """What is added to everybody's basic pension."""
        return self.new.money.fen - self.old.money.fen


@dataclass(frozen=True)
class BasicRaise:
    """The raise of one person."""

    before_fen: int
    terms: RaiseTerms

    @property
    def fen(self) -> int:
        """How much is added."""
        return self.terms.fen

    @property
    def after_fen(self) -> int:
        """The basic pension from then on."""
        return self.before_fen + self.fen

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came about."""
        terms, more = self.terms, Money(self.fen)
        article = authority(terms.new, terms.old)
        after = Money(self.after_fen)
        return (
            Step(
                formula="新标准 − 原标准",
                inputs=(("新标准", str(terms.new.money)), ("原标准", str(terms.old.money))),
                result=str(more),
                version=terms.policy_version,
                article=article,
                name=RAISED,
                sentence=f"基础养老金标准由每月 {terms.old.money} 元提高到 {terms.new.money} 元，"
                f"每人每月增加 {more} 元。",
                rounding="",
            ),
            Step(
                formula="调整前基础养老金 + 基础养老金增加额",
                inputs=(
                    ("调整前基础养老金", str(Money(self.before_fen))),
                    (RAISED, str(more)),
                ),
                result=str(after),
                version=terms.policy_version,
                article=article,
                name="调整后基础养老金",
                sentence=f"您的基础养老金每月由 {Money(self.before_fen)} 元调整为 {after} 元。",
                rounding="",
            ),
        )


def raise_terms(
    *, tree: ParameterTree, region: str, since: Month, demo: bool = False
) -> RaiseTerms:
    """Resolve the standards of a place from a month on and before it.

    Raises:
        NotConfigured, NotVerified: naming the standard.
        StandardNotRaised: it does not rise in that month.
    """
    new = tree.resolve(STANDARD, region, since.first_day, demo)
    old = tree.resolve(STANDARD, region, since.previous.last_day, demo)
    terms = RaiseTerms(old, new, tree.version)
    if terms.fen <= 0:
        raise StandardNotRaised(
            f"{region} 的基础养老金标准自 {since} 起没有提高。", region=region, since=str(since)
        )
    return terms


def basic_raise(*, before_fen: int, terms: RaiseTerms) -> BasicRaise:
    """Raise a basic pension."""
    return BasicRaise(before_fen, terms)


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
