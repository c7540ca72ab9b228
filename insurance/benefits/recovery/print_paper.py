"""Put a step of a recovery on paper (出具追回文书): the notice, the order."""

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import sights
from insurance.benefits.recovery.models import Recovery, RecoveryStage, RecoveryStep
from insurance.benefits.recovery.paper import Demand, recovery_notice, recovery_order
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind

INSURANCES = {"110": "企业职工基本养老保险", "170": "城乡居民基本养老保险", "210": "失业保险"}
PAPERS = {
    RecoveryStage.NOTIFIED: (PaperKind.RECOVERY_NOTICE, recovery_notice),
    RecoveryStage.ORDERED: (PaperKind.RECOVERY_ORDER, recovery_order),
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
    if step is None or stage not in PAPERS:
        raise NoPaper("这项追回还没有这一环节的文书。", recovery=recovery.pk)
    kind, compose = PAPERS[stage]
    demand = _demand(recovery, step)
    order = Order(
        kind=kind,
        case=Case.objects.select_related("agency").get(pk=step.case_id),
        compose=lambda issued: compose(demand=demand, issued=issued),
    )
    return issue(order=order, by=by)


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
