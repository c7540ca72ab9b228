"""What was to be paid once to somebody who died first (死亡前未领到的一次性款项).

A share of a claim, as of an heir who dies before the batch; an amount that left an account. It was
put into no batch, as nobody who died is paid, or the bank returned it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.kernel.errors import Refusal
from insurance.accounts import outgoing_batches
from insurance.accounts.models import EntryKind
from insurance.benefits.claims import claim_batches
from insurance.benefits.claims.models import Claim, ClaimKind, InheritedSingle

# Returned, and nobody has to look into it.
_RETURNED = """
JOIN payments_attempt a ON a.due_ref = d.due_ref AND NOT EXISTS (SELECT FROM payments_attempt f
    WHERE f.due_ref = a.due_ref AND f.n > a.n)
JOIN payments_outcome u ON u.due_ref = a.due_ref AND u.n = a.n AND u.state = 9
JOIN payments_batch b ON b.id = a.batch_id AND b.book_id = %(book)s
WHERE a.payee_id = ANY (%(family)s)
    AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = a.due_ref)
    AND NOT EXISTS (SELECT FROM payments_discrepancy y WHERE y.due_ref = a.due_ref
        AND y.kind IN ('LATE_RETURN', 'EXTRA') AND y.closed_at IS NULL)"""
SHARES = f"""
SELECT g.id, NULL::bigint, t.due_ref, c.kind, t.fen, t.parts, c.standing
FROM (SELECT w.source_id, w.fen, w.parts, NULL::bigint AS due_ref
        FROM ({claim_batches.WAITING}) w
        WHERE w.payee_id = ANY (%(family)s) AND w.book_id = %(book)s
      UNION ALL SELECT d.share_id, a.fen, a.parts, a.due_ref
        FROM benefits_claimdue d {_RETURNED}) t
JOIN benefits_claimshare g ON g.id = t.source_id
JOIN benefits_claim c ON c.id = g.claim_id AND benefits_claim_stands(c.id)
WHERE NOT EXISTS (SELECT FROM benefits_inheritedsingle i JOIN benefits_claim x ON x.id = i.claim_id
    AND x.superseded_at IS NULL WHERE i.share_id = g.id)
ORDER BY g.id
"""
AMOUNTS = f"""
SELECT NULL::bigint, o.id, t.due_ref, o.kind, t.fen, t.parts, 'BASELINE'
FROM (SELECT w.source_id, w.fen, w.parts, NULL::bigint AS due_ref
        FROM ({outgoing_batches.WAITING}) w
        WHERE w.payee_id = ANY (%(family)s) AND w.book_id = %(book)s
      UNION ALL SELECT d.outgoing_id, a.fen, a.parts, a.due_ref
        FROM accounts_outgoingdue d {_RETURNED}) t
JOIN accounts_outgoing o ON o.id = t.source_id
WHERE NOT EXISTS (SELECT FROM benefits_inheritedsingle i JOIN benefits_claim x ON x.id = i.claim_id
    AND x.superseded_at IS NULL WHERE i.outgoing_id = o.id)
ORDER BY o.id
"""


class AmountTaken(Refusal):
    """Heirs of its payee have an amount already (金额已由继承人领取)."""

    code = "account_correction_taken"


@dataclass(frozen=True)
class Single:
    """One amount that waits for heirs (单笔)."""

    share_id: int | None
    outgoing_id: int | None
    due_ref: int | None  # under which the bank returned it
    kind: str
    fen: int
    parts: tuple[int, ...]
    standings: tuple[str, ...]

    @property
    def label(self) -> str:
        """As a step names it."""
        if self.share_id is not None:
            return f"{ClaimKind(self.kind).label}（份额{self.share_id}）"
        return f"个人账户{EntryKind(self.kind).label}（账户支付{self.outgoing_id}）"


def singles_owed_to(*, family: Sequence[int], book_id: int) -> tuple[Single, ...]:
    """Give what waits for the heirs of a person, of a fund."""
    values: dict[str, Any] = {
        **outgoing_batches.items_listed(),
        "family": list(family),
        "book": book_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(SHARES, values)
        rows = cursor.fetchall()
        cursor.execute(AMOUNTS, values)
        rows += cursor.fetchall()
    return tuple(
        Single(share_id, outgoing_id, due_ref, kind, fen, tuple(parts), (standing,))
        for share_id, outgoing_id, due_ref, kind, fen, parts, standing in rows
    )


def refuse_taken(*, cases: Sequence[int]) -> None:
    """Refuse to correct cases that let accounts leave to somebody whose heirs have it now.

    Raises:
        AmountTaken.
    """
    taken = (
        InheritedSingle.objects.filter(
            outgoing__case_id__in=cases, claim__superseded_at__isnull=True
        )
        .select_related("claim")
        .first()
    )
    if taken is not None:
        raise AmountTaken(
            f"有金额已由收款人的继承人领取（业务件 {taken.claim.case_id}），钱已付给他们，不能"
            "更正；请书面答复当事人，由其申请行政复议或者提起行政诉讼。",
            case_id=cases[0],
        )


def put_down_singles(*, claim: Claim, singles: Sequence[Single]) -> int:
    """Write that a claim pays them; rows written. The caller holds the transaction."""
    rows = [
        InheritedSingle(
            claim=claim,
            share_id=one.share_id,
            outgoing_id=one.outgoing_id,
            fen=one.fen,
            due_ref=one.due_ref,
        )
        for one in singles
    ]
    return len(InheritedSingle.objects.bulk_create(rows))


def keep_out_of_batches() -> None:
    """Let none of it be put into a batch until this transaction ends."""
    outgoing_batches.keep_out_of_batches()
    claim_batches.keep_out_of_batches()
