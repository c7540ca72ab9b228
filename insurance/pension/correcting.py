"""Correct an award (更正核定): what it rested on was wrong, and what it comes to takes its place.

A case of the award's own kind names it (``corrects``) and why: an objection, or what the agency
found itself. Amounts give way for all months since the first one, by difference: what adjustments
added stays, and is adjusted again before the next month is opened. A pension may begin earlier or
later than was awarded (``first_month``). The monthly run finds by itself what is owed, or was
overpaid. The award before is never changed.
"""

from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.corrections import (
    Ground,
    chain_of,
    ground_of,
    number_corrected,
    require_own,
)
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.between_runs import hold_runs
from insurance.benefits.drawn import never_was
from insurance.benefits.models import Component, Entitlement
from insurance.pension.adjusting.given import cases_that_adjusted
from insurance.pension.adjusting.models import PaidMonths
from insurance.pension.allowance import settle_item
from insurance.pension.award_steps import steps_of
from insurance.pension.first_month import Move, move_of, moved_step
from insurance.pension.locks import lock_recalculations
from insurance.pension.models import Award, AwardKind, Recalculation, RecalculationState
from insurance.pension.reckoning import difference_step
from insurance.policy.kept_steps import kept
from insurance.policy.standing import mark_of_amount, weakest

BEFORE = "原核定养老金"
FACTS = (
    *("route", "region", "birth_month", "retirement_month"),
    *("total_months", "deemed_months", "average_index"),
    *("balance_fen", "basic_fen", "account_fen", "transitional_fen", "extra_fen"),
)


class AwardUnknown(Refusal):
    """There is no such award of this person (没有这项核定)."""

    code = "correction_award_unknown"


class AwardReplaced(Refusal):
    """Another award took its place already (该核定已被替代)."""

    code = "correction_award_replaced"
    status = 409


class AwardTakenBack(Refusal):
    """What was awarded never was, and something else is awarded instead (原待遇自起领月停发)."""

    code = "correction_award_taken_back"
    status = 409


class RecalculationRuns(Refusal):
    """The awards of the year are being computed again (正在重算)."""

    code = "correction_recalculation_runs"
    status = 409


class NothingChanged(Refusal):
    """It comes to what was awarded, on the same facts (更正前后没有差别)."""

    code = "correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which award is corrected, and why."""

    chain: tuple[Award, ...]  # it, and those whose place it took
    ground: Ground

    @property
    def before(self) -> Award:
        """The award that is corrected."""
        return self.chain[0]

    @property
    def cases(self) -> list[int]:
        """The cases that decided it, the last first."""
        return [award.case_id for award in self.chain]

    @property
    def drawn_after(self) -> Month:
        """The month after which it was drawn, by whichever of the awards."""
        return min(Month.of(award.retirement_month) for award in self.chain)


def hold_to_correct(case: Case) -> None:
    """Let no month be opened while an award is corrected: its first month may move. Before any
    other lock; what awards for the first time waits for nobody."""
    if number_corrected(case) is not None:
        hold_runs()


def correction_of(*, case: Case, scheme: str) -> Correction | None:
    """Give what a case corrects; None where it awards for the first time.

    Raises:
        ContentInvalid, AwardUnknown, OtherBody, AwardTakenBack, RecalculationRuns, AwardReplaced;
        as ``ground_of``: an objection to an adjustment of it is one too.
    """
    number = number_corrected(case)
    if number is None:
        return None
    family = family_of(party_id=case.party_id)
    awards = Award.objects.select_related("entitlement__book__agency")
    before = awards.filter(pk=number, scheme=scheme, person__in=family).first()
    if before is None:
        raise AwardUnknown(f"此人没有险种 {scheme} 的核定 {number}。", case_id=case.pk)
    require_own(case=case, number=number, agency=before.entitlement.book.agency)
    _refuse_taken_back(before, family)
    _refuse_replaced(before)
    chain = chain_of(decision=before, before=lambda award: award.previous)
    decided = [award.case_id for award in chain]
    adjusted = cases_that_adjusted(before.entitlement)
    return Correction(chain, ground_of(case=case, decided_cases=[*decided, *adjusted]))


