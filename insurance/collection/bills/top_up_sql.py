"""The statement of what cases decided, topped up (补缴的补差): twin of ``assess.assess_person``.

No monthly run assesses these keys again, whatever becomes known of the person; new figures alone
change what is owed, on the wage that the case decided. Parameters as in ``bill_sql``.
"""

from insurance.collection.bills import bill_sql as sql

# A case's payer and person are those of its lines, whoever they live on as.
DECIDED_AGAIN = f"""
WITH {sql.TERM},
decided AS MATERIALIZED (
    SELECT d.person AS person_id, d.payer AS payer_id, t.scheme, t.kind, t.month,
        least(t.ceiling_fen, greatest(t.floor_fen, d.wage_fen)) AS base_fen
    FROM collection_billrun r
    CROSS JOIN LATERAL jsonb_to_record(r.parameters -> 'decided') AS d (person bigint,
        payer bigint, kind text, schemes jsonb, first date, until date, wage_fen bigint)
    {sql.survivor("a", "d.person")}
    JOIN term t ON t.kind = d.kind AND d.schemes ? t.scheme
        AND t.month >= d.first AND t.month < d.until
    WHERE r.kind = 'BACK_PAYMENT' AND r.state = 'DONE'
        AND coalesce(a.survivor_id, d.person) BETWEEN %(first_id)s AND %(last_id)s),
based AS (SELECT * FROM decided),{sql.SHARED},{sql.ASSESSED},
billed AS (
    SELECT k.payer_id, k.person_id, k.scheme, k.month, f.part, f.id AS key_id,
        f.fen + coalesce(d.fen, 0) AS fen,
        f.account_fen + coalesce(d.account_fen, 0) AS account_fen
    FROM decided k
    CROSS JOIN LATERAL (
        SELECT l.* FROM collection_billline l
        WHERE l.payer_id = k.payer_id AND l.scheme = k.scheme AND l.month = k.month
            AND l.person_id = k.person_id AND l.key_id = l.id LIMIT 8) f
    LEFT JOIN LATERAL (
        SELECT sum(l.fen) AS fen, sum(l.account_fen) AS account_fen FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true),
owed AS (
    SELECT b.key_id, payer_id, person_id, scheme, month, part,
        (coalesce(a.fen, 0) - coalesce(b.fen, 0))::bigint AS fen,
        (coalesce(a.account_fen, 0) - coalesce(b.account_fen, 0))::bigint AS account_fen
    FROM assessed a FULL JOIN billed b USING (payer_id, person_id, scheme, month, part)
    WHERE (coalesce(a.fen, 0), coalesce(a.account_fen, 0))
        <> (coalesce(b.fen, 0), coalesce(b.account_fen, 0))),
{sql.WRITE}
"""
