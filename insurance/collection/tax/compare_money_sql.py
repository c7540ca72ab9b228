"""The statements of ``compare_money``: the sentence of ``declared_money.money_finding``, set-wise.

Parameters: ``period`` (first day), ``today``, ``kinds``, ``gone``. Merged entries are their
survivors; an employer whom nobody knows here goes by the number that the tax bureau told.
"""

# Of whom the period's files tell: declared lines of employers, principal that employers paid in.
TOUCHED = """
DROP TABLE IF EXISTS money_touched, money_declared, money_received, money_found, money_kept;
CREATE TEMP TABLE money_touched ON COMMIT DROP AS
SELECT coalesce(y.survivor_id, d.payer_id, 0) AS payer,
    CASE WHEN d.payer_id IS NULL THEN d.payer_number ELSE '' END AS payer_number, d.scheme, d.month
FROM collection_taxfile f JOIN collection_declaredline d ON d.file_id = f.id
LEFT JOIN people_alias y ON y.party_id = d.payer_id
WHERE f.kind = 'DECLARATIONS' AND f.accepted AND f.period = %(period)s
UNION
SELECT coalesce(y.survivor_id, r.payer_id), '', r.scheme, r.month
FROM collection_taxfile f JOIN collection_receipt r ON r.file_id = f.id
JOIN people_party p ON p.id = r.payer_id AND p.kind = 'EMPLOYER'
LEFT JOIN people_alias y ON y.party_id = r.payer_id
WHERE f.kind = 'RECEIPTS' AND f.accepted AND f.period = %(period)s
    AND NOT r.late_fee AND r.channel = 'TAX' AND r.month IS NOT NULL;
ANALYZE money_touched
"""

# Nothing is declared or paid for a month before it began: older files tell nothing of it.
DECLARED = """
CREATE TEMP TABLE money_declared ON COMMIT DROP AS
SELECT payer, payer_number, scheme, month, sum(d.fen)::bigint AS fen, min(d.id) AS line,
    min(d.period) AS period, max(d.file_id) AS file
FROM money_touched t JOIN (
    SELECT coalesce(y.survivor_id, d.payer_id, 0) AS payer,
        CASE WHEN d.payer_id IS NULL THEN d.payer_number ELSE '' END AS payer_number,
        d.scheme, d.month, d.fen, d.id, d.file_id, f.period
    FROM collection_taxfile f JOIN collection_declaredline d ON d.file_id = f.id
    LEFT JOIN people_alias y ON y.party_id = d.payer_id
    WHERE f.kind = 'DECLARATIONS' AND f.accepted
        AND f.period >= (SELECT min(month) FROM money_touched)) d
    USING (payer, payer_number, scheme, month)
GROUP BY 1, 2, 3, 4;
ANALYZE money_declared
"""

RECEIVED = """
CREATE TEMP TABLE money_received ON COMMIT DROP AS
SELECT payer, payer_number, scheme, month, sum(r.fen)::bigint AS fen, min(r.period) AS period,
    max(r.file_id) AS file
FROM money_touched t JOIN (
    SELECT coalesce(y.survivor_id, r.payer_id, 0) AS payer,
        CASE WHEN r.payer_id IS NULL THEN r.payer_number ELSE '' END AS payer_number,
        r.scheme, r.month, r.fen, r.file_id, f.period
    FROM collection_taxfile f JOIN collection_receipt r ON r.file_id = f.id
    LEFT JOIN people_alias y ON y.party_id = r.payer_id
    WHERE f.kind = 'RECEIPTS' AND f.accepted
        AND f.period >= (SELECT min(month) FROM money_touched)
        AND NOT r.late_fee AND r.channel = 'TAX') r
    USING (payer, payer_number, scheme, month)
GROUP BY 1, 2, 3, 4;
ANALYZE money_received
"""

