"""Print the sheet of an adjustment for the person to sign (打印养老金调整核定表)."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import sights
from insurance.enrolment.models import Scheme
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.pension.adjusting.basic_raise import BOTH, EXTRA_RAISED, RAISED
from insurance.pension.adjusting.explain import steps_of
from insurance.pension.adjusting.models import Kind, Row
from insurance.pension.adjusting.sheet import AdjustmentSheet, adjustment_sheet
from insurance.pension.adjustment import BY_AGE, BY_SHARE, BY_YEARS, FIXED, LINKED, WHOLE
from insurance.policy.steps import Step


class RunNotSealed(Refusal):
    """What a run says counts when all of it is there (调整尚未封存)."""

    code = "adjustment_not_sealed"
    status = 409


def print_sheet(*, row: Row, by: Staff) -> Out:
    """Print what a run says of somebody, dated with its seal.

    Raises:
        RunNotSealed; AmountUnexplained, StepDoesNotHold; as ``issue``.
    """
    run = row.run
    if run.sealed_at is None:
        raise RunNotSealed("这次调整还没有算完、封存，不能打印。", run=run.pk)
    on = timezone.localdate(run.sealed_at)
    sheet = _sheet(row, on)
    order = Order(
        kind=PaperKind.ADJUSTMENT,
        case=Case.objects.select_related("agency").get(pk=run.case_id),
        compose=lambda issued: adjustment_sheet(sheet=sheet, issued=issued),
        about=f"{run.pk}/{row.entitlement_id}",
        standings=[one for one in Standing if one.name == run.parameters["standing"]],
        on=on,
        party_id=row.person_id,
    )
    return issue(order=order, by=by)


def _sheet(row: Row, on: date) -> AdjustmentSheet:
    kind, steps = Kind(row.run.kind), steps_of(row=row)
    sight = sights(party_ids={row.person_id}, on=on)[row.person_id]
    yearly = kind is Kind.YEARLY
    return AdjustmentSheet(
        title=f"{kind.label}核定表",
        person_name=sight.name,
        id_number=sight.number,
        insurance=Scheme(kind.scheme).label,
        since=Month.of(row.run.since),
        paid_months=row.paid_months if yearly or row.supplement_fen else None,
        age=row.age if yearly else None,
        amounts=_amounts(row, steps) if yearly else _raised(row),
        left_out=row.get_left_out_display() if row.left_out else "",
        steps=steps,
    )


def _amounts(row: Row, steps: Sequence[Step]) -> tuple[tuple[str, Money], ...]:
    """What the row says, by the names of the steps; what the plan rounds together stands as one."""
    if any(step.name == LINKED for step in steps):
        linked = {LINKED: row.linked_fen}
    else:
        linked = {BY_YEARS: row.years_fen, BY_SHARE: row.share_fen}
    parts = {FIXED: row.fixed_fen, **linked, BY_AGE: row.supplement_fen}
    amounts = {**parts, WHOLE: sum(parts.values())}
    return tuple((name, Money(fen)) for name, fen in amounts.items())


def _raised(row: Row) -> tuple[tuple[str, Money], ...]:
    basic, extra = Money(row.fixed_fen), Money(row.supplement_fen)
    if not extra.fen:
        return ((RAISED, basic),)
    return ((RAISED, basic), (EXTRA_RAISED, extra), (BOTH, basic + extra))
