"""A month of collection by hand (手写的征缴): what a good engineer types for the same rows.

One statement a step, over all insured at once: into the very tables of ours with all that they
promise, or into bare ones that have the same columns and indexes and nothing else. The same
things are looked at: merged entries, superseded rows, silent employers, differences, earlier
allocations and months that are closed to who pays too late. No chunks, no jobs, no audit.
"""

import json
from typing import Any

from django.db import transaction

from backend.city.bench.collection_city import PERIOD
from insurance.collection.bills import bill_figures
from insurance.collection.bills.bill_figures import Place
from insurance.collection.bills.bill_run import REGION
from insurance.collection.bills.employers import districts
from insurance.collection.rules.terms import EMPLOYED, FLEXIBLE, MILLION

Tables = dict[str, str]
OURS: Tables = {
    "line": "collection_billline",
    "bill": "collection_bill",
    "allocation": "collection_allocation",
    "suspense": "collection_suspense",
    "total": "collection_matchtotal",
    "entry": "accounts_accountentry",
}
BARE: Tables = {name: f"bare_{name}" for name in OURS}
BARE_TABLE = (
    "CREATE TABLE {bare} (LIKE {table} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES)"
)

RUNS = """
INSERT INTO collection_billrun (kind, period, ordinal, known_at, policy_version, parameters, reason,
    state)
SELECT kind, %(month)s, 1, now(), '', '{}', '', 'OPEN'
FROM (VALUES ('EMPLOYERS'), ('INDIVIDUALS')) k (kind)
"""
# Sorted once, as the lines' key is; whose entries are one person's has one of them with a payer.
BILL = f"""
WITH term AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(terms)s::jsonb) AS t (scheme text, kind text,
        floor_fen bigint, ceiling_fen bigint, own_ppm bigint, employer_ppm bigint,
        account_ppm bigint, addend bigint, unit_fen bigint)),
day AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(pay_by)s::jsonb) AS d (kind text, scheme text, day date)),
silent AS MATERIALIZED (
    SELECT payer_id FROM collection_undeclared
    WHERE valid @> %(month)s::date AND superseded_at IS NULL UNION
    SELECT payer_id FROM enrolment_deregistration
    WHERE valid @> %(month)s::date AND superseded_at IS NULL),
base AS (
    SELECT DISTINCT ON (payer_id, scheme, person_id) * FROM (
        SELECT coalesce(p.survivor_id, e.payer_id, a.survivor_id, e.person_id) AS payer_id,
            e.scheme, coalesce(a.survivor_id, e.person_id) AS person_id, e.kind,
            lower(e.valid) AS since, e.id,
            least(t.ceiling_fen, greatest(t.floor_fen, coalesce(w.monthly_fen, 0))) AS base_fen,
            own_ppm, employer_ppm, account_ppm, addend, unit_fen
        FROM enrolment_enrolment e JOIN term t ON t.scheme = e.scheme AND t.kind = e.kind
        LEFT JOIN people_alias a ON a.party_id = e.person_id
        LEFT JOIN people_alias p ON p.party_id = e.payer_id
        LEFT JOIN enrolment_wage w ON w.person_id = e.person_id
            AND coalesce(w.payer_id, 0) = coalesce(e.payer_id, 0)
            AND w.valid @> %(month)s::date AND w.superseded_at IS NULL
        WHERE e.valid @> %(month)s::date AND e.superseded_at IS NULL) e
    WHERE NOT EXISTS (SELECT FROM silent s WHERE s.payer_id = e.payer_id)
    ORDER BY payer_id, scheme, person_id, since, id),
share AS (
    SELECT *, (base_fen * own_ppm + addend) / ({MILLION} * unit_fen) * unit_fen AS own,
        coalesce((base_fen * employer_ppm + addend) / ({MILLION} * unit_fen) * unit_fen, 0) AS paid,
        coalesce((base_fen * account_ppm + addend) / ({MILLION} * unit_fen) * unit_fen, 0) AS gains
    FROM base),
line AS (
    INSERT INTO {{line}} (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen,
        account_fen)
    SELECT id, id, run_id, payer_id, person_id, scheme, %(month)s, part, fen, account_fen FROM (
        SELECT nextval('collection_billline_id_seq') AS id, r.id AS run_id, s.payer_id,
            s.person_id, s.scheme, v.*
        FROM share s JOIN collection_billrun r
            ON r.kind = CASE s.kind WHEN 'EMPLOYED' THEN 'EMPLOYERS' ELSE 'INDIVIDUALS' END
        CROSS JOIN LATERAL (VALUES
            (1::smallint, own, least(own, gains)),
            (2::smallint, paid, least(paid, gains - least(own, gains)))) v (part, fen, account_fen)
        WHERE v.fen > 0) n
    RETURNING run_id, payer_id, scheme, month, fen)
INSERT INTO {{bill}} (run_id, kind, payer_id, scheme, month, district, mode, line_count, fen,
    pay_by)
SELECT t.run_id, t.kind, t.payer_id, t.scheme, t.month,
    left(coalesce(o.district, p.district), 6),
    CASE t.kind WHEN 'EMPLOYED' THEN coalesce(
        %(modes)s::jsonb ->> left(o.district, 6), %(modes)s::jsonb ->> %(region)s)
        ELSE 'ASSESSED' END, t.lines, t.fen, d.day
FROM (SELECT l.run_id, CASE r.kind WHEN 'EMPLOYERS' THEN 'EMPLOYED' ELSE 'FLEXIBLE' END AS kind,
          payer_id, scheme, month, count(*) AS lines, sum(fen)::bigint AS fen
      FROM line l JOIN collection_billrun r ON r.id = l.run_id
      GROUP BY l.run_id, r.kind, payer_id, scheme, month) t
LEFT JOIN people_organisation o ON o.party_id = t.payer_id
LEFT JOIN people_person p ON p.party_id = t.payer_id
JOIN day d ON d.kind = t.kind AND d.scheme = t.scheme
ORDER BY payer_id, scheme, month
"""
BILLED = "UPDATE collection_billrun SET state = 'DONE', done_at = now()"

