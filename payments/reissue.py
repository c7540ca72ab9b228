"""Pay again what the bank confirmed unpaid (二次发放): full amounts, in batches of their own.

A returned line is ready when its payee has an account that the bank has not refused. Its attempt
n + 1 rests on the returned outcome of attempt n by trigger, and only once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.kernel.months import Month
from payments.batch_profiles import banks_to_pay_through
from payments.batches import open_batches, seal
from payments.locks import hold_reissues
from payments.models import Batch, BatchKind, BatchState
from payments.postings import IN_LIABILITY
from payments.proven_returns import require_proven_returns

# Returned and not tried again, not barred, of a payee of whom no death is told, and – where two
# people must accept a late return, or clear up that the bank also calls it, or an earlier attempt,
# paid – decided. The account is the payee's of the day, never one that the bank refused.
READY = f"""
SELECT a.due_ref, a.n + 1 AS n, a.payee_id, a.fen, a.parts, acc.account_no, acc.holder_name,
    acc.bank, b.book_id,
    {IN_LIABILITY} AS from_liability
FROM payments_outcome o
JOIN payments_attempt a ON a.due_ref = o.due_ref AND a.n = o.n
JOIN payments_batch b ON b.id = a.batch_id
JOIN payments_payeeaccount acc ON acc.payee_id = a.payee_id AND acc.superseded_at IS NULL
    AND acc.valid @> %(account_date)s::date
    AND acc.bank = ANY(%(banks)s)
    AND NOT EXISTS (SELECT 1 FROM payments_accountblock k WHERE k.account_id = acc.id)
WHERE o.state = 9
    AND NOT EXISTS (SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref AND f.n > a.n)
    AND NOT EXISTS (SELECT 1 FROM payments_withdrawn w WHERE w.due_ref = a.due_ref)
    AND NOT EXISTS (SELECT 1 FROM payments_discrepancy d WHERE d.due_ref = a.due_ref
        AND d.kind IN ('LATE_RETURN', 'EXTRA') AND d.closed_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM people_death x
        JOIN people_canonical p ON p.canonical_id = x.person_id
        WHERE p.party_id = a.payee_id AND x.superseded_at IS NULL)
    AND a.payee_id <> ALL(%(barred)s)
"""

FILL = f"""
INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no,
    holder_name, returned_n, returned_state, from_liability)
SELECT r.due_ref, r.n, b.id, 0, r.payee_id, r.fen, r.parts, r.account_no, r.holder_name,
    r.n - 1, 9, r.from_liability
FROM ({READY}) r
JOIN payments_batch b ON b.book_id = r.book_id AND b.bank = r.bank AND b.id = ANY(%(batches)s)
"""

CLOSE_RETURNED = """
UPDATE payments_discrepancy d SET decision = 'REISSUED', closed_at = %(now)s
FROM payments_attempt a
WHERE a.batch_id = ANY(%(batches)s) AND d.due_ref = a.due_ref AND d.n = a.n - 1
    AND d.kind = 'RETURNED' AND d.closed_at IS NULL
"""


def count_ready(*, account_date: date, barred: Sequence[int] = ()) -> int:
    """How many returned lines could be paid to the accounts in force on ``account_date``."""
    banks = banks_to_pay_through(today=account_date)
    return sum(_ready(account_date=account_date, barred=barred, banks=banks).values())


def reissue(
    *,
    period: Month,
    pay_date: date,
    barred: Sequence[int],
    made_by: int | None,
    now: datetime,
) -> list[Batch]:
    """Seal reissue batches with every returned line that is ready; [] when there is none.

    ``barred`` are payees whose payments are held (e.g. a death was reported meanwhile).

    Raises:
        ReturnNotDecided, ReturnNotInFile: a line rests on a return that is not proven.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        hold_reissues()
        today = timezone.localdate(now)
        account_date = max(pay_date, today)
        banks = banks_to_pay_through(today=today)
        ready = _ready(account_date=account_date, barred=barred, banks=banks)
        if not ready:
            return []
        last = Batch.objects.filter(period=period.first_day, kind=BatchKind.REISSUE).aggregate(
            last=Max("ordinal")
        )["last"]
        batches = open_batches(
            period=period,
            pay_date=pay_date,
            today=today,
            kind=BatchKind.REISSUE,
            first=(last or 0) + 1,
            book_ids=ready,
        )
        ids = [batch.id for batch in batches]
        payable = _payable(account_date=account_date, barred=barred, banks=banks)
        cursor.execute(FILL, {**payable, "batches": ids})
        lines = cursor.rowcount
        require_proven_returns(batch_ids=ids)
        faultpoint("payments.reissue.filled")
        seal(batch_ids=ids, made_by=made_by, now=now)
        cursor.execute(CLOSE_RETURNED, {"now": now, "batches": ids})
        record(
            name="payments.reissue",
            subject_kind="payments.period",
            subject_id=str(period),
            rows=len(batches) + lines + cursor.rowcount,
            person_id=made_by,
        )
    return list(Batch.objects.filter(id__in=ids).exclude(state=BatchState.EMPTY).order_by("id"))


def _ready(*, account_date: date, barred: Sequence[int], banks: Sequence[str]) -> dict[int, int]:
    """How many returned lines of each book are ready."""
    payable = _payable(account_date=account_date, barred=barred, banks=banks)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT book_id, count(*) FROM ({READY}) r GROUP BY 1", payable)
        return dict(cursor.fetchall())


def _payable(*, account_date: date, barred: Sequence[int], banks: Sequence[str]) -> dict[str, Any]:
    return {"account_date": account_date, "barred": list(barred), "banks": list(banks)}
