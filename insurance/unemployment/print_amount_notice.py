"""Print the notice of another amount for somebody who draws (打印失业保险金标准调整告知书)."""

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import sights
from insurance.benefits.models import Component
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.unemployment.amount_notice import AmountNotice, amount_notice
from insurance.unemployment.models import AmountChange, Claim


class AmountNotChanged(Refusal):
    """The change left what this claim is paid as it was (该待遇的标准没有变化)."""

    code = "unemployment_amount_not_changed"


def print_amount_notice(*, change: AmountChange, claim: Claim, by: Staff) -> Out:
    """Print the notice of what a change did to a claim.

    Raises:
        AmountNotChanged; StepDoesNotHold; as ``issue``.
    """
    case = Case.objects.select_related("agency").get(pk=change.case_id)
    notice, standing = _notice(change, claim, case)
    order = Order(
        kind=PaperKind.AMOUNT_CHANGED,
        case=case,
        compose=lambda issued: amount_notice(notice=notice, issued=issued),
        about=f"entitlement/{claim.entitlement_id}",
        standings=(standing,),
        party_id=claim.person_id,
    )
    return issue(order=order, by=by)


def _notice(change: AmountChange, claim: Claim, case: Case) -> tuple[AmountNotice, Standing]:
    first, before, now = _changed(change, claim, case)
    on = timezone.localdate(case.decided_at or case.received_at)
    sight = sights(party_ids={claim.person_id}, on=on)[claim.person_id]
    said = [one for one in change.figures[claim.region] if one["from"] <= str(first)][-1]
    notice = AmountNotice(
        person_name=sight.name,
        id_number=sight.number,
        from_month=first,
        before_fen=before,
        fen=now,
        document=change.document,
        steps=read(rows=said["steps"]),
    )
    return notice, Standing(said["standing"])


def _changed(change: AmountChange, claim: Claim, case: Case) -> tuple[Month, int, int]:
    """The first month that is paid otherwise; what it was, and is."""
    rows = Component.objects.filter(entitlement=claim.entitlement_id)
    for row in rows.filter(case_id=change.case_id).order_by("valid"):
        before = rows.get(superseded_at=row.recorded_at, valid__contains=row.valid.lower)
        if before.fen != row.fen:
            return Month.of(row.valid.lower), before.fen, row.fen
    raise AmountNotChanged(f"业务件 {case.pk} 没有改变这项失业保险金。", case_id=case.pk)
