"""Print the slips of a case's stages (打印受理回执、补正告知书、不予受理决定书、送达回证)."""

from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import kinds
from backend.cases.agents.acting import comes_for
from backend.cases.content import day_at, received_on
from backend.cases.models import (
    Acting,
    Case,
    CaseState,
    CaseTerm,
    Correction,
    Material,
)
from backend.cases.objections import KIND as OBJECTION
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.papers.figures import spoken_day
from backend.people.queries import Sight, sights
from insurance.issuing import slips
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.issued import Hand
from insurance.issuing.models import IssuedPaper, PaperKind
from insurance.issuing.slips import Applicant, Declined, DeliveryRecord, Due, Handed

ACCEPTED = (CaseState.RECEIVED, CaseState.REVIEWED, CaseState.APPROVED, CaseState.REJECTED)


class SlipNotDue(Refusal):
    """The case did not pass the stage that this slip is of (没有经过该环节)."""

    code = "slip_not_due"


def print_receipt(*, case: Case, by: Staff) -> Out:
    """Print that a case was accepted; with other materials it is another slip.

    Raises:
        SlipNotDue; as ``issue``.
    """
    moment, hand = case.accepted_at or case.received_at, case.accepted_by or case.received_by
    if case.state not in ACCEPTED or hand is None:
        raise SlipNotDue(f"业务件 {case.pk} 没有在窗口受理，没有受理回执。", case_id=case.pk)
    on = day_at(case, moment)
    term = CaseTerm.objects.filter(case=case, due_on__isnull=False).first()
    receipt = slips.Receipt(
        applicant=_applicant(case, on),
        accepted_on=on,
        materials=_handed(case),
        due=_due(term),
    )
    return issue(
        order=Order(
            kind=PaperKind.ACCEPTANCE_RECEIPT,
            case=case,
            compose=lambda issued: slips.receipt(said=receipt, issued=issued),
            standings=() if term is None else (Standing(term.standing),),
            on=on,
            maker=_hand(hand, on),
        ),
        by=by,
    )


def print_correction(*, case: Case, by: Staff) -> Out:
    """Print what was told to be missing.

    Raises:
        SlipNotDue; as ``issue``.
    """
    correction = Correction.objects.filter(case=case).first()
    if correction is None:
        raise SlipNotDue(f"业务件 {case.pk} 没有告知补正。", case_id=case.pk)
    notice = slips.CorrectionNotice(
        applicant=_applicant(case, correction.asked_on),
        missing=tuple((one["what"], one["why"]) for one in correction.missing),
        asked_on=correction.asked_on,
        answer_by=correction.answer_by,
    )
    return issue(
        order=Order(
            kind=PaperKind.CORRECTION_NOTICE,
            case=case,
            compose=lambda issued: slips.correction_notice(said=notice, issued=issued),
            standings=() if correction.calendar_known else (Standing.UNVERIFIED,),
            on=correction.asked_on,
            maker=_hand(correction.asked_by, correction.asked_on),
        ),
        by=by,
    )


def print_declined(*, case: Case, by: Staff) -> Out:
    """Print that a case is not accepted, with the reason that was signed.

    Raises:
        SlipNotDue; as ``issue``.
    """
    if case.state != CaseState.DECLINED or case.decided_at is None:
        raise SlipNotDue(f"业务件 {case.pk} 没有不予受理。", case_id=case.pk)
    on = timezone.localdate(case.decided_at)
    declined = Declined(
        applicant=_applicant(case, on),
        reason=case.reason,
        correction=_correction_said(Correction.objects.filter(case=case).first()),
        of_objection=case.kind == OBJECTION,
    )
    order = Order(
        kind=PaperKind.DECLINE_DECISION,
        case=case,
        compose=lambda issued: slips.declined_notice(said=declined, issued=issued),
    )
    return issue(order=order, by=by)


def print_delivery_record(*, paper: IssuedPaper, by: Staff) -> Out:
    """Print what whoever receives a paper signs; of one paper the same while the same agent may
    come for it, or none.

    Raises:
        SlipNotDue: a record of deliveries is not itself delivered, nor a report to a person; as
        ``issue``.
    """
    case = paper.case
    if case is None or paper.kind == PaperKind.DELIVERY_RECORD:
        raise SlipNotDue(f"{paper.get_kind_display()}不另附送达回证。", number=paper.number)
    sight = _sight(paper.party_id, paper.issued_on)
    said = DeliveryRecord(
        addressee=paper.addressee or sight.name,
        person_name=sight.name,
        id_number=sight.number,
        paper_title=paper.get_kind_display(),
        paper_number=paper.number,
        paper_on=paper.issued_on,
        case=case.pk,
        agent=_agent(comes_for(case=case, on=day_at(case, timezone.now())), paper.issued_on),
    )
    order = Order(
        kind=PaperKind.DELIVERY_RECORD,
        case=case,
        compose=lambda issued: slips.delivery_record(said=said, issued=issued),
        about=paper.number,
        on=paper.issued_on,
        maker=Hand("", paper.issued_on),
        party_id=paper.party_id,
    )
    return issue(order=order, by=by)


def _applicant(case: Case, on: date) -> Applicant:
    sight, filed_on = _sight(case.party_id, on), received_on(case)
    return Applicant(
        person_name=sight.name,
        id_number=sight.number,
        case=case.pk,
        applied=kinds.kind_of(code=case.kind, on=timezone.localdate(case.received_at)).label,
        filed_on=filed_on,
        agent=_agent(Acting.objects.select_related("mandate").filter(case=case).first(), on),
    )


def _agent(acting: Acting | None, on: date) -> str:
    if acting is None:
        return ""
    name, mandate = _sight(acting.agent_id, on).name, acting.mandate
    return f"{name}（{mandate.get_basis_display()}，代办登记{mandate.pk}）"


def _handed(case: Case) -> tuple[Handed, ...]:
    """What it was decided on: a proof of delivery comes after it. Until then what is there."""
    counting = Material.objects.filter(case=case, replaced_by__isnull=True).order_by("pk")
    if case.decided_at is not None:
        counting = counting.filter(received_at__lte=case.decided_at)
    return tuple(Handed(one.title, one.get_form_display(), one.pages) for one in counting)


def _due(term: CaseTerm | None) -> Due | None:
    if term is None or term.due_on is None:
        return None
    return Due(term.days, term.due_on, term.said_by)


def _correction_said(correction: Correction | None) -> str:
    if correction is None:
        return ""
    asked, until = spoken_day(day=correction.asked_on), spoken_day(day=correction.answer_by)
    if correction.answered_on is None:
        return f"{asked}一次告知补正，期限到{until}，逾期没有补正。"
    return (
        f"{asked}一次告知补正，{spoken_day(day=correction.answered_on)}补正：{correction.brought}"
    )


def _hand(person_id: int, on: date) -> Hand:
    return Hand(_sight(person_id, on).name, on)


def _sight(party_id: int, on: date) -> Sight:
    return sights(party_ids={party_id}, on=on)[party_id]
