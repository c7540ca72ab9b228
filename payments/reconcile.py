"""Reconcile and close batches (平账与归档): every line paid or returned, nothing left open."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from backend.audit.record import record
from payments.models import Batch, BatchState, Discrepancy, DiscrepancyKind
from payments.withdrawals import count_waiting

# The lines of a batch. 9 stands above 8: what was paid and came back is returned. Looked up line by
# line: neither the answers to other batches are read, nor does it matter what the planner knows of
# today's. The bare column's greatest would be the end of an index, and that no worker looks up.
STANDING = """
SELECT %s::int AS batch_id, count(*), coalesce(sum(a.fen), 0),
    count(*) FILTER (WHERE o.state = 8), coalesce(sum(a.fen) FILTER (WHERE o.state = 8), 0),
    count(*) FILTER (WHERE o.state = 9), coalesce(sum(a.fen) FILTER (WHERE o.state = 9), 0)
FROM payments_attempt a LEFT JOIN LATERAL (SELECT max(p.state + 0) AS state
    FROM payments_outcome p WHERE p.due_ref = a.due_ref AND p.n = a.n AND p.state >= 8) o ON true
WHERE a.batch_id = %s
"""
ANSWERED = (BatchState.RETURNED, BatchState.RECONCILED)


@dataclass(frozen=True)
class Standing:
    """Where the lines of a batch stand (批次对账): in file = paid + returned + unknown."""

    lines: int
    fen: int
    paid: int
    paid_fen: int
    returned: int
    returned_fen: int

    @property
    def unknown(self) -> int:
        """Lines neither paid nor returned."""
        return self.lines - self.paid - self.returned

    @property
    def unknown_fen(self) -> int:
        """Their fen, whole, whatever amount the bank named."""
        return self.fen - self.paid_fen - self.returned_fen


def standings(*, batch_ids: Collection[int]) -> dict[int, Standing]:
    """Count the newest answer of every line: batch by batch, so that several processes share."""
    ids = sorted(batch_ids)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([STANDING] * len(ids)), [i for i in ids for _ in "ab"])
        return {row[0]: Standing(*(int(value) for value in row[1:])) for row in cursor.fetchall()}


def open_decisions(*, batch: Batch) -> int:
    """Discrepancies that only two people can close; returned lines wait for a reissue instead."""
    open_rows = Discrepancy.objects.filter(batch=batch, closed_at__isnull=True)
    return open_rows.exclude(kind=DiscrepancyKind.RETURNED).count()


def reconcile(*, batch_ids: Collection[int], now: datetime) -> bool:
    """RETURNED → RECONCILED → CLOSED, each of these of which everything is settled; False when
    people must decide about one."""
    with transaction.atomic():
        batches = list(Batch.objects.select_for_update().filter(id__in=batch_ids).order_by("id"))
        answered = [batch for batch in batches if batch.state in ANSWERED]
        stand = standings(batch_ids=[batch.id for batch in answered])
        for batch in answered:
            if not (open_decisions(batch=batch) or stand[batch.id].unknown):
                _close(batch, now)
    return all(batch.state == BatchState.CLOSED for batch in batches)


def _close(batch: Batch, now: datetime) -> None:
    if batch.state == BatchState.RETURNED:
        Batch.objects.filter(id=batch.id).update(state=BatchState.RECONCILED)
    Batch.objects.filter(id=batch.id).update(state=BatchState.CLOSED, closed_at=now)
    batch.state = BatchState.CLOSED
    record(
        name="payments.reconcile",
        subject_kind="payments.batch",
        subject_id=str(batch.id),
        rows=1,
    )


def close_blockers(*, book_id: int, month: date) -> list[str]:
    """Why a month of a book cannot be closed yet: batches, also of earlier months, that are not
    settled, what a bank said of a settled one since and nobody has decided, and what is withdrawn
    but still stands in 暂收款."""
    until = Batch.objects.filter(book=book_id, period__lte=month).order_by("id")
    unsettled = until.exclude(state__in=(BatchState.CLOSED, BatchState.EMPTY))
    undecided = [
        (batch.no, open_decisions(batch=batch))
        for batch in until.filter(state=BatchState.CLOSED, discrepancy__closed_at__isnull=True)
        .exclude(discrepancy__isnull=True)
        .distinct()
    ]
    withdrawn = count_waiting(book_id=book_id)
    return [
        *(f"批次 {batch.no} 为“{batch.get_state_display()}”，尚未平账" for batch in unsettled),
        *(f"批次 {no} 还有 {count} 条对账差异没有决定" for no, count in undecided if count),
        *([f"{withdrawn} 笔退回款已撤回，还没有从暂收款转出"] if withdrawn else []),
    ]
