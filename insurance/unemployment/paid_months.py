"""Which months employer and person paid for here (失业保险实际缴费月份): read from bills.

A month counts when what was billed for it at first, the person's and the employer's part, is paid;
a difference that was billed since (补差) takes no month away, as with pensions. Two employers make
one month. What was paid before this system's own bills comes with papers.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from insurance.collection.keys import payers_of

SCHEME = "210"

BILLED = """
WITH one AS (
    SELECT l.payer_id, l.month, l.fen AS first, l.fen + coalesce(d.fen, 0) AS owed,
        coalesce(a.fen, 0) AS paid
    FROM collection_billline l
    LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_billline
        WHERE key_id = l.id AND key_id <> id) d ON true
    LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation
        WHERE key_id = l.id) a ON true
    WHERE l.payer_id = ANY (%(payers)s) AND l.person_id = ANY (%(persons)s)
        AND l.scheme = %(scheme)s AND l.part IN (1, 2) AND l.key_id = l.id
        AND l.month BETWEEN %(since)s AND %(until)s),
of_payer AS (
    SELECT month, sum(paid) >= sum(least(first, owed)) AS settled FROM one
    GROUP BY payer_id, month HAVING sum(owed) > 0)
SELECT month, bool_or(settled) FROM of_payer GROUP BY month ORDER BY month
"""


@dataclass(frozen=True)
class History:
    """The months paid in full, and those billed that are not."""

    paid: tuple[Month, ...]
    open_months: tuple[Month, ...]


def history_of(*, person_id: int, since: Month, until: Month) -> History:
    """Give what employers and person paid for the months from ``since`` to ``until``."""
    payers, persons = payers_of(person_id=person_id)
    values: dict[str, Any] = {
        "payers": payers,
        "persons": persons,
        "scheme": SCHEME,
        "since": since.first_day,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(BILLED, values)
        rows = [(Month.of(day), settled) for day, settled in cursor.fetchall()]
    return History(
        paid=tuple(month for month, settled in rows if settled),
        open_months=tuple(month for month, settled in rows if not settled),
    )
