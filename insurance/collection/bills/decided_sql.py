"""The statements of what cases decided (补缴): topped up, or taken back once it is not enrolled.

No monthly run assesses these keys again, whatever becomes known of the person; new figures alone
change what is owed, on the wage that the case decided (twin of ``assess.assess_person``). Where its
enrolment was taken back (更正撤销), or after a death, nothing is owed by it. Parameters as in
``bill_sql``.
"""

from insurance.collection.bills import bill_sql as sql
from insurance.collection.bills.deaths_sql import outlives

# The months that cases decided, by the last case of each; not where a monthly run wrote of them
# since. A case's payer and person are those of its lines, whoever they live on as (``as_person``,
# ``as_payer``). ``since``: it was enrolled by then; the month of the first run has only its now.
_DECIDED = f"""
decided AS MATERIALIZED (
    SELECT DISTINCT ON (d.person, d.payer, s.scheme, m.month) r.id AS run_id, d.person AS person_id,
        d.payer AS payer_id, s.scheme, d.kind, m.month::date AS month, d.wage_fen,
        CASE WHEN m.month < %(period)s THEN greatest(r.opened_at, r.done_at) ELSE %(known_at)s END
            AS since, coalesce(a.survivor_id, d.person) AS as_person,
        coalesce(p.survivor_id, d.payer) AS as_payer
    FROM collection_billrun r
    CROSS JOIN LATERAL jsonb_to_record(r.parameters -> 'decided') AS d (person bigint,
        payer bigint, kind text, schemes jsonb, first date, until date, wage_fen bigint)
    CROSS JOIN LATERAL jsonb_array_elements_text(d.schemes) s (scheme)
    CROSS JOIN LATERAL generate_series(d.first::timestamp, d.until - interval '1 month',
        interval '1 month') m (month)
    {sql.survivor("a", "d.person")}
    {sql.survivor("p", "d.payer")}
    WHERE r.kind = 'BACK_PAYMENT' AND r.state = 'DONE' AND d.kind = ANY (%(kinds)s)
        AND coalesce(a.survivor_id, d.person) BETWEEN %(first_id)s AND %(last_id)s
    ORDER BY d.person, d.payer, s.scheme, m.month, r.id DESC)"""

# Since the decision somebody was enrolled there at every instant, under whatever entries, and lived
# to see the month: what was taken back and enrolled anew is another enrolment, with a wage of its
# own, whether or not a run came between. That an employer is silent ends nothing.
_IN_FORCE = f"""(coalesce((
        SELECT range_agg(tstzrange(e.recorded_at, e.superseded_at)) FROM (
            SELECT k.as_person AS party_id UNION ALL
            SELECT b.party_id FROM people_alias b
            WHERE b.survivor_id = k.as_person AND b.recorded_at <= %(known_at)s) y
        CROSS JOIN LATERAL {sql.of_party("enrolment_enrolment", "e", "y.party_id")}
        {sql.survivor("p", "e.payer_id")}
        WHERE e.scheme = k.scheme AND e.kind = k.kind AND e.valid @> k.month
            AND (e.payer_id IS NULL OR coalesce(p.survivor_id, e.payer_id) = k.as_payer))
        @> tstzrange(least(k.since, %(known_at)s), %(known_at)s, '[]'), false)
    AND {outlives(person="k.as_person", month="k.month", known=sql.known("d"))})"""

# A monthly run writes of a decided month only once it is taken back: from then on it is its own.
_STILL = f"""NOT EXISTS (SELECT FROM collection_billline f
        JOIN collection_billline l ON l.key_id = f.id
        JOIN collection_billrun q ON q.id = l.run_id AND q.kind IN {sql.MONTHLY}
        WHERE f.payer_id = k.payer_id AND f.scheme = k.scheme AND f.month = k.month
            AND f.person_id = k.person_id AND f.key_id = f.id AND q.id > k.run_id)"""

_BILLED = """
billed AS (
    SELECT k.payer_id, k.person_id, k.scheme, k.month, f.part, f.id AS key_id,
        f.fen + coalesce(d.fen, 0) AS fen,
        f.account_fen + coalesce(d.account_fen, 0) AS account_fen
    FROM based k
    CROSS JOIN LATERAL (
        SELECT l.* FROM collection_billline l
        WHERE l.payer_id = k.payer_id AND l.scheme = k.scheme AND l.month = k.month
            AND l.person_id = k.person_id AND l.key_id = l.id LIMIT 8) f
    LEFT JOIN LATERAL (
        SELECT sum(l.fen) AS fen, sum(l.account_fen) AS account_fen FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true)"""

DECIDED_AGAIN = f"""
WITH {sql.TERM},{_DECIDED},
based AS MATERIALIZED (
    SELECT k.person_id, k.payer_id, scheme, kind, month,
        least(t.ceiling_fen, greatest(t.floor_fen, k.wage_fen)) AS base_fen
    FROM decided k JOIN term t USING (scheme, kind, month)
    WHERE {_IN_FORCE} AND {_STILL}),{sql.SHARED},
{sql.ASSESSED},{_BILLED},
owed AS (
    SELECT b.key_id, payer_id, person_id, scheme, month, part,
        (coalesce(a.fen, 0) - coalesce(b.fen, 0))::bigint AS fen,
        (coalesce(a.account_fen, 0) - coalesce(b.account_fen, 0))::bigint AS account_fen
    FROM assessed a FULL JOIN billed b USING (payer_id, person_id, scheme, month, part)
    WHERE (coalesce(a.fen, 0), coalesce(a.account_fen, 0))
        <> (coalesce(b.fen, 0), coalesce(b.account_fen, 0))),
{sql.WRITE}
"""

TAKE_BACK = f"""
WITH {_DECIDED},
based AS MATERIALIZED (SELECT * FROM decided k WHERE NOT {_IN_FORCE} AND {_STILL}),{_BILLED},
owed AS (
    SELECT key_id, payer_id, person_id, scheme, month, part, (-fen)::bigint AS fen,
        (-account_fen)::bigint AS account_fen
    FROM billed WHERE (fen, account_fen) <> (0, 0)),
{sql.WRITE}
"""

# Whoever is enrolled anew where a decision fell is billed like anybody else.
LIST_TAKEN_BACK = f"""
WITH {_DECIDED}
INSERT INTO bill_changes
SELECT as_person, datemultirange(daterange(k.month, (k.month + interval '1 month')::date))
    * {sql.EVERY_MONTH}
FROM decided k
WHERE daterange(%(first_month)s::date, %(period)s::date) @> k.month AND NOT {_IN_FORCE} AND {_STILL}
"""
