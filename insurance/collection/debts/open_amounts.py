"""What is open of a payer's months (未缴金额): billed less matched, without late fees; by entry."""

from datetime import date

from django.db import connection

from backend.kernel.months import Month, MonthRange
from backend.people.queries import family_of

# A key's lines and allocations are two sums, looked up by its number.
OPEN = """
SELECT f.payer_id, f.month, sum(f.fen + coalesce(d.fen, 0) - coalesce(a.fen, 0))::bigint
FROM collection_billline f
LEFT JOIN LATERAL (SELECT sum(l.fen) AS fen FROM collection_billline l
    WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true
LEFT JOIN LATERAL (SELECT sum(p.fen) AS fen FROM collection_allocation p
    WHERE p.key_id = f.id) a ON true
WHERE f.payer_id = ANY (%(payers)s) AND f.scheme = %(scheme)s AND f.key_id = f.id AND f.part <> 8
    AND f.month >= %(first)s AND f.month < %(until)s
GROUP BY f.payer_id, f.month
"""


def open_by_month(
    *, payer_id: int, scheme: str, months: MonthRange
) -> dict[tuple[int, Month], int]:
    """Give what is open of each month that was billed, in fen; below zero where more was paid.

    By the entry that it was billed under: the payer itself, or one found to be it.
    """
    end = months.end
    values: dict[str, list[int] | str | date] = {
        "payers": family_of(party_id=payer_id),
        "scheme": scheme,
        "first": months.start.first_day,
        "until": end.first_day if end else date.max,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values)
        return {(payer, Month.of(month)): int(fen) for payer, month, fen in cursor.fetchall()}
