"""A false death undone puts back the account that heirs were to have (撤销账户继承).

As if it had never left: the balance returns in the month in which it left, and the interest that
was written with it goes, for the year to reckon; where that year is closed, the balance returns in
the January after. What is not in a batch yet is never paid; what went to a bank is owed back by
whoever was paid, as the memo register keeps it; what the bank returned is owed by nobody.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from backend.cases.corrections import chain_of
from insurance.accounts.entries import lock
from insurance.accounts.models import LeftAccount, OutgoingDue
from insurance.accounts.outgoing_batches import keep_out_of_batches
from payments.corrected import whole_instead
from payments.ledger import memo
from payments.withdrawals import withdraw_returned

SOURCE, RETURNED = "accounts.inherited", "accounts.inherited.returned"

# Under ``n`` of their own: what a case wrote is put back once, also what it left to the pool; in
# the month in which the account was first emptied, whatever corrected that. The interest goes that
# was written with any of them.
PUT_BACK = """
INSERT INTO accounts_accountentry
    (person_id, scheme, kind, part, for_month, arrival_month, fen, source, source_id, n)
SELECT e.person_id, e.scheme, k.kind, e.part, e.for_month, CASE k.kind
        WHEN 'RETURNED' THEN greatest(c.left_month, y.first_open) ELSE e.arrival_month END,
    -sum(e.fen), 'CASE', e.source_id, e.n + 1
FROM accounts_accountentry e
CROSS JOIN LATERAL (SELECT CASE WHEN e.kind IN ('INHERITED', 'TO_POOL') THEN 'RETURNED'
    ELSE 'TRUE_UP' END AS kind) k
LEFT JOIN LATERAL (SELECT min(f.arrival_month) AS left_month
    FROM unnest(%(cases)s::bigint[], %(firsts)s::bigint[]) g (case_id, first_id)
    JOIN accounts_accountentry f ON f.source = 'CASE' AND f.source_id = g.first_id
        AND f.kind IN ('INHERITED', 'TO_POOL')
    WHERE g.case_id = e.source_id) c ON true
LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) y ON y.scheme = e.scheme
WHERE e.source = 'CASE' AND e.n = 0 AND e.source_id = ANY (%(chain)s)
    AND (e.kind IN ('INHERITED', 'TO_POOL') AND e.source_id = ANY (%(cases)s)
        OR e.kind IN ('INTEREST', 'TRUE_UP') AND e.for_month >= coalesce(y.first_open, '-infinity'))
GROUP BY e.person_id, e.scheme, k.kind, e.part, e.for_month, e.arrival_month, c.left_month,
    y.first_open, e.source_id, e.n
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
WHERE o.kind = 'INHERITED' AND o.case_id = ANY (%(chain)s)
    AND NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = d.due_ref)
"""
# Dues of inheritances that were undone.
UNDONE = """
SELECT d.due_ref FROM accounts_outgoingdue d JOIN accounts_outgoing o ON o.id = d.outgoing_id
WHERE o.kind = 'INHERITED' AND EXISTS (SELECT FROM accounts_accountentry r
    WHERE r.source_id = o.case_id AND r.source = 'CASE' AND r.kind = 'RETURNED')
    AND NOT accounts_left_stands(o.case_id)
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
        cases = [case_id for (case_id,) in cursor.fetchall()]
        chains = [_chain(case_id) for case_id in cases]
        values: dict[str, Any] = {
            "cases": cases,
            "firsts": [chain[-1] for chain in chains],
            "chain": [one for chain in chains for one in chain],
        }
        cursor.execute(PUT_BACK, values)
        rows = int(cursor.rowcount)
    rows += memo.append(select=PAID, parameters=values, source=SOURCE)
    dues = OutgoingDue.objects.filter(outgoing__case_id__in=values["chain"])
    rows += whole_instead(due_refs=list(dues.values_list("due_ref", flat=True)))
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


def _chain(case_id: int) -> list[int]:
    """A case and those that it corrects, the first last."""
    left = LeftAccount.objects.get(pk=case_id)
    return [one.case_id for one in chain_of(decision=left, before=lambda one: one.corrects)]
