"""The statements that hold a bank's lines against the books (对账单核对的 SQL).

A line is settled with a posting of its own ledger account, whose whole amount it makes up alone or
with others; or it is cancelled by the line by which the bank took it back. All else is open: money
that one side knows and the other does not. The same question is asked as of any day ``until``.
"""

# Matches that count on the day: the voucher is of that day or before, and was not reversed by then.
LIVE = """
SELECT m.line_id, m.other_id, m.posting_id, m.kind, l.fen
FROM payments_linematch m
JOIN payments_statementline l ON l.id = m.line_id AND l.day <= %(until)s
JOIN payments_bankstatement s ON s.id = l.statement_id
JOIN payments_ownaccount o ON o.id = s.account_id AND o.book_id = %(book)s AND o.code = %(code)s
LEFT JOIN ledger_posting p ON p.id = m.posting_id
LEFT JOIN ledger_entry e ON e.id = p.entry_id
WHERE m.posting_id IS NULL OR (e.business_date <= %(until)s AND NOT EXISTS (
    SELECT FROM ledger_entry r WHERE r.reverses_id = e.id AND r.business_date <= %(until)s))
"""

# Lines of these accounts that nothing settles; postings beside them of which something has no line.
# A voucher and its reversal, both since the first statement, are nothing to a bank.
OPEN_LINES = """
SELECT l.*, o.book_id, o.bank, o.number, o.id AS account_id
FROM payments_statementline l
JOIN payments_bankstatement s ON s.id = l.statement_id
JOIN payments_ownaccount o ON o.id = s.account_id
WHERE o.book_id = %(book)s AND o.code = %(code)s AND l.day <= %(until)s
    AND NOT EXISTS (SELECT FROM live m WHERE m.line_id = l.id OR m.other_id = l.id)
"""
OPEN_POSTINGS = """
SELECT p.id, p.dr_fen - p.cr_fen AS fen,
    p.dr_fen - p.cr_fen - coalesce((SELECT sum(m.fen) FROM live m WHERE m.posting_id = p.id), 0)
        AS rest_fen,
    e.rule, e.source, e.source_id, e.business_date, e.month, e.voucher_no, e.summary
FROM ledger_posting p
JOIN ledger_account a ON a.id = p.account_id
JOIN ledger_entry e ON e.id = p.entry_id
LEFT JOIN ledger_entry b ON b.id = e.reverses_id
WHERE a.book_id = %(book)s AND a.code = %(code)s
    AND e.business_date BETWEEN %(since)s AND %(until)s
    AND (b.id IS NULL OR b.business_date < %(since)s)
    AND NOT EXISTS (SELECT FROM ledger_entry r
        WHERE r.reverses_id = e.id AND r.business_date <= %(until)s)
    AND p.dr_fen - p.cr_fen
        <> coalesce((SELECT sum(m.fen) FROM live m WHERE m.posting_id = p.id), 0)
"""
OPEN = f"""
WITH live AS MATERIALIZED ({LIVE}),
open AS MATERIALIZED ({OPEN_LINES}),
posted AS MATERIALIZED ({OPEN_POSTINGS})
"""

# Which posting a line names: of the batch whose number it has, or of whose lines it is one; of the
# answer by which a line came back; of the paper whose number it has.
NAMED = """
SELECT l.id AS line_id, p.id AS posting_id, l.fen AS line_fen, p.fen AS posting_fen
FROM open l
JOIN payments_batch b ON b.no = l.our_ref AND b.book_id = l.book_id
JOIN posted p ON l.fen < 0 AND p.source = 'payments.sent' AND p.source_id = b.id::text
UNION
SELECT l.id, p.id, l.fen, p.fen
FROM open l
JOIN payments_batch b ON b.no = l.our_ref AND b.book_id = l.book_id
JOIN payments_returnfile r ON r.batch_id = b.id
JOIN posted p ON p.fen = l.fen AND p.source = 'payments.return'
    AND p.source_id IN (r.id || '/expense', r.id || '/liability')
UNION
SELECT l.id, p.id, l.fen, p.fen
FROM (SELECT o.*, split_part(our_ref, '-', 1) AS due_ref, split_part(our_ref, '-', 2) AS n
    FROM open o WHERE our_ref ~ '^[1-9][0-9]{0,17}-[1-9][0-9]{0,3}$') l
JOIN payments_attempt t ON t.due_ref = l.due_ref::bigint AND t.n = l.n::smallint
LEFT JOIN payments_outcome o ON l.fen > 0 AND o.due_ref = t.due_ref AND o.n = t.n AND o.state = 9
JOIN posted p ON CASE WHEN l.fen < 0
    THEN p.source = 'payments.sent' AND p.source_id = t.batch_id::text
        AND (p.rule = 'reissue.sent.liability') = t.from_liability
    ELSE (p.source, split_part(p.source_id, '/', 1)) IN (
            ('payments.return', o.return_file_id::text), ('payments.decision', o.case_id::text))
        AND (split_part(p.source_id, '/', 2) = 'liability') = t.from_liability
        AND (p.rule = 'payment.pending.returned') = EXISTS (SELECT FROM payments_outcome f
            WHERE f.due_ref = t.due_ref AND f.n = t.n AND f.state < 8) END
UNION
SELECT l.id, p.id, l.fen, p.fen
FROM open l
JOIN cases_case c ON l.our_ref <> '' AND c.kind = 'FUND_PAPER'
    AND c.content->>'document' = l.our_ref
JOIN posted p ON p.source = 'ledger.fund_paper' AND p.source_id = c.id::text
"""
WITH_NAMED = f"""
{OPEN},
named AS MATERIALIZED ({NAMED})
"""