OPEN_MATCH = """
INSERT INTO collection_match (kind, period, file_id, matched_on, order_source)
SELECT 'RECEIPTS', %(month)s, id, %(month)s, '' FROM collection_taxfile
"""
# Receipts and open lines of a payer, scheme and month along one axis; what overlaps is matched.
MATCH = """
WITH received AS MATERIALIZED (
    SELECT r.*, sum(r.fen) OVER (PARTITION BY lives_as, scheme, month ORDER BY arrived, r.id
        )::bigint AS upto
    FROM (SELECT r.id, coalesce(a.survivor_id, r.payer_id) AS lives_as, scheme, month, fen, arrived
          FROM collection_receipt r LEFT JOIN people_alias a ON a.party_id = r.payer_id
          WHERE r.payer_id IS NOT NULL) r),
asked AS (
    SELECT DISTINCT lives_as, lives_as AS payer_id, scheme, month FROM received
    UNION ALL SELECT DISTINCT a.survivor_id, a.party_id, r.scheme, r.month
    FROM received r JOIN people_alias a ON a.survivor_id = r.lives_as),
closed AS MATERIALIZED (
    SELECT b.payer_id, b.scheme, b.month, a.lives_as FROM {bill} b
    JOIN asked a USING (payer_id, scheme, month) WHERE b.kind <> 'EMPLOYED'
    GROUP BY b.payer_id, b.scheme, b.month, a.lives_as
    HAVING max(b.pay_by) < (SELECT max(arrived) FROM received)),
open AS (
    SELECT l.id, k.lives_as, l.payer_id, l.scheme, l.month, l.part,
        l.fen + coalesce(d.fen, 0) AS fen,
        l.account_fen + coalesce(d.account_fen, 0) AS account_fen, coalesce(m.fen, 0) AS before,
        l.fen + coalesce(d.fen, 0) - coalesce(m.fen, 0) AS rest,
        sum(l.fen + coalesce(d.fen, 0) - coalesce(m.fen, 0)) OVER (
            PARTITION BY k.lives_as, l.scheme, l.month ORDER BY
            array_position('{{1,5,6,7,2,3,4,8}}', l.part::int), l.person_id, l.payer_id)::bigint
            AS upto
    FROM {line} l JOIN asked k ON k.payer_id = l.payer_id AND k.scheme = l.scheme
        AND k.month = l.month
    LEFT JOIN (SELECT key_id, sum(fen)::bigint AS fen, sum(account_fen)::bigint AS account_fen
        FROM {line} WHERE key_id <> id GROUP BY key_id) d ON d.key_id = l.id
    LEFT JOIN (SELECT key_id, sum(fen)::bigint AS fen FROM {allocation} GROUP BY key_id) m
        ON m.key_id = l.id
    WHERE l.key_id = l.id AND l.part NOT IN (5, 7, 8)
        AND NOT EXISTS (SELECT FROM closed c WHERE c.payer_id = l.payer_id
            AND c.scheme = l.scheme AND c.month = l.month)
        AND l.fen + coalesce(d.fen, 0) > coalesce(m.fen, 0)),
met AS (
    SELECT o.*, r.id AS receipt_id, r.arrived,
        greatest(r.upto - r.fen - (o.upto - rest), 0) AS from_fen,
        least(r.upto - (o.upto - rest), rest) AS to_fen
    FROM open o JOIN received r USING (lives_as, scheme, month)
    WHERE r.upto - r.fen < o.upto AND o.upto - rest < r.upto),
made AS MATERIALIZED (
    SELECT id, receipt_id, payer_id, scheme, month, part, arrived, to_fen - from_fen AS fen,
        (2 * account_fen * (before + to_fen) + fen) / (2 * fen)
            - (2 * account_fen * (before + from_fen) + fen) / (2 * fen) AS account_fen
    FROM met),
allocated AS (
    INSERT INTO {allocation} (key_id, match_id, funds_id, fen, account_fen)
    SELECT id, %(match)s, receipt_id, fen, account_fen FROM made),
rest AS (
    INSERT INTO {suspense} (receipt_id, match_id, fen, reason, owner_role, opened_on, decision)
    SELECT r.id, %(match)s, r.fen - coalesce(u.fen, 0), CASE WHEN r.payer_id IS NULL
        THEN 'UNKNOWN_PAYER' WHEN u.fen > 0 THEN 'OVERPAID' WHEN EXISTS (
            SELECT FROM closed c WHERE c.payer_id = r.payer_id AND c.scheme = r.scheme
                AND c.month = r.month) THEN 'CLOSED' ELSE 'NOTHING_OWED' END, 'FINANCE',
        r.arrived, ''
    FROM collection_receipt r LEFT JOIN (
        SELECT receipt_id, sum(fen)::bigint AS fen FROM made GROUP BY receipt_id) u
        ON u.receipt_id = r.id
    WHERE r.fen > coalesce(u.fen, 0))
INSERT INTO {total} (payer_id, scheme, month, part, arrived, match_id, fen, account_fen)
SELECT payer_id, scheme, month, part, arrived, %(match)s, sum(fen), sum(account_fen)
FROM made GROUP BY payer_id, scheme, month, part, arrived
"""
CLOSE_MATCH = "UPDATE collection_match SET summary = '{}' WHERE id = %(match)s"

