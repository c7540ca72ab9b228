"""Put a step of a recovery on paper (出具追回文书): notice, order, agreement, court, its end."""

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.queries import sights
from insurance.benefits.recovery.models import Recovery, RecoveryStage, RecoveryStep
from insurance.benefits.recovery.paper import (
    Agreement,
    Application,
    Closing,
    Demand,
    Instalment,
    court_application,
    recovery_agreement,
    recovery_closed,
    recovery_notice,
    recovery_order,
)
from insurance.benefits.recovery.steps import step_of
from insurance.issuing.issue import Compose, Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read

INSURANCES = {"110": "企业职工基本养老保险", "170": "城乡居民基本养老保险", "210": "失业保险"}
KINDS = {
    RecoveryStage.NOTIFIED: PaperKind.RECOVERY_NOTICE,
    RecoveryStage.ORDERED: PaperKind.RECOVERY_ORDER,
    RecoveryStage.AGREED: PaperKind.RECOVERY_AGREEMENT,
    RecoveryStage.COURT: PaperKind.RECOVERY_COURT,
    RecoveryStage.CLOSED: PaperKind.RECOVERY_CLOSED,
}


class NoPaper(Refusal):
    """The step was not taken, or has no paper of ours (没有这一环节的文书)."""

    code = "recovery_no_paper"


def print_step(*, recovery: Recovery, stage: RecoveryStage, by: Staff) -> Out:
    """Print the paper of a step; of several agreements that of the last.

    Raises:
        NoPaper; as ``issue``.
    """
    step = step_of(recovery=recovery, stage=stage)
    if step is None or stage not in KINDS:
        raise NoPaper("这项追回还没有这一环节的文书。", recovery=recovery.pk)
    order = Order(
        kind=KINDS[stage],
        case=Case.objects.select_related("agency").get(pk=step.case_id),
        compose=_composed(recovery, step),
        about=f"step/{step.pk}" if stage == RecoveryStage.AGREED else "",
    )
    return issue(order=order, by=by)


def _composed(recovery: Recovery, step: RecoveryStep) -> Compose:
    if step.stage == RecoveryStage.CLOSED:
        closing = _closing(recovery, step)
        return lambda issued: recovery_closed(closing=closing, issued=issued)
    if step.stage == RecoveryStage.AGREED:
        agreement = _agreement(recovery, step)
        return lambda issued: recovery_agreement(agreement=agreement, issued=issued)
    if step.stage == RecoveryStage.COURT:
        application = _application(recovery, step)
        return lambda issued: court_application(application=application, issued=issued)
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


def _agreement(recovery: Recovery, step: RecoveryStep) -> Agreement:
    sight = sights(party_ids={recovery.debtor_id}, on=step.done_on)[recovery.debtor_id]
    order = RecoveryStep.objects.get(recovery=recovery, stage=RecoveryStage.ORDERED)
    return Agreement(
        addressee=recovery.addressee,
        person_name=sight.name,
        id_number=sight.number,
        insurance=INSURANCES[recovery.book.scheme],
        order=order.document,
        document=step.document,
        agreed_on=step.done_on,
        fen=step.fen or 0,
        instalments=tuple(
            Instalment(one.due_on, one.fen)
            for one in step.recoveryinstalment_set.order_by("due_on")
        ),
    )


def _application(recovery: Recovery, step: RecoveryStep) -> Application:
    sight = sights(party_ids={recovery.debtor_id}, on=step.done_on)[recovery.debtor_id]
    steps = RecoveryStep.objects.filter(recovery=recovery)
    order = steps.get(stage=RecoveryStage.ORDERED)
    served = steps.get(stage=RecoveryStage.SERVED)
    if order.until is None or order.fen is None:
        raise ValueError("an order names a day and an amount")
    return Application(
        court=step.note,
        addressee=recovery.addressee,
        person_name=sight.name,
        id_number=sight.number,
        insurance=INSURANCES[recovery.book.scheme],
        order=order.document,
        ordered_on=order.done_on,
        served_on=served.done_on,
        served_how=served.note,
        pay_by=order.until,
        fen=order.fen,
        document=step.document,
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
        steps=read(rows=step.reckoned),
        stated=stated.note if stated else "",
    )
