"""Print what a case did to a benefit (打印待遇变动告知书): held, ended, goes on, other amounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.papers.figures import spoken_day
from backend.people.deaths import SOURCES
from backend.people.models import Death
from backend.people.queries import family_of, sights
from insurance.benefits.correction_notice import Amount, CorrectionNotice, correction_notice
from insurance.benefits.effective_month_of import said_of
from insurance.benefits.items import component_label
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.models import (
    AmountCorrection,
    Component,
    Entitlement,
    Hold,
    HoldReason,
    Stop,
)
from insurance.benefits.notice import Change, StopNotice, stop_notice
from insurance.benefits.notice_grounds import Ground, code_of_death, codes_of, ground_of
from insurance.benefits.recovery.print_set_off import KIND as SET_OFF
from insurance.benefits.recovery.print_set_off import print_set_off
from insurance.benefits.resumption import Resumption, resumption_notice
from insurance.benefits.stop_withdrawal import KINDS as WITHDRAWALS
from insurance.benefits.stop_withdrawal import finding_of
from insurance.enrolment.models import Scheme
from insurance.issuing.issue import Order, Out, issue, receiver_of
from insurance.issuing.models import PaperKind

KINDS = {Change.HOLD: PaperKind.HOLD_NOTICE, Change.STOP: PaperKind.STOP_NOTICE}
RELATIVES = "（亲属）"


class NothingToTell(Refusal):
    """The case neither held, ended nor resumed a benefit (本件没有暂停、停止、恢复待遇)."""

    code = "notice_nothing_to_tell"


class SeveralToTell(Refusal):
    """The case touches several benefits: which one (本件涉及几项待遇)."""

    code = "notice_several"


@dataclass(frozen=True)
class Told:
    """What happened to a benefit, by what was found."""

    entitlement: Entitlement
    change: Change
    from_month: Month
    facts: str
    codes: tuple[str, ...]  # under which its ground is looked for
    month_because: str = ""
    to_relatives: bool = False


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
    told = _told(case, case, entitlement)
    on = timezone.localdate(case.decided_at or case.received_at)
    ground = ground_of(codes=told.codes, on=on)
    if ground is None:
        raise NothingToTell("这种暂缓不发告知书。", case_id=case.pk)
    notice = _notice(told, ground, on)
    order = Order(
        kind=KINDS[notice.change],
        case=case,
        compose=lambda issued: stop_notice(notice=notice, issued=issued),
        about=f"entitlement/{told.entitlement.pk}",
        standings=(ground.standing,),
        maker=receiver_of(case=case) if case.decided_at is None else None,
    )
    return issue(order=order, by=by)


def _print_resumption(case: Case, entitlement: int | None, by: Staff) -> Out:
    if case.state != CaseState.APPROVED:
        raise NothingToTell("撤销停发没有批准，不发恢复待遇告知书。", case_id=case.pk)
    stopping = Case.objects.get(pk=case.content["stop_case"])
    told = _told(case, stopping, entitlement)
    person = told.entitlement.person_id
    on = timezone.localdate(case.decided_at or case.received_at)
    sight = sights(party_ids={person}, on=on)[person]
    insurance, benefit = benefit_of(entitlement=told.entitlement)
    resumption = Resumption(
        insurance=insurance,
        benefit=benefit,
        person_name=sight.name,
        id_number=sight.number,
        from_month=told.from_month,
        stop_case=stopping.pk,
        stopped_on=timezone.localdate(stopping.decided_at or stopping.received_at),
        finding=finding_of(case=case),
    )
    order = Order(
        kind=PaperKind.RESUME_NOTICE,
        case=case,
        compose=lambda issued: resumption_notice(resumption=resumption, issued=issued),
        about=f"entitlement/{told.entitlement.pk}",
    )
    return issue(order=order, by=by)


def _print_correction(case: Case, corrected: list[AmountCorrection], by: Staff) -> Out:
    on = timezone.localdate(case.decided_at or case.received_at)
    first, entitlement = corrected[0], corrected[0].entitlement
    sight = sights(party_ids={entitlement.person_id}, on=on)[entitlement.person_id]
    insurance, benefit = benefit_of(entitlement=entitlement)
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


def _told(case: Case, by: Case, entitlement: int | None) -> Told:
    """What was held or stopped ``by`` a case, as it was decided, also when it ended since: what was
    held until the decision, is stopped."""
    first: dict[int, Told] = {}
    for told in (*_rows_told(case, by), *_death_told(by)):
        first.setdefault(told.entitlement.pk, told)
    if not first or (entitlement is not None and entitlement not in first):
        raise NothingToTell(f"业务件 {case.pk} 没有暂停、停止、恢复这项待遇。", case_id=case.pk)
    if entitlement is not None:
        return first[entitlement]
    if len(first) > 1:
        listed = "、".join(map(str, sorted(first)))
        raise SeveralToTell(f"本件涉及待遇 {listed}，请写明 entitlement。", case_id=case.pk)
    (told,) = first.values()
    return told


def _rows_told(case: Case, by: Case) -> Iterator[Told]:
    rows: list[Hold | Stop] = [
        *Stop.objects.filter(case_id=by.pk).select_related("entitlement").order_by("pk"),
        *Hold.objects.filter(case_id=by.pk).select_related("entitlement").order_by("pk"),
    ]
    for row in rows:
        yield Told(
            entitlement=row.entitlement,
            change=Change.HOLD if isinstance(row, Hold) else Change.STOP,
            from_month=Month.of(row.valid.lower),
            facts=_facts(case, row),
            codes=codes_of(row=row),
            month_because=said_of(case_id=by.pk),
            to_relatives=isinstance(row, Hold) and row.reason == HoldReason.MISSING,
        )


def _death_told(by: Case) -> Iterator[Told]:
    """A death that is reported holds all that the person draws, a confirmed one ends it: after the
    month of death. What was reported and refused did neither."""
    death = Death.objects.filter(case_id=by.pk).order_by("pk").last()
    if death is None or not (death.confirmed or death.superseded_at is None):
        return
    month = Month.of(death.death_date).next
    drawn = Component.objects.filter(
        entitlement__person__in=family_of(party_id=death.person_id),
        valid__contains=month.first_day,
        superseded_at__isnull=True,
    )
    for entitlement in Entitlement.objects.filter(pk__in=drawn.values("entitlement")):
        if Stop.objects.filter(
            entitlement=entitlement, valid__contains=month.first_day, superseded_at__isnull=True
        ).exists():
            continue
        yield Told(
            entitlement=entitlement,
            change=Change.STOP if death.confirmed else Change.HOLD,
            from_month=month,
            facts=f"{spoken_day(day=death.death_date)}死亡；"
            f"来源：{SOURCES[death.source]}；依据：{death.evidence}",
            codes=(code_of_death(confirmed=death.confirmed),),
            to_relatives=True,
        )


def _notice(told: Told, ground: Ground, on: date) -> StopNotice:
    person = told.entitlement.person_id
    sight = sights(party_ids={person}, on=on)[person]
    insurance, benefit = benefit_of(entitlement=told.entitlement)
    return StopNotice(
        change=told.change,
        insurance=insurance,
        benefit=benefit,
        person_name=sight.name,
        id_number=sight.number,
        addressee=f"{sight.name}{RELATIVES}" if told.to_relatives else sight.name,
        from_month=told.from_month,
        month_because=told.month_because,
        reason=ground.reason,
        facts=told.facts,
        article=ground.article,
        way_back=ground.way_back,
    )


def benefit_of(*, entitlement: Entitlement) -> tuple[str, str]:
    """Give what the insurance and its benefit are called."""
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