CREDIT = """
INSERT INTO {entry} (person_id, scheme, kind, part, for_month, arrival_month, fen, source,
    source_id)
SELECT c.person_id, c.scheme, 'CREDIT', c.part, c.month, greatest(c.arrival, o.first_open), c.fen,
    'ALLOCATION', 1
FROM (SELECT l.person_id, l.scheme, l.month, CASE l.part WHEN 1 THEN 'PERSON'
          WHEN 2 THEN 'EMPLOYER' WHEN 6 THEN 'COLLECTIVE' ELSE 'SUBSIDY' END AS part,
          date_trunc('month', max(r.arrived)::timestamp)::date AS arrival,
          sum(a.account_fen)::bigint AS fen
      FROM {allocation} a JOIN {line} l ON l.id = a.key_id
      JOIN collection_receipt r ON r.id = a.funds_id
      WHERE a.account_fen <> 0 GROUP BY 1, 2, 3, 4) c
LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) o ON o.scheme = c.scheme
WHERE c.fen > 0
"""


def make_tables(*, cursor: Any, tables: Tables) -> None:
    """Make the bare tables; those of ours are there."""
    for name, table in tables.items():
        if table != OURS[name]:
            cursor.execute(BARE_TABLE.format(bare=table, table=OURS[name]))


def open_runs(*, cursor: Any) -> dict[str, Any]:
    """Open the runs of employers and individuals; give what ``bill`` is to be given."""
    cursor.execute(RUNS, {"month": PERIOD.first_day})
    figures = bill_figures.of_months(
        place=Place(REGION, PERIOD, PERIOD.first_day, demo=True),
        kinds=(EMPLOYED, FLEXIBLE),
        months=[PERIOD],
        districts=districts(),
    )
    told = {name: json.dumps(figures[name]) for name in ("terms", "pay_by", "modes")}
    return {"month": PERIOD.first_day, "region": REGION, **told}


def bill(*, cursor: Any, tables: Tables, values: dict[str, Any]) -> None:
    """Write all lines and bills of the month."""
    with transaction.atomic(using="owner"):
        cursor.execute(BILL.format(**tables), values)
        cursor.execute(BILLED)


def match(*, cursor: Any, tables: Tables) -> None:
    """Match all receipts; only the tables of ours promise that a match is opened and closed."""
    with transaction.atomic(using="owner"):
        if tables is OURS:
            cursor.execute(OPEN_MATCH, {"month": PERIOD.first_day})
        cursor.execute(MATCH.format(**tables), {"match": 1})
        if tables is OURS:
            cursor.execute(CLOSE_MATCH, {"match": 1})
