"""Print what employers and those who object to the list are told (打印稳岗返还文书)."""

from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case, CaseState
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.papers.figures import figure
from backend.people.queries import sights
from insurance.issuing.compared import Compared, Entry
from insurance.issuing.issue import Compose, Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.unemployment.refund_case import OBJECTION
from insurance.unemployment.refund_correcting import paid_by
from insurance.unemployment.refund_models import (
    Effect,
    RefundEntry,
    RefundGrant,
    RefundList,
    RefundObjection,
)
from insurance.unemployment.refund_papers import (
    EmployerOf,
    ListAnswer,
    NoRefund,
    RefundCorrected,
    RefundPaid,
    list_answer,
    no_refund,
    refund_corrected,
    refund_paid,
)

LAW = "失业保险稳岗返还的条件（见公示名单所附条件）"
FACTS = {
    "上年足额缴费月数": "paid_months",
    "上年裁员人数": "laid_off",
    "上年参保人月数": "staff_months",
}
OBJECTED = "公示期间有人提出异议，经核实异议成立"


class NotRefusedHere(Refusal):
    """This employer was not refused, or nothing is decided yet (没有不予返还)."""

    code = "refund_not_refused"


class NothingPaid(Refusal):
    """This employer was refused or taken off, or nothing is decided yet (没有决定返还)."""

    code = "refund_not_paid"


class NoObjection(Refusal):
    """The case is no decided objection to a list (不是已答复的公示异议)."""

    code = "refund_no_objection"


def print_refund_paid(*, entry: RefundEntry, by: Staff) -> Out:
    """Print the decision to an employer that is paid by a list that is decided, or what takes the
    place of what was decided of it.

    Raises:
        NothingPaid; AmountUnexplained, StepDoesNotHold; as ``issue``.
    """
    if entry.corrects is not None:
        return _print_corrected(entry, entry.corrects, by)
    case = _decided(entry)
    if case is None or entry.refused or _was_taken_off(entry):
        raise NothingPaid("没有决定返还给该单位。", entry=entry.pk)
    notice = _paid(entry, case)
    return issue(
        order=_order(
            PaperKind.REFUND_PAID,
            entry,
            case,
            lambda issued: refund_paid(notice=notice, issued=issued),
        ),
        by=by,
    )


def print_no_refund(*, entry: RefundEntry, by: Staff) -> Out:
    """Print the decision to an employer that gets nothing by a list that is decided.

    Raises:
        NotRefusedHere; StepDoesNotHold; as ``issue``.
    """
    case, taken_off = _decided(entry), _was_taken_off(entry)
    if case is None or entry.corrects_id is not None or not (entry.refused or taken_off):
        raise NotRefusedHere("该单位没有被决定不予返还。", entry=entry.pk)
    notice = _notice(entry, case, taken_off=taken_off)
    return issue(
        order=_order(
            PaperKind.REFUND_REFUSED,
            entry,
            case,
            lambda issued: no_refund(notice=notice, issued=issued),
        ),
        by=by,
    )


def print_list_answer(*, case: Case, by: Staff) -> Out:
    """Print the answer to an objection, upheld or not.

    Raises:
        NoObjection; as ``issue``.
    """
    if case.kind != OBJECTION or case.state not in (CaseState.APPROVED, CaseState.REJECTED):
        raise NoObjection(f"业务件 {case.pk} 不是已答复的公示异议。", case_id=case.pk)
    answer = _answer(case)
    order = Order(
        kind=PaperKind.REFUND_ANSWER,
        case=case,
        compose=lambda issued: list_answer(answer=answer, issued=issued),
    )
    return issue(order=order, by=by)


