"""Who takes part in an adjustment, and what each gets (调整的判定). Pure.

The run decides the same in SQL, a chunk at a time (``kind_sql.py``); a test holds both to the same
fen on generated persons.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.pension.adjusting.basic_raise import BasicRaise
from insurance.pension.adjustment import AdjustmentFacts, adjust_pension
from insurance.pension.adjustment_terms import AdjustmentTerms
from insurance.policy.retirement import YEAR_MONTHS


class LeftOut(Enum):
    """Why a pension is not adjusted (不参加调整的原因); the first that applies is named."""

    DIED = "调整之前已死亡"
    IN_PRISON = "服刑期间不参加调整"
    RULE_UNKNOWN = "服刑、羁押期间是否参加，没有核实的规定"
    STOPPED = "调整之时已停发"
    NO_PENSION = "调整之时没有养老金"
    MONTHS_UNKNOWN = "缴费月数不明，须先查清"
    PLAN_INCOMPLETE = "方案中此人所需的部分未配置"
    NOT_RAISED = "领取地的标准没有提高"  # of whom an earlier run said another place


@dataclass(frozen=True)
class Circumstances:
    """What is known of a person on the first day of the adjustment."""

    first_day: date
    death_date: date | None = None  # confirmed by two people, or by the signed baseline
    in_custody: LeftOut | None = None  # in a form that takes no part, and what is said of it
    stopped: bool = False
    in_payment: bool = True  # something that was awarded is in force


@dataclass(frozen=True)
class Pension:
    """A pension and what its adjustment goes by (调整的依据)."""

    before_fen: int  # December's, all of it
    raised_from_fen: int  # the adjustments so far
    supplement_from_fen: int  # the age supplement so far
    paid_months: int | None
    age: int  # at the end of last year


@dataclass(frozen=True)
class Said:
    """What a row says of somebody (调整明细)."""

    left_out: LeftOut | None
    fixed_fen: int = 0
    years_fen: int = 0
    share_fen: int = 0
    linked_fen: int = 0
    supplement_fen: int = 0


def retired_before(*, start_month: Month, year: int) -> bool:
    """Retired by 31 December of the year before: the pension is due from the next month on."""
    return start_month <= Month(year, 1)


def assess(*, known: Circumstances, pension: Pension, terms: AdjustmentTerms) -> Said:
    """Say what a year's adjustment gives to somebody who was retired before it."""
    reason = _against(known) or (LeftOut.MONTHS_UNKNOWN if pension.paid_months is None else None)
    if reason is not None:
        return Said(reason)
    try:
        given = adjust_pension(facts=facts_of(pension=pension, terms=terms), terms=terms)
    except NotConfigured:
        return Said(LeftOut.PLAN_INCOMPLETE)
    return Said(
        None,
        fixed_fen=given.fixed_fen,
        years_fen=given.years_fen,
        share_fen=given.percentage_fen,
        linked_fen=given.linked_fen,
        supplement_fen=given.age_increase_fen,
    )


def assess_basic(*, known: Circumstances, raised: BasicRaise) -> Said:
    """Say what a raise of the residents' standard gives to whose pension began before it.

    A stop ends one day, and the amount is then that of everybody; only custody has its own rule.
    """
    reason = _against(replace(known, stopped=False))
    if reason is not None:
        return Said(reason)
    return Said(None, fixed_fen=raised.fen, supplement_fen=raised.extra_fen)


def facts_of(*, pension: Pension, terms: AdjustmentTerms) -> AdjustmentFacts:
    """Give what the rule is asked with; the months must be known."""
    assert pension.paid_months is not None
    return AdjustmentFacts(
        december_fen=pension.before_fen,
        paid_months=pension.paid_months,
        age_months=pension.age * YEAR_MONTHS,
        reached_age=pension.age if pension.age in terms.floor_ages else None,
        supplement_fen=pension.supplement_from_fen,
    )


def _against(known: Circumstances) -> LeftOut | None:
    if known.death_date is not None and known.death_date < known.first_day:
        return LeftOut.DIED
    if known.in_custody is not None:
        return known.in_custody
    if known.stopped:
        return LeftOut.STOPPED
    return None if known.in_payment else LeftOut.NO_PENSION
