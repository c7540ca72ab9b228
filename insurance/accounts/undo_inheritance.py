"""A false death undone puts back the account that heirs were to have (撤销账户继承).

As if it had never left: the balance returns in the month in which it left, and the interest that
was written with it goes, for the year to reckon; where that year is closed, the balance returns in
the January after. What is not in a batch yet is never paid; what went to a bank is owed back by
whoever was paid, as the memo register keeps it; what the bank returned is owed by nobody.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from insurance.accounts.entries import lock
from insurance.accounts.outgoing_batches import keep_out_of_batches
from payments.ledger import memo
from payments.withdrawals import withdraw_returned

SOURCE, RETURNED = "accounts.inherited", "accounts.inherited.returned"

# Under ``n`` of their own: what a case wrote is put back once, also what it left to the pool.
PUT_BACK = """
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id, n)
SELECT e.person_id, e.scheme, k.kind, e.part, e.for_month, CASE k.kind
        WHEN 'RETURNED' THEN greatest(e.arrival_month, y.first_open) ELSE e.arrival_month END,
    -sum(e.fen), 'CASE', e.source_id, e.n + 1
FROM accounts_accountentry e
CROSS JOIN LATERAL (SELECT CASE WHEN e.kind IN ('INHERITED', 'TO_POOL') THEN 'RETURNED'
    ELSE 'TRUE_UP' END AS kind) k
LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) y ON y.scheme = e.scheme
WHERE e.source = 'CASE' AND e.n = 0 AND (e.kind IN ('INHERITED', 'TO_POOL')
        OR e.kind IN ('INTEREST', 'TRUE_UP') AND e.for_month >= coalesce(y.first_open, '-infinity'))
    AND e.source_id = ANY (%(cases)s)
GROUP BY e.person_id, e.scheme, k.kind, e.part, e.for_month, e.arrival_month, y.first_open,
    e.source_id, e.n
"""
# Cases by which heirs were to have these persons' accounts, and that stand; no transfer left it.
INHERITED = """
SELECT DISTINCT e.source_id FROM accounts_accountentry e
WHERE e.person_id = ANY (%(family)s) AND e.kind IN ('INHERITED', 'TO_POOL') AND NOT EXISTS (
    SELECT FROM accounts_transferstep s WHERE s.case_id = e.source_id) AND NOT EXISTS (
    SELECT FROM accounts_accountentry r WHERE r.source_id = e.source_id AND r.source = 'CASE'
        AND r.kind = 'RETURNED')
"""
# Amounts that went to a bank, and were not found before to be owed no more.
PAID = """
SELECT b.book_id, a.payee_id AS party_id, a.due_ref::text AS source_id, a.fen
FROM accounts_outgoing o JOIN accounts_outgoingdue d ON d.outgoing_id = o.id
JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
JOIN payments_batch b ON b.id = a.batch_id
WHERE o.kind = 'INHERITED' AND o.case_id = ANY (%(cases)s)
    AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = d.due_ref)
"""
# Dues of inheritances that were undone.
UNDONE = """
SELECT d.due_ref FROM accounts_outgoingdue d JOIN accounts_outgoing o ON o.id = d.outgoing_id
WHERE o.kind = 'INHERITED' AND EXISTS (SELECT FROM accounts_accountentry r
    WHERE r.source_id = o.case_id AND r.source = 'CASE' AND r.kind = 'RETURNED')
"""
NOT_OWED_BACK = f"""
SELECT m.book_id, m.party_id, m.source_id, -m.fen AS fen FROM ledger_memoentry m
WHERE m.source = '{SOURCE}' AND EXISTS (
    SELECT FROM payments_withdrawn w WHERE w.due_ref::text = m.source_id)
"""


def put_back(*, person_ids: Collection[int]) -> int:
    """Undo every inheritance of these persons' accounts; rows written.

    The caller holds the transaction and records its act.
    """
    keep_out_of_batches()
    lock(person_ids=person_ids)
    with connection.cursor() as cursor:
        cursor.execute(INHERITED, {"family": list(person_ids)})
        values: dict[str, Any] = {"cases": [case_id for (case_id,) in cursor.fetchall()]}
        cursor.execute(PUT_BACK, values)
        rows = int(cursor.rowcount)
    rows += memo.append(select=PAID, parameters=values, source=SOURCE)
    return rows + withdraw_undone()


def withdraw_undone() -> int:
    """Withdraw what banks returned of inheritances that were undone; rows written.

    Before each reissue: else it would be paid again. The caller holds the transaction and records
    its act.
    """
    rows = withdraw_returned(select=UNDONE, source=SOURCE)
    if not rows:
        return 0
    return rows + memo.append(
        select=NOT_OWED_BACK, parameters={}, source=RETURNED, beyond_zero=True
    )
