"""What came back after the close and is not owed leaves 暂收款 (退回款撤回记账).

A withdrawn due was paid, came back into 暂收款 and was then found not to be owed. Like recovered
money it lowers the expense of its year, and is 其他收入 when that year is over (财社〔2017〕144号).
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction

from payments.ledger.months import open_day
from payments.ledger.post import post
from payments.locks import hold_reissues
from payments.postings import IN_LIABILITY

SOURCE = "payments.withdrawn"

# The month in which the line last became expense: when its file went, or when what was open was
# found to be paid.
EXPENSED = """
SELECT max(s.month) FROM payments_attempt x
LEFT JOIN payments_outcome q ON q.due_ref = x.due_ref AND q.n = x.n AND q.state = 8
JOIN ledger_entry s ON (s.source, s.rule, s.source_id) IN (
    ('payments.sent', 'payment.sent', x.batch_id::text),
    ('payments.return', 'payment.pending.paid', q.return_file_id || '/expense'),
    ('payments.decision', 'payment.pending.paid', q.case_id || '/expense'))
WHERE x.due_ref = a.due_ref AND NOT x.from_liability
"""

# The bank calls paid what it returned, and nobody has decided yet which of the two is true.
MAY_BE_PAID = """EXISTS (SELECT 1 FROM payments_discrepancy q
    WHERE q.due_ref = {due}.due_ref AND q.kind = 'EXTRA' AND q.closed_at IS NULL)"""

# Returned lines of dues that are owed no more, and are not tried again.
RETURNED = f"""
INSERT INTO payments_withdrawn (due_ref, source)
SELECT a.due_ref, %(source)s FROM payments_attempt a
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
WHERE a.due_ref IN ({{select}})
    AND NOT {MAY_BE_PAID.format(due="a")}
    AND NOT EXISTS (SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref AND f.n > a.n)
ON CONFLICT (due_ref) DO NOTHING
RETURNING due_ref
"""
# What was returned and is not owed waits for nobody any more.
CLOSE = """
UPDATE payments_discrepancy d SET decision = 'WITHDRAWN', closed_at = clock_timestamp()
WHERE d.due_ref = ANY (%(due_refs)s) AND d.closed_at IS NULL
    AND d.kind IN ('RETURNED', 'LATE_RETURN')
"""

# Withdrawn lines whose amount still stands in 暂收款.
WAITING = f"""
SELECT b.book_id, a.due_ref, a.n, a.parts, ({EXPENSED}) AS expensed
FROM payments_withdrawn w
JOIN payments_attempt a ON a.due_ref = w.due_ref
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
JOIN payments_batch b ON b.id = a.batch_id
WHERE {IN_LIABILITY}
    AND NOT EXISTS (SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref AND f.n > a.n)
    AND NOT EXISTS (SELECT 1 FROM ledger_entry t
        WHERE t.source = '{SOURCE}' AND t.source_id = w.due_ref::text)
"""


def withdraw_returned(
    *, select: str, source: str, parameters: Mapping[str, Any] = MappingProxyType({})
) -> int:
    """Withdraw what banks returned of the dues that ``select`` gives; rows written.

    What may be paid all the same waits until two people have decided: it counts as paid.
    No reissue runs meanwhile: neither would see the other. The caller holds the transaction and
    records its act.
    """
    hold_reissues()
    with connection.cursor() as cursor:
        cursor.execute(RETURNED.format(select=select), {**parameters, "source": source})
        due_refs = [due_ref for (due_ref,) in cursor.fetchall()]
        cursor.execute(CLOSE, {"due_refs": due_refs})
        return len(due_refs) + int(cursor.rowcount)


def post_withdrawn(*, day: date) -> int:
    """Post, due by due, what is withdrawn and still stands in 暂收款; how many vouchers.

    The business date is ``day``, or the first day after the last closed month of the book.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments.withdrawn'))")
        cursor.execute(f"{WAITING} ORDER BY b.book_id, a.due_ref")
        waiting = cursor.fetchall()
        for book_id, due_ref, n, parts, expensed in waiting:
            business_date = open_day(book_id=book_id, day=day)
            same_year = expensed.year == business_date.year
            post(
                rule="withdrawn.same_year" if same_year else "withdrawn.earlier_year",
                book_id=book_id,
                business_date=business_date,
                source=SOURCE,
                source_id=str(due_ref),
                items=parts,
                summary=f"{due_ref}-{n}",
            )
    return len(waiting)


def count_waiting(*, book_id: int) -> int:
    """How many withdrawn lines of a book still stand in 暂收款."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({WAITING}) w WHERE w.book_id = %s", [book_id])
        (count,) = cursor.fetchone()
    return int(count)
