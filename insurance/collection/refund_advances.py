"""Book what the treasury paid and was not owed so (国库多付), and what becomes of it.

It paid after a refund was withdrawn, twice, another amount, or what nobody asked for: the money has
left the treasury. Two people let it be booked: as far as that very refund is owed it is the payment
of it, the rest is an advance (暂付款), until it counts to a refund that is owed or comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.queries import family_of
from insurance.collection.bill_models import Channel, LinePart
from insurance.collection.books import book_ids, book_of
from insurance.collection.models import (
    AdvanceUse,
    RefundAdvance,
    RefundAnswer,
    RefundOutcome,
    RefundState,
    TreasuryRefund,
)
from payments.ledger.models import Entry
from payments.ledger.months import open_day
from payments.ledger.post import post

SOURCE = "collection.advance"
PAID_OUT = {
    Channel.TAX: "collection.advance",
    Channel.FISCAL: "collection.advance.fiscal",
}
CAME_BACK = {
    Channel.TAX: "collection.advance.returned",
    Channel.FISCAL: "collection.advance.returned.fiscal",
}
OF_SUSPENSE = "collection.advance.refunded.suspense"
# The rule of what was matched, by part; under None that of all other parts.
COUNTED: Mapping[LinePart | None, str] = {
    None: "collection.advance.refunded",
    LinePart.COLLECTIVE: "collection.advance.refunded.collective",
    LinePart.SUBSIDY: "collection.advance.refunded.subsidy",
    LinePart.LATE_FEE: "collection.advance.refunded.late_fee",
}
OWED = (RefundState.DECIDED, RefundState.LISTED, RefundState.REFUSED, RefundState.PART)


class AdvanceDiffers(Refusal):
    """An advance counts to refunds of its payer, scheme and channel, as far as both go
    (暂付款不符)."""

    code = "collection_advance_differs"


@dataclass(frozen=True)
class Decided:
    """By which case, on which day (业务件、日期)."""

    case: Case
    day: date


def rest_of(*, refund: TreasuryRefund) -> int:
    """Give what of a refund has not gone back, in fen."""
    return refund.fen - _sum(AdvanceUse.objects.filter(refund=refund))


def left_of(*, advance: RefundAdvance) -> int:
    """Give what of an advance neither counts nor came back, in fen."""
    return advance.fen - _sum(AdvanceUse.objects.filter(advance=advance))


def open_advances() -> QuerySet[RefundAdvance]:
    """Give the advances of which something is left, the oldest first; ``left_fen`` of each."""
    used = Coalesce(Sum("uses__fen"), 0, output_field=BigIntegerField())
    rows = RefundAdvance.objects.annotate(left_fen=F("fen") - used)
    return rows.filter(left_fen__gt=0).order_by("pk")


def is_paid_before(*, refund: TreasuryRefund) -> bool:
    """Whether an advance, or what the treasury says it paid, may be its payment: the same payer's,
    or of the same receipt.

    Until finance has decided about that, the treasury is not asked: it might pay twice.
    """
    if paid_unlooked(refund=refund).exists():
        return True
    waiting = open_advances().filter(scheme=refund.scheme, channel=refund.channel)
    family, receipt = _whose(refund)
    return waiting.filter(
        Q(payer_id__in=family) | Q(answer__refund__suspense__receipt=receipt)
    ).exists()


def paid_unlooked(*, refund: TreasuryRefund) -> QuerySet[RefundAnswer]:
    """Give the answers in trouble that say PAID and nobody has looked into, of this refund or of
    one whose payment may be its own."""
    waiting = RefundAnswer.objects.filter(outcome=RefundOutcome.PAID, closed_at__isnull=True)
    family, receipt = _whose(refund)
    same = Q(refund__scheme=refund.scheme, refund__channel=refund.channel)
    return waiting.exclude(trouble="").filter(
        Q(refund=refund)
        | same & (Q(refund__payer_id__in=family) | Q(refund__suspense__receipt=receipt))
    )


def book(*, answer: RefundAnswer, scheme: str, channel: Channel, by: Decided) -> int:
    """Book what an answer says was paid, on its day; rows written, without vouchers.

    The caller holds the answer, its refund and the transaction, in which nobody else decides.

    Raises:
        NoBook, SettingsUnverified.
    """
    # As it stands by now: another answer of the same case may have paid it.
    refund = TreasuryRefund.objects.filter(refundanswer=answer).first()
    advance = RefundAdvance.objects.create(
        answer=answer,
        scheme=scheme,
        channel=channel,
        payer_id=refund.payer_id if refund else None,
        fen=answer.fen,
        case_id=by.case.pk,
    )
    summary = f"国库多付 {answer.refund_no}，凭证 {answer.document}，{answer.day}"
    _post(advance, PAID_OUT[channel], answer.fen, answer.day, summary, by)
    if refund is None or refund.state not in OWED:
        return 1
    return 1 + count(
        advance=advance, refund=refund, fen=min(answer.fen, rest_of(refund=refund)), by=by
    )


def count(*, advance: RefundAdvance, refund: TreasuryRefund, fen: int, by: Decided) -> int:
    """Let so much of an advance be the payment of a refund that is owed; rows, without vouchers.

    What was asked for and is paid in part is a person's again. The caller holds the refund.

    Raises:
        AdvanceDiffers.
    """
    same = (advance.scheme, advance.channel) == (refund.scheme, refund.channel)
    if advance.payer_id and refund.payer_id:  # whom nobody knows may be anybody
        same = same and advance.payer_id in family_of(party_id=refund.payer_id)
    rest, left = rest_of(refund=refund), left_of(advance=advance)
    if not same or refund.state not in OWED or not 0 < fen <= min(rest, left):
        raise AdvanceDiffers(
            f"暂付款 {advance.pk} 尚余 {Money(left)} 元，退库 {refund.pk}"
            f" {refund.get_state_display()}、尚未退 {Money(rest)} 元：险种、渠道、缴款人须相同，"
            f"金额不超过两者，不能抵付 {Money(fen)} 元。",
            refund=refund.pk,
        )
    use = AdvanceUse.objects.create(
        advance=advance, refund=refund, fen=fen, day=by.day, case_id=by.case.pk
    )
    summary = f"国库多付 {advance.answer.refund_no} 抵付退库 {refund.number}"
    _post(advance, _rule_of(refund), fen, by.day, summary, by, use)
    after = _state_after(refund, is_paid=fen == rest)
    if after != refund.state:
        refund.state = after
        refund.save(update_fields=["state"])
    return 2


def take_in(*, advance: RefundAdvance, fen: int, document: str, by: Decided) -> int:
    """Book what of an advance came back to the treasury, by its paper; rows, without vouchers.

    Raises:
        AdvanceDiffers.
    """
    left = left_of(advance=advance)
    if not 0 < fen <= left:
        raise AdvanceDiffers(
            f"暂付款 {advance.pk} 尚余 {Money(left)} 元，不能退回 {Money(fen)} 元。"
        )
    use = AdvanceUse.objects.create(
        advance=advance, fen=fen, day=by.day, document=document, case_id=by.case.pk
    )
    rule = CAME_BACK[Channel(advance.channel)]
    summary = f"国库多付 {advance.answer.refund_no} 退回，凭证 {document}"
    _post(advance, rule, fen, by.day, summary, by, use)
    return 1


def _whose(refund: TreasuryRefund) -> tuple[list[int], int]:
    """Its payer as all that he is entered as, and the receipt that it was (0: of none)."""
    family = family_of(party_id=refund.payer_id) if refund.payer_id else []
    return family, refund.suspense.receipt_id if refund.suspense else 0


def _state_after(refund: TreasuryRefund, *, is_paid: bool) -> str:
    """What nobody has asked for yet is asked for as to the rest."""
    if is_paid:
        return RefundState.PAID
    return refund.state if refund.state == RefundState.DECIDED else RefundState.PART


def _post(
    advance: RefundAdvance,
    rule: str,
    fen: int,
    day: date,
    summary: str,
    by: Decided,
    use: AdvanceUse | None = None,
) -> Entry | None:
    book_id = book_of(scheme=advance.scheme, ids=book_ids(on=day))
    return post(
        rule=rule,
        book_id=book_id,
        business_date=open_day(book_id=book_id, day=day),
        source=SOURCE,
        source_id=f"{advance.pk}/{use.pk if use else 0}",
        items=[fen],
        summary=summary,
        posted_by=by.case.received_by,
        attachments=1,
    )


def _rule_of(refund: TreasuryRefund) -> str:
    if refund.part is None:
        return OF_SUSPENSE
    return COUNTED.get(LinePart(refund.part), COUNTED[None])


def _sum(uses: QuerySet[AdvanceUse]) -> int:
    return uses.aggregate(fen=Sum("fen"))["fen"] or 0
