"""Read what individuals and residents left open (断缴), and what employers may pay later (缓缴)."""

from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.collection.debts import debt_sql as sql
from insurance.collection.debts.standing import MONTHLY, OF_PERIOD, YEARLY
from insurance.collection.rules.gaps import Gap, OwnMonth, find_gaps

# A person pays alone or through a village: lines are found by their payers, under every entry of
# both. Of a year the person's own part counts; what the government did not pay is nobody's gap.
OF_PERSON = """
WITH village AS (
    SELECT DISTINCT coalesce(a.survivor_id, e.village_id) AS id FROM enrolment_rollentry e
    LEFT JOIN people_alias a ON a.party_id = e.village_id WHERE e.person_id = ANY (%(persons)s)),
payer AS (
    SELECT unnest(%(persons)s::bigint[]) AS payer_id
    UNION SELECT id FROM village
    UNION SELECT a.party_id FROM village v JOIN people_alias a ON a.survivor_id = v.id)
SELECT l.scheme, l.month, sum(l.fen + coalesce(d.fen, 0))::bigint,
    sum(coalesce(a.fen, 0))::bigint, max(b.pay_by)
FROM payer p
JOIN collection_billline l ON l.payer_id = p.payer_id AND l.person_id = ANY (%(persons)s)
    AND l.part = 1 AND l.key_id = l.id
LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_billline
    WHERE key_id = l.id AND key_id <> id) d ON true
LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation WHERE key_id = l.id) a ON true
JOIN LATERAL (SELECT max(pay_by) AS pay_by FROM collection_bill
    WHERE payer_id = l.payer_id AND scheme = l.scheme AND month = l.month) b
    ON b.pay_by IS NOT NULL
GROUP BY l.scheme, l.month ORDER BY l.scheme, l.month
"""

# Who pays alone has a bill of his own; of villages only those that are open are looked into.
COUNT_ALONE = "SELECT count(*) FROM debt WHERE kind = 'FLEXIBLE' AND gap_fen > 0"
COUNT_IN_VILLAGES = """
SELECT count(*) FROM debt v
JOIN collection_billline l ON l.payer_id = v.payer_id AND l.scheme = v.scheme AND l.month = v.month
    AND l.part = 1 AND l.key_id = l.id
LEFT JOIN (SELECT key_id, sum(fen) AS fen FROM collection_billline
    WHERE key_id <> id AND month = ANY (%(months)s) GROUP BY key_id) d ON d.key_id = l.id
LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation WHERE key_id = l.id) a ON true
WHERE v.kind = 'RESIDENT' AND v.gap_fen > 0
    AND l.fen + coalesce(d.fen, 0) > coalesce(a.fen, 0)
"""

DEFERRED = "SELECT coalesce(sum(deferred_fen), 0)::bigint FROM debt"


def gaps_of(*, person_id: int, today: date) -> dict[str, tuple[Gap, ...]]:
    """Give by scheme the months that a person did not pay in full, and until when he still may."""
    months: dict[str, list[OwnMonth]] = {}
    with connection.cursor() as cursor:
        cursor.execute(OF_PERSON, {"persons": family_of(party_id=person_id)})
        for scheme, month, billed, matched, pay_by in cursor.fetchall():
            own = OwnMonth(Month.of(month), billed, matched, pay_by)
            months.setdefault(scheme, []).append(own)
    found = {scheme: find_gaps(months=own, today=today) for scheme, own in months.items()}
    return {scheme: gaps for scheme, gaps in found.items() if gaps}


def count_gaps(*, period: Month, today: date) -> int:
    """Count who did not pay a month in full: by scheme flexible workers that month, residents its
    year.
    """
    year = Month(period.year, 1)
    return _count(period, MONTHLY, COUNT_ALONE, today) + _count(
        year, YEARLY, COUNT_IN_VILLAGES, today
    )


def deferred_fen(*, today: date, payer_id: int | None = None) -> int:
    """Give what is deferred and still open on ``today``, of one employer or of all."""
    payers = [] if payer_id is None else family_of(party_id=payer_id)
    of_payer = payer_id is not None
    statement = sql.debts(
        bills="b.kind = 'EMPLOYED'" + (" AND b.payer_id = ANY (%(payers)s)" if of_payer else ""),
        totals="t.payer_id = ANY (%(payers)s)" if of_payer else "true",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement + DEFERRED, {"today": today, "payers": payers})
        return int(cursor.fetchone()[0])


def _count(month: Month, schemes: tuple[str, ...], statement: str, today: date) -> int:
    debts = sql.debts(bills=OF_PERIOD.format(alias="b"), totals=OF_PERIOD.format(alias="t"))
    values: dict[str, Any] = {
        "months": [month.first_day],
        "schemes": list(schemes),
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(debts + statement, values)
        return int(cursor.fetchone()[0])
