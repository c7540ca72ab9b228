"""Which years a resident paid for here (居民缴费年数): read from bills, each paid in full.

A year counts when the own part, or what others pay of it on behalf of a support group, is paid as
billed at first, and its relation did not go away since (转移). A difference that was billed since
(补差) takes no year away.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from insurance.accounts.sent_away import counts_since
from insurance.collection.keys import payers_of

SCHEME = "170"
FIRST_YEAR = Month(2009, 1)  # 新农保 began in that year

BILLED = """
SELECT l.month, sum(least(l.fen, l.fen + coalesce(d.fen, 0)))::bigint,
    sum(coalesce(a.fen, 0))::bigint
FROM collection_billline l
LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_billline
    WHERE key_id = l.id AND key_id <> id) d ON true
LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation WHERE key_id = l.id) a ON true
WHERE l.payer_id = ANY (%(payers)s) AND l.person_id = ANY (%(persons)s)
    AND l.scheme = %(scheme)s AND l.part IN (1, 5) AND l.key_id = l.id
    AND l.month BETWEEN %(since)s AND %(until)s
GROUP BY l.month HAVING sum(l.fen + coalesce(d.fen, 0)) > 0 ORDER BY l.month
"""


@dataclass(frozen=True)
class Years:
    """What was paid here, and what was billed and is not."""

    paid: tuple[int, ...]
    open_years: tuple[int, ...]


def years_of(*, person_id: int, since: Month, until: Month) -> Years:
    """Give the years that a person paid for, of those whose January lies in a range."""
    payers, persons = payers_of(person_id=person_id)
    values: dict[str, Any] = {
        "payers": payers,
        "persons": persons,
        "scheme": SCHEME,
        "since": counts_since(person_id=person_id, scheme=SCHEME, since=since).first_day,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(BILLED, values)
        rows = cursor.fetchall()
    return Years(
        paid=tuple(month.year for month, owed, paid in rows if paid >= owed),
        open_years=tuple(month.year for month, owed, paid in rows if paid < owed),
    )