def corrected(*, award: Award, correction: Correction) -> Award:
    """Turn what was computed anew into the award that takes the other's place; nothing is written.

    Raises:
        NothingChanged.
    """
    before = correction.before
    if all(getattr(award, name) == getattr(before, name) for name in FACTS):
        raise NothingChanged("更正以后的依据和金额与原核定相同，没有可更正的。")
    steps = steps_of(award=award)
    was, first = (Month.of(one.retirement_month).next for one in (before, award))
    if first != was:
        steps = (*steps, moved_step(told=steps[-1], was=was, first=first))
    more = difference_step(
        told=steps_of(award=award)[-1],
        before=(BEFORE, before.total_fen),
        since=max(was, first),
        because="更正以后，每月比原来核定的",
    )
    award.kind, award.previous, award.entitlement = AwardKind.CORRECTION, before, before.entitlement
    award.steps = kept(steps=(*steps, more))
    award.figures = {**award.figures, "ground": correction.ground.kept()}
    return award


def put_in_place(*, award: Award) -> int:
    """Write a corrected award, its first month, its expense item, its amounts and its months; rows
    written. The caller holds the runs.

    Raises:
        RunOpen, ItemRunOpen, PensionBefore.
    """
    before = award.previous
    assert before is not None
    award.save(force_insert=True)
    settled = settle_item(award=award)
    move = move_of(award=award, before=before)
    components = {**before.parts, **award.parts, **move.lost}
    rows = sum(_rewrite(award, before, component, move) for component in components)
    return 1 + settled + rows + move.rows + _tell_months(award, before)


def _rewrite(award: Award, before: Award, component: str, move: Move) -> int:
    """Bring an amount, wherever it is in force, to what it comes to now; rows written."""
    old, new = (one.parts.get(component, 0) for one in (before, award))
    told, mark = (_mark(one) for one in (before, award))
    if (old, told) == (new, mark) and not move.rows:
        return 0
    if new and not old:
        first = SqlRange(move.first.first_day, None)
        _amount(award, component, new, mark, first).save(force_insert=True)
        return 1
    more = new - old - move.lost.get(component, 0)
    rows = list(
        Component.objects.filter(
            entitlement=award.entitlement, component=component, superseded_at__isnull=True
        )
    )
    closed = [(close(row), row) for row in rows]
    spans = [(at, row, move.span(valid=row.valid)) for at, row in closed]
    kept_up = [(at, row, span) for at, row, span in spans if span and row.fen + more > 0]
    for at, row, span in kept_up:
        standing = mark if row.standing == told else _weaker(row.standing, mark)
        amount = _amount(award, component, row.fen + more, standing, span)
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


def _refuse_taken_back(award: Award, family: list[int]) -> None:
    if not never_was(of=award.entitlement):
        return
    others = Entitlement.objects.filter(person__in=family, scheme=award.scheme)
    if others.filter(pk__gt=award.entitlement_id).exists():
        raise AwardTakenBack(f"核定 {award.pk} 的待遇自起领月停发，已另行核定，不再更正。")


def _refuse_replaced(award: Award) -> None:
    """No recalculation may begin until the correction is committed."""
    lock_recalculations()
    running = Recalculation.objects.filter(
        scheme=award.scheme,
        region=award.region,
        year=award.retirement_month.year,
        state=RecalculationState.OPEN,
    )
    if running.exists():
        raise RecalculationRuns(
            f"{award.retirement_month.year} 年核定的待遇正在重算，算完以后再更正。"
        )
    later = Award.objects.filter(previous=award).first()
    if later is not None:
        raise AwardReplaced(
            f"核定 {award.pk} 已被核定 {later.pk} 替代，请更正后者。", award=later.pk
        )
