"""List for the treasury what is to go back (应退库清单): a file for what was decided since then.

What the treasury refused, or paid a part of, and finance sends again has the next number of its
own. Money of the finance bureau goes back to it the same way, told apart by its channel. Who got
more than he was owed (国库多付) is asked for nothing more until finance has counted it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend.kernel.months import Month
from insurance.collection.models import (
    LinePart,
    RefundState,
    SentRefund,
    TaxFile,
    TaxFileKind,
    TreasuryRefund,
)
from insurance.collection.refund_advances import is_paid_before, rest_of
from insurance.collection.tax.hand_over import Outgoing, alone, commit_file, hand_over
from insurance.collection.tax.tax_numbers import PARTIES_OUT

_NAMED = "SELECT payer_id AS id FROM refunds_out UNION SELECT person_id FROM refunds_out"
_PART = " ".join(f"WHEN {part.value} THEN '{part.name}'" for part in LinePart)

# A suspense's payer and person are called as the tax bureau told of them.
GATHER = f"""
DROP TABLE IF EXISTS refunds_out, refunds_parties;
CREATE TEMP TABLE refunds_out ON COMMIT DROP AS
SELECT t.id, t.id || '-' || n.attempt AS refund_no, t.channel, t.payer_id, t.person_id, t.scheme,
    t.month, CASE t.part {_PART} ELSE CASE WHEN r.late_fee THEN 'LATE_FEE' END END AS part,
    n.fen, r.tax_no, r.payer_number, r.payer_name, r.person_number, r.person_name
FROM unnest(%(refunds)s::bigint[], %(attempts)s::int[], %(fens)s::bigint[])
    n (refund_id, attempt, fen)
JOIN collection_treasuryrefund t ON t.id = n.refund_id
LEFT JOIN collection_suspense s ON s.id = t.suspense_id
LEFT JOIN collection_receipt r ON r.id = s.receipt_id;
{PARTIES_OUT.format(table="refunds_parties", ids=_NAMED)}
ANALYZE refunds_out, refunds_parties
"""

ROWS = """
COPY (
    SELECT o.refund_no, o.channel, coalesce(o.payer_number, y.number),
        coalesce(o.payer_name, y.name), o.scheme, to_char(o.month, 'YYYY-MM'),
        coalesce(o.person_number, p.number), coalesce(nullif(o.person_name, ''), p.name), o.part,
        o.tax_no, (o.fen::numeric / 100)::numeric(18, 2)
    FROM refunds_out o LEFT JOIN refunds_parties y ON y.id = o.payer_id
    LEFT JOIN refunds_parties p ON p.id = o.person_id
    ORDER BY o.id
) TO STDOUT (FORMAT csv)
"""

OUT = Outgoing(
    kind=TaxFileKind.REFUNDS,
    stem="refunds",
    format="yikatong-treasury-refunds/1",
    header=(
        *("refund_no", "channel", "payer_number", "payer_name", "scheme", "month"),
        *("person_number", "person_name", "part", "tax_no", "amount"),
    ),
    total="SELECT count(*), coalesce(sum(fen), 0) FROM refunds_out",
    rows=ROWS,
)


@dataclass(frozen=True)
class Content:
    """Which refunds a list asks for, how often they were asked for with it, and how much."""

    refunds: list[int]
    attempts: list[int]
    fens: list[int]

    def gather(self, cursor: Any) -> None:
        """Lay the rows ready."""
        cursor.execute(GATHER, asdict(self))


def write_refunds(*, period: Month, folder: Path) -> TaxFile | None:
    """Hand a list of the refunds that were decided and not asked for over into ``folder``.

    Gives the file that was handed over by this call; None: there was nothing to ask for. It
    commits, so it is no part of another transaction.

    Raises:
        FileDiffers, SerialUsed.
    """
    last = OUT.sent.order_by("-serial").first()
    left = last if last is not None and _hand_over(last, folder) else None
    with alone(out=OUT, durable=True) as cursor:
        decided = TreasuryRefund.objects.select_for_update().filter(state=RefundState.DECIDED)
        refunds = [one for one in decided.order_by("pk") if not is_paid_before(refund=one)]
        file = _commit(cursor, period, refunds) if refunds else None
    if file is None:
        return left
    _hand_over(file, folder)
    return file


def _commit(cursor: Any, period: Month, refunds: list[TreasuryRefund]) -> TaxFile | None:
    fens = [rest_of(refund=one) for one in refunds]
    content = Content([one.pk for one in refunds], [one.attempt for one in refunds], fens)

    def keep(file: TaxFile) -> int:
        SentRefund.objects.bulk_create(
            SentRefund(refund=one, attempt=one.attempt, file=file, fen=fen)
            for one, fen in zip(refunds, fens, strict=True)
        )
        asked = TreasuryRefund.objects.filter(pk__in=content.refunds)
        return len(refunds) + asked.update(state=RefundState.LISTED)

    return commit_file(
        cursor=cursor,
        out=OUT,
        period=period,
        gather=content.gather,
        keep=keep,
        details=asdict(content),
    )


def _hand_over(file: TaxFile, folder: Path) -> bool:
    def gather(cursor: Any) -> None:
        sent = SentRefund.objects.filter(file=file).order_by("refund")
        asked = list(sent.values_list("refund_id", "attempt", "fen"))
        Content(*([row[column] for row in asked] for column in range(3))).gather(cursor)

    return hand_over(out=OUT, file=file, folder=folder, gather=gather)
