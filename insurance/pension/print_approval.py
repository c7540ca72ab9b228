"""Print the department's paper for the person to sign (打印退休审批表)."""

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.benefits.sheet_facts import holder_of
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.pension.approval_sheet import ApprovalSheet, approval_sheet
from insurance.pension.models import RetirementApproval
from insurance.policy.kept_steps import read


def print_approval(*, approval: RetirementApproval, by: Staff) -> Out:
    """Print the sheet of an approval, as it was decided.

    Raises:
        StepDoesNotHold; as ``issue``.
    """
    case = Case.objects.select_related("agency").get(pk=approval.case_id)
    sheet = _sheet(approval, case)
    order = Order(
        kind=PaperKind.RETIREMENT_APPROVAL,
        case=case,
        compose=lambda issued: approval_sheet(sheet=sheet, issued=issued),
        about=f"approval/{approval.pk}",
    )
    return issue(order=order, by=by)


def _sheet(approval: RetirementApproval, case: Case) -> ApprovalSheet:
    facts, on = approval.facts, timezone.localdate(case.decided_at or case.received_at)
    public = approval.public_from, approval.public_until
    return ApprovalSheet(
        holder=holder_of(
            person_id=approval.person_id, birth_month=Month.of(facts.birth_month), on=on
        ),
        category=facts.get_category_display(),
        first_work_month=Month.of(facts.first_work_month),
        contribution_months=approval.contribution_months,
        route=approval.get_route_display(),
        statutory_month=Month.of(approval.statutory_month),
        retirement_month=Month.of(approval.retirement_month),
        document=approval.document_no,
        notice_on=approval.notice_on,
        public=(public[0], public[1]) if public[0] and public[1] else None,
        finding=approval.finding,
        steps=read(rows=approval.steps),
    )
