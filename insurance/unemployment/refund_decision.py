"""Whether an employer gets a refund for keeping its staff, and how much (稳岗返还的条件). Pure.

Paid in full for the year before, and laid off no larger share of its staff than the rule lets; a
small employer may lay off more. The share laid off is compared exactly: twelve times the laid off
against the limit's share of the months insured, as both are printed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from backend.kernel.dated import Standing
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.standing import weakest
from insurance.policy.steps import Step, authority, percent
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.stability_refund import (
    RefundTerms,
    Size,
    refund_terms,
    stability_refund,
)

CONDITIONS = "unemployment.stability_refund_conditions"
NOTICE_DAYS = "unemployment.stability_refund_notice_days"
YEAR_MONTHS = 12
LAID_OFF, LAID_OFF_MAX = "裁员人数折算", "裁员限额"  # the steps that are compared


class Refused(Enum):
    """Why an employer is not paid (不予返还的原因)."""

    NOT_PAID = "上年没有足额缴费满规定月数"
    LAID_OFF = "裁员率高于规定"
    NO_STAFF = "上年没有参保职工"
    EXCLUDED = "按规定不予返还"
    NOTHING = "返还金额为零"


@dataclass(frozen=True)
class Conditions:
    """What the refunds of a year rest on, beside the shares."""

    rule: Resolved
    notice: Resolved
    shares: RefundTerms

    @property
    def paid_months(self) -> int:
        """Months of the year before that must be paid in full."""
        return self.rule.part("paid_months").whole

    @property
    def layoffs(self) -> tuple[JobEnd, ...]:
        """The ends of jobs that count as laid off."""
        return tuple(JobEnd[str(name)] for name in self.rule.part("layoffs").sequence)

    @property
    def standing(self) -> Standing:
        """How far to rely on the weakest figure."""
        used = (self.rule, self.notice, self.shares.shares)
        return weakest(standings=(one.standing for one in used))

    def rate_max(self, staff_months: int) -> Decimal:
        """The share that may be laid off, by the average staff."""
        small = staff_months <= self.rule.part("small_staff_max").whole * YEAR_MONTHS
        return self.rule.part("small_layoff_rate_max" if small else "layoff_rate_max").number


@dataclass(frozen=True)
class EmployerYear:
    """An employer's year before (单位上年情况)."""

    payer_id: int
    paid_fen: int  # by employer and staff, for the months of the year
    paid_months: int  # paid in full
    laid_off: int
    staff_months: int  # persons insured, summed over the months
    size: Size = Size.SMALL
    excluded: str = ""  # why, as the case says


@dataclass(frozen=True)
class Decision:
    """What an employer gets, or why it gets nothing."""

    of: EmployerYear
    fen: int
    refused: Refused | None
    steps: tuple[Step, ...]


def refund_conditions(
    *, tree: ParameterTree, region: str, year: int, demo: bool = False
) -> Conditions:
    """Resolve what the refunds of a year rest on.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    day = date(year, 1, 1)
    rule, notice = (tree.resolve(key, region, day, demo) for key in (CONDITIONS, NOTICE_DAYS))
    return Conditions(rule, notice, refund_terms(tree=tree, region=region, year=year, demo=demo))


def decide_refund(*, of: EmployerYear, conditions: Conditions) -> Decision:
    """Give an employer's refund, with how the share it laid off stands to the limit."""
    compared = _compared_steps(of, conditions) if of.staff_months else ()
    refused = _refused(of, conditions)
    if refused:
        return Decision(of, 0, refused, compared)
    refund = stability_refund(paid_fen=of.paid_fen, size=of.size, terms=conditions.shares)
    if not refund.fen:
        return Decision(of, 0, Refused.NOTHING, compared)
    return Decision(of, refund.fen, None, (*compared, *refund.steps))


def _refused(of: EmployerYear, conditions: Conditions) -> Refused | None:
    if of.excluded:
        return Refused.EXCLUDED
    if not of.staff_months:
        return Refused.NO_STAFF
    if of.paid_months < conditions.paid_months:
        return Refused.NOT_PAID
    return Refused.LAID_OFF if _laid_off(of) > _laid_off_max(of, conditions) else None


def _laid_off(of: EmployerYear) -> int:
    return of.laid_off * YEAR_MONTHS


def _laid_off_max(of: EmployerYear, conditions: Conditions) -> Decimal:
    return conditions.rate_max(of.staff_months) * of.staff_months


def _compared_steps(of: EmployerYear, conditions: Conditions) -> tuple[Step, Step]:
    """The two sides of 裁员率 against its limit, free of division: neither is rounded."""
    most, before = conditions.rate_max(of.staff_months), conditions.shares.year - 1
    laid_off, limit = _laid_off(of), _laid_off_max(of, conditions)
    said, word = f"{limit.normalize():f}", "高于" if laid_off > limit else "不高于"
    counted = Step(
        name=LAID_OFF,
        formula=f"裁员人数 × {YEAR_MONTHS}",
        inputs=(("裁员人数", str(of.laid_off)),),
        result=str(laid_off),
        version=conditions.shares.policy_version,
        article=authority(conditions.rule),
        sentence=f"{before}年裁员{of.laid_off}人，参保职工各月相加{of.staff_months}人月；"
        f"裁员率是裁员人数除以平均参保人数，所以裁员人数乘以{YEAR_MONTHS}再和人月数比。",
        rounding="",
    )
    allowed = counted._replace(
        name=LAID_OFF_MAX,
        formula="裁员率上限 × 参保人月数",
        inputs=(("裁员率上限", str(most)), ("参保人月数", str(of.staff_months))),
        result=said,
        sentence=f"裁员率规定不高于{percent(most)}，人月数的{percent(most)}是{said}；"
        f"{laid_off}{word}{said}，裁员率{word}规定。",
    )
    return counted, allowed
