"""Deliver a paper and put down who received it (送达); end the case after that (办结)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from backend.access.constraints import violated
from backend.access.models import Staff
from backend.audit.record import record
from backend.cases import content, kinds
from backend.cases.agents.acting import refuse_agent
from backend.cases.closing import needs_delivery
from backend.cases.decide import CaseNotFound, hands_of
from backend.cases.models import Case, Closing, Material
from backend.cases.own_matter import refuse_taking
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal
from backend.kernel.names import same_name
from backend.people.queries import family_of, sights
from insurance.issuing.models import Delivery, IssuedPaper, PaperKind, Way

TEXT_MIN, RECEIVER_MAX, RELATION_MAX, PROOF_MAX, WITNESSES_MAX = 2, 60, 40, 200, 60
HIMSELF = "本人"
# Papers of a stage, of the delivery itself, or that tell of a change: they decide nothing.
SLIPS = (
    PaperKind.ACCEPTANCE_RECEIPT,
    PaperKind.CORRECTION_NOTICE,
    PaperKind.DELIVERY_RECORD,
    PaperKind.CHANGE_LETTER,
)


class DeliveryInvalid(Refusal):
    """A delivery says how, when, to whom, and what proves it (送达登记不完整)."""

    code = "delivery_invalid"


class DeliveredAlready(Refusal):
    """The paper was delivered; another delivery corrects that one (已登记送达)."""

    code = "delivery_exists"
    status = 409


class DeliveryOfOwnCase(Refusal):
    """Who decided or reviewed a case does not say that it reached somebody (经手人不能登记送达)."""

    code = "delivery_of_own_case"
    status = 403


class NotDelivered(Refusal):
    """The decision did not reach whom it concerns (决定尚未送达)."""

    code = "case_not_delivered"


class NothingToClose(Refusal):
    """The case is not decided, or ended with its decision, or was ended (不能办结)."""

    code = "case_not_to_close"
    status = 409


@dataclass(frozen=True)
class Delivered:
    """How a paper reached somebody: ``receiver`` signed, or refused to (留置); none of a 公告."""

    way: str
    on: date
    receiver: str
    relation: str  # to whom it is addressed; 本人
    proof: str
    witnesses: str = ""  # who saw it left
    material: int | None = None  # the scan of the signed record
    corrects: int | None = None


@transaction.atomic
def deliver(*, paper: IssuedPaper, told: Delivered, staff: Staff, now: datetime) -> Delivery:
    """Put down that a paper was delivered; what was put down wrong is corrected by another row.

    A decision is known from that day, and a term runs: whoever received the case may put it down,
    who reviewed or decided it, or stands in it, may not, and the signed record lies with the case.

    Raises:
        DeliveryInvalid, DeliveredAlready, OtherBody, DeliveryOfOwnCase; AgentNotAllowed: who is the
            agent in the case; OwnMatter: whom it is about, or names.
    """
    case = paper.case
    if case is None:
        raise DeliveryInvalid("个人信息报告当面交给本人，在报告上签收，不另登记送达。")
    if paper.agency_id != staff.agency_id:
        raise OtherBody(f"文书 {paper.number} 由出具的机构登记送达。")
    refuse_agent(case=case, person_id=staff.person_id)
    refuse_taking(
        case=case,
        kind=kinds.kind_of(code=case.kind, on=timezone.localdate(case.received_at)),
        person_id=staff.person_id,
    )
    _refuse_signers(case, staff)
    _require_told(paper, told, today=content.day_at(case, now))
    receiver = _receiver(paper, told)
    before = _corrected(paper, told.corrects)
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(
                paper=paper,
                way=told.way,
                delivered_on=told.on,
                receiver=receiver,
                relation=told.relation.strip(),
                proof=told.proof.strip(),
                witnesses=told.witnesses.strip(),
                material=_material(case, told.material),
                corrects=before,
                recorded_by=staff.person_id,
            )
    except IntegrityError as error:
        if violated(error) not in ("issuing_delivered_once", "issuing_delivery_corrects_id_key"):
            raise
        raise DeliveredAlready(f"文书 {paper.number} 已登记送达。", number=paper.number) from None
    record(
        name="issuing.delivered",
        subject_kind="issuing.paper",
        subject_id=paper.number,
        rows=1,
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=paper.party_id,
        details={"case": case.pk, "corrects": told.corrects, "ref": delivery.pk},
    )
    return delivery


@transaction.atomic
def close(*, case_id: int, staff: Staff, now: datetime) -> Closing:
    """End a case whose decision was delivered (办结): of each paper that states it, as it was last
    issued.

    Raises:
        NothingToClose, NotDelivered, CaseNotFound, OtherBody, AgentNotAllowed.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound(f"没有业务件 {case_id}。", case_id=case_id)
    if case.agency_id != staff.agency_id:
        raise OtherBody(f"业务件 {case_id} 由办理的机构办结。", case_id=case_id)
    refuse_agent(case=case, person_id=staff.person_id)
    if case.decided_at is None or not needs_delivery(case=case):
        raise NothingToClose(f"业务件 {case_id} 尚未决定，或者已随决定办结。", case_id=case_id)
    if Closing.objects.filter(case=case).exists():
        raise NothingToClose(f"业务件 {case_id} 已办结。", case_id=case_id)
    _require_delivered(case)
    closing = Closing.objects.create(
        case=case, closed_by=staff.person_id, closed_on=content.day_at(case, now)
    )
    record(
        name="cases.closed",
        subject_kind=kinds.CASE,
        subject_id=str(case.pk),
        rows=1,
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=case.party_id,
        details={"kind": case.kind},
        digest=case.digest,
    )
    return closing


