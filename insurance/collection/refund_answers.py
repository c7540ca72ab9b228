"""What follows on the treasury's answer about a refund (退库回执): the ledger learns of it here.

On the cash basis a refund is booked when the money has gone back, not when it was decided: on the
day of the treasury's paper, or on the first after it that is open.
"""

from collections.abc import Mapping
from datetime import date

from insurance.collection.bill_models import Channel, LinePart
from insurance.collection.books import book_ids, book_of
from insurance.collection.models import RefundOutcome, RefundState, TreasuryRefund
from payments.ledger.models import Entry
from payments.ledger.months import open_day
from payments.ledger.post import post

SOURCE = "collection.refund"
# The rule of what was matched, by part; under None that of all other parts.
RULES: Mapping[LinePart | None, str] = {
    None: "collection.refunded",
    LinePart.ON_BEHALF: "collection.refunded.on_behalf",
    LinePart.COLLECTIVE: "collection.refunded.collective",
    LinePart.SUBSIDY: "collection.refunded.subsidy",
    LinePart.LATE_FEE: "collection.refunded.late_fee",
}
OF_SUSPENSE = {
    Channel.TAX: "collection.suspense.refunded",
    Channel.FISCAL: "collection.suspense.refunded.fiscal",
}
FISCAL_PARTS = (LinePart.ON_BEHALF, LinePart.SUBSIDY)  # the finance bureau's own money


def channel_of(*, part: LinePart) -> Channel:
    """Which way the money of a part came, and goes back."""
    return Channel.FISCAL if part in FISCAL_PARTS else Channel.TAX


def answered(
    *,
    refund: TreasuryRefund,
    outcome: str,
    fen: int,
    day: date,
    document: str,
    told_by: int | None,
) -> Entry | None:
    """Let a refund stand where the treasury says: paid it is booked, refused it is a person's.

    ``fen`` is what was asked for: all that has not gone back. The caller holds the refund's row and
    the transaction.

    Raises:
        NoBook, SettingsUnverified.
    """
    if outcome == RefundOutcome.REFUSED:
        refund.state = RefundState.REFUSED
        refund.save(update_fields=["state"])
        return None
    refund.state = RefundState.PAID
    refund.save(update_fields=["state"])
    book_id = book_of(scheme=refund.scheme, ids=book_ids(on=day))
    return post(
        rule=_rule_of(refund),
        book_id=book_id,
        business_date=open_day(book_id=book_id, day=day),
        source=SOURCE,
        source_id=str(refund.pk),
        items=[fen],
        summary=f"退库 {refund.number}，凭证 {document}，{day}",
        posted_by=told_by,
        attachments=1,
    )


def _rule_of(refund: TreasuryRefund) -> str:
    if refund.part is None:
        return OF_SUSPENSE[Channel(refund.channel)]
    return RULES.get(LinePart(refund.part), RULES[None])