# Each stands in the period that told of it first, whichever period's files tell of it now. Without
# a declaration only of employers who declare that month at the tax bureau, of us: what was taken
# over had been declared to the old system. The last day to pay is that of their bills.
FOUND = """
CREATE TEMP TABLE money_found ON COMMIT DROP AS
SELECT k.*, CASE WHEN declared_fen = received_fen
            OR received_fen < declared_fen AND NOT is_due THEN 'AGREED'
        WHEN declared_fen = 0 THEN 'PAID_NOT_DECLARED'
        WHEN received_fen = 0 THEN 'DECLARED_NOT_PAID'
        ELSE 'PAID_OTHER_AMOUNT' END AS kind
FROM (
    SELECT least(d.period, r.period) AS period, payer, payer_number, scheme, month,
        greatest(d.file, r.file) AS file, coalesce(d.line, 0) AS line,
        coalesce(d.fen, 0) AS declared_fen, coalesce(r.fen, 0) AS received_fen,
        coalesce(b.pay_by, least(d.period, r.period) + interval '1 month' - interval '1 day')
            < %(today)s AS is_due
    FROM money_touched t
    LEFT JOIN money_declared d USING (payer, payer_number, scheme, month)
    LEFT JOIN money_received r USING (payer, payer_number, scheme, month)
    LEFT JOIN (
        SELECT coalesce(y.survivor_id, b.payer_id) AS payer, b.scheme, b.month,
            max(b.pay_by) AS pay_by
        FROM collection_bill b JOIN collection_billrun n ON n.id = b.run_id
        LEFT JOIN people_alias y ON y.party_id = b.payer_id
        WHERE b.kind = 'EMPLOYED' AND b.mode = 'DECLARED'
            AND n.kind NOT IN ('TAKEN_OVER', 'AMENDED')
            AND b.month >= (SELECT min(month) FROM money_touched)
        GROUP BY 1, 2, 3) b USING (payer, scheme, month)
    WHERE d.fen IS NOT NULL OR b.pay_by IS NOT NULL) k;
ANALYZE money_found
"""

COUNTS = "SELECT kind, count(*) FROM money_found GROUP BY kind ORDER BY kind"

# By ``whose`` entries live on as; the employer under whom it was found stays in the finding.
KEPT = """
CREATE TEMP TABLE money_kept ON COMMIT DROP AS
SELECT f.id, f.closed_at IS NULL AND f.case_id IS NULL AS may_close, f.kind,
    coalesce(f.payer_id, 0) AS payer, t.payer AS whose, payer_number, scheme, month,
    coalesce(f.declared_id, 0) AS line, f.declared_fen, f.received_fen
FROM collection_finding f LEFT JOIN people_alias y ON y.party_id = f.payer_id
JOIN money_touched t USING (payer_number, scheme, month)
WHERE t.payer = coalesce(y.survivor_id, f.payer_id, 0)
    AND f.decision <> %(gone)s AND f.kind = ANY (%(kinds)s);
ANALYZE money_kept
"""

_SAME = "kind, payer, payer_number, scheme, month, line, declared_fen, received_fen"

# What people are deciding now is left to them. The newest file that tells of it put it right.
CLOSE = f"""
UPDATE collection_finding SET decision = %(gone)s, closed_at = clock_timestamp(),
    gone_file_id = k.file
FROM (SELECT k.id, s.file FROM money_kept k LEFT JOIN money_found c USING ({_SAME})
    LEFT JOIN money_found s ON (s.payer, s.payer_number, s.scheme, s.month)
        = (k.whose, k.payer_number, k.scheme, k.month)
    WHERE k.may_close AND c.is_due IS NULL) k
WHERE k.id = collection_finding.id
"""

OPEN = f"""
INSERT INTO collection_finding (period, kind, payer_id, payer_number, scheme, month, declared_id,
    declared_fen, registered_fen, received_fen, owner_role, decision)
SELECT period, kind, nullif(payer, 0), payer_number, scheme, month, nullif(line, 0),
    declared_fen, 0, received_fen, 'FINANCE', ''
FROM money_found c LEFT JOIN money_kept k USING ({_SAME})
WHERE kind <> 'AGREED' AND k.id IS NULL
ORDER BY payer, payer_number, month, scheme
"""
