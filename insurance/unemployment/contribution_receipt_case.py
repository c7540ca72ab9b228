"""Book what another agency's fund paid into a book of ours (代缴到账): by a case of our own staff.

Finance says on which day and by which slip it arrived, another decides. A voucher in the book it is
for, of exactly what was paid, and the account parts are credited, once. What the payment takes back
leaves the book in red. What came to nothing and waits for it arrives with it.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.models import FundPayment, FundReceipt
from insurance.unemployment.contribution_booking import (
    DOCUMENT_MAX,
    arrive,
    arrive_of_nothing,
    earlier_under_way,
    hold_lists,
    latest_day,
    lock_accounts,
    of_nothing,
)
from insurance.unemployment.contributions import SAID


class PaymentReceived(Refusal):
    """The arrival of the payment is booked (该笔代缴已登记到账)."""

    code = "fund_payment_received"


class EarlierUnderWay(Refusal):
    """What an earlier list pays or takes back has not arrived (更早的代缴尚未到账).

    Taken back before it came, it would be left in the account.
    """

    code = "fund_payment_earlier_under_way"


@dataclass(frozen=True)
class Asked:
    """Which payment arrived, on which day, by which slip."""

    payment: FundPayment
    day: date
    document: str


def check(case: Case) -> int:
    """At its receipt a FUND_CONTRIBUTIONS_RECEIVED case can be decided as it asks; writes nothing.

    Content: ``payment`` (of a list, into a book of the agency), ``day`` of the arrival,
    ``document`` of the bank.

    Raises:
        ContentInvalid, ProposalWaits, PaymentReceived, EarlierUnderWay.
    """
    asked = _asked(case)
    _require_earlier(asked.payment)
    content.require_only_proposal(case, payment=asked.payment.pk)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a FUND_CONTRIBUTIONS_RECEIVED case: voucher, credits, once; rows written.

    Raises:
        as ``check``, but for ProposalWaits; EntryDiffers.
    """
    hold_lists()
    asked = _asked(case)
    payment = asked.payment
    _require_earlier(payment)
    following = of_nothing(book_id=payment.list.book_id, scheme=payment.scheme)
    lock_accounts(payments=[payment, *following])
    rows = arrive(case=case, payment=payment, day=asked.day, document=asked.document)
    return rows + arrive_of_nothing(
        payments=[one for one in following if one.pk != payment.pk], day=asked.day
    )


def _asked(case: Case) -> Asked:
    number = content.number(case, "payment", "代缴付款")
    found = (
        FundPayment.objects.select_related("list")
        .filter(pk=number, into__agency=case.agency_id)
        .first()
    )
    if found is None:
        raise content.ContentInvalid("没有付给本机构账套的这笔代缴。", case_id=case.pk)
    if FundReceipt.objects.filter(payment=found).exists():
        month, said = Month.of(found.list.period), SAID[found.scheme]
        raise PaymentReceived(f"{month} 代缴的{said}已登记到账。", payment=found.pk)
    day = content.day(case, "day", "到账日期")
    # What is given back leaves here before it is back there.
    earliest = found.paid_on if found.fen >= 0 else found.list.period
    if not earliest <= day <= latest_day(case=case, not_before=found.paid_on):
        raise content.ContentInvalid(
            "到账日期应不早于付款日期（退还的不早于业务月份），不晚于今天。", case_id=case.pk
        )
    return Asked(found, day, content.text(case, "document", "到账凭据", most=DOCUMENT_MAX))


def _require_earlier(payment: FundPayment) -> None:
    """Lists build on each other: their money is booked in their order."""
    waits = earlier_under_way(payment=payment)
    if waits is not None:
        month, said = Month.of(waits.period), SAID[payment.scheme]
        raise EarlierUnderWay(f"{month} 代缴的{said}尚未到账，请先登记。", list=waits.pk)
