"""Put a step of a recovery on paper (出具追回文书): the notice, the order, its end."""

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import sights
from insurance.benefits.recovery.models import Recovery, RecoveryStage, RecoveryStep
from insurance.benefits.recovery.paper import (
    Closing,
    Demand,
    recovery_closed,
    recovery_notice,
    recovery_order,
)
from insurance.issuing.issue import Compose, Order, Out, issue
from insurance.issuing.models import PaperKind

INSURANCES = {"110": "企业职工基本养老保险", "170": "城乡居民基本养老保险", "210": "失业保险"}
KINDS = {
    RecoveryStage.NOTIFIED: PaperKind.RECOVERY_NOTICE,
    RecoveryStage.ORDERED: PaperKind.RECOVERY_ORDER,
    RecoveryStage.CLOSED: PaperKind.RECOVERY_CLOSED,
}


class NoPaper(Refusal):
    """The step was not taken, or has no paper of ours (没有这一环节的文书)."""

    code = "recovery_no_paper"


def print_step(*, recovery: Recovery, stage: RecoveryStage, by: Staff) -> Out:
    """Print the paper of a step.

    Raises:
        NoPaper; as ``issue``.
    """
    step = RecoveryStep.objects.filter(recovery=recovery, stage=stage).first()
    if step is None or stage not in KINDS:
        raise NoPaper("这项追回还没有这一环节的文书。", recovery=recovery.pk)
    order = Order(
        kind=KINDS[stage],
        case=Case.objects.select_related("agency").get(pk=step.case_id),
        compose=_composed(recovery, step),
    )
    return issue(order=order, by=by)


def _composed(recovery: Recovery, step: RecoveryStep) -> Compose:
    if step.stage == RecoveryStage.CLOSED:
        closing = _closing(recovery, step)
        return lambda issued: recovery_closed(closing=closing, issued=issued)
    demand = _demand(recovery, step)
    if step.stage == RecoveryStage.ORDERED:
        return lambda issued: recovery_order(demand=demand, issued=issued)
    return lambda issued: recovery_notice(demand=demand, issued=issued)


def _closing(recovery: Recovery, step: RecoveryStep) -> Closing:
    sight = sights(party_ids={recovery.debtor_id}, on=step.done_on)[recovery.debtor_id]
    notice = RecoveryStep.objects.get(recovery=recovery, stage=RecoveryStage.NOTIFIED)
    return Closing(
        addressee=recovery.addressee,
        person_name=sight.name,
        id_number=sight.number,
        insurance=INSURANCES[recovery.book.scheme],
        notified_on=notice.done_on,
        notice=notice.document,
        fen=recovery.fen,
        document=step.document,
        reason=step.note,
    )


def _demand(recovery: Recovery, step: RecoveryStep) -> Demand:
    sight = sights(party_ids={recovery.debtor_id}, on=step.done_on)[recovery.debtor_id]
    stated = RecoveryStep.objects.filter(recovery=recovery, stage=RecoveryStage.STATED).first()
    if step.until is None or step.fen is None:
        raise ValueError("a notice and an order name a day and an amount")
    return Demand(
        addressee=recovery.addressee,
        person_name=sight.name,
        id_number=sight.number,
        insurance=INSURANCES[recovery.book.scheme],
        fen=step.fen,
        facts=recovery.facts,
        document=step.document,
        until=step.until,
        stated=stated.note if stated else "",
    )
