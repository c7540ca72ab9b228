"""The statements that type a return file (回盘定性的 SQL): every line in exactly one state."""

FORGET = "DROP TABLE IF EXISTS pg_temp.answer, pg_temp.typed"

# The file's lines. ``due_ref`` and ``n`` are empty, and ``ref`` is not, where the reference
# cannot be one of ours.
ANSWER = """
CREATE TEMP TABLE answer (due_ref bigint, n smallint, ref text, account text, name text,
    fen bigint NOT NULL, code text NOT NULL) ON COMMIT DROP
"""
LOAD = "COPY answer (due_ref, n, ref, account, name, fen, code) FROM STDIN WITH (NULL '')"

# 0 not of this batch, then OutcomeState: 1 SILENT 2 UNKNOWN 4 AMOUNT_DIFFERS 5 NAME_DIFFERS 8 PAID
# 9 RETURNED. ``m`` is what the bank's code means; a code nobody has mapped is UNKNOWN.
STATE = """
CASE WHEN a.due_ref IS NULL THEN 0
     WHEN r.fen IS NULL THEN 1
     WHEN coalesce(m.state, 2) = 2 THEN 2
     WHEN r.fen <> a.fen THEN 4
     WHEN m.state = 9 THEN 9
     WHEN r.account IS DISTINCT FROM a.account_no OR r.name IS DISTINCT FROM a.holder_name THEN 5
     ELSE 8 END
"""
REASON = """
CASE WHEN r.fen = a.fen AND m.state = 9 THEN m.reason
     WHEN r.fen IS DISTINCT FROM a.fen OR m.state IS DISTINCT FROM 8 THEN ''
     WHEN r.account IS DISTINCT FROM a.account_no THEN 'ACCOUNT_DIFFERS'
     WHEN r.name IS DISTINCT FROM a.holder_name THEN 'NAME_DIFFERS'
     ELSE '' END
"""
LINES = "(SELECT * FROM payments_attempt WHERE batch_id = %(batch)s)"
KNOWN = "(SELECT max(o.state) FROM payments_outcome o WHERE o.due_ref = a.due_ref AND o.n = a.n)"
TYPED = f"""
CREATE TEMP TABLE typed ON COMMIT DROP AS
SELECT coalesce(a.due_ref, r.due_ref) AS due_ref, coalesce(a.n, r.n) AS n, r.ref,
    ({STATE})::smallint AS state, ({REASON}) AS reason, a.fen AS instructed_fen,
    r.fen AS bank_fen, r.name AS bank_name,
    CASE WHEN r.name IS DISTINCT FROM a.holder_name THEN a.holder_name END AS holder_name,
    {{known}}::smallint AS known
FROM {LINES} a {{join}} JOIN answer r ON r.due_ref = a.due_ref AND r.n = a.n
LEFT JOIN (SELECT * FROM unnest(%(codes)s::text[], %(states)s::smallint[], %(reasons)s::text[])
    AS u (code, state, reason)) m ON m.code = r.code
"""
# The first answer is about every line of the batch, later ones only about the lines they hold.
TYPED_FIRST = TYPED.format(join="FULL", known="0")
TYPED_LATER = TYPED.format(join="RIGHT", known=f"coalesce({KNOWN}, 0)")

# By these it is joined and sifted; what the bank wrote costs more to look at than it tells.
KNOW_TYPED = "ANALYZE typed (due_ref, n, state, known, reason)"

COUNT_OF_BATCH = "SELECT count(*) FROM typed WHERE state > 0"

# A line of ours that the file names twice has no answer: all its amounts stand in one row.
MERGE_TWINS = """
WITH twins AS (
    DELETE FROM typed t USING (SELECT due_ref, n FROM typed WHERE state > 0
        GROUP BY due_ref, n HAVING count(*) > 1) d
    WHERE t.due_ref = d.due_ref AND t.n = d.n RETURNING t.*)
INSERT INTO typed (due_ref, n, state, reason, instructed_fen, bank_fen, bank_name, known)
SELECT due_ref, n, 3, 'DUPLICATE_REF', instructed_fen, sum(bank_fen), min(bank_name), known
FROM twins GROUP BY due_ref, n, instructed_fen, known
"""

# Python folds widths and dots in these few, some at a time.
MISNAMED = """
SELECT due_ref, n, holder_name, bank_name FROM typed
WHERE state = 5 AND reason = 'NAME_DIFFERS' AND due_ref > %(after)s
ORDER BY due_ref, n LIMIT %(most)s
"""
SAME_NAME = """
UPDATE typed t SET state = 8, reason = ''
FROM unnest(%(due_refs)s::bigint[], %(ns)s::smallint[]) AS same (due_ref, n)
WHERE t.due_ref = same.due_ref AND t.n = same.n
"""

