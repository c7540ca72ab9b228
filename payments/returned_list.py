"""The list of returned payments (退票清单): what a service window calls the payees about."""

from pathlib import Path

from django.db import connection

from backend.feeds.placed import as_csv, place
from backend.feeds.spreadsheet import as_text
from backend.kernel.money import Money
from backend.kernel.months import Month

HEADER = ("ref", "bank", "account_no", "holder_name", "amount", "reason")

OPEN_RETURNS = """
SELECT d.ref, b.bank, a.account_no, a.holder_name, a.fen, d.reason
FROM payments_discrepancy d
JOIN payments_batch b ON b.id = d.batch_id
JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = d.n
WHERE d.kind IN ('RETURNED', 'LATE_RETURN') AND d.decision NOT IN ('REISSUED')
    AND b.period = %s
    AND EXISTS (SELECT 1 FROM payments_payeeaccount p
        JOIN payments_accountblock k ON k.account_id = p.id
        WHERE p.payee_id = a.payee_id AND p.account_no = a.account_no
            AND p.superseded_at IS NULL AND NOT EXISTS (SELECT 1 FROM payments_payeeaccount later
                WHERE later.payee_id = p.payee_id AND later.superseded_at IS NULL
                    AND lower(later.valid) >= upper(p.valid)))
    AND NOT EXISTS (SELECT 1 FROM payments_attempt f WHERE f.due_ref = a.due_ref AND f.n > a.n)
    AND NOT EXISTS (SELECT 1 FROM payments_withdrawn w WHERE w.due_ref = a.due_ref)
ORDER BY a.due_ref
"""


def write_returned_list(*, period: Month, path: Path) -> int:
    """Write the lines of a month whose accounts wait for a correction; how many.

    A line whose payee's account is to change on a later day waits for that day only.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN_RETURNS, [period.first_day])
        rows = cursor.fetchall()
    listed = (
        (ref, bank, account_no, as_text(holder_name), str(Money(fen)), reason)
        for ref, bank, account_no, holder_name, fen, reason in rows
    )
    place(path=path, content=as_csv(header=HEADER, rows=listed))
    return len(rows)
