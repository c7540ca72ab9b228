"""The statements of ``compare``: the sentences of ``declared.compare``, set-wise.

Parameters: ``period`` (first day), ``kinds``, ``gone``. Lines go by their numbers: of declarations
in the order in which they came, of the register by the first line of the key. Unknown employers are
kept apart by number.
"""

# Merged entries are their survivors. Whoever's number is nobody's belongs together by name.
DECLARED = """
DROP TABLE IF EXISTS compare_declared, compare_registered, compare_grouped, compare_found,
    compare_kept, compare_silent;
CREATE TEMP TABLE compare_declared ON COMMIT DROP AS
SELECT d.id AS line, coalesce(py.survivor_id, d.payer_id) AS payer_id,
    CASE WHEN d.payer_id IS NULL THEN d.payer_number ELSE '' END AS payer_number,
    coalesce(pa.survivor_id, d.person_id) AS person_id,
    CASE WHEN d.person_id IS NULL THEN d.search_name ELSE '' END AS by_name,
    d.search_name AS name, d.scheme, d.month, d.fen
FROM collection_taxfile f JOIN collection_declaredline d ON d.file_id = f.id
LEFT JOIN people_alias py ON py.party_id = d.payer_id
LEFT JOIN people_alias pa ON pa.party_id = d.person_id
WHERE f.kind = 'DECLARATIONS' AND f.accepted AND f.period = %(period)s;
ANALYZE compare_declared
"""

# What the period's runs ask of persons at employers who declare: own and employer's share together.
# What a run takes back is no declaration's business.
REGISTERED = """
CREATE TEMP TABLE compare_registered ON COMMIT DROP AS
SELECT l.*, coalesce(n.search_name, '') AS name FROM (
    SELECT min(l.key_id) AS line, coalesce(py.survivor_id, l.payer_id) AS payer_id,
        coalesce(pa.survivor_id, l.person_id) AS person_id, l.scheme, l.month,
        sum(l.fen)::bigint AS fen
    FROM collection_billrun r JOIN collection_bill b ON b.run_id = r.id
    JOIN collection_billline l ON l.run_id = b.run_id
        AND (l.payer_id, l.scheme, l.month) = (b.payer_id, b.scheme, b.month)
    LEFT JOIN people_alias py ON py.party_id = l.payer_id
    LEFT JOIN people_alias pa ON pa.party_id = l.person_id
    WHERE r.period = %(period)s AND r.state = 'DONE' AND b.kind = 'EMPLOYED'
        AND b.mode = 'DECLARED' AND l.part IN (1, 2)
    GROUP BY 2, 3, 4, 5 HAVING sum(l.fen) > 0) l
LEFT JOIN people_partyname n ON n.party_id = l.person_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid);
ANALYZE compare_registered
"""

# Several lines of a person that make what is expected all count; else a repeated amount does not.
# Per person: what counts, whether all lines bear the registered name, and the first line.
GROUPED = """
CREATE TEMP TABLE compare_grouped ON COMMIT DROP AS
WITH held AS (
    SELECT d.*, r.line AS registered, r.fen AS expected, r.name AS registered_name,
        sum(d.fen) OVER (PARTITION BY d.payer_id, d.payer_number, d.scheme, d.month, d.person_id,
            d.by_name) = coalesce(r.fen, 0) AS agrees,
        row_number() OVER (PARTITION BY d.payer_id, d.payer_number, d.scheme, d.month, d.person_id,
            d.by_name, d.fen ORDER BY d.line) AS nth
    FROM compare_declared d LEFT JOIN compare_registered r
        ON (r.payer_id, r.person_id, r.scheme, r.month)
            = (d.payer_id, d.person_id, d.scheme, d.month))
SELECT payer_id, payer_number, scheme, month, person_id, registered, expected,
    min(line) AS declared, sum(fen)::bigint AS fen, bool_and(name = registered_name) AS same_name,
    (array_agg(name ORDER BY line))[1] AS name, false AS repeated
FROM held WHERE agrees OR nth = 1
GROUP BY payer_id, payer_number, scheme, month, person_id, by_name, registered, expected
UNION ALL
SELECT payer_id, payer_number, scheme, month, person_id, NULL, NULL, line, fen, NULL, name, true
FROM held WHERE NOT agrees AND nth > 1;
ANALYZE compare_grouped
"""

