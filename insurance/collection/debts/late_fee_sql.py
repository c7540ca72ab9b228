"""The statement of late fees (滞纳金的 SQL): set-wise twin of ``late_fee.py``.

Parameters: ``end`` (the first day that does not count), ``free_after`` (days after a payment until
it bears no fee any more), ``capped``, ``addend`` and ``unit`` of the rounding; rates as three
arrays: ``firsts``, ``afters``, ``ppms``. ``{b}``, ``{t}``: whose bills and totals.
"""

from insurance.collection.debts.debt_sql import DEFERRED, PAID, STRETCHES

# Until when payments are known: the last day on which one of the accepted files tells of any.
COVERED = """
SELECT max(r.arrived) FROM collection_receipt r
JOIN collection_taxfile f ON f.id = r.file_id AND f.kind = 'RECEIPTS' AND f.accepted
WHERE r.channel = 'TAX'
"""

# Whose fees are asked for before the month ends: who pays one in this file, under every entry.
PAYERS = """
CREATE TEMP TABLE late_fee_payer ON COMMIT DROP AS
WITH named AS (
    SELECT DISTINCT c.canonical_id AS payer_id, r.scheme
    FROM collection_receipt r JOIN people_canonical c ON c.party_id = r.payer_id
    WHERE r.file_id = %(file)s AND r.late_fee)
SELECT payer_id, scheme FROM named
UNION ALL
SELECT a.party_id, n.scheme FROM named n JOIN people_alias a ON a.survivor_id = n.payer_id
"""
# One payer, whose fee of a month a case settles.
PAYER = """
CREATE TEMP TABLE late_fee_payer ON COMMIT DROP AS
SELECT %(payer)s::bigint AS payer_id, %(scheme)s::varchar AS scheme
"""
OF_PAYERS = {
    alias: f"({alias}.payer_id, {alias}.scheme) IN (SELECT payer_id, scheme FROM late_fee_payer)"
    for alias in ("b", "t")
}
OF_ALL = {"b": "true", "t": "true"}

_EMPLOYED = "b.kind = 'EMPLOYED' AND r.kind <> 'LATE_FEE' AND {b}"
_DEBT = f"""
WITH {STRETCHES.format(bills=_EMPLOYED)}, {PAID.format(totals="t.part <> 8 AND {t}")}, {DEFERRED},
late AS (  -- stretches of a debt that were not paid in time
    SELECT s.payer_id, s.scheme, s.month, s.pay_by + 1 AS start, s.base_fen, s.upto_fen,
        s.upto_fen - greatest(s.base_fen, coalesce(sum(p.fen), 0)::bigint) AS in_default_fen
    FROM stretch s LEFT JOIN paid p ON p.payer_id = s.payer_id AND p.scheme = s.scheme
        AND p.month = s.month AND p.arrived <= s.pay_by
    WHERE s.upto_fen > s.base_fen AND s.pay_by + 1 < %(end)s
    GROUP BY s.payer_id, s.scheme, s.month, s.pay_by, s.base_fen, s.upto_fen
    HAVING s.upto_fen > coalesce(sum(p.fen), 0))
"""

SINCE = _DEBT + "SELECT min(start) FROM late"

# Stretches of days between two changes; on each, what is neither paid nor deferred bears the fee.
FEES = (
    """
CREATE TEMP TABLE late_fee_now ON COMMIT DROP AS
"""
    + _DEBT
    + """,
rate AS (SELECT unnest(%(firsts)s::date[]) AS first, unnest(%(afters)s::date[]) AS after,
    unnest(%(ppms)s::bigint[]) AS ppm),
change AS (
    SELECT payer_id, scheme, month, arrived + %(free_after)s AS day, fen FROM paid
    UNION ALL SELECT payer_id, scheme, month, lower(valid), fen FROM deferred
    UNION ALL SELECT payer_id, scheme, month, upper(valid), -fen FROM deferred
        WHERE NOT upper_inf(valid)),
point AS (
    SELECT payer_id, scheme, month, start, start AS day, 0::bigint AS fen FROM late
    UNION ALL SELECT l.payer_id, l.scheme, l.month, l.start, greatest(c.day, l.start), c.fen
        FROM late l JOIN change c ON c.payer_id = l.payer_id AND c.scheme = l.scheme
            AND c.month = l.month AND c.day < %(end)s
    UNION ALL SELECT l.payer_id, l.scheme, l.month, l.start, r.first, 0
        FROM late l JOIN rate r ON r.first > l.start AND r.first < %(end)s),
days AS (
    SELECT payer_id, scheme, month, start, day, lead(day, 1, %(end)s::date) OVER w AS until,
        sum(fen) OVER w AS covered_fen
    FROM (SELECT payer_id, scheme, month, start, day, sum(fen) AS fen FROM point
          GROUP BY payer_id, scheme, month, start, day) p
    WINDOW w AS (PARTITION BY payer_id, scheme, month, start ORDER BY day)),
fee AS (
    SELECT l.payer_id, l.scheme, l.month, l.in_default_fen,
        div(sum(greatest(0, l.upto_fen - greatest(l.base_fen, d.covered_fen))
            * (d.until - d.day) * r.ppm) + %(addend)s, 1000000 * %(unit)s) * %(unit)s AS exact
    FROM late l
    JOIN days d USING (payer_id, scheme, month, start)
    JOIN rate r ON d.day >= r.first AND d.day < r.after
    GROUP BY l.payer_id, l.scheme, l.month, l.start, l.in_default_fen)
SELECT payer_id, scheme, month, sum(CASE WHEN %(capped)s THEN least(exact, in_default_fen)
    ELSE exact END)::bigint AS fen
FROM fee GROUP BY payer_id, scheme, month
"""
)