def _print_corrected(entry: RefundEntry, before: RefundEntry, by: Staff) -> Out:
    assert entry.case_id is not None  # of what corrects another
    case = Case.objects.select_related("agency").get(pk=entry.case_id)
    notice = RefundCorrected(
        of=_employer(entry, case),
        amount=Money(entry.fen),
        had=Money(entry.had_fen),
        reason="；".join(part for part in (entry.get_refused_display(), entry.note) if part),
        compared=_compared(entry, before),
        steps=read(rows=entry.steps),
    )
    order = _order(
        PaperKind.REFUND_PAID,
        entry,
        case,
        lambda issued: refund_corrected(notice=notice, issued=issued),
    )
    return issue(order=order, by=by)


def _compared(entry: RefundEntry, before: RefundEntry) -> Compared:
    told = tuple(
        Entry(label, *(str(getattr(one, name)) for one in (before, entry)))
        for label, name in FACTS.items()
    )
    was, now = (Money(fen) for fen in (paid_by(entry=before), entry.fen))
    return Compared(
        way="更正",
        because=entry.ground,
        entries=(
            Entry("返还金额", *(f"{figure(amount=one)} 元" for one in (was, now))),
            Entry("划型", *(one.get_size_display() for one in (before, entry))),
            *told,
        ),
    )


def _decided(entry: RefundEntry) -> Case | None:
    grant = RefundGrant.objects.filter(list=entry.list_id).first()
    if grant is None:
        return None
    return Case.objects.select_related("agency").get(pk=grant.case_id)


def _was_taken_off(entry: RefundEntry) -> bool:
    return RefundObjection.objects.filter(
        list=entry.list_id, payer=entry.payer_id, effect=Effect.EXCLUDE
    ).exists()


def _order(kind: PaperKind, entry: RefundEntry, case: Case, compose: Compose) -> Order:
    return Order(
        kind=kind,
        case=case,
        compose=compose,
        about=f"refund/{entry.pk}",
        standings=(Standing[entry.list.standing],),
        party_id=entry.payer_id,
    )


def _employer(entry: RefundEntry, case: Case) -> EmployerOf:
    payer = sights(party_ids={entry.payer_id}, on=_decided_on(case))[entry.payer_id]
    return EmployerOf(
        name=payer.name,
        credit_code=payer.number,
        year=entry.list.year,
        facts=tuple((label, str(getattr(entry, name))) for label, name in FACTS.items()),
    )


def _paid(entry: RefundEntry, case: Case) -> RefundPaid:
    return RefundPaid(
        of=_employer(entry, case),
        size=entry.get_size_display(),
        fen=entry.fen,
        published_on=entry.list.published_on,
        notice_until=entry.list.notice_until,
        article=_articles(entry),
        steps=read(rows=entry.steps),
    )


def _notice(entry: RefundEntry, case: Case, *, taken_off: bool) -> NoRefund:
    reason = OBJECTED if taken_off else entry.get_refused_display()
    return NoRefund(
        of=_employer(entry, case),
        reason="；".join(part for part in (reason, entry.note) if part),
        article=_articles(entry) or LAW,
        steps=() if taken_off else read(rows=entry.steps),
    )


def _articles(entry: RefundEntry) -> str:
    return "；".join(dict.fromkeys(step.article for step in read(rows=entry.steps)))


def _answer(case: Case) -> ListAnswer:
    of = RefundList.objects.get(pk=case.content["list"])
    payer = int(case.content["payer"])
    seen = sights(party_ids={case.party_id, payer}, on=_decided_on(case))
    upheld = case.state == CaseState.APPROVED
    return ListAnswer(
        addressee=seen[case.party_id].name,
        name=seen[payer].name,
        credit_code=seen[payer].number,
        year=of.year,
        published_on=of.published_on,
        received_on=timezone.localdate(case.received_at),
        grounds=str(case.content["grounds"]),
        upheld=upheld,
        outcome=Effect(case.content["effect"]).label if upheld else "名单维持不变",
        reason=case.reason,
    )


def _decided_on(case: Case) -> date:
    return timezone.localdate(case.decided_at or case.received_at)
