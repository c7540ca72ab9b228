"""Put a set-off on paper (出具抵扣决定书): so much of each month, of a share, or no more."""

from decimal import Decimal

from backend.access.models import Staff
from backend.cases.models import Case, CaseState
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import sights
from insurance.benefits.claims.models import ClaimKind
from insurance.benefits.recovery.amounts import MILLION
from insurance.benefits.recovery.models import (
    AccountSetOff,
    RecoveryStage,
    RecoveryStep,
    SetOff,
    SetOffDecision,
    ShareSetOff,
)
from insurance.benefits.recovery.paper import Kept, set_off_decision
from insurance.benefits.recovery.print_paper import INSURANCES, NoPaper
from insurance.benefits.recovery.set_off_reckoning import MONTHLY, ONCE, REST
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.policy.retirement import month_said
from insurance.policy.steps import percent

KIND = "RECOVERY_SET_OFF"


def print_set_off(*, case: Case, by: Staff) -> Out:
    """Print the decision of a RECOVERY_SET_OFF case.

    Raises:
        NoPaper; AmountUnexplained, StepDoesNotHold; as ``issue``.
    """
    kept = _kept(case)
    order = Order(
        kind=PaperKind.SET_OFF,
        case=case,
        compose=lambda issued: set_off_decision(kept=kept, issued=issued),
    )
    return issue(order=order, by=by)


def _kept(case: Case) -> Kept:
    if case.state != CaseState.APPROVED:
        raise NoPaper(f"业务件 {case.pk} 没有批准抵扣。", case_id=case.pk)
    share = ShareSetOff.objects.filter(case_id=case.pk).select_related("share__claim").first()
    if share is not None:
        return _of(case, _of_share(share), (ONCE, share.fen))
    account = AccountSetOff.objects.filter(case_id=case.pk).first()
    if account is not None:
        return _of(case, _of_account(account), (ONCE, account.fen))
    if "ends" in case.content:
        return _of(case, _ended(case), None)
    monthly = SetOff.objects.filter(case_id=case.pk).earliest("pk")
    most = percent(Decimal(monthly.most_ppm) / MILLION)
    return _of(case, _of_pension(monthly), (MONTHLY, monthly.fen), most=most)


def _of(case: Case, said: str, amount: tuple[str, int] | None, *, most: str = "") -> Kept:
    decision = SetOffDecision.objects.select_related("recovery__book").get(pk=case.pk)
    recovery, steps = decision.recovery, read(rows=decision.reckoned)
    order = RecoveryStep.objects.get(recovery=recovery, stage=RecoveryStage.ORDERED)
    sight = sights(party_ids={recovery.debtor_id}, on=order.done_on)[recovery.debtor_id]
    assert order.fen is not None  # of what was ordered
    return Kept(
        addressee=recovery.addressee,
        person_name=sight.name,
        id_number=sight.number,
        insurance=INSURANCES[recovery.book.scheme],
        order=order.document,
        ordered_fen=order.fen,
        document=str(case.content["document"]),
        said=said,
        amount=amount or (REST, Money.yuan(steps[-1].result).fen),
        most=f"当月待遇的{most}，不足的以后各月继续抵扣" if most else "",
        ended=amount is None,
        steps=steps,
    )


def _of_pension(row: SetOff) -> str:
    month = month_said(month=Month.of(row.valid.lower))
    return (
        f"您应退回的多发待遇，从{month}起按月从您的同一险种待遇中抵扣 {Money(row.fen)} 元，"
        "抵完为止。您可以随时一次退清；情况变化、抵扣后生活有困难的，可以申请减少或者停止抵扣。"
    )


def _of_share(row: ShareSetOff) -> str:
    label = ClaimKind(row.share.claim.kind).label
    return f"您应退回的多发待遇，从您的“{label}”中一次抵扣 {Money(row.fen)} 元，其余照发。"


def _of_account(row: AccountSetOff) -> str:
    month = month_said(month=Month.of(row.month))
    return (
        f"您应退回的多发待遇，在{month}从您的同一险种个人账户余额中一次抵扣 {Money(row.fen)} 元"
        "（社会保险经办条例第四十六条），其余额照常计息、照常使用。"
    )


def _ended(case: Case) -> str:
    month = month_said(month=Month.parse(case.content["from_month"]))
    return f"原来按月抵扣的多发待遇，从{month}起不再抵扣；还没有退回的，按责令退回决定书办理。"
