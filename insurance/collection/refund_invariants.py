"""Prove the promises of refunds on live data (退库不变量): each check gives what breaks it."""

from payments.ledger.invariants import Broken, broken_by

# The account that a refund's part was booked in; what was in suspense is a liability.
_BOOKED = """CASE WHEN t.suspense_id IS NOT NULL THEN '2001' WHEN t.part = 7 THEN '4101'
    WHEN t.part = 6 THEN '4102' WHEN t.part = 8 THEN '4501' ELSE '4001' END"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "退库:入库款=核销+滞纳金+待处理+应退和已退库的",
        """
        SELECT scheme, coalesce(r.fen, 0)::text, coalesce(k.fen, 0)::text
        FROM (SELECT r.scheme, sum(r.fen) AS fen FROM collection_receipt r
              JOIN collection_match m ON m.file_id = r.file_id AND m.kind = 'RECEIPTS'
              GROUP BY 1) r
        FULL JOIN (SELECT scheme, sum(fen) AS fen FROM (
                SELECT scheme, fen FROM collection_matchtotal
                UNION ALL
                SELECT r.scheme, s.fen FROM collection_suspense s
                JOIN collection_receipt r ON r.id = s.receipt_id WHERE s.closed_at IS NULL
                UNION ALL
                SELECT scheme, fen FROM collection_treasuryrefund WHERE state <> 'WITHDRAWN') x
              GROUP BY 1) k USING (scheme)
        WHERE coalesce(r.fen, 0) <> coalesce(k.fen, 0)
        """,
    ),
    (
        "退库:退费的核销都有应退库款",
        """
        SELECT concat_ws('/', match_id, payer_id, month, part), coalesce(m.fen, 0)::text,
            coalesce(t.fen, 0)::text
        FROM (SELECT t.match_id, t.payer_id, t.month, t.part, -sum(t.fen) AS fen
              FROM collection_matchtotal t
              JOIN collection_match m ON m.id = t.match_id AND m.kind = 'REFUND'
              GROUP BY 1, 2, 3, 4) m
        FULL JOIN (SELECT match_id, payer_id, month, part, fen FROM collection_treasuryrefund
              WHERE match_id IS NOT NULL) t USING (match_id, payer_id, month, part)
        WHERE coalesce(m.fen, 0) <> coalesce(t.fen, 0)
        """,
    ),
    (
        "退库:退回的待处理款都有应退库款",
        """
        SELECT '待处理款 ' || coalesce(s.id, t.suspense_id), coalesce(s.fen, 0)::text,
            coalesce(t.fen, 0)::text
        FROM (SELECT id, fen FROM collection_suspense WHERE decision = 'REFUND') s
        FULL JOIN (SELECT suspense_id, fen FROM collection_treasuryrefund
            WHERE suspense_id IS NOT NULL) t ON t.suspense_id = s.id
        WHERE coalesce(s.fen, 0) <> coalesce(t.fen, 0)
        """,
    ),
    (
        "退库:撤回的款项回到核销和待处理",
        """
        SELECT '核销批次 ' || m.id, coalesce(t.fen, 0)::text, coalesce(k.fen, 0)::text
        FROM collection_match m
        LEFT JOIN (SELECT undone_id, sum(fen) AS fen FROM collection_treasuryrefund GROUP BY 1) t
            ON t.undone_id = m.id
        LEFT JOIN (SELECT match_id, sum(fen) AS fen FROM (
                SELECT match_id, fen FROM collection_allocation
                UNION ALL SELECT match_id, fen FROM collection_suspense) x GROUP BY 1) k
            ON k.match_id = m.id
        WHERE m.kind = 'UNDONE' AND coalesce(t.fen, 0) <> coalesce(k.fen, 0)
        """,
    ),
    # The n-th refund that a match withdraws has entries of its own; where the year in which it had
    # left was closed, what came back later is told to the account (转回).
    (
        "退库:撤回的账户部分都已转回",
        """
        WITH nth AS (
            SELECT undone_id, match_id,
                row_number() OVER (PARTITION BY undone_id ORDER BY match_id) - 1 AS n
            FROM collection_treasuryrefund WHERE undone_id IS NOT NULL AND match_id IS NOT NULL
            GROUP BY 1, 2),
        kept AS (
            SELECT t.undone_id, t.match_id, n.n, l.person_id, l.scheme, CASE l.part
                    WHEN 1 THEN 'PERSON' WHEN 2 THEN 'EMPLOYER' WHEN 6 THEN 'COLLECTIVE'
                    ELSE 'SUBSIDY' END AS part, l.month, -sum(a.account_fen) AS fen
            FROM collection_treasuryrefund t JOIN nth n USING (undone_id, match_id)
            JOIN collection_allocation a ON a.match_id = t.match_id
            JOIN collection_billline l ON l.id = a.key_id
                AND (l.payer_id, l.month, l.part) = (t.payer_id, t.month, t.part)
            GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(a.account_fen) <> 0),
        entered AS (
            SELECT k.*, c.fen AS credited, g.arrival_month AS left_month,
                c.arrival_month AS back_month
            FROM kept k
            LEFT JOIN accounts_accountentry g ON g.source = 'ALLOCATION'
                AND g.source_id = k.match_id AND g.n = 0
                AND (g.person_id, g.scheme, g.part, g.for_month)
                    = (k.person_id, k.scheme, k.part, k.month)
            LEFT JOIN accounts_accountentry c ON c.source = 'ALLOCATION'
                AND c.source_id = k.undone_id AND c.n = k.n
                AND (c.person_id, c.scheme, c.part, c.for_month)
                    = (k.person_id, k.scheme, k.part, k.month))
        SELECT concat_ws('/', '核销批次 ' || undone_id, person_id, scheme, part, month),
            fen || '|' || left_month, concat_ws('|', credited, back_month)
        FROM entered WHERE fen IS DISTINCT FROM credited OR back_month < left_month
      UNION ALL
        SELECT concat_ws('/', '业务件 ' || case_id, person_id, scheme, left_month, back_month),
            coalesce(e.fen, 0)::text, coalesce(b.fen, 0)::text
        FROM (SELECT m.case_id, person_id, scheme, left_month, back_month, sum(e.fen) AS fen
              FROM entered e JOIN collection_match m ON m.id = e.undone_id
              WHERE back_month > left_month GROUP BY 1, 2, 3, 4, 5) e
        FULL JOIN (SELECT case_id, person_id, scheme, left_month, back_month, sum(fen) AS fen
              FROM accounts_cameback GROUP BY 1, 2, 3, 4, 5) b
            USING (case_id, person_id, scheme, left_month, back_month)
        WHERE coalesce(e.fen, 0) <> coalesce(b.fen, 0)
        """,
    ),
    (
        "退库:国库退了的才记账,记的就是所退",
        f"""
        SELECT concat_ws('/', '应退库款 ' || id, code), coalesce(t.fen, 0)::text,
            coalesce(p.fen, 0)::text
        FROM (SELECT t.id, t.scheme, c.code, c.fen FROM collection_treasuryrefund t
              JOIN collection_refundanswer a ON a.refund_id = t.id AND a.outcome = 'PAID'
                  AND a.trouble = ''
              CROSS JOIN LATERAL (VALUES ({_BOOKED}, a.fen),
                  (CASE t.channel WHEN 'FISCAL' THEN '1003' ELSE '1005' END, -a.fen)) c (code, fen)
              ) t
        FULL JOIN (SELECT e.source_id::bigint AS id, b.scheme, a.code,
                  sum(p.dr_fen - p.cr_fen) AS fen
              FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
              JOIN ledger_account a ON a.id = p.account_id JOIN ledger_book b ON b.id = e.book_id
              WHERE e.source = 'collection.refund' GROUP BY 1, 2, 3) p USING (id, scheme, code)
        WHERE coalesce(t.fen, 0) <> coalesce(p.fen, 0)
        """,
    ),
    (
        "退库:状态与国库的回执相符",
        """
        SELECT '应退库款 ' || t.id, t.state,
            concat_ws('/', a.paid, a.paid_fen, a.refused, u.uses, u.fen)
        FROM collection_treasuryrefund t
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE outcome = 'PAID') AS paid,
                coalesce(sum(fen) FILTER (WHERE outcome = 'PAID'), 0) AS paid_fen,
                count(*) FILTER (WHERE outcome = 'REFUSED') AS refused
            FROM collection_refundanswer WHERE refund_id = t.id AND trouble = '') a
        CROSS JOIN LATERAL (
            SELECT count(*) AS uses, coalesce(sum(fen), 0) AS fen
            FROM collection_advanceuse WHERE refund_id = t.id) u
        WHERE a.paid > 1
            OR (t.state = 'PAID') <> (a.paid_fen + u.fen = t.fen)
            OR t.state <> 'PAID' AND a.paid > 0
            OR t.state = 'PART' AND u.uses = 0
            OR t.state = 'WITHDRAWN' AND u.uses > 0
            OR a.refused NOT BETWEEN t.attempt - 1 - u.uses AND t.attempt
            OR t.state = 'REFUSED' AND a.refused NOT BETWEEN t.attempt - u.uses AND t.attempt
            OR t.state IN ('DECIDED', 'LISTED') AND a.refused > t.attempt - 1
        """,
    ),
    (
        "退库:送国库的清单是其所列",
        """
        SELECT f.name, f.row_count || '|' || f.fen, count(s.fen) || '|' || coalesce(sum(s.fen), 0)
        FROM collection_taxfile f LEFT JOIN collection_sentrefund s ON s.file_id = f.id
        WHERE f.kind = 'REFUNDS' AND f.accepted GROUP BY f.id, f.name, f.row_count, f.fen
        HAVING (count(s.fen), coalesce(sum(s.fen), 0)) <> (f.row_count, f.fen)
        """,
    ),
    (
        "退库:国库多付的都记暂付,抵付、退回的不超过它",
        """
        SELECT '国库多付 ' || v.id, v.fen || '|' || a.fen || '|' || a.outcome,
            coalesce(u.fen, 0)::text
        FROM collection_refundadvance v JOIN collection_refundanswer a ON a.id = v.answer_id
        LEFT JOIN (SELECT advance_id, sum(fen) AS fen FROM collection_advanceuse GROUP BY 1) u
            ON u.advance_id = v.id
        WHERE v.fen <> a.fen OR a.outcome <> 'PAID' OR a.trouble = ''
            OR a.closed_case_id IS DISTINCT FROM v.case_id OR coalesce(u.fen, 0) > v.fen
        """,
    ),
    (
        "退库:国库多付的只抵付同一缴款人的",
        """
        SELECT concat_ws('/', '国库多付 ' || v.id, '应退库款 ' || t.id), v.payer_id::text,
            t.payer_id::text
        FROM collection_advanceuse u JOIN collection_refundadvance v ON v.id = u.advance_id
        JOIN collection_treasuryrefund t ON t.id = u.refund_id
        JOIN people_canonical a ON a.party_id = v.payer_id
        JOIN people_canonical b ON b.party_id = t.payer_id
        WHERE a.canonical_id <> b.canonical_id
        """,
    ),
    (
        "退库:国库多付的记账就是其付出、抵付和退回",
        f"""
        WITH of_advance AS (
            SELECT v.id, v.scheme, CASE v.channel WHEN 'FISCAL' THEN '1003' ELSE '1005' END AS cash
            FROM collection_refundadvance v)
        SELECT concat_ws('/', '国库多付 ' || id, code), coalesce(t.fen, 0)::text,
            coalesce(p.fen, 0)::text
        FROM (SELECT id, scheme, code, sum(fen) AS fen FROM (
                SELECT o.id, o.scheme, c.code, c.fen FROM of_advance o
                JOIN collection_refundadvance v USING (id)
                CROSS JOIN LATERAL (VALUES ('1101', v.fen), (o.cash, -v.fen)) c (code, fen)
                UNION ALL
                SELECT o.id, o.scheme, c.code, c.fen FROM of_advance o
                JOIN collection_advanceuse u ON u.advance_id = o.id
                LEFT JOIN collection_treasuryrefund t ON t.id = u.refund_id
                CROSS JOIN LATERAL (VALUES ('1101', -u.fen),
                    (CASE WHEN t.id IS NULL THEN o.cash ELSE {_BOOKED} END, u.fen)) c (code, fen)
              ) x GROUP BY 1, 2, 3) t
        FULL JOIN (SELECT split_part(e.source_id, '/', 1)::bigint AS id, b.scheme, a.code,
                  sum(p.dr_fen - p.cr_fen) AS fen
              FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
              JOIN ledger_account a ON a.id = p.account_id JOIN ledger_book b ON b.id = e.book_id
              WHERE e.source = 'collection.advance' GROUP BY 1, 2, 3) p USING (id, scheme, code)
        WHERE coalesce(t.fen, 0) <> coalesce(p.fen, 0)
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
