"""What must be known before a month is opened and sealed (封存条件): the deaths, as two persons
vouch for them, or a signature to go without.

A condition is a row; it counts by the case that it names, truly decided over what the row says.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from backend.cases.decided import truly_decided
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.benefits.models import DeathMatch, Run
from payments.models import SealCondition

DEATH_MATCH = "DEATH_MATCH"  # the condition, and the kind of the case that confirms its evidence
OVERRIDE = "OVERRIDE"
FRESH_DAYS = 31  # a death match older than a month is no evidence for this month's pay day


class ConditionMissing(Refusal):
    """A seal condition has neither fresh evidence nor a signed override (封存条件未满足)."""

    code = "seal_condition_missing"


class MatchUnconfirmed(ConditionMissing):
    """The match is there, and one person or nobody vouches for it (死亡比对没有经两人确认)."""

    code = "death_match_unconfirmed"


def require_conditions(*, period: Month, pay_date: date) -> None:
    """A fresh death match, or a signed override: nothing technical costs people their pay day.

    A match counts when two persons confirmed it and the month could be computed with it: once the
    run is open, only what was recorded by its instant of knowledge. An override counts whenever it
    was signed.

    Raises:
        ConditionMissing: neither is there.
        MatchUnconfirmed: a fresh match waits for somebody to confirm it.
    """
    run = Run.objects.filter(period=period.first_day).first()
    fresh = timely(period=period, pay_date=pay_date)
    if is_met(fresh, known_at=run.known_at if run else None):
        return
    if any(not one.override_reason for one in fresh):
        raise _missing(
            f"{period} 的死亡比对在本月开始计算之后才确认，应发没有用到它："
            "须由审批人书面放行才能封存。",
            period,
        )
    waiting = unconfirmed(period=period).filter(as_of__gte=oldest(pay_date=pay_date)).last()
    if waiting is None:
        raise _missing(
            f"{period} 缺少有效的死亡比对结果：请导入比对文件，或由审批人书面放行。", period
        )
    raise MatchUnconfirmed(
        f"{period} 的死亡比对已导入（{waiting.source}，{waiting.rows}条），尚未经两人确认："
        "须由一人受理“死亡比对确认”、另一人审批签名，才能作为封存依据。",
        condition=DEATH_MATCH,
        period=str(period),
        match=waiting.pk,
    )


def timely(*, period: Month, pay_date: date) -> list[SealCondition]:
    """The month's signed conditions: overrides, and evidence that is fresh enough for a pay day."""
    conditions = SealCondition.objects.filter(period=period.first_day, kind=DEATH_MATCH)
    return [
        one
        for one in signed(conditions)
        if one.override_reason or (one.as_of and one.as_of >= oldest(pay_date=pay_date))
    ]


def is_met(conditions: Iterable[SealCondition], *, known_at: datetime | None) -> bool:
    """Whether one of these lets a month go that knows what was recorded by ``known_at``."""
    return any(
        one.override_reason or known_at is None or one.recorded_at <= known_at for one in conditions
    )


def signed(conditions: Iterable[SealCondition]) -> list[SealCondition]:
    """Those whose case is truly decided and says what the row says: none that SQL put in."""
    wanted = list(conditions)
    decided = truly_decided(case_ids={one.case_id for one in wanted if one.case_id is not None})
    cases = Case.objects.in_bulk(decided)
    return [one for one in wanted if one.case_id in cases and _is_told_by(cases[one.case_id], one)]


def unconfirmed(*, period: Month) -> QuerySet[DeathMatch]:
    """Matches of the month that nobody has confirmed yet, in the order in which they came."""
    waiting = DeathMatch.objects.filter(period=period.first_day)
    return waiting.exclude(sha256__in=confirmed(period=period)).order_by("pk")


def confirmed(*, period: Month) -> set[str]:
    """The digests of the month's matches for which two persons vouch: a row that names no such case
    confirms nothing."""
    conditions = SealCondition.objects.filter(
        period=period.first_day, kind=DEATH_MATCH, override_reason=""
    )
    return {one.evidence_sha256 for one in signed(conditions)}


def oldest(*, pay_date: date) -> date:
    """The earliest date of data on which a pay day may rest."""
    return pay_date - timedelta(days=FRESH_DAYS)


def _is_told_by(case: Case, one: SealCondition) -> bool:
    names = ("period", "condition") if one.override_reason else ("period", "as_of", "sha256")
    told = (case.kind, *(case.content.get(name) for name in names))
    period, as_of = str(Month.of(one.period)), one.as_of.isoformat() if one.as_of else None
    if one.override_reason:
        return told == (OVERRIDE, period, one.kind)
    return told == (DEATH_MATCH, period, as_of, one.evidence_sha256)


def _missing(sentence: str, period: Month) -> ConditionMissing:
    return ConditionMissing(sentence, condition=DEATH_MATCH, period=str(period))
