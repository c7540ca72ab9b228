"""Correct an award (更正核定): what it rested on was wrong, and what it comes to takes its place.

A case of the award's own kind names it (``corrects``) and why: an objection, or what the agency
found itself. Amounts give way for all months since the first one, by difference: what adjustments
added stays, and is adjusted again before the next month is opened. The monthly run finds by itself
what is owed, or was overpaid. The award before is never changed.
"""

from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases import content
from backend.cases.corrections import Ground, ground_of
from backend.cases.models import Case
from backend.cases.receive import OtherBody
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.models import Component
from insurance.pension.adjusting.models import PaidMonths
from insurance.pension.award_steps import steps_of
from insurance.pension.locks import lock_recalculations
from insurance.pension.models import Award, AwardKind, Recalculation, RecalculationState
from insurance.pension.reckoning import difference_step
from insurance.policy.kept_steps import kept
from insurance.policy.standing import mark_of_amount, weakest

BEFORE = "原核定养老金"
FACTS = (
    *("route", "region", "birth_month", "total_months", "deemed_months", "average_index"),
    *("balance_fen", "basic_fen", "account_fen", "transitional_fen", "extra_fen"),
)


class AwardUnknown(Refusal):
    """There is no such award of this person (没有这项核定)."""

    code = "correction_award_unknown"


class AwardReplaced(Refusal):
    """Another award took its place already (该核定已被替代)."""

    code = "correction_award_replaced"
    status = 409


class RecalculationRuns(Refusal):
    """The awards of the year are being computed again (正在重算)."""

    code = "correction_recalculation_runs"
    status = 409


class FirstMonthMoves(Refusal):
    """A correction changes amounts, never the first month (起始月变动不属更正金额)."""

    code = "correction_first_month_moves"


class NothingChanged(Refusal):
    """It comes to what was awarded, on the same facts (更正前后没有差别)."""

    code = "correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which award is corrected, and why."""

    before: Award
    ground: Ground


def correction_of(*, case: Case, scheme: str) -> Correction | None:
    """Give what a case corrects; None where it awards for the first time.

    Raises:
        ContentInvalid, AwardUnknown, OtherBody, RecalculationRuns, AwardReplaced; as ``ground_of``.
    """
    number = content.optional_number(case, "corrects", "原核定")
    if number is None:
        return None
    family = family_of(party_id=case.party_id)
    awards = Award.objects.select_related("entitlement__book__agency")
    before = awards.filter(pk=number, scheme=scheme, person__in=family).first()
    if before is None:
        raise AwardUnknown(f"此人没有险种 {scheme} 的核定 {number}。", case_id=case.pk)
    agency = before.entitlement.book.agency
    if agency != case.agency:
        raise OtherBody(f"核定 {number} 由{agency.name}作出，请由该机构更正。")
    _refuse_replaced(before)
    return Correction(before, ground_of(case=case, decided_cases=_cases_of(before)))


def corrected(*, award: Award, correction: Correction) -> Award:
    """Turn what was computed anew into the award that takes the other's place; nothing is written.

    Raises:
        FirstMonthMoves, NothingChanged.
    """
    before = correction.before
    if award.retirement_month != before.retirement_month:
        raise FirstMonthMoves(
            f"原核定自 {Month.of(before.retirement_month).next} 起领取，起始月变动的不能用更正核定"
            "办理，请写明原来的退休年月。"
        )
    if all(getattr(award, name) == getattr(before, name) for name in FACTS):
        raise NothingChanged("更正以后的依据和金额与原核定相同，没有可更正的。")
    steps = steps_of(award=award)
    more = difference_step(
        told=steps[-1],
        before=(BEFORE, before.total_fen),
        since=Month.of(award.retirement_month).next,
        because="更正以后，每月比原来核定的",
    )
    award.kind, award.previous, award.entitlement = AwardKind.CORRECTION, before, before.entitlement
    award.steps = kept(steps=(*steps, more))
    award.figures = {**award.figures, "ground": correction.ground.kept()}
    return award


def put_in_place(*, award: Award) -> int:
    """Write a corrected award, its amounts and its months; rows written."""
    before = award.previous
    assert before is not None
    award.save(force_insert=True)
    components = {**before.parts, **award.parts}
    rows = sum(_rewrite(award, before, component) for component in components)
    return 1 + rows + _tell_months(award, before)


def _cases_of(award: Award) -> list[int]:
    """The cases of an award and of those whose place it took: who objects may know an early one."""
    found, one = [award.case_id], award.previous
    while one is not None:
        found.append(one.case_id)
        one = one.previous
    return found


def _rewrite(award: Award, before: Award, component: str) -> int:
    """Bring an amount, wherever it is in force, to what it comes to now; rows written."""
    old, new = (one.parts.get(component, 0) for one in (before, award))
    told, mark = (_mark(one) for one in (before, award))
    if (old, told) == (new, mark):
        return 0
    if not old:
        first = Month.of(award.retirement_month).next.first_day
        _amount(award, component, new, mark, SqlRange(first, None)).save(force_insert=True)
        return 1
    rows = list(
        Component.objects.filter(
            entitlement=award.entitlement, component=component, superseded_at__isnull=True
        )
    )
    closed = [(close(row), row) for row in rows]
    kept_up = [(at, row) for at, row in closed if row.fen + new > old]
    for at, row in kept_up:
        standing = mark if row.standing == told else _weaker(row.standing, mark)
        amount = _amount(award, component, row.fen + new - old, standing, row.valid)
        amount.recorded_at = at
        amount.save(force_insert=True)
    return len(closed) + len(kept_up)


def _amount(award: Award, component: str, fen: int, standing: str, valid: SqlRange) -> Component:
    return Component(
        entitlement=award.entitlement,
        component=component,
        fen=fen,
        standing=standing,
        valid=valid,
        case_id=award.case_id,
    )


def _tell_months(award: Award, before: Award) -> int:
    """Adjustments go by the months: they are computed again by those that count now."""
    if award.total_months == before.total_months:
        return 0
    PaidMonths.objects.create(
        entitlement=award.entitlement, paid_months=award.total_months, case_id=award.case_id
    )
    return 1


def _mark(award: Award) -> str:
    return mark_of_amount(standing=Standing(award.standing), demo=is_demo())


def _weaker(one: str, other: str) -> str:
    return weakest(standings={Standing[one], Standing[other]}).name


def _refuse_replaced(award: Award) -> None:
    """No recalculation may begin until the correction is committed."""
    lock_recalculations()
    running = Recalculation.objects.filter(
        region=award.region, year=award.retirement_month.year, state=RecalculationState.OPEN
    )
    if running.exists():
        raise RecalculationRuns(
            f"{award.retirement_month.year} 年的预发待遇正在重算，算完以后再更正。"
        )
    later = Award.objects.filter(previous=award).first()
    if later is not None:
        raise AwardReplaced(
            f"核定 {award.pk} 已被核定 {later.pk} 替代，请更正后者。", award=later.pk
        )
