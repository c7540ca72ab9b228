"""The stop list (止付清单): lines under way to an account that its person has denied since.

It is derived each time, and refuses nothing: three persons sign the content of a batch as it is,
and what one person says holds up nobody else's pay day. Finance asks the bank to stop these lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from backend.web.scope import whole_city
from payments.models import BatchState

# What is denied, or was so rightly, under every entry of the person.
DENIED = """
SELECT q.id, e.party_id, w.content->>'bank', w.content->>'account_no'
FROM cases_case q
JOIN cases_case w ON w.id = (q.content->>'change')::bigint AND w.kind = 'ACCOUNT_CHANGE'
JOIN people_canonical c ON c.party_id = w.party_id
CROSS JOIN LATERAL (SELECT c.canonical_id UNION ALL
    SELECT x.party_id FROM people_alias x WHERE x.survivor_id = c.canonical_id) e (party_id)
WHERE q.kind = 'CHANGE_DISPUTE' AND q.state IN ('RECEIVED', 'REVIEWED', 'APPROVED')
"""

# Not answered yet, and the account has not become one that is paid to again.
LINES = """
SELECT b.no, b.bank, b.state, a.due_ref || '-' || a.n, a.payee_id, a.account_no, a.holder_name,
    a.fen, max(d.dispute)
FROM payments_batch b
JOIN payments_attempt a ON a.batch_id = b.id
JOIN unnest(%(disputes)s::bigint[], %(payees)s::bigint[], %(banks)s::text[], %(numbers)s::text[])
    d (dispute, payee_id, bank, account_no)
    ON (d.payee_id, d.bank, d.account_no) = (a.payee_id, b.bank, a.account_no)
WHERE b.state = ANY(%(states)s)
    AND NOT EXISTS (SELECT FROM payments_outcome o
        WHERE (o.due_ref, o.n) = (a.due_ref, a.n) AND o.state >= 8)
    AND NOT EXISTS (SELECT FROM payments_payeeaccount p
        WHERE (p.payee_id, p.bank, p.account_no) = (a.payee_id, b.bank, a.account_no)
            AND p.superseded_at IS NULL AND upper_inf(p.valid)
            AND NOT EXISTS (SELECT FROM payments_accountblock k WHERE k.account_id = p.id))
GROUP BY b.id, a.due_ref, a.n ORDER BY b.id, a.due_ref
"""
WITH_US = (BatchState.SEALED, BatchState.CHECKED, BatchState.APPROVED)
WITH_THE_BANK = (BatchState.SENDING, BatchState.SENT)


@dataclass(frozen=True)
class StopLine:
    """A line to stop: in which batch, to which account, and by which case that is denied."""

    batch: str
    bank: str
    state: str
    ref: str
    payee_id: int
    account_no: str
    holder_name: str
    fen: int
    dispute: int

    @property
    def said(self) -> str:
        """What finance is to do."""
        why = f"此笔的收款账户已被本人否认（业务件 {self.dispute}）。"
        if self.state in WITH_US:
            return f"{why}批次照常签名；送银行时请书面告知银行不付此笔。"
        return f"{why}文件已交银行，请马上联系银行止付；已入账的，请银行协助退回。"


def stop_list() -> Sequence[StopLine]:
    """The lines of the caller's agency that are to be stopped, in the order of their batches."""
    with connection.cursor() as cursor:
        with whole_city():  # whichever agency received the change, or that it is denied
            cursor.execute(DENIED)
            denied = cursor.fetchall()
        if not denied:
            return []
        disputes, payees, banks, numbers = (list(column) for column in zip(*denied, strict=True))
        values = {"disputes": disputes, "payees": payees, "banks": banks, "numbers": numbers}
        cursor.execute(LINES, {**values, "states": [*WITH_US, *WITH_THE_BANK]})
        return [StopLine(*row) for row in cursor.fetchall()]
