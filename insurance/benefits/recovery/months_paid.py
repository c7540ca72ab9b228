"""Which months of a party were paid too high (多发的月份), as sealed runs found them, and what else
was put down of him.
"""

from typing import Any

from django.db import connection

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.benefits.recovery.reckoning import OTHERS, MonthPaid

# What was paid of such a month: by the old system, by its signed baseline, and by what was found to
# be due since and is not cancelled.
MONTHS = """
WITH over AS (
    SELECT o.entitlement_id, o.for_month, sum(o.fen)::bigint AS fen, min(o.run_period) AS found_in
    FROM benefits_overpaid o JOIN benefits_entitlement e ON e.id = o.entitlement_id
    JOIN benefits_run n ON n.period = o.run_period AND n.state = 'SEALED'
    WHERE e.book_id = %(book)s AND o.payee_id = ANY (%(family)s)
    GROUP BY o.entitlement_id, o.for_month HAVING sum(o.fen) <> 0)
SELECT v.entitlement_id, v.for_month, v.fen, v.found_in, coalesce((
        SELECT sum(c.fen) FROM benefits_component c
        WHERE c.entitlement_id = e.id AND c.case_id IS NULL AND c.valid @> v.for_month
            AND v.for_month BETWEEN e.start_month AND e.paid_through), 0)::bigint
    + coalesce((SELECT sum(u.fen) FROM benefits_due u
        WHERE u.entitlement_id = e.id AND u.for_month = v.for_month AND NOT EXISTS (
            SELECT FROM benefits_cancelled k WHERE k.due_ref = u.due_ref)), 0)::bigint AS paid_fen
FROM over v JOIN benefits_entitlement e ON e.id = v.entitlement_id
ORDER BY v.entitlement_id, v.for_month
"""
# In the order of the register; what is of a month is told by the month.
PUT_DOWN = """
SELECT source, sum(fen)::bigint FROM ledger_memoentry
WHERE book_id = %(book)s AND party_id = ANY (%(family)s) AND source = ANY (%(sources)s)
GROUP BY source HAVING sum(fen) <> 0 ORDER BY min(id)
"""


def months_paid(*, book_id: int, party_id: int) -> tuple[MonthPaid, ...]:
    """Give those of a book that a party, or who lives on as it, had too much of."""
    values: dict[str, Any] = {"book": book_id, "family": family_of(party_id=party_id)}
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, values)
        return tuple(
            MonthPaid(entitlement, Month.of(month), paid, paid - over, Month.of(found_in))
            for entitlement, month, over, found_in, paid in cursor.fetchall()
        )


def others_put_down(*, book_id: int, party_id: int) -> tuple[tuple[str, int], ...]:
    """Give what else stands in the memo register of a party, by source."""
    values: dict[str, Any] = {
        "book": book_id,
        "family": family_of(party_id=party_id),
        "sources": list(OTHERS),
    }
    with connection.cursor() as cursor:
        cursor.execute(PUT_DOWN, values)
        return tuple((source, fen) for source, fen in cursor.fetchall())
