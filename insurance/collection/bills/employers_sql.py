"""What employers owe beyond their employees' lines (尾差、未申报): set-wise, month by month.

Twins of ``assess.assess_employer`` (the total rounded once) and of ``undeclared.py``. Parameters
as in ``bill_sql``, and the ``month``; both write differences, so a second time they find nothing.
"""

from insurance.collection.bills import bill_sql as sql
from insurance.collection.rules.terms import MILLION
from insurance.collection.rules.undeclared import PER_MILLE

ROUNDING, ESTIMATE, LATE_FEE = 3, 4, 8  # numbers of LinePart

# Lines ``f`` of which the total of an employer's month is made. Of what was taken over only the
# open part is known: that is no month's total.
IN_TOTAL = f"""f.key_id = f.id AND f.part <> {LATE_FEE} AND f.run_id NOT IN (
    SELECT id FROM collection_billrun WHERE kind IN ('TAKEN_OVER', 'AMENDED'))"""

# Employers and all entries that live on as them.
_PARTY = """
party AS MATERIALIZED (
    SELECT t.payer_id, y.party_id FROM touched t CROSS JOIN LATERAL (
        SELECT t.payer_id AS party_id UNION ALL
        SELECT a.party_id FROM people_alias a WHERE a.survivor_id = t.payer_id
            AND a.recorded_at <= %(known_at)s) y)"""


def _written(*, part: int) -> str:
    """What lines of nobody were written so far, and what is missing to ``now``."""
    return f"""
billed AS (
    SELECT x.payer_id, s.scheme, f.id AS key_id, f.payer_id AS key_payer,
        f.fen + coalesce(d.fen, 0) AS fen,
        row_number() OVER (PARTITION BY x.payer_id, s.scheme ORDER BY f.id) AS n
    FROM party x CROSS JOIN (SELECT DISTINCT scheme FROM term WHERE kind = 'EMPLOYED') s
    CROSS JOIN LATERAL (
        SELECT l.* FROM collection_billline l
        WHERE l.payer_id = x.party_id AND l.scheme = s.scheme AND l.month = %(month)s
            AND l.person_id IS NULL AND l.part = {part} AND l.key_id = l.id LIMIT 1) f
    LEFT JOIN LATERAL (
        SELECT sum(l.fen) AS fen FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true),
owed AS (
    SELECT b.key_id, coalesce(b.key_payer, payer_id) AS payer_id, NULL::bigint AS person_id, scheme,
        %(month)s::date AS month, {part}::smallint AS part,
        (coalesce(n.fen, 0) - coalesce(b.fen, 0))::bigint AS fen, 0::bigint AS account_fen
    FROM (SELECT *, 1::bigint AS n FROM now) n FULL JOIN billed b USING (payer_id, scheme, n)
    WHERE coalesce(n.fen, 0) <> coalesce(b.fen, 0))"""


# Whose total may be another: who has lines in this run, and who employs or employed those that
# were assessed again, be it to the same fen. Of these employers everybody is looked at.
ROUND_TOTALS = f"""
WITH {sql.TERM},
touched AS MATERIALIZED (
    SELECT coalesce(a.survivor_id, l.payer_id) AS payer_id FROM (
        SELECT payer_id FROM collection_billline
        WHERE run_id = %(run_id)s AND month = %(month)s AND part = 2
        UNION
        SELECT e.payer_id FROM collection_billchange c
        LEFT JOIN people_alias b ON b.survivor_id = c.person_id
        JOIN enrolment_enrolment e ON e.person_id IN (c.person_id, b.party_id)
            AND e.kind = 'EMPLOYED'
        WHERE c.run_id = %(run_id)s AND c.from_month <= %(month)s AND c.until_month > %(month)s) l
    {sql.survivor("a", "l.payer_id")} GROUP BY 1),
{_PARTY},
member AS MATERIALIZED (
    SELECT p.person_id, y.party_id, %(month)s::date AS from_month,
        (%(month)s::date + interval '1 month')::date AS until_month
    FROM (SELECT DISTINCT coalesce(a.survivor_id, e.person_id) AS person_id
          FROM party x JOIN enrolment_enrolment e ON e.payer_id = x.party_id
          {sql.survivor("a", "e.person_id")} WHERE e.valid @> %(month)s::date) p
    CROSS JOIN LATERAL (
        SELECT p.person_id AS party_id UNION ALL
        SELECT a.party_id FROM people_alias a WHERE a.survivor_id = p.person_id
            AND a.recorded_at <= %(known_at)s) y),
{sql.bases(enrolled=sql.ENROLLED_AGAIN)},
now AS (
    SELECT payer_id, scheme, CASE WHEN bool_or(rounds_once) THEN
        (sum(base_fen)::bigint * min(employer_ppm) + min(addend)) / ({MILLION} * min(unit_fen))
            * min(unit_fen) - sum(employer_fen)::bigint ELSE 0 END AS fen
    FROM shared JOIN term USING (scheme, kind, month)
    WHERE kind = 'EMPLOYED' AND payer_id IN (SELECT payer_id FROM touched)
    GROUP BY payer_id, scheme),
{_written(part=ROUNDING)},
{sql.WRITE}
"""

