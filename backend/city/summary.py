"""The month's figures (月度汇总): of the period's first batches, from what is in the books now."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from backend.audit.models import Act
from backend.city.collection_summary import collection_summary
from backend.kernel.months import Month
from insurance.benefits.models import Run
from payments.models import BankFile, Batch, BatchKind, Discrepancy
from payments.reconcile import standings

# Expense posted by these batches, less what came back: red while the month was open, to 暂收款
# after it was closed.
LEDGER = """
SELECT coalesce(sum(CASE WHEN a.code LIKE '5001%%' THEN p.dr_fen - p.cr_fen
                         WHEN a.code = '2001' AND e.rule = 'payment.returned.liability'
                         THEN -p.cr_fen ELSE 0 END), 0)
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_account a ON a.id = p.account_id
WHERE (e.source = 'payments.sent' AND split_part(e.source_id, '/', 1)::bigint = ANY(%(ids)s))
   OR (e.source = 'payments.return' AND split_part(e.source_id, '/', 1)::bigint IN
       (SELECT id FROM payments_returnfile WHERE batch_id = ANY(%(ids)s)))
   OR (e.source = 'payments.decision' AND split_part(e.source_id, '/', 1)::bigint IN
       (SELECT o.case_id FROM payments_outcome o
        JOIN payments_attempt t ON t.due_ref = o.due_ref AND t.n = o.n
        WHERE t.batch_id = ANY(%(ids)s) AND o.case_id IS NOT NULL))
"""


@dataclass(frozen=True)
class Call:
    """One call of ``run_month``: what it wrote and how long it took."""

    call: UUID
    seconds: float


def month_summary(*, period: Month, call: Call) -> dict[str, Any]:
    """The figures of the last line of ``run_month``."""
    run = Run.objects.filter(period=period.first_day).first()
    sealed = (run.summary or {}) if run else {}
    first = Batch.objects.filter(period=period.first_day, kind=BatchKind.REGULAR)
    again = Batch.objects.filter(period=period.first_day, kind=BatchKind.REISSUE)
    with_lines = first.exclude(line_count=0).values_list("id", flat=True)
    stands = standings(batch_ids=list(with_lines)).values()
    in_file = BankFile.objects.filter(batch__in=first).aggregate(fen=Sum("batch__fen"))["fen"]
    return {
        "period": str(period),
        **collection_summary(period=period),
        "people": sealed.get("people", 0),
        "entitled": sealed.get("entitled", 0),
        "batched": sealed.get("batched", 0),
        "held": sealed.get("held", 0),
        "entitled_fen": sealed.get("entitled_fen", 0),
        "batch_fen": sealed.get("batch_fen", 0),
        "held_fen": sealed.get("held_fen", 0),
        "file_fen": in_file or 0,
        "bank_paid_fen": sum(s.paid_fen for s in stands),
        "bank_returned_fen": sum(s.returned_fen for s in stands),
        "unknown_fen": sum(s.unknown_fen for s in stands),
        "ledger_fen": ledger_fen(batch_ids=[batch.id for batch in first]),
        "reissued": sum(batch.line_count for batch in again),
        "open_exceptions": Discrepancy.objects.filter(
            batch__period=period.first_day, closed_at__isnull=True
        ).count(),
        "changed": rows_written(call=call.call),
        "seconds": round(call.seconds, 2),
    }


def ledger_fen(*, batch_ids: list[int]) -> int:
    """Expense posted by these batches, less their returns."""
    with connection.cursor() as cursor:
        cursor.execute(LEDGER, {"ids": batch_ids})
        return int(cursor.fetchone()[0])


def rows_written(*, call: UUID) -> int:
    """Business rows written under a call, also by the workers that did its jobs."""
    written: int | None = Act.objects.filter(call=call).aggregate(rows=Sum("rows"))["rows"]
    return written or 0
