"""Read what individuals and residents left open (断缴), and what employers may pay later (缓缴)."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.collection.debts import debt_sql as sql
from insurance.collection.debts.standing import MONTHLY, OF_PERIOD, YEARLY
from insurance.collection.matching.match_sql import ARRIVED
from insurance.collection.rules.gaps import Gap, OwnMonth, find_gaps
from insurance.collection.rules.last_days import Due, by_last_day

# A person pays alone or through a village: lines are found by their payers, under every entry of
# both. Of a year the person's own part counts; what the government did not pay is nobody's gap.
_OWN = """
WITH village AS (
    SELECT DISTINCT coalesce(a.survivor_id, e.village_id) AS id FROM enrolment_rollentry e
    LEFT JOIN people_alias a ON a.party_id = e.village_id WHERE e.person_id = ANY (%(persons)s)),
payer AS (
    SELECT unnest(%(persons)s::bigint[]) AS payer_id
    UNION SELECT id FROM village
    UNION SELECT a.party_id FROM village v JOIN people_alias a ON a.survivor_id = v.id),
own AS (
    SELECT l.id AS key_id, l.payer_id, l.scheme, l.month, l.run_id, l.fen
    FROM payer p JOIN collection_billline l ON l.payer_id = p.payer_id
        AND l.person_id = ANY (%(persons)s) AND l.part = 1 AND l.key_id = l.id)
"""
BILLED = f"""{_OWN}
SELECT o.key_id, o.scheme, o.month, b.pay_by, l.fen FROM own o
CROSS JOIN LATERAL (SELECT o.run_id, o.fen UNION ALL
    SELECT d.run_id, d.fen FROM collection_billline d
    WHERE d.key_id = o.key_id AND d.key_id <> d.id) l
JOIN collection_bill b ON b.payer_id = o.payer_id AND b.scheme = o.scheme AND b.month = o.month
    AND b.run_id = l.run_id
"""
PAID = f"""{_OWN}
SELECT a.key_id, {ARRIVED}, a.fen FROM own o
JOIN collection_allocation a ON a.key_id = o.key_id
JOIN collection_match m ON m.id = a.match_id
"""

# Who pays alone has a bill of his own; of villages only those are looked into that are open, or in
# which a bill fell: what one paid too much hides there what another did not pay.
COUNT_ALONE = "SELECT count(*) FROM debt WHERE kind = 'FLEXIBLE' AND gap_fen > 0"
COUNT_IN_VILLAGES = """
SELECT count(*) FROM debt v
JOIN collection_billline l ON l.payer_id = v.payer_id AND l.scheme = v.scheme AND l.month = v.month
    AND l.part = 1 AND l.key_id = l.id
LEFT JOIN (SELECT key_id, sum(fen) AS fen FROM collection_billline
    WHERE key_id <> id AND month = ANY (%(months)s) GROUP BY key_id) d ON d.key_id = l.id
LEFT JOIN LATERAL (SELECT sum(fen) AS fen FROM collection_allocation WHERE key_id = l.id) a ON true
WHERE v.kind = 'RESIDENT' AND (v.gap_fen > 0 OR (v.payer_id, v.scheme, v.month) IN (
        SELECT f.payer_id, f.scheme, f.month FROM collection_billline f
        WHERE f.fen < 0 AND f.month = ANY (%(months)s)))
    AND l.fen + coalesce(d.fen, 0) > coalesce(a.fen, 0)
"""

DEFERRED = "SELECT coalesce(sum(deferred_fen), 0)::bigint FROM debt"


def gaps_of(*, person_id: int, today: date) -> dict[str, tuple[Gap, ...]]:
    """Give by scheme the months that a person did not pay in full, and until when he still may."""
    months: dict[str, list[OwnMonth]] = defaultdict(list)
    for (scheme, month), dues in sorted(_open(person_id).items()):
        months[scheme].append(OwnMonth(month, dues))
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


def _open(person_id: int) -> dict[tuple[str, Month], tuple[Due, ...]]:
    """What is open of each scheme and month, key by key: what was paid of one pays no other."""
    persons = {"persons": family_of(party_id=person_id)}
    billed: dict[int, list[tuple[date, int]]] = defaultdict(list)
    paid: dict[int, list[tuple[date, int]]] = defaultdict(list)
    months: dict[int, tuple[str, Month]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BILLED, persons)
        for key_id, scheme, month, pay_by, fen in cursor.fetchall():
            months[key_id] = scheme, Month.of(month)
            billed[key_id].append((pay_by, fen))
        cursor.execute(PAID, persons)
        for key_id, arrived, fen in cursor.fetchall():
            paid[key_id].append((arrived, fen))
    found: dict[tuple[str, Month], tuple[Due, ...]] = defaultdict(tuple)
    for key_id, of in months.items():
        found[of] += by_last_day(billed=billed[key_id], paid=paid[key_id])
    return found


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