def deliveries_of(*, case: Case) -> list[Delivery]:
    """Give the deliveries that count of the papers that state the decision, the earliest first."""
    there = Delivery.objects.filter(paper__case=case, corrected_by__isnull=True)
    decisions = there.exclude(paper__kind__in=SLIPS).select_related("paper")
    return list(decisions.order_by("delivered_on", "pk"))


def delivered_on(*, case: Case, party_ids: Collection[int]) -> date | None:
    """Give the day on which the last paper of a decision that speaks of one of some persons was
    received; a public notice is not counted: nobody is known to have read it."""
    days = [
        one.delivered_on
        for one in deliveries_of(case=case)
        if one.way != Way.PUBLIC and one.paper.party_id in party_ids
    ]
    return max(days, default=None)


def _require_delivered(case: Case) -> None:
    """An earlier paper that was delivered says something else than the one that stands."""
    decisions = IssuedPaper.objects.filter(case=case).exclude(kind__in=SLIPS)
    newest = decisions.order_by("kind", "about", "party", "-pk").distinct("kind", "about", "party")
    papers = list(newest.annotate(reached=Exists(Delivery.objects.filter(paper=OuterRef("pk")))))
    if not papers:
        raise NotDelivered(f"业务件 {case.pk} 的决定还没有送达，不能办结。", case_id=case.pk)
    missing = [paper.number for paper in papers if not paper.reached]
    if missing:
        raise NotDelivered(
            f"业务件 {case.pk} 的文书 {missing[0]} 还没有送达，不能办结。",
            case_id=case.pk,
            number=missing[0],
        )


def _receiver(paper: IssuedPaper, told: Delivered) -> str:
    """Who received it, as the paper spells it where he is whom it is addressed to."""
    receiver = told.receiver.strip()
    if told.relation.strip() != HIMSELF:
        return receiver
    addressed = (
        paper.addressee or sights(party_ids=[paper.party_id], on=told.on)[paper.party_id].name
    )
    if not same_name(addressed, receiver):
        raise DeliveryInvalid(
            f"文书 {paper.number} 的受送达人是{addressed}；别人代收的，写明与他的关系。"
        )
    return addressed


def _refuse_signers(case: Case, staff: Staff) -> None:
    signers = hands_of(case=case) - case.takers
    if signers & set(family_of(party_id=staff.person_id)):
        raise DeliveryOfOwnCase(
            f"您审核或审批过业务件 {case.pk}，它的送达须由另一人登记。", case_id=case.pk
        )


def _require_told(paper: IssuedPaper, told: Delivered, *, today: date) -> None:
    if not paper.issued_on <= told.on <= today:
        raise DeliveryInvalid("送达日期应在文书日期至今天之间。")
    if told.way != Way.PUBLIC and not TEXT_MIN <= len(told.receiver.strip()) <= RECEIVER_MAX:
        raise DeliveryInvalid(f"请写明收件人姓名（{TEXT_MIN}至{RECEIVER_MAX}个字）。")
    if told.way == Way.PUBLIC and told.receiver.strip():
        raise DeliveryInvalid("公告送达没有收件人。")
    if not TEXT_MIN <= len(told.proof.strip()) <= PROOF_MAX:
        raise DeliveryInvalid(
            f"请写明送达凭据，如送达回证、邮件号、公告载体（{TEXT_MIN}至{PROOF_MAX}个字）。"
        )
    if paper.kind not in SLIPS and told.way != Way.PUBLIC and told.material is None:
        raise DeliveryInvalid(
            "决定送达后期限起算：请先把签收的送达回证（邮寄的为回执，留置的连同见证人签名或者照片）"
            "拍照或扫描，存为本件的材料，再登记送达。"
        )
    _require_seen(told)


def _require_seen(told: Delivered) -> None:
    """What nobody took was left before witnesses, or in pictures."""
    seen = len(told.witnesses.strip())
    if told.way != Way.LEFT and seen:
        raise DeliveryInvalid("只有留置送达写明见证人。")
    if told.way == Way.LEFT and told.material is None and not seen:
        raise DeliveryInvalid("留置送达须写明见证人，或者附拍照、录像的影像材料。")
    if seen and not TEXT_MIN <= seen <= WITNESSES_MAX:
        raise DeliveryInvalid(f"请写明见证人姓名（{TEXT_MIN}至{WITNESSES_MAX}个字）。")


def _corrected(paper: IssuedPaper, number: int | None) -> Delivery | None:
    if number is None:
        return None
    before = Delivery.objects.filter(pk=number, paper=paper, corrected_by__isnull=True).first()
    if before is None:
        raise DeliveryInvalid(f"文书 {paper.number} 没有可以更正的送达 {number}。")
    return before


def _material(case: Case, number: int | None) -> Material | None:
    if number is None:
        return None
    material = case.materials.filter(pk=number).first()
    if material is None:
        raise DeliveryInvalid(f"业务件 {case.pk} 没有材料 {number}。")
    return material