# By how much cases settled fees above or below what was known: the last one of each counts.
_SETTLED = """
settled AS (
    SELECT DISTINCT ON (d.payer, d.scheme, d.month) d.payer AS payer_id, d.scheme, d.month,
        d.fen - d.computed_fen AS fen
    FROM collection_billrun r
    CROSS JOIN LATERAL jsonb_to_record(r.parameters -> 'decided') AS d (
        payer bigint, scheme text, month date, fen bigint, computed_fen bigint)
    WHERE r.kind = 'LATE_FEE' AND r.case_id IS NOT NULL
    ORDER BY d.payer, d.scheme, d.month, r.id DESC)"""

_BILLED = """LATERAL (
    SELECT l.id AS key_id, l.fen + coalesce((SELECT sum(d.fen) FROM collection_billline d
        WHERE d.key_id = l.id AND d.key_id <> d.id), 0)::bigint AS fen
    FROM collection_billline l
    WHERE l.payer_id = s.payer_id AND l.scheme = s.scheme AND l.month = s.month
        AND l.person_id IS NULL AND l.part = 8 AND l.key_id = l.id)"""

# f(day) - f(billed so far), by key; what was charged and is owed no more falls to nothing.
DIFFERENCES = f"""
CREATE TEMP TABLE late_fee_difference ON COMMIT DROP AS
WITH {_SETTLED}
SELECT s.payer_id, s.scheme, s.month, k.key_id, t.fen - coalesce(k.fen, 0) AS fen
FROM (SELECT payer_id, scheme, month FROM late_fee_now
      UNION SELECT b.payer_id, b.scheme, b.month FROM collection_bill b
          JOIN collection_billrun r ON r.id = b.run_id AND r.kind = 'LATE_FEE' WHERE {{b}}) s
LEFT JOIN late_fee_now n USING (payer_id, scheme, month)
LEFT JOIN settled x USING (payer_id, scheme, month)
CROSS JOIN LATERAL (
    SELECT greatest(0, coalesce(n.fen, 0) + coalesce(x.fen, 0))::bigint AS fen) t
LEFT JOIN {_BILLED} k ON true
WHERE t.fen <> coalesce(k.fen, 0)
"""

# What a case brings one fee to; gives what was computed, nothing where it is that already.
EMPTIED = "TRUNCATE late_fee_difference"
SETTLED = f"""
WITH settled AS (
    INSERT INTO late_fee_difference
    SELECT s.payer_id, s.scheme, s.month, k.key_id, %(fen)s - coalesce(k.fen, 0)
    FROM (SELECT %(payer)s::bigint AS payer_id, %(scheme)s::varchar AS scheme,
        %(month)s::date AS month) s
    LEFT JOIN {_BILLED} k ON true
    WHERE %(fen)s <> coalesce(k.fen, 0)
    RETURNING payer_id, scheme, month)
SELECT coalesce(n.fen, 0)::bigint FROM settled
LEFT JOIN late_fee_now n USING (payer_id, scheme, month)
"""

# One fee, as it is known, and what came in of it.
COMPUTED = """
SELECT coalesce(sum(fen), 0) FROM late_fee_now
WHERE (payer_id, scheme, month) = (%(payer)s, %(scheme)s, %(month)s)
"""
RECEIVED = """
SELECT coalesce((SELECT sum(t.fen) FROM collection_matchtotal t
        WHERE (t.payer_id, t.scheme, t.month) = (%(payer)s, %(scheme)s, %(month)s)
            AND t.part = 8), 0)
    + coalesce((SELECT sum(s.fen) FROM collection_receipt r
        JOIN collection_suspense s ON s.receipt_id = r.id AND s.closed_at IS NULL
        WHERE r.payer_id = ANY (%(payers)s) AND r.late_fee
            AND (r.scheme, r.month) = (%(scheme)s, %(month)s)), 0)
"""

MONTHS = "SELECT DISTINCT scheme, month FROM late_fee_difference ORDER BY 1, 2"

LINES = """
INSERT INTO collection_billline
    (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen, account_fen)
SELECT id, coalesce(key_id, id), %(run_id)s, payer_id, NULL, scheme, month, 8, fen, 0
FROM (SELECT nextval('collection_billline_id_seq') AS id, d.* FROM
    (SELECT * FROM late_fee_difference ORDER BY payer_id, scheme, month) d) numbered
"""
