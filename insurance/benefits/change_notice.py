"""Print what a case did to a benefit (打印待遇变动告知书): held, ended, goes on, other amounts."""

from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.papers.figures import spoken_day
from backend.people.queries import sights
from insurance.benefits.correction_notice import Amount, CorrectionNotice, correction_notice
from insurance.benefits.items import component_label
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.models import AmountCorrection, Entitlement, Hold, HoldReason, Stop
from insurance.benefits.notice import Change, StopNotice, stop_notice
from insurance.benefits.notice_grounds import Ground, ground_of
from insurance.benefits.recovery.print_set_off import KIND as SET_OFF
from insurance.benefits.recovery.print_set_off import print_set_off
from insurance.benefits.resumption import Resumption, resumption_notice
from insurance.benefits.stop_withdrawal import KINDS as WITHDRAWALS
from insurance.benefits.stop_withdrawal import finding_of
from insurance.enrolment.models import Scheme
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind

KINDS = {Change.HOLD: PaperKind.HOLD_NOTICE, Change.STOP: PaperKind.STOP_NOTICE}
RELATIVES = "（亲属）"


class NothingToTell(Refusal):
    """The case neither held, ended nor resumed a benefit (本件没有暂停、停止、恢复待遇)."""

    code = "notice_nothing_to_tell"


class SeveralToTell(Refusal):
    """The case touches several benefits: which one (本件涉及几项待遇)."""

    code = "notice_several"


def print_notice(*, case: Case, entitlement: int | None, by: Staff) -> Out:
    """Print the notice of what a case held, ended, let go on, corrected or keeps; of several
    benefits of ``entitlement``.

    Raises:
        NothingToTell, SeveralToTell, NoPaper; as ``issue``.
    """
    if case.kind in WITHDRAWALS:
        return _print_resumption(case, entitlement, by)
    if case.kind == SET_OFF:
        return print_set_off(case=case, by=by)
    if corrected := list(AmountCorrection.objects.filter(case_id=case.pk).order_by("pk")):
        return _print_correction(case, corrected, by)
    row = _told(case, case, entitlement)
    on = timezone.localdate(case.decided_at or case.received_at)
    ground = ground_of(row=row, on=on)
    if ground is None:
        raise NothingToTell("这种暂缓不发告知书。", case_id=case.pk)
    notice = _notice(case, row, ground, on)
    order = Order(
        kind=KINDS[notice.change],
        case=case,
        compose=lambda issued: stop_notice(notice=notice, issued=issued),
        about=f"entitlement/{row.entitlement_id}",
        standings=(ground.standing,),
    )
    return issue(order=order, by=by)


def _print_resumption(case: Case, entitlement: int | None, by: Staff) -> Out:
    if case.state != CaseState.APPROVED:
        raise NothingToTell("撤销停发没有批准，不发恢复待遇告知书。", case_id=case.pk)
    stopping = Case.objects.get(pk=case.content["stop_case"])
    row = _told(case, stopping, entitlement)
    on = timezone.localdate(case.decided_at or case.received_at)
    sight = sights(party_ids={row.entitlement.person_id}, on=on)[row.entitlement.person_id]
    insurance, benefit = _named(row.entitlement)
    resumption = Resumption(
        insurance=insurance,
        benefit=benefit,
        person_name=sight.name,
        id_number=sight.number,
        from_month=Month.of(row.valid.lower),
        stop_case=stopping.pk,
        stopped_on=timezone.localdate(stopping.decided_at or stopping.received_at),
        finding=finding_of(case=case),
    )
    order = Order(
        kind=PaperKind.RESUME_NOTICE,
        case=case,
        compose=lambda issued: resumption_notice(resumption=resumption, issued=issued),
        about=f"entitlement/{row.entitlement_id}",
    )
    return issue(order=order, by=by)


def _print_correction(case: Case, corrected: list[AmountCorrection], by: Staff) -> Out:
    on = timezone.localdate(case.decided_at or case.received_at)
    first, entitlement = corrected[0], corrected[0].entitlement
    sight = sights(party_ids={entitlement.person_id}, on=on)[entitlement.person_id]
    insurance, benefit = _named(entitlement)
    notice = CorrectionNotice(
        insurance=insurance,
        benefit=benefit,
        person_name=sight.name,
        id_number=sight.number,
        from_month=Month.of(first.from_month),
        document=first.document,
        evidence=first.evidence,
        because=first.because,
        amounts=tuple(amount_of(row=row) for row in corrected),
    )
    order = Order(
        kind=PaperKind.AMOUNT_CORRECTED,
        case=case,
        compose=lambda issued: correction_notice(notice=notice, issued=issued),
        about=f"entitlement/{entitlement.pk}",
    )
    return issue(order=order, by=by)


def amount_of(*, row: AmountCorrection) -> Amount:
    """What of a benefit was corrected, as its paper and its steps say it."""
    return Amount(component_label(row.component), row.before_fen, row.fen)


def _told(case: Case, by: Case, entitlement: int | None) -> Hold | Stop:
    """What was held or stopped ``by`` a case, as it was decided, also when it ended since: what was
    held until the decision, is stopped."""
    rows: list[Hold | Stop] = [
        *Stop.objects.filter(case_id=by.pk).select_related("entitlement").order_by("pk"),
        *Hold.objects.filter(case_id=by.pk).select_related("entitlement").order_by("pk"),
    ]
    first: dict[int, Hold | Stop] = {}
    for row in rows:
        first.setdefault(row.entitlement_id, row)
    if not first or (entitlement is not None and entitlement not in first):
        raise NothingToTell(f"业务件 {case.pk} 没有暂停、停止、恢复这项待遇。", case_id=case.pk)
    if entitlement is not None:
        return first[entitlement]
    if len(first) > 1:
        listed = "、".join(map(str, sorted(first)))
        raise SeveralToTell(f"本件涉及待遇 {listed}，请写明 entitlement。", case_id=case.pk)
    (row,) = first.values()
    return row


def _notice(case: Case, row: Hold | Stop, ground: Ground, on: date) -> StopNotice:
    sight = sights(party_ids={row.entitlement.person_id}, on=on)[row.entitlement.person_id]
    insurance, benefit = _named(row.entitlement)
    missing = isinstance(row, Hold) and row.reason == HoldReason.MISSING
    return StopNotice(
        change=Change.HOLD if isinstance(row, Hold) else Change.STOP,
        insurance=insurance,
        benefit=benefit,
        person_name=sight.name,
        id_number=sight.number,
        addressee=f"{sight.name}{RELATIVES}" if missing else sight.name,
        from_month=Month.of(row.valid.lower),
        reason=ground.reason,
        facts=_facts(case, row),
        article=ground.article,
        way_back=ground.way_back,
    )


def _named(entitlement: Entitlement) -> tuple[str, str]:
    """What the insurance and its benefit are called."""
    label = Scheme(entitlement.scheme).label
    if entitlement.scheme == Scheme.UNEMPLOYMENT:
        return "失业保险", label + "金"
    return "养老保险", label.removesuffix("保险") + "金"


def _facts(case: Case, row: Hold | Stop) -> str:
    """What the case says was found."""
    event = LifeEvent.objects.filter(case_id=case.pk).order_by("pk").first()
    if event is not None:
        return (
            f"{spoken_day(day=event.from_date)}起{event.get_form_display()}；文书：{event.document}"
        )
    if facts := case.content.get("facts"):
        return str(facts)
    said = (row.note if isinstance(row, Hold) else row.reason, case.content.get("note"))
    return "；".join(dict.fromkeys(str(one) for one in said if one)) or "见业务件材料"
