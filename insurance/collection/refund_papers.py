"""Whether a paper of the treasury tells of a payment that is known already (国库单据是否同一笔).

The treasury tells of a payment by a line of its file, with a number that may be wrong or old, or on
paper, which a person enters against the refund that he takes it for. One payment is booked once.
"""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.queries import family_of
from insurance.collection import refund_advances
from insurance.collection.models import RefundAnswer, RefundOutcome, TreasuryRefund

ANOTHER_LINE = "同一凭证上确有另一笔的，凭证号后加写行号。"


class PaidPerhaps(Refusal):
    """The treasury says that it paid, and nobody has looked into it (国库称已退，未处理)."""

    code = "collection_refund_paid_perhaps"


class BookedBefore(Refusal):
    """The same paper of the treasury is one payment (已入账的同一笔)."""

    code = "collection_answer_booked_before"


def require_looked_into(
    *, refunds: Sequence[TreasuryRefund], settled: Sequence[RefundAnswer]
) -> None:
    """The treasury is not asked twice, nor let keep, what it says it paid.

    Raises:
        PaidPerhaps.
    """
    for refund in refunds:
        _require_none_waits(refund, refund_advances.paid_unlooked(refund=refund), settled)


def require_new(
    *,
    refunds: Sequence[TreasuryRefund],
    amounts: dict[int, int],
    document: str,
    settled: Sequence[RefundAnswer],
) -> None:
    """What is entered from a paper of the treasury, ``amounts`` in fen by refund, is no payment of
    which a line of its file told: booked as an advance, or waiting to be looked into.

    Raises:
        PaidPerhaps, BookedBefore.
    """
    of_paper = RefundAnswer.objects.filter(outcome=RefundOutcome.PAID, document=document)
    for refund in refunds:
        told = of_paper.filter(_may_be(refund))
        same = told.filter(fen=amounts[refund.pk])
        waiting = same.exclude(trouble="").filter(closed_at__isnull=True)
        _require_none_waits(refund, waiting, settled)
        is_open = Q(refundadvance__in=refund_advances.open_advances().values("pk"))
        booked = told.filter(is_open) | same.filter(refundadvance__isnull=False)
        if first := booked.order_by("pk").first():
            raise BookedBefore(
                f"凭证 {document} 的 {Money(first.fen)} 元已按回执 {first.pk} 入账为国库多付，"
                f"应退库 {refund.pk} 请用它抵付（COUNT）。{ANOTHER_LINE}",
                refund=refund.pk,
                answer=first.pk,
            )


def require_not_booked(*, answer: RefundAnswer, with_it: Collection[RefundAnswer]) -> None:
    """No other answer tells of the payment that is to be booked: taken, booked, to be booked with
    this one, or entered by a person against a refund whose payment it may be.

    Raises:
        BookedBefore.
    """
    others = RefundAnswer.objects.filter(
        outcome=RefundOutcome.PAID, document=answer.document, fen=answer.fen
    ).exclude(pk=answer.pk)
    counts = Q(trouble="") | Q(refundadvance__isnull=False) | Q(pk__in=[one.pk for one in with_it])
    same = others.filter(_of_same(answer), counts) | _entered_for_it(answer, others)
    if first := same.order_by("pk").first():
        raise BookedBefore(
            f"回执 {answer.pk} 与回执 {first.pk} 的凭证 {answer.document}、"
            f"金额 {Money(answer.fen)} 元相同，是已入账的同一笔：请按 EXPLAINED 处理。",
            answer=answer.pk,
            same=first.pk,
        )


def _require_none_waits(
    refund: TreasuryRefund, waiting: QuerySet[RefundAnswer], settled: Sequence[RefundAnswer]
) -> None:
    if first := waiting.exclude(pk__in=[one.pk for one in settled]).order_by("pk").first():
        raise PaidPerhaps(
            f"国库回执 {first.pk} 称 {first.refund_no} 已退 {Money(first.fen)} 元，还没有处理："
            f"请先入账，或查明没有退、在本件的回执中写明，再处理退库 {refund.pk}。",
            refund=refund.pk,
            answer=first.pk,
        )


def _of_same(answer: RefundAnswer) -> Q:
    if answer.refund_id:
        return Q(refund=answer.refund_id)
    return Q(refund__isnull=True, refund_no=answer.refund_no)


def _entered_for_it(answer: RefundAnswer, others: QuerySet[RefundAnswer]) -> QuerySet[RefundAnswer]:
    """What a person entered, and no line of the file ever told of that refund by this paper."""
    told = RefundAnswer.objects.filter(
        refund=OuterRef("refund"), document=answer.document, file__isnull=False
    )
    entered = others.filter(~Exists(told), case_id__isnull=False)
    return entered.filter(_may_be(answer.refund)) if answer.refund else entered


def _may_be(refund: TreasuryRefund) -> Q:
    """An answer about this money: of the same payer or receipt, or about nothing that we know."""
    family = family_of(party_id=refund.payer_id) if refund.payer_id else []
    receipt = refund.suspense.receipt_id if refund.suspense else None
    about = Q(refund__payer_id__in=family)
    if receipt is not None:
        about |= Q(refund__suspense__receipt=receipt)
    same = Q(refund__scheme=refund.scheme, refund__channel=refund.channel)
    return same & about | Q(refund__isnull=True)
