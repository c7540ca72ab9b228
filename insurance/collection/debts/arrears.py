"""Arrears (欠费) of employers: what is overdue and not deferred, with late fees, in the memo
register."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.audit.record import record
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.collection.books import book_ids, book_of
from insurance.collection.debts import debt_sql as sql
from insurance.collection.matching.allocate import wait_for_others
from payments.ledger import memo
from payments.ledger.models import MemoKind

SOURCE = "collection.arrears"
EMPLOYED = "b.kind = 'EMPLOYED'"

# Each registration of a payer in a book has the next number: the difference to those before it.
CHANGED = """
SELECT k.book_id, coalesce(n.payer_id, m.party_id) AS party_id,
    %(period)s || '/' || coalesce(n.payer_id, m.party_id) || '/' || coalesce(m.rows, 0) + 1,
    coalesce(n.fen, 0) - coalesce(m.fen, 0) AS fen
FROM (SELECT unnest(%(schemes)s::text[]) AS scheme, unnest(%(books)s::int[]) AS book_id) k
JOIN (
    (SELECT coalesce(a.survivor_id, d.payer_id) AS payer_id, d.scheme,
         sum({arrears})::bigint AS fen
     FROM debt d LEFT JOIN people_alias a ON a.party_id = d.payer_id GROUP BY 1, 2) n
    FULL JOIN (
        SELECT e.party_id, b.scheme, sum(e.fen)::bigint AS fen, count(*) AS rows
        FROM ledger_memoentry e JOIN ledger_book b ON b.id = e.book_id
        WHERE e.kind = 'ARREARS' GROUP BY 1, 2) m
        ON m.party_id = n.payer_id AND m.scheme = n.scheme)
    ON k.scheme = coalesce(n.scheme, m.scheme)
WHERE coalesce(n.fen, 0) <> coalesce(m.fen, 0)
"""

SCHEMES = "SELECT DISTINCT scheme FROM collection_bill WHERE kind = 'EMPLOYED'"
# Late fees count whether their own day has come or not: what they are of is overdue.
BY_MONTH = """
SELECT scheme, month, is_fee, sum(billed_fen)::bigint, sum(matched_fen)::bigint,
    sum(deferred_fen)::bigint, coalesce(sum({not_due}) FILTER (WHERE NOT is_fee), 0)::bigint,
    sum(CASE WHEN is_fee THEN rest_fen ELSE {arrears} END)::bigint
FROM debt GROUP BY scheme, month, is_fee HAVING sum(rest_fen + deferred_fen) > 0
ORDER BY month, scheme, is_fee
"""


@dataclass(frozen=True)
class Owed:
    """What of a scheme's month, or of its late fees, is open (逐月未缴), in fen. Of one entry:
    billed = matched + deferred + not yet due + arrears."""

    scheme: str
    month: Month
    late_fee: bool
    billed_fen: int
    matched_fen: int
    deferred_fen: int
    not_yet_due_fen: int
    arrears_fen: int


@transaction.atomic
def register_arrears(*, period: Month, today: date) -> int:
    """Bring the memo register to what employers are in arrears with on ``today``, by book and
    payer, as differences; gives the rows written. A second call finds nothing.

    Raises:
        NoBook.
    """
    wait_for_others()
    with connection.cursor() as cursor:
        cursor.execute(SCHEMES)
        schemes = sorted(scheme for (scheme,) in cursor.fetchall())
    ids = book_ids(on=today) if schemes else {}
    select = sql.debts(bills=EMPLOYED) + CHANGED.format(arrears=sql.ARREARS)
    rows = memo.append(
        select=select,
        parameters={
            "period": str(period),
            "today": today,
            "schemes": schemes,
            "books": [book_of(scheme=scheme, ids=ids) for scheme in schemes],
        },
        source=SOURCE,
        kind=MemoKind.ARREARS,
    )
    if rows:
        record(
            name="collection.register_arrears",
            subject_kind="collection.arrears",
            subject_id=str(period),
            rows=rows,
        )
    return rows


def owed_by_month(*, payer_id: int, today: date) -> list[Owed]:
    """Give what an employer has open on ``today``, under every entry of it, by month and scheme."""
    of_payer = f"{EMPLOYED} AND b.payer_id = ANY (%(payers)s)"
    statement = sql.debts(bills=of_payer, totals="t.payer_id = ANY (%(payers)s)")
    values: dict[str, Any] = {"payers": family_of(party_id=payer_id), "today": today}
    with connection.cursor() as cursor:
        cursor.execute(
            statement + BY_MONTH.format(arrears=sql.ARREARS, not_due=sql.NOT_DUE), values
        )
        return [
            Owed(scheme, Month.of(month), late_fee, *fens)
            for scheme, month, late_fee, *fens in cursor.fetchall()
        ]
