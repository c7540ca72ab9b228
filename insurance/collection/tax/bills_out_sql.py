"""The statements of ``bills_out``: what goes to the tax bureau, in the order of the file.

Parameters: ``runs``, whose bills they are, and ``set_offs``, the matches by which less is asked;
``earlier``, the number below which files are earlier ones; ``file``, the file's number.
"""

from insurance.collection.tax.tax_numbers import PARTIES_OUT as PARTIES

_NAMED = "SELECT payer_id AS id FROM bills_out UNION SELECT person_id FROM bills_out"

# Employers whom we assess and flexible workers: a row a bill. Residents: a row a person, their own
# part only. What is below zero, and what was set off (``less``), is taken from what else is asked
# for the same month, the first bill first; a row that nothing is left of is not sent. What goes
# beyond that was asked for by an earlier file, and is sent below zero (核减): under the bill that
# takes it or, where it was only set off, under the last that asked for the month; an old system
# asked for what was taken over from it.
BILLS = f"""
DROP TABLE IF EXISTS bills_out, bills_parties;
CREATE TEMP TABLE bills_out ON COMMIT DROP AS
WITH billed AS (
    SELECT b.id, b.id::text AS bill_no, b.kind, b.payer_id, b.scheme, b.month,
        CASE b.kind WHEN 'FLEXIBLE' THEN b.payer_id END AS person_id, 0::bigint AS resident,
        b.fen, b.pay_by
    FROM collection_bill b WHERE b.run_id = ANY (%(runs)s)
        AND (b.kind = 'FLEXIBLE' OR b.kind = 'EMPLOYED' AND b.mode = 'ASSESSED')
    UNION ALL
    SELECT b.id, b.id || '-' || l.person_id, b.kind, b.payer_id, b.scheme, b.month, l.person_id,
        l.person_id, sum(l.fen)::bigint, b.pay_by
    FROM collection_bill b JOIN collection_billline l ON l.run_id = b.run_id
        AND (l.payer_id, l.scheme, l.month) = (b.payer_id, b.scheme, b.month)
    WHERE b.run_id = ANY (%(runs)s) AND l.run_id = ANY (%(runs)s) AND b.kind = 'RESIDENT'
        AND l.part = 1
    GROUP BY b.id, l.person_id),
reduced AS (
    SELECT l.payer_id, l.scheme, l.month,
        CASE y.kind WHEN 'VILLAGE' THEN l.person_id ELSE 0 END AS resident, sum(a.fen) AS fen
    FROM collection_allocation a JOIN collection_billline l ON l.id = a.key_id
    JOIN people_party y ON y.id = l.payer_id
    WHERE a.match_id = ANY (%(set_offs)s) AND a.fen > 0
        AND CASE y.kind WHEN 'VILLAGE' THEN l.part = 1 ELSE l.part NOT IN (5, 7, 8) END
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT payer_id, scheme, month, resident, -fen FROM billed WHERE fen < 0),
less AS (
    SELECT payer_id, scheme, month, resident, sum(fen)::bigint AS fen FROM reduced
    GROUP BY 1, 2, 3, 4),
asked AS (
    SELECT b.*, coalesce(s.fen, 0) AS less, (sum(b.fen) OVER w)::bigint - b.fen AS before
    FROM billed b LEFT JOIN less s USING (payer_id, scheme, month, resident)
    WHERE b.fen > 0
    WINDOW w AS (PARTITION BY b.payer_id, b.scheme, b.month, b.resident ORDER BY b.id)),
beyond AS MATERIALIZED (
    SELECT s.payer_id, s.scheme, s.month, s.resident,
        (s.fen - coalesce(sum(b.fen) FILTER (WHERE b.fen > 0), 0))::bigint AS fen,
        max(b.id) FILTER (WHERE b.fen < 0) AS id
    FROM less s LEFT JOIN billed b USING (payer_id, scheme, month, resident)
    GROUP BY s.payer_id, s.scheme, s.month, s.resident, s.fen
    HAVING s.fen > coalesce(sum(b.fen) FILTER (WHERE b.fen > 0), 0))
SELECT id, bill_no, kind, payer_id, scheme, month, person_id,
    fen - least(fen, greatest(0, less - before)) AS fen, pay_by
FROM asked WHERE fen > greatest(0, less - before)
UNION ALL
SELECT b.id, b.bill_no, b.kind, b.payer_id, b.scheme, b.month, b.person_id, -x.fen, b.pay_by
FROM beyond x JOIN billed b USING (id, payer_id, scheme, month, resident)
UNION ALL
SELECT b.id, concat_ws('-', b.id, nullif(x.resident, 0)), b.kind, x.payer_id, x.scheme, x.month,
    CASE b.kind WHEN 'FLEXIBLE' THEN x.payer_id WHEN 'RESIDENT' THEN x.resident END, -x.fen,
    b.pay_by
FROM beyond x CROSS JOIN LATERAL (
    SELECT b.id, b.kind, b.pay_by FROM collection_bill b
    JOIN collection_billrun r ON r.id = b.run_id
    LEFT JOIN collection_sentrun n ON n.run_id = b.run_id AND n.file_id < %(earlier)s
    WHERE (n.run_id IS NOT NULL OR r.kind = 'TAKEN_OVER')
        AND (b.payer_id, b.scheme, b.month) = (x.payer_id, x.scheme, x.month) AND b.fen > 0
        AND (b.kind <> 'EMPLOYED' OR b.mode = 'ASSESSED')
    ORDER BY b.id DESC LIMIT 1) b
WHERE x.id IS NULL;
{PARTIES.format(table="bills_parties", ids=_NAMED)}
ANALYZE bills_out, bills_parties
"""

TOTAL = "SELECT count(*), coalesce(sum(fen), 0) FROM bills_out"

ROWS = """
COPY (
    SELECT b.bill_no, b.kind, y.number, y.name, b.scheme, to_char(b.month, 'YYYY-MM'),
        p.number, p.name, (b.fen::numeric / 100)::numeric(18, 2),
        to_char(b.pay_by, 'YYYY-MM-DD')
    FROM bills_out b JOIN bills_parties y ON y.id = b.payer_id
    LEFT JOIN bills_parties p ON p.id = b.person_id
    ORDER BY b.id, b.person_id
) TO STDOUT (FORMAT csv)
"""

SENT = """
WITH set_off AS (
    INSERT INTO collection_sentsetoff (file_id, match_id)
    SELECT %(file)s, unnest(%(set_offs)s::bigint[]))
INSERT INTO collection_sentrun (file_id, run_id) SELECT %(file)s, unnest(%(runs)s::bigint[])
"""