# An outcome only ever adds what stands above the state already known.
OUTCOMES = """
INSERT INTO payments_outcome (due_ref, n, state, fen, reason, return_file_id)
SELECT due_ref, n, state, coalesce(bank_fen, 0), reason, %(file)s
FROM typed WHERE state > known
"""

# The bank has answered what it had left open. Before new discrepancies of these lines are opened.
CLOSE_ANSWERED = """
UPDATE payments_discrepancy d SET decision = 'BANK_ANSWERED', closed_at = now()
FROM typed t
WHERE t.known BETWEEN 1 AND 5 AND t.state > t.known AND d.due_ref = t.due_ref AND d.n = t.n
    AND d.kind IN ('SILENT', 'UNKNOWN', 'DUPLICATE', 'AMOUNT_DIFFERS', 'NAME_DIFFERS')
    AND d.closed_at IS NULL
"""

# Two people found that a returned line was paid after all, and that stands: the bank agrees if it
# says so again.
FOUND_PAID = """
t.known = 9 AND EXISTS (SELECT 1 FROM payments_attempt f
    JOIN payments_batch c ON c.id = f.batch_id AND c.kind = 'FOUND'
    WHERE f.due_ref = t.due_ref AND f.n > t.n AND NOT EXISTS (SELECT 1 FROM payments_outcome b
        WHERE b.due_ref = f.due_ref AND b.n = f.n AND b.state = 9))
"""

# What is not simply paid needs a person: so does a return after a payment, a line that is not of
# this batch, and an answer that falls behind what is known (CONTRADICTS). The few lines of other
# batches are looked up one by one: a join would read all attempts there ever were.
DISCREPANCIES = f"""
INSERT INTO payments_discrepancy (batch_id, return_file_id, kind, ref, due_ref, n, instructed_fen,
    bank_fen, bank_name, reason, proposal, owner_role, opened_at, decision)
SELECT %(batch)s, %(file)s, k.kind, coalesce(t.ref, t.due_ref || '-' || t.n),
    CASE WHEN t.state > 0 THEN t.due_ref END, CASE WHEN t.state > 0 THEN t.n END,
    coalesce(t.instructed_fen, o.fen), t.bank_fen, left(coalesce(t.bank_name, ''), 150),
    CASE WHEN t.state BETWEEN 1 AND t.known THEN 'CONTRADICTS' ELSE t.reason END,
    coalesce(p.proposal, q.proposal), coalesce(p.owner_role, q.owner_role), now(), ''
FROM typed t
LEFT JOIN LATERAL (SELECT * FROM payments_attempt a
    WHERE t.state = 0 AND a.due_ref = t.due_ref AND a.n = t.n LIMIT 1) o ON true
CROSS JOIN LATERAL (SELECT CASE
    WHEN t.state = 0 AND o.due_ref IS NOT NULL THEN 'OTHER_BATCH'
    WHEN t.state <= t.known OR t.state = 0 THEN 'EXTRA'
    WHEN t.state = 1 THEN 'SILENT' WHEN t.state = 2 THEN 'UNKNOWN' WHEN t.state = 3 THEN 'DUPLICATE'
    WHEN t.state = 4 THEN 'AMOUNT_DIFFERS' WHEN t.state = 5 THEN 'NAME_DIFFERS'
    WHEN t.known = 8 THEN 'LATE_RETURN' ELSE 'RETURNED' END AS kind) k
LEFT JOIN (SELECT * FROM unnest(%(own_reasons)s::text[], %(proposals)s::text[], %(owners)s::text[])
    AS u (reason, proposal, owner_role)) p ON p.reason = t.reason AND t.state > t.known
LEFT JOIN (SELECT * FROM unnest(%(kinds)s::text[], %(kind_proposals)s::text[],
    %(kind_owners)s::text[]) AS u (kind, proposal, owner_role)) q ON q.kind = k.kind
WHERE CASE WHEN {FOUND_PAID} THEN t.state <> 8
    ELSE (t.state <> t.known AND t.state <> 8) OR t.state < t.known OR t.state = 0 END
ON CONFLICT DO NOTHING
"""

# An account that the bank refused is not paid to again until somebody corrects it.
BLOCKS = """
INSERT INTO payments_accountblock (account_id, reason, due_ref, n)
SELECT DISTINCT ON (acc.id) acc.id, t.reason, t.due_ref, t.n
FROM typed t
JOIN payments_attempt a ON a.due_ref = t.due_ref AND a.n = t.n
JOIN payments_payeeaccount acc ON acc.payee_id = a.payee_id AND acc.bank = %(bank)s
    AND acc.account_no = a.account_no AND acc.holder_name = a.holder_name
    AND acc.superseded_at IS NULL
WHERE t.state = 9 AND t.state > t.known AND t.reason = ANY(%(suspending)s)
ORDER BY acc.id, t.due_ref
ON CONFLICT (account_id) DO NOTHING
"""
