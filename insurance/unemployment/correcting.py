"""Correct a claim (更正失业保险金核定): months and amounts are computed anew.

A case of the claim's own kind names it (``corrects``) and why: an objection, or what the agency
found itself. What is due each month takes the place of what was; stops and holds stay as they are.
The monthly run finds what is owed, or was overpaid. The claim before is never changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.cases.corrections import (
    Ground,
    chain_of,
    ground_of,
    number_corrected,
    require_own,
)
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.people.supersede import close
from insurance.benefits.models import Component, Stop
from insurance.unemployment.concerned import cases_that_changed
from insurance.unemployment.models import Claim, Registration

FACTS = (
    *("region", "paid_months", "unused_months", "regular_months", "granted_months"),
    *("pension_months", "birth_month", "category", "monthly_fen"),
)


class ClaimUnknown(Refusal):
    """There is no such claim of this person (没有这项核定)."""

    code = "unemployment_correction_unknown"


class ClaimReplaced(Refusal):
    """Another claim took its place already (该核定已被替代)."""

    code = "unemployment_correction_replaced"
    status = 409


class ClaimDrawnOn(Refusal):
    """What was left of it is drawn with a later claim (以后的核定已接着领)."""

    code = "unemployment_correction_drawn_on"


class SpellOver(Refusal):
    """Months are added only to who was out of work in them (登记已注销,不能增加月数)."""

    code = "unemployment_correction_spell_over"


class NothingChanged(Refusal):
    """It comes to what was awarded, on the same facts (更正前后没有差别)."""

    code = "unemployment_correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which claim is corrected, on which registration it rests, and why."""

    before: Claim
    registration: Registration
    ground: Ground

    @property
    def previous(self) -> Claim | None:
        """The spell before, as the first claim of this one names it."""
        return _chain(self.before)[-1].previous


def correction_of(case: Case) -> Correction | None:
    """Give what a case corrects; None where it claims for the first time.

    Raises:
        ContentInvalid, ClaimUnknown, OtherBody, ClaimReplaced, ClaimDrawnOn; as ``ground_of``.
    """
    number = number_corrected(case)
    if number is None:
        return None
    family = family_of(party_id=case.party_id)
    claims = Claim.objects.select_related("entitlement__book__agency")
    before = claims.filter(pk=number, person__in=family).first()
    if before is None:
        raise ClaimUnknown(f"此人没有失业保险金核定 {number}。", case_id=case.pk)
    require_own(case=case, number=number, agency=before.entitlement.book.agency)
    _refuse_replaced(before)
    chain = _chain(before)
    decided = [*cases_that_changed(before.entitlement), *(claim.case_id for claim in chain)]
    ground = ground_of(case=case, decided_cases=decided)
    return Correction(before, _registration(before, family), ground)


def put_in_place(*, claim: Claim, amounts: list[Component]) -> int:
    """Write a corrected claim with what is due each month; rows closed and written.

    Raises:
        NothingChanged, SpellOver.
    """
    require_change(claim=claim, amounts=amounts)
    rows = list(_in_force(claim))
    claim.save(force_insert=True)
    if _told(rows) == _told(amounts):
        return 1
    moment = max(close(row) for row in rows)
    for amount in amounts:
        amount.recorded_at = moment
        amount.save(force_insert=True)
    return 1 + len(rows) + len(amounts)


def require_change(*, claim: Claim, amounts: list[Component]) -> None:
    """Refuse what changes nothing, and what adds months after the registration.

    Raises:
        NothingChanged, SpellOver.
    """
    before = claim.corrects
    assert before is not None
    same = all(getattr(claim, name) == getattr(before, name) for name in FACTS)
    if same and _told(_in_force(claim)) == _told(amounts):
        raise NothingChanged("更正以后的依据、月数和金额与原核定相同，没有可更正的。")
    if claim.granted_months > before.granted_months and _runs_on_after_its_end(claim):
        raise SpellOver("失业登记已注销而没有停发，不能增加月数；请先查清注销以后的情况。")


def _chain(claim: Claim) -> tuple[Claim, ...]:
    return chain_of(decision=claim, before=lambda one: one.corrects)


def _in_force(claim: Claim) -> Iterable[Component]:
    return Component.objects.filter(entitlement=claim.entitlement, superseded_at__isnull=True)


def _told(rows: Iterable[Component]) -> set[tuple[object, ...]]:
    return {(row.valid.lower, row.valid.upper, row.fen, row.standing) for row in rows}


def _runs_on_after_its_end(claim: Claim) -> bool:
    """No stop says that nothing is due after the registration."""
    registration = _registration(claim, family_of(party_id=claim.person_id))
    stops = Stop.objects.filter(
        entitlement=claim.entitlement, superseded_at__isnull=True, valid__endswith__isnull=True
    )
    return bool(registration.end_reason) and not stops.exists()


def _registration(claim: Claim, family: list[int]) -> Registration:
    return Registration.objects.select_related("job_end").get(
        person__in=family, valid__startswith=claim.registered_on, superseded_at__isnull=True
    )


def _refuse_replaced(claim: Claim) -> None:
    later = Claim.objects.filter(corrects=claim).first()
    if later is not None:
        raise ClaimReplaced(
            f"核定 {claim.pk} 已被核定 {later.pk} 替代，请更正后者。", claim=later.pk
        )
    drawn = Claim.objects.filter(previous=claim).first()
    if drawn is not None:
        raise ClaimDrawnOn(
            f"以后的核定 {drawn.pk} 已按它计算未领的月数，不能再更正。", claim=drawn.pk
        )
