"""Pensions in payment draw on their accounts (账户支付): the account part of what the bank paid.

Once a batch is closed, each of its chunks takes 个人账户养老金 of its paid lines out of them,
once and as far as they go; beyond that the pool pays. What a bank returns afterwards comes back.
"""

from datetime import date
from string import Template
from typing import Any

from django.db import connection

from backend.audit.record import record
from backend.jobs.faultpoint import faultpoint
from backend.jobs.models import Job
from backend.jobs.queue import enqueue_all
from backend.kernel.months import Month
from insurance.accounts.payouts import give_back, pay_out
from insurance.benefits.models import AccountPayout
from payments.models import Batch

JOB = "benefits.account_payout"

# Chunks of closed batches whose account part has not left yet.
WAITING = """
SELECT c.batch_id, c.chunk FROM payments_batch b
JOIN payments_chunk c ON c.batch_id = b.id
WHERE b.state = 'CLOSED' AND NOT EXISTS (SELECT FROM benefits_accountpayout p
    WHERE p.batch_id = c.batch_id AND p.chunk = c.chunk)
ORDER BY 1, 2
"""

BOUNDS = """
SELECT count(*), min(d.entitlement_id), max(d.entitlement_id)
FROM payments_attempt a JOIN benefits_due d ON d.due_ref = a.due_ref
WHERE a.batch_id = %(batch)s AND a.chunk = %(chunk)s
"""

_KNOWN = "c.recorded_at <= {at} AND (c.superseded_at IS NULL OR c.superseded_at > {at})"

# Twin of ``assess.account_part``. The part of a month is the component as the run of the due knew
# it. A difference pays what that is more than before: by the due before it of the same month, else
# by the signed baseline where the old system paid the month.
PAID = """
    SELECT d.due_ref, a.n, d.entitlement_id, d.kind, d.for_month, d.run_period, d.fen,
        r.known_at
    FROM payments_attempt a
    JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 8
    JOIN benefits_due d ON d.due_ref = a.due_ref
    JOIN benefits_run r ON r.period = d.run_period
    WHERE a.batch_id = %(batch)s AND a.chunk = %(chunk)s
        AND NOT EXISTS (SELECT FROM payments_outcome b
            WHERE b.due_ref = a.due_ref AND b.n = a.n AND b.state = 9)"""
# What goes to heirs leaves the account when that is decided: the rest of it is theirs besides.
INHERITED = """
    SELECT d.due_ref, i.n, d.entitlement_id, d.kind, d.for_month, d.run_period, d.fen, r.known_at
    FROM benefits_inheriteddue i JOIN benefits_due d ON d.due_ref = i.due_ref
    JOIN benefits_run r ON r.period = d.run_period
    WHERE i.claim_id = %(claim)s"""
INHERITED_BOUNDS = """
SELECT min(d.entitlement_id), max(d.entitlement_id)
FROM benefits_inheriteddue i JOIN benefits_due d ON d.due_ref = i.due_ref
WHERE i.claim_id = %(claim)s
"""
ACCOUNT_PARTS = f"""
WITH paid AS MATERIALIZED ($paid),
part AS (
    SELECT p.due_ref, p.n, sum(c.fen)::bigint AS fen
    FROM paid p JOIN (SELECT * FROM benefits_component c WHERE c.component = 'ACCOUNT'
        AND c.entitlement_id BETWEEN %(first_id)s AND %(last_id)s) c
        ON c.entitlement_id = p.entitlement_id AND c.valid @> p.for_month
        AND {_KNOWN.format(at="p.known_at")}
    GROUP BY p.due_ref, p.n)
SELECT e.person_id, e.scheme, p.for_month, least(greatest(t.fen - CASE WHEN p.kind = 1 THEN 0
    ELSE coalesce((
        SELECT coalesce((SELECT sum(c.fen) FROM benefits_component c
            WHERE c.entitlement_id = p.entitlement_id AND c.component = 'ACCOUNT'
                AND c.valid @> p.for_month AND {_KNOWN.format(at="r.known_at")}), 0)
        FROM (SELECT * FROM benefits_due WHERE kind = 1
            UNION ALL SELECT * FROM benefits_due WHERE kind = 2) b
        JOIN benefits_run r ON r.period = b.run_period
        WHERE b.entitlement_id = p.entitlement_id AND b.for_month = p.for_month
            AND b.run_period < p.run_period
            AND NOT EXISTS (SELECT FROM benefits_cancelled k
                WHERE k.due_ref = b.due_ref AND k.run_period <= p.run_period)
        ORDER BY b.run_period DESC LIMIT 1), (
        SELECT sum(c.fen) FROM benefits_component c
        WHERE c.entitlement_id = p.entitlement_id AND c.component = 'ACCOUNT'
            AND c.case_id IS NULL AND c.valid @> p.for_month
            AND p.for_month BETWEEN e.start_month AND e.paid_through), 0) END, 0), p.fen)::bigint,
    p.due_ref, p.n
FROM paid p JOIN part t USING (due_ref, n)
JOIN benefits_entitlement e ON e.id = p.entitlement_id
"""