# What the bank took back itself: its own reference again, the opposite amount, once.
REVERSE = f"""
{OPEN},
pair AS (
    SELECT later.id AS line_id, first.id AS other_id
    FROM open later JOIN open first ON first.account_id = later.account_id
        AND first.bank_ref = later.bank_ref AND first.fen = -later.fen AND first.id < later.id
    WHERE later.bank_ref <> '')
INSERT INTO payments_linematch (line_id, other_id, kind)
SELECT line_id, other_id, 'REVERSED' FROM pair p
WHERE (SELECT count(*) FROM pair q WHERE q.line_id IN (p.line_id, p.other_id)
    OR q.other_id IN (p.line_id, p.other_id)) = 1
"""

# All lines that name a posting make it up, and none of them names another.
MATCH_NAMED = f"""
{WITH_NAMED},
whole AS (
    SELECT posting_id FROM named n
    GROUP BY posting_id, posting_fen
    HAVING sum(line_fen) = posting_fen AND bool_and((SELECT count(*) FROM named o
        WHERE o.line_id = n.line_id) = 1))
INSERT INTO payments_linematch (line_id, posting_id, kind)
SELECT line_id, posting_id, 'REFERENCE' FROM named JOIN whole USING (posting_id)
"""

# One line and one posting of the same amount, near each other, and no other of it on either side.
# Neither is spoken of by name: what is named and differs is for people to look at.
MATCH_AMOUNT = f"""
{WITH_NAMED},
near AS (
    SELECT l.id AS line_id, p.id AS posting_id
    FROM open l JOIN posted p ON p.fen = l.fen AND p.rest_fen = p.fen
        AND p.business_date BETWEEN l.day - %(days)s::int AND l.day + %(days)s::int
    WHERE NOT EXISTS (SELECT FROM named n WHERE n.line_id = l.id OR n.posting_id = p.id))
INSERT INTO payments_linematch (line_id, posting_id, kind)
SELECT line_id, posting_id, 'AMOUNT' FROM near n
WHERE (SELECT count(*) FROM near o WHERE o.line_id = n.line_id) = 1
    AND (SELECT count(*) FROM near o WHERE o.posting_id = n.posting_id) = 1
"""
MATCHES = (REVERSE, MATCH_NAMED, MATCH_AMOUNT)

# Every line of these accounts in one state: settled, taken back, named but of another amount, or
# money that came or went and the books do not know.
STATES = f"""
{WITH_NAMED}
SELECT l.id, CASE
    WHEN EXISTS (SELECT FROM live m WHERE m.posting_id IS NOT NULL AND m.line_id = l.id)
        THEN 'MATCHED'
    WHEN EXISTS (SELECT FROM live m WHERE m.line_id = l.id OR m.other_id = l.id) THEN 'REVERSED'
    WHEN EXISTS (SELECT FROM named n WHERE n.line_id = l.id) THEN 'AMOUNT_DIFFERS'
    WHEN l.fen > 0 THEN 'BANK_RECEIVED' ELSE 'BANK_PAID' END AS state
FROM payments_statementline l
JOIN payments_bankstatement s ON s.id = l.statement_id
JOIN payments_ownaccount a ON a.id = s.account_id AND a.book_id = %(book)s AND a.code = %(code)s
"""

# The two sides of the table (余额调节表), as of the last day of the month.
ITEMS = f"""
{OPEN}
SELECT side, day, fen, told, place FROM (
SELECT 'BANK' AS side, l.day, l.fen, concat_ws(' ', nullif(l.our_ref, ''), nullif(l.summary, '')),
    l.bank || ' ' || l.number || ' 第 ' || l.seq || ' 笔', l.id
FROM open l
UNION ALL
SELECT 'BOOK', p.business_date, p.rest_fen::bigint, p.summary,
    to_char(p.month, 'YYYY-MM') || ' 第 ' || p.voucher_no || ' 号凭证', p.id
FROM posted p
) AS item (side, day, fen, told, place, id)
ORDER BY side, day, id
"""
BALANCES = """
SELECT coalesce(sum(p.dr_fen - p.cr_fen), 0)::bigint
FROM ledger_posting p
JOIN ledger_account a ON a.id = p.account_id
JOIN ledger_entry e ON e.id = p.entry_id
WHERE a.book_id = %(book)s AND a.code = %(code)s AND e.business_date <= %(until)s
"""
# By account whose statements began by then: until when there are some, and should be (to its end,
# where it ended before), what was held on the day.
ACCOUNTS = """
SELECT o.bank, o.number, max(s.end_date), least(%(until)s::date, e.last_day),
    coalesce(
        (SELECT l.balance_fen FROM payments_statementline l
         JOIN payments_bankstatement t ON t.id = l.statement_id AND t.account_id = o.id
         WHERE l.day <= %(until)s ORDER BY t.start_date DESC, l.seq DESC LIMIT 1),
        (array_agg(s.opening_fen ORDER BY s.start_date))[1])
FROM payments_ownaccount o
JOIN payments_bankstatement s ON s.account_id = o.id AND s.accepted
LEFT JOIN payments_ownaccountend e ON e.account_id = o.id
WHERE o.book_id = %(book)s AND o.code = %(code)s
GROUP BY o.id, e.account_id HAVING min(s.start_date) <= %(until)s
ORDER BY o.bank, o.number
"""
