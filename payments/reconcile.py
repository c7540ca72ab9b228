"""Reconcile and close batches (平账与归档): every line paid or returned, nothing left open."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from backend.audit.record import record
from payments.models import Batch, BatchState, Discrepancy, DiscrepancyKind
from payments.withdrawals import count_waiting

# 9 stands above 8: what was paid and came back is returned. Looked up line by line: neither the
# answers to other batches are read, nor does it matter what the planner knows of today's.
STANDINGS = """
SELECT count(*), coalesce(sum(a.fen), 0),
    count(*) FILTER (WHERE o.state = 8), coalesce(sum(a.fen) FILTER (WHERE o.state = 8), 0),
    count(*) FILTER (WHERE o.state = 9), coalesce(sum(a.fen) FILTER (WHERE o.state = 9), 0)
FROM payments_attempt a LEFT JOIN LATERAL (SELECT max(p.state) AS state FROM payments_outcome p
    WHERE p.due_ref = a.due_ref AND p.n = a.n AND p.state >= 8) o ON true
WHERE a.batch_id = %s
"""


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


def standing(*, batch: Batch) -> Standing:
    """Count the newest answer of every line."""
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, [batch.id])
        return Standing(*(int(value) for value in cursor.fetchone()))


def open_decisions(*, batch: Batch) -> int:
    """Discrepancies that only two people can close; returned lines wait for a reissue instead."""
    open_rows = Discrepancy.objects.filter(batch=batch, closed_at__isnull=True)
    return open_rows.exclude(kind=DiscrepancyKind.RETURNED).count()


def reconcile(*, batch: Batch, now: datetime) -> bool:
    """RETURNED → RECONCILED → CLOSED when everything is settled; False when people must decide."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(id=batch.id)
        if batch.state not in (BatchState.RETURNED, BatchState.RECONCILED):
            return batch.state == BatchState.CLOSED
        if open_decisions(batch=batch) or standing(batch=batch).unknown:
            return False
        if batch.state == BatchState.RETURNED:
            Batch.objects.filter(id=batch.id).update(state=BatchState.RECONCILED)
        Batch.objects.filter(id=batch.id).update(state=BatchState.CLOSED, closed_at=now)
        record(
            name="payments.reconcile",
            subject_kind="payments.batch",
            subject_id=str(batch.id),
            rows=1,
        )
    return True


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