# Paid, and returned afterwards: the few that a return file turned from paid to returned, and what
# was put down as paid and was not.
RETURNED_LATE = """
SELECT d.due_ref, d.n FROM payments_discrepancy d
JOIN payments_outcome o ON o.due_ref = d.due_ref AND o.n = d.n AND o.state = 9
JOIN payments_batch b ON b.id = d.batch_id
WHERE d.kind = 'LATE_RETURN' OR d.kind = 'RETURNED' AND b.kind = 'FOUND'
"""


def order_payouts() -> list[str]:
    """Let a job follow on each chunk of the closed batches; the keys of those not done yet."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = cursor.fetchall()
    keys = {f"{JOB}/{batch}/{chunk}": (batch, chunk) for batch, chunk in waiting}
    known = set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
    enqueue_all(
        kind=JOB,
        arguments={
            key: {"batch_id": batch, "chunk": chunk}
            for key, (batch, chunk) in keys.items()
            if key not in known
        },
    )
    return list(keys)


def pay_out_chunk(*, batch_id: int, chunk: int) -> int:
    """Take the account part of one chunk's paid lines in the caller's transaction; rows written, 0
    when it is done."""
    if AccountPayout.objects.filter(batch_id=batch_id, chunk=chunk).exists():
        return 0
    values: dict[str, Any] = {"batch": batch_id, "chunk": chunk}
    with connection.cursor() as cursor:
        cursor.execute(BOUNDS, values)
        lines, first_id, last_id = cursor.fetchone()
    pay_date: date = Batch.objects.values_list("pay_date", flat=True).get(id=batch_id)
    paid = pay_out(
        select=Template(ACCOUNT_PARTS).substitute(paid=PAID),
        parameters={**values, "first_id": first_id, "last_id": last_id},
        arrival=Month.of(pay_date),
    )
    AccountPayout.objects.create(
        batch_id=batch_id,
        chunk=chunk,
        line_count=lines,
        taken_fen=paid.fen,
        from_pool_fen=paid.from_pool_fen,
    )
    faultpoint("benefits.payout.taken")
    record(
        name="benefits.account_payout",
        subject_kind="payments.batch",
        subject_id=f"{batch_id}/{chunk}",
        rows=paid.rows + 1,
        details={"taken_fen": paid.fen, "from_pool_fen": paid.from_pool_fen},
    )
    return paid.rows + 1


def put_back_returned() -> int:
    """Put back into the accounts what banks returned after it had left; rows written."""
    rows = give_back(select=RETURNED_LATE, parameters={})
    if rows:
        record(
            name="benefits.account_returned",
            subject_kind="benefits.payout",
            subject_id="",
            rows=rows,
        )
    return rows


def pay_out_inherited(*, claim_id: int, arrival: Month) -> int:
    """Take the account part of the dues that a claim pays to heirs, as far as the account goes;
    rows written. The caller holds the transaction and records its act."""
    values: dict[str, Any] = {"claim": claim_id}
    with connection.cursor() as cursor:
        cursor.execute(INHERITED_BOUNDS, values)
        first_id, last_id = cursor.fetchone()
    paid = pay_out(
        select=Template(ACCOUNT_PARTS).substitute(paid=INHERITED),
        parameters={**values, "first_id": first_id, "last_id": last_id},
        arrival=arrival,
    )
    return paid.rows


def put_back_inherited(*, claim_id: int) -> int:
    """Put back what ``pay_out_inherited`` took for a claim that was undone; rows written."""
    return give_back(
        select="SELECT due_ref, n FROM benefits_inheriteddue WHERE claim_id = %(claim)s",
        parameters={"claim": claim_id},
    )
