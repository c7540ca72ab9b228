"""Print what a run pays later for past months (打印补发待遇告知书)."""

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import kinds
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.queries import sights
from insurance.benefits.back_pay_notice import BackPay, back_pay_notice
from insurance.benefits.change_notice import benefit_of
from insurance.benefits.due_reckoning import difference_steps
from insurance.benefits.due_steps import decided_by, found_with
from insurance.benefits.models import Due, DueKind, Entitlement, Run, RunState
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind


class NoBackPay(Refusal):
    """It pays nothing of past months, is not sealed, or rests on no decision (没有补发可以告知)."""

    code = "back_pay_none"


def print_back_pay(*, due: Due, by: Staff) -> Out:
    """Print the notice of all that a run pays later together with a due.

    Raises:
        NoBackPay; AmountUnexplained, StepDoesNotHold; as ``issue``.
    """
    run = Run.objects.get(period=due.run_period)
    if due.kind != DueKind.DIFFERENCE:
        raise NoBackPay(f"应发 {due.pk} 不是补发以前月份的。", due_ref=due.pk)
    if run.state != RunState.SEALED:
        raise NoBackPay("这个月的发放还没有封存，封存以后告知。", due_ref=due.pk)
    decided = decided_by(due=due)
    if decided is None:
        raise NoBackPay("补发的是接管时原系统没有发的月份，不另作决定。", due_ref=due.pk)
    case = Case.objects.select_related("agency").get(pk=decided.pk)
    entitlement = Entitlement.objects.get(pk=due.entitlement_id)
    paid = _paid(due, entitlement, case)
    order = Order(
        kind=PaperKind.BACK_PAY_NOTICE,
        case=case,
        compose=lambda issued: back_pay_notice(paid=paid, issued=issued),
        about=f"back-pay/{entitlement.pk}/{Month.of(due.run_period)}",
        party_id=entitlement.person_id,
    )
    return issue(order=order, by=by)


def _paid(due: Due, entitlement: Entitlement, case: Case) -> BackPay:
    decided_on = timezone.localdate(case.decided_at or case.received_at)
    sight = sights(party_ids={entitlement.person_id}, on=decided_on)[entitlement.person_id]
    months = found_with(due=due)
    return BackPay(
        benefit=benefit_of(entitlement=entitlement)[1],
        person_name=sight.name,
        id_number=sight.number,
        period=Month.of(due.run_period),
        fen=sum(one.more_fen for one in months),
        decided=kinds.kind_of(code=case.kind, on=decided_on).label,
        case_id=case.pk,
        decided_on=decided_on,
        steps=difference_steps(months=months),
    )
