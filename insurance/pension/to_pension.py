"""Let an allowance for illness become a pension at the retirement age (病残津贴转基本养老金).

Who draws the allowance goes through retirement as everybody does: the department's paper says the
month, the agency decides that from the next one on a pension is paid. It comes to what the
allowance did, with what adjustments added. It is the same entitlement, so no month is paid twice
and none is left out; only the expense is another. A wrong month is corrected, or the whole
withdrawn, on a ground.
"""

from dataclasses import dataclass
from enum import Enum

from django.db import transaction

from backend.cases import content
from backend.cases.corrections import Ground, ground_of, number_corrected, require_own
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.benefits.between_runs import hold_runs
from insurance.benefits.drawn import allowance_drawn
from insurance.benefits.items import component_label
from insurance.benefits.models import Component, Entitlement
from insurance.pension import approval, archive_facts
from insurance.pension.allowance import move_item
from insurance.pension.award import SCHEME, ApprovalMissing, ApprovalOutdated
from insurance.pension.in_payment import refuse_who_cannot
from insurance.pension.locks import lock_person
from insurance.pension.models import AllowanceToPension, RetirementApproval
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept
from insurance.policy.retirement import month_said
from insurance.policy.steps import Step, authority

AT_AGE = "retirement.allowance_at_age"
PENSION = "基本养老金"


class AtAge(Enum):
    """What the pension comes to of who drew the allowance (转为基本养老金的金额)."""

    KEPT = "不再重新计算，按原标准继续发给"


class NoAllowance(Refusal):
    """No allowance for illness is drawn (没有在领病残津贴)."""

    code = "to_pension_no_allowance"


class TurningUnknown(Refusal):
    """There is no such decision in force of this person (没有这项转办)."""

    code = "to_pension_unknown"


class MonthNotApproved(Refusal):
    """The department's paper says another month (与退休审批的年月不符)."""

    code = "to_pension_month_differs"


class NothingChanged(Refusal):
    """It is from the same month on (更正前后没有差别)."""

    code = "to_pension_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which decision is corrected, and why."""

    before: AllowanceToPension
    ground: Ground


@dataclass(frozen=True)
class Turning:
    """From which month on an allowance is a pension, by the department's paper."""

    entitlement: Entitlement
    approval: RetirementApproval
    month: Month
    rule: Resolved


def check(case: Case) -> int:
    """At its receipt an ALLOWANCE_TO_PENSION case can be decided as it asks; writes nothing.

    Content: ``scheme`` (110), ``month`` (the first of the pension, after the department's). What
    corrects an earlier one also ``corrects`` (its number) and its ground, see ``corrections``; with
    ``withdrawn`` (true) and no ``month`` the allowance goes on as if it had never been.

    Raises:
        ContentInvalid, MonthInvalid, ProposalWaits, NoAllowance, TurningUnknown, OtherBody,
        ApprovalMissing, ApprovalOutdated, MonthNotApproved, NotYetRetired, RelationElsewhere,
        DiedBefore, NothingChanged; as ``ground_of``; NotVerified: what the pension comes to.
    """
    content.require_only_proposal(case, of_party=True)
    correction = _correction(case)
    if not _withdrawn(case, correction):
        _turning(case, correction)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of an ALLOWANCE_TO_PENSION case; rows written.

    Raises:
        ItemRunOpen; as ``check``, but ProposalWaits.
    """
    hold_runs()
    lock_person(person_id=canonical_id(party_id=case.party_id))
    correction = _correction(case)
    if _withdrawn(case, correction):
        assert correction is not None
        close(correction.before)
        of = correction.before.entitlement
        move_item(of=of, ordinal=of.item_ordinal, until=None)
        return 2
    turning = _turning(case, correction)
    row = _row(case, turning, correction)
    if correction is not None:
        row.recorded_at = close(correction.before)
    row.save(force_insert=True)
    of = turning.entitlement
    move_item(of=of, ordinal=of.item_ordinal, until=turning.month)
    return 2 + bool(correction)


def _correction(case: Case) -> Correction | None:
    content.choice(case, "scheme", "险种", (SCHEME,))
    number = number_corrected(case)
    if number is None:
        return None
    rows = AllowanceToPension.objects.select_related("entitlement__book__agency")
    before = rows.filter(
        pk=number, person__in=family_of(party_id=case.party_id), superseded_at__isnull=True
    ).first()
    if before is None:
        raise TurningUnknown(f"此人没有现行的转办 {number}。", case_id=case.pk)
    require_own(case=case, number=number, agency=before.entitlement.book.agency)
    return Correction(before, ground_of(case=case, decided_cases=[before.case_id]))


def _withdrawn(case: Case, correction: Correction | None) -> bool:
    return correction is not None and case.content.get("withdrawn") is True


def _turning(case: Case, correction: Correction | None) -> Turning:
    of = correction.before.entitlement if correction else _drawn(case)
    approved = approval.current(person_id=case.party_id, after_allowance=True)
    if approved is None:
        raise ApprovalMissing("没有行政部门的退休审批，不能转为基本养老金。", case_id=case.pk)
    facts = archive_facts.current(person_id=case.party_id)
    if facts is None or facts.pk != approved.facts_id:
        raise ApprovalOutdated("审批以后档案认定已变，须重新审批退休。", case_id=case.pk)
    retires = Month.of(approved.retirement_month)
    month = Month.parse(case.content.get("month"))
    if month != retires.next:
        raise MonthNotApproved(
            f"退休审批的年月是 {retires}，应从 {retires.next} 起转为基本养老金。",
            case_id=case.pk,
        )
    if correction and Month.of(correction.before.first_month) == month:
        raise NothingChanged(f"原已从 {month} 起转为基本养老金，没有可更正的。", case_id=case.pk)
    refuse_who_cannot(case=case, scheme=SCHEME, retirement_month=retires, corrects=True)
    rule = policy.load().resolve(AT_AGE, case.agency.region, month.first_day, is_demo())
    return Turning(of, approved, month, rule)


def _drawn(case: Case) -> Entitlement:
    of = allowance_drawn(person_id=case.party_id)
    if of is None or of.item_until is not None:
        raise NoAllowance("此人没有在领的病残津贴，没有可转的。", case_id=case.pk)
    require_own(case=case, number=of.pk, agency=of.book.agency)
    return of


def _row(case: Case, turning: Turning, correction: Correction | None) -> AllowanceToPension:
    return AllowanceToPension(
        person_id=canonical_id(party_id=case.party_id),
        case_id=case.pk,
        entitlement=turning.entitlement,
        approval=turning.approval,
        first_month=turning.month.first_day,
        steps=kept(steps=(_step(turning),)),
        ground=correction.ground.kept() if correction else None,
        standing=turning.rule.standing.value,
        policy_version=policy.version(),
    )


def _step(turning: Turning) -> Step:
    """All that is paid in the first month, by component, and that it is what was paid before."""
    parts = Component.objects.filter(
        entitlement=turning.entitlement,
        superseded_at__isnull=True,
        valid__contains=turning.month.first_day,
    ).order_by("pk")
    labels = [component_label(part.component) for part in parts]
    rule = AtAge[turning.rule.text]
    return Step(
        formula=" + ".join(labels),
        inputs=tuple(
            (label, str(Money(part.fen))) for label, part in zip(labels, parts, strict=True)
        ),
        result=str(Money(sum(part.fen for part in parts))),
        version=policy.version(),
        article=authority(turning.rule),
        name=PENSION,
        sentence=(
            f"从{month_said(month=turning.month)}起，您的病残津贴转为基本养老金，{rule.value}。"
        ),
        rounding="",
    )
