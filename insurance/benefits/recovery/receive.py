"""Money that was given back arrived at the bank (追回到账): booked, and written off."""

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from insurance.benefits.recovery.amounts import allocate
from insurance.benefits.recovery.models import RecoveryReceipt
from insurance.benefits.recovery.standing import RECEIPT, may_come_back, owed_of
from insurance.benefits.recovery.steps import PAPER_MAX, past_day, recovery_of
from payments.ledger import memo
from payments.ledger.months import open_day
from payments.ledger.post import post


class MoreThanAsked(Refusal):
    """Nobody gives back more than he still owes (超过应退回金额)."""

    code = "recovery_more_than_asked"


class ReceiptKnown(Refusal):
    """The bank's paper was put down before (该银行单据已登记)."""

    code = "recovery_receipt_known"


def check(case: Case) -> int:
    """At its receipt a RECOVERY_RECEIPT case can be decided as it asks; writes nothing.

    Content: ``recovery``, ``amount``, ``received_on``, ``document`` (of the bank).

    Raises:
        ContentInvalid, NoRecovery, MoreThanAsked, ReceiptKnown.
    """
    _received(case)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a RECOVERY_RECEIPT case; rows written. Vouchers and memo record themselves.

    Money of this year's expense lowers it, of earlier years it is 其他收入 (财社〔2017〕144号).

    Raises:
        as ``check``.
    """
    receipt = _received(case)
    recovery = receipt.recovery
    day = open_day(book_id=recovery.book_id, day=receipt.received_on)
    owed, before = owed_of(book_id=recovery.book_id, debtor_id=recovery.debtor_id)
    of = allocate(owed=owed, before_fen=before, fen=receipt.fen, year=day.year)
    if of.rest_fen:
        raise MoreThanAsked("到账金额多于备查簿中应追回的金额。", case_id=case.pk)
    receipt.same_year, receipt.earlier_fen = list(of.same_year), of.earlier_fen
    receipt.save(force_insert=True)
    for rule, items in (
        ("recovery.received.same_year", of.same_year),
        ("recovery.received.earlier_year", (of.earlier_fen,)),
    ):
        post(
            rule=rule,
            book_id=recovery.book_id,
            business_date=day,
            source=RECEIPT,
            source_id=str(receipt.pk),
            items=items,
            summary=receipt.document[:60],
            posted_by=case.received_by,
            attachments=1,
        )
    memo.settle(
        book=recovery.book,
        party_id=recovery.debtor_id,
        fen=receipt.fen,
        source=RECEIPT,
        source_id=str(receipt.pk),
        settled_by=case.received_by,
    )
    return 1


def _received(case: Case) -> RecoveryReceipt:
    recovery = recovery_of(case=case)
    fen = content.fen(case, "amount", "到账金额")
    day = past_day(case, "received_on", "到账日期")
    document = content.text(case, "document", "银行单据号", most=PAPER_MAX)
    most = may_come_back(recovery=recovery)
    if fen > most:
        raise MoreThanAsked(f"尚未退回的为 {Money(most)} 元，到账不能多于此。", case_id=case.pk)
    if RecoveryReceipt.objects.filter(recovery=recovery, document=document).exists():
        raise ReceiptKnown(f"银行单据 {document} 已登记。", case_id=case.pk)
    return RecoveryReceipt(
        recovery=recovery,
        received_on=day,
        fen=fen,
        document=document,
        same_year=[],
        earlier_fen=0,
        case_id=case.pk,
    )