# Who has not declared the month, and the totals of its earlier months, in the same schemes.
_UNDECLARED = f"""
rule AS MATERIALIZED (
    SELECT u.* FROM collection_billrun r CROSS JOIN LATERAL jsonb_to_recordset(
        r.parameters -> 'undeclared') AS u (month date, factor_pm bigint, last_declared boolean,
            addend bigint, unit_fen bigint)
    WHERE r.id = %(run_id)s AND u.month = %(month)s),
touched AS MATERIALIZED (
    SELECT coalesce(a.survivor_id, u.payer_id) AS payer_id,
        bool_or(u.valid @> %(month)s::date AND {sql.known("u")} AND NOT EXISTS (
            SELECT FROM enrolment_deregistration g WHERE g.valid @> %(month)s::date
                AND g.payer_id = coalesce(a.survivor_id, u.payer_id) AND {sql.known("g")}))
            AS undeclared
    FROM collection_undeclared u {sql.survivor("a", "u.payer_id")}
    GROUP BY coalesce(a.survivor_id, u.payer_id)),
{_PARTY},
total AS (
    SELECT x.payer_id, f.scheme, f.month, sum(f.fen + coalesce(d.fen, 0)) AS fen,
        coalesce(sum(f.fen + coalesce(d.fen, 0)) FILTER (WHERE f.part = {ESTIMATE}), 0) > 0
            AS is_estimate
    FROM touched t JOIN party x USING (payer_id)
    JOIN collection_billline f ON f.payer_id = x.party_id AND f.month < %(month)s AND {IN_TOTAL}
    LEFT JOIN LATERAL (
        SELECT sum(l.fen) AS fen FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id) d ON true
    WHERE t.undeclared
    GROUP BY x.payer_id, f.scheme, f.month),
last AS (
    SELECT DISTINCT ON (payer_id, scheme) payer_id, scheme, fen FROM total CROSS JOIN rule
    WHERE fen > 0 AND NOT (last_declared AND is_estimate)
    ORDER BY payer_id, scheme, total.month DESC),
fixed AS (
    SELECT DISTINCT ON (x.payer_id, f.scheme) x.payer_id, f.scheme, f.fen
    FROM touched t JOIN party x USING (payer_id)
    JOIN collection_fixedamount f ON f.payer_id = x.party_id AND f.valid @> %(month)s::date
        AND {sql.known("f")}
    WHERE t.undeclared
        AND NOT EXISTS (SELECT FROM last l WHERE (l.payer_id, l.scheme) = (x.payer_id, f.scheme))
    ORDER BY x.payer_id, f.scheme, f.id DESC)"""

ESTIMATE_UNDECLARED = f"""
WITH {sql.TERM}, {_UNDECLARED},
now AS (
    SELECT payer_id, scheme,
        (fen::bigint * factor_pm + addend) / ({PER_MILLE} * unit_fen) * unit_fen AS fen
    FROM last CROSS JOIN rule
    UNION ALL SELECT payer_id, scheme, fen FROM fixed),
{_written(part=ESTIMATE)},
{sql.WRITE}
"""

# The agency must fix an amount itself for who has insured people and no earlier month; until then.
WITHOUT_TOTAL = f"""
WITH {_UNDECLARED}
INSERT INTO collection_notbilled (run_id, payer_id, scheme, month, code)
SELECT DISTINCT %(run_id)s, t.payer_id, e.scheme, %(month)s::date, 'collection_no_last_total'
FROM touched t JOIN party x USING (payer_id)
JOIN enrolment_enrolment e ON e.payer_id = x.party_id AND e.kind = 'EMPLOYED'
    AND e.valid @> %(month)s::date AND {sql.known("e")}
WHERE t.undeclared
    AND NOT EXISTS (SELECT FROM last l WHERE (l.payer_id, l.scheme) = (t.payer_id, e.scheme))
    AND NOT EXISTS (SELECT FROM fixed f WHERE (f.payer_id, f.scheme) = (t.payer_id, e.scheme))
"""

# Months to look at again: in which somebody was left out at the run before, or for which an amount
# was fixed since.
MONTHS_AGAIN = f"""
SELECT month FROM collection_notbilled WHERE run_id = %(previous)s
UNION
SELECT m::date FROM collection_fixedamount f CROSS JOIN LATERAL generate_series(
    greatest(lower(f.valid), %(first_month)s::date)::timestamp,
    %(period)s::date - interval '1 month', interval '1 month') m
WHERE {sql.changed("f")}
"""
