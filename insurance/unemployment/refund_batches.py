"""Pay employers what was decided (稳岗返还批次), in batches of single amounts."""

from datetime import date, datetime

from backend.kernel.months import Month
from payments import single_batches
from payments.models import Batch, BatchKind
from payments.single_batches import Singles

ITEM = 6  # 稳定岗位补贴支出: expense item of the fund, from 1
# Of what is decided anew, that is paid which was not had before.
WAITING = f"""
SELECT e.id AS source_id, e.payer_id AS payee_id, e.fen - e.had_fen AS fen, g.book_id,
    array_fill(0::bigint, ARRAY[{ITEM - 1}]) || (e.fen - e.had_fen) AS parts
FROM unemployment_refundgrant g
JOIN unemployment_refundentry e ON e.list_id = g.list_id AND e.fen > e.had_fen
WHERE (e.corrects_id IS NOT NULL OR NOT EXISTS (SELECT FROM unemployment_refundobjection o
        WHERE o.list_id = e.list_id AND o.payer_id = e.payer_id AND o.effect = 'EXCLUDE'))
    AND NOT EXISTS (SELECT FROM unemployment_refundentry n WHERE n.corrects_id = e.id)
    AND NOT EXISTS (SELECT FROM unemployment_refunddue d WHERE d.entry_id = e.id)
"""
REFUNDS = Singles(
    kind=BatchKind.EMPLOYER,
    name="unemployment.refunds",
    waiting=WAITING,
    registered="unemployment_refunddue (entry_id, due_ref)",
)


def seal_refunds(*, period: Month, pay_date: date, now: datetime) -> list[Batch]:
    """Seal a month's batches with all refunds that are ready, once; [] when there is nothing, or
    they are there."""
    return single_batches.seal_singles(
        singles=REFUNDS, values={}, period=period, pay_date=pay_date, now=now
    )


def keep_out_of_batches() -> None:
    """Let no refund be put into a batch until this transaction ends."""
    single_batches.keep_out_of_batches(singles=REFUNDS)