# Whom an employer who declared nothing of a scheme and month insures: one finding for them all.
SILENT = """
CREATE TEMP TABLE compare_silent ON COMMIT DROP AS
SELECT payer_id, scheme, month, sum(fen)::bigint AS fen FROM compare_registered r
WHERE NOT EXISTS (SELECT FROM compare_declared d
    WHERE (d.payer_id, d.scheme, d.month) = (r.payer_id, r.scheme, r.month))
GROUP BY 1, 2, 3;
ANALYZE compare_silent
"""

# What is left on both sides is paired by name, each once. Numbers are above zero: who is nobody
# here has the number zero, too, by which findings of then and now are compared.
FOUND = """
CREATE TEMP TABLE compare_found ON COMMIT DROP AS
SELECT f.*, coalesce(payer_id, 0) AS payer, coalesce(person_id, 0) AS person,
    coalesce(declared, 0) AS line
FROM (SELECT CASE WHEN NOT same_name THEN 'OTHER_PERSON' WHEN fen = expected THEN 'AGREED'
        ELSE 'OTHER_AMOUNT' END AS kind,
    payer_id, payer_number, scheme, month, person_id, declared, fen AS declared_fen,
    expected AS registered_fen
FROM compare_grouped WHERE registered IS NOT NULL
UNION ALL
SELECT 'DUPLICATE', payer_id, payer_number, scheme, month, person_id, declared, fen, 0
FROM compare_grouped WHERE repeated
UNION ALL
SELECT 'NOT_DECLARED', payer_id, '', scheme, month, NULL, NULL, 0, fen FROM compare_silent
UNION ALL
SELECT CASE WHEN u.line IS NULL THEN 'PAID_WITHOUT_REGISTER'
        WHEN s.declared IS NULL THEN 'REGISTER_WITHOUT_PAYMENT' ELSE 'OTHER_PERSON' END,
    payer_id, coalesce(s.payer_number, ''), scheme, month, coalesce(u.person_id, s.person_id),
    s.declared, coalesce(s.fen, 0), coalesce(u.fen, 0)
FROM (SELECT *, row_number() OVER (PARTITION BY payer_id, scheme, month, name ORDER BY declared)
        AS n FROM compare_grouped WHERE registered IS NULL AND NOT repeated) s
FULL JOIN (SELECT r.*, row_number() OVER (PARTITION BY payer_id, scheme, month, name ORDER BY line)
        AS n FROM compare_registered r
    WHERE NOT EXISTS (SELECT FROM compare_grouped g WHERE g.registered = r.line)
        AND NOT EXISTS (SELECT FROM compare_silent q
            WHERE (q.payer_id, q.scheme, q.month) = (r.payer_id, r.scheme, r.month))) u
    USING (payer_id, scheme, month, name, n)) f;
ANALYZE compare_found
"""

COUNTS = "SELECT kind, count(*) FROM compare_found GROUP BY kind ORDER BY kind"

# What was found before. It is analysed here: the table itself may have grown a moment ago.
KEPT = """
CREATE TEMP TABLE compare_kept ON COMMIT DROP AS
SELECT id, closed_at IS NULL AND case_id IS NULL AS may_close, kind, coalesce(payer_id, 0) AS payer,
    scheme, month, coalesce(person_id, 0) AS person, coalesce(declared_id, 0) AS line,
    declared_fen, registered_fen
FROM collection_finding
WHERE period = %(period)s AND decision <> %(gone)s AND kind = ANY (%(kinds)s);
ANALYZE compare_kept
"""

_SAME = "kind, payer, scheme, month, person, line, declared_fen, registered_fen"

# What people are deciding now is left to them.
CLOSE = f"""
UPDATE collection_finding SET decision = %(gone)s, closed_at = clock_timestamp()
WHERE id IN (SELECT k.id FROM compare_kept k LEFT JOIN compare_found c USING ({_SAME})
    WHERE k.may_close AND c.kind IS NULL)
"""

OPEN = f"""
INSERT INTO collection_finding (period, kind, payer_id, payer_number, scheme, month, person_id,
    declared_id, declared_fen, registered_fen, owner_role, decision)
SELECT %(period)s, kind, c.payer_id, c.payer_number, scheme, month, c.person_id, c.declared,
    declared_fen, registered_fen,
    CASE kind WHEN 'DUPLICATE' THEN 'FINANCE' ELSE 'CLERK' END, ''
FROM compare_found c LEFT JOIN compare_kept k USING ({_SAME})
WHERE kind <> 'AGREED' AND k.id IS NULL
ORDER BY c.payer_id, month, scheme, c.declared, c.person_id
"""
