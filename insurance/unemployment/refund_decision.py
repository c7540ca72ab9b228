"""Whether an employer gets a refund for keeping its staff, and how much (稳岗返还的条件). Pure.

Paid in full for the year before, and laid off no larger share of its staff than the rule lets; a
small employer may lay off more. The share laid off is compared exactly, as whole numbers.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from backend.kernel.dated import Standing
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.recompute import decimals, decimals_label
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
PLACES = 4


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
    """Give an employer's refund, with the share it laid off."""
    rate = (_rate_step(of, conditions),) if of.staff_months else ()
    refused = _refused(of, conditions)
    if refused:
        return Decision(of, 0, refused, rate)
    refund = stability_refund(paid_fen=of.paid_fen, size=of.size, terms=conditions.shares)
    if not refund.fen:
        return Decision(of, 0, Refused.NOTHING, rate)
    return Decision(of, refund.fen, None, (*rate, *refund.steps))


def _refused(of: EmployerYear, conditions: Conditions) -> Refused | None:
    if of.excluded:
        return Refused.EXCLUDED
    if not of.staff_months:
        return Refused.NO_STAFF
    if of.paid_months < conditions.paid_months:
        return Refused.NOT_PAID
    return Refused.LAID_OFF if _rate(of) > conditions.rate_max(of.staff_months) else None


def _rate(of: EmployerYear) -> Fraction:
    return Fraction(of.laid_off * YEAR_MONTHS, of.staff_months)


def _rate_step(of: EmployerYear, conditions: Conditions) -> Step:
    rate, most = decimals(_rate(of), PLACES), conditions.rate_max(of.staff_months)
    return Step(
        name="裁员率",
        formula="裁员人数 × 12 ÷ 参保人月数",
        inputs=(("裁员人数", str(of.laid_off)), ("参保人月数", str(of.staff_months))),
        result=str(rate),
        version=conditions.shares.policy_version,
        article=authority(conditions.rule),
        sentence=f"{conditions.shares.year - 1}年裁员{of.laid_off}人，占平均参保人数的"
        f"{percent(rate)}，规定不高于{percent(most)}。",
        rounding=decimals_label(PLACES),
    )
