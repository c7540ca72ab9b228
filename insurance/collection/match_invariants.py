"""Prove the promises of matching on live data (核销不变量): each check gives what breaks it."""

from django.utils import timezone

from insurance.collection.debts import debt_sql
from payments.ledger.invariants import Broken, broken_by

# The account of each part: contributions, subsidies, collective aid, late fees.
_INCOME = "CASE t.part WHEN 7 THEN '4101' WHEN 6 THEN '4102' WHEN 8 THEN '4501' ELSE '4001' END"

# Lines and allocations on one side, bills and totals, which all that is due rests on, on the other.
_STANDING = f"""
{debt_sql.debts()}, line AS (
    SELECT payer_id, scheme, month, part = 8 AS is_fee, sum(fen) AS fen
    FROM collection_billline GROUP BY 1, 2, 3, 4),
paid_lines AS (
    SELECT l.payer_id, l.scheme, l.month, l.part = 8 AS is_fee, sum(a.fen) AS fen
    FROM collection_allocation a JOIN collection_billline l ON l.id = a.key_id GROUP BY 1, 2, 3, 4)
SELECT concat_ws('/', payer_id, scheme, month), coalesce(l.fen, 0)::text,
    concat_ws('|', coalesce(a.fen, 0), s.not_due, deferred_fen, s.arrears, gap_fen, -credit_fen)
FROM line l FULL JOIN paid_lines a USING (payer_id, scheme, month, is_fee)
FULL JOIN (SELECT *, {debt_sql.NOT_DUE} AS not_due, {debt_sql.ARREARS} AS arrears FROM debt) s
    USING (payer_id, scheme, month, is_fee)
WHERE coalesce(l.fen, 0) IS DISTINCT FROM coalesce(a.fen, 0)
        + s.not_due + deferred_fen + s.arrears + gap_fen - credit_fen
    AND NOT EXISTS (SELECT FROM collection_billrun WHERE state = 'OPEN')
"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "征缴:每笔入库款=核销+待处理",
        """
        SELECT '税票 ' || r.tax_no, r.fen::text, (coalesce(a.fen, 0) + coalesce(s.fen, 0))::text
        FROM collection_receipt r
        JOIN collection_match m ON m.file_id = r.file_id AND m.kind = 'RECEIPTS'
        LEFT JOIN (SELECT match_id, funds_id, sum(fen) AS fen FROM collection_allocation
            GROUP BY 1, 2) a ON a.match_id = m.id AND a.funds_id = r.id
        LEFT JOIN collection_suspense s ON s.match_id = m.id AND s.receipt_id = r.id
        WHERE r.fen <> coalesce(a.fen, 0) + coalesce(s.fen, 0)
        """,
    ),
    (
        "征缴:每笔待处理款只由其核销批次或退库了结",
        """
        SELECT '待处理款 ' || s.id, s.fen::text,
            (coalesce(a.fen, 0) + coalesce(n.fen, 0))::text
        FROM collection_suspense s
        LEFT JOIN collection_match m ON m.case_id = s.case_id AND m.kind = 'SUSPENSE'
        LEFT JOIN (SELECT match_id, funds_id, sum(fen) AS fen FROM collection_allocation
            GROUP BY 1, 2) a ON a.match_id = m.id AND a.funds_id = s.receipt_id
        LEFT JOIN collection_suspense n ON n.match_id = m.id AND n.receipt_id = s.receipt_id
        WHERE s.decision = 'MATCH' AND s.fen <> coalesce(a.fen, 0) + coalesce(n.fen, 0)
        """,
    ),
    # More than is billed now was matched only where the bill fell afterwards: a credit.
    (
        "征缴:没有款项被核销为负或多于应缴",
        """
        SELECT '款项 ' || k.key_id, k.fen::text, a.fen::text
        FROM (SELECT key_id, sum(fen) AS fen, sum(account_fen) AS account_fen,
                bool_or(fen < 0 OR key_id <> id AND account_fen < 0) AS fell
            FROM collection_billline GROUP BY key_id) k
        JOIN (SELECT key_id, sum(fen) AS fen, sum(account_fen) AS account_fen
            FROM collection_allocation GROUP BY key_id) a USING (key_id)
        WHERE a.fen < least(0, k.fen) OR a.account_fen < 0
            OR NOT k.fell AND (a.fen > k.fen OR a.account_fen > k.account_fen)
        """,
    ),
    (
        "征缴:核销都有其款项",
        """
        SELECT '款项 ' || a.key_id, '应缴明细', '无' FROM collection_allocation a
        LEFT JOIN collection_billline l ON l.id = a.key_id AND l.key_id = l.id
        WHERE l.id IS NULL
        """,
    ),
    (
        "征缴:滞纳金、补缴和接管的应缴单等于其明细之和",
        """
        SELECT concat_ws('/', run_id, payer_id, scheme, month), coalesce(l.fen, 0)::text,
            coalesce(b.fen, 0)::text
        FROM (SELECT l.run_id, l.payer_id, l.scheme, l.month, sum(l.fen) AS fen
              FROM collection_billline l
              JOIN collection_billrun r ON r.id = l.run_id AND r.state = 'DONE'
                  AND r.kind IN ('LATE_FEE', 'BACK_PAYMENT', 'TAKEN_OVER', 'AMENDED', 'ONE_OFF')
              GROUP BY 1, 2, 3, 4) l
        FULL JOIN (SELECT b.* FROM collection_bill b JOIN collection_billrun r ON r.id = b.run_id
                  AND r.kind IN ('LATE_FEE', 'BACK_PAYMENT', 'TAKEN_OVER', 'AMENDED', 'ONE_OFF')) b
            USING (run_id, payer_id, scheme, month)
        WHERE l.fen IS DISTINCT FROM b.fen
        """,
    ),
    (
        "征缴:核销合计等于核销之和",
        """
        SELECT concat_ws('/', match_id, payer_id, scheme, month, part),
            coalesce(a.fen, 0) || '|' || coalesce(a.account_fen, 0),
            coalesce(t.fen, 0) || '|' || coalesce(t.account_fen, 0)
        FROM (SELECT a.match_id, l.payer_id, l.scheme, l.month, l.part, sum(a.fen) AS fen,
                  sum(a.account_fen) AS account_fen
              FROM collection_allocation a JOIN collection_billline l ON l.id = a.key_id
              GROUP BY 1, 2, 3, 4, 5) a
        FULL JOIN (SELECT match_id, payer_id, scheme, month, part, sum(fen) AS fen,
                  sum(account_fen) AS account_fen
              FROM collection_matchtotal GROUP BY 1, 2, 3, 4, 5) t
            USING (match_id, payer_id, scheme, month, part)
        WHERE (coalesce(a.fen, 0), coalesce(a.account_fen, 0))
            <> (coalesce(t.fen, 0), coalesce(t.account_fen, 0))
        """,
    ),
    (
        "征缴:核销批次的汇总=核销+滞纳金+待处理",
        """
        SELECT '核销批次 ' || m.id, concat_ws('|', m.summary->>'matched_fen',
                m.summary->>'late_fee_fen', m.summary->>'suspense_fen'),
            concat_ws('|', coalesce(t.matched, 0), coalesce(t.late_fee, 0), coalesce(s.fen, 0))
        FROM collection_match m
        LEFT JOIN (SELECT match_id, coalesce(sum(fen) FILTER (WHERE part <> 8), 0) AS matched,
                coalesce(sum(fen) FILTER (WHERE part = 8), 0) AS late_fee
            FROM collection_matchtotal GROUP BY 1) t ON t.match_id = m.id
        LEFT JOIN (SELECT match_id, sum(fen) AS fen FROM collection_suspense GROUP BY 1) s
            ON s.match_id = m.id
        WHERE ((m.summary->>'matched_fen')::bigint, (m.summary->>'late_fee_fen')::bigint,
            (m.summary->>'suspense_fen')::bigint) IS DISTINCT FROM
            (coalesce(t.matched, 0), coalesce(t.late_fee, 0), coalesce(s.fen, 0))
        """,
    ),
    (
        "征缴:核销的账户部分=个人账户记账",
        """
        SELECT concat_ws('/', source_id, person_id, scheme, part, for_month),
            coalesce(a.fen, 0)::text, coalesce(e.fen, 0)::text
        FROM (SELECT a.match_id AS source_id, l.person_id, l.scheme, CASE l.part
                  WHEN 1 THEN 'PERSON' WHEN 2 THEN 'EMPLOYER' WHEN 6 THEN 'COLLECTIVE'
                  ELSE 'SUBSIDY' END AS part, l.month AS for_month, sum(a.account_fen) AS fen
              FROM collection_allocation a JOIN collection_billline l ON l.id = a.key_id
              WHERE a.account_fen <> 0 GROUP BY 1, 2, 3, 4, 5) a
        FULL JOIN (SELECT source_id, person_id, scheme, part, for_month, sum(fen) AS fen
              FROM accounts_accountentry WHERE source = 'ALLOCATION' GROUP BY 1, 2, 3, 4, 5) e
            USING (source_id, person_id, scheme, part, for_month)
        WHERE coalesce(a.fen, 0) <> coalesce(e.fen, 0)
        """,
    ),
    # Credits within a scheme move nothing between accounts; their sums are zero here.
    (
        "征缴:总账收入科目等于核销",
        f"""
        SELECT concat_ws('/', match_id, scheme, code), coalesce(t.fen, 0)::text,
            coalesce(p.fen, 0)::text
        FROM (SELECT t.match_id, t.scheme, {_INCOME} AS code, sum(t.fen) AS fen
              FROM collection_matchtotal t
              JOIN collection_match m ON m.id = t.match_id
                  AND m.kind IN ('CREDITS', 'RECEIPTS', 'SUSPENSE')
              GROUP BY 1, 2, 3) t
        FULL JOIN (SELECT split_part(e.source_id, '/', 1)::bigint AS match_id, b.scheme, a.code,
                  sum(p.cr_fen - p.dr_fen) AS fen
              FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
              JOIN ledger_account a ON a.id = p.account_id JOIN ledger_book b ON b.id = e.book_id
              WHERE e.source IN ('collection.receipts', 'collection.suspense')
                  AND a.code IN ('4001', '4101', '4102', '4501')
              GROUP BY 1, 2, 3) p USING (match_id, scheme, code)
        WHERE coalesce(t.fen, 0) <> coalesce(p.fen, 0)
        """,
    ),
    (
        "征缴:总账暂收款等于未了的待处理款和待退库的",
        """
        SELECT scheme, coalesce(s.fen, 0)::text, coalesce(p.fen, 0)::text
        FROM (SELECT r.scheme, sum(s.fen - coalesce(u.fen, 0)) AS fen FROM collection_suspense s
              JOIN collection_receipt r ON r.id = s.receipt_id
              LEFT JOIN collection_treasuryrefund t ON t.suspense_id = s.id
              LEFT JOIN (SELECT refund_id, sum(fen) AS fen FROM collection_advanceuse
                  GROUP BY 1) u ON u.refund_id = t.id
              WHERE s.closed_at IS NULL OR t.state IN ('DECIDED', 'LISTED', 'REFUSED', 'PART')
              GROUP BY 1) s
        FULL JOIN (SELECT b.scheme, sum(p.cr_fen - p.dr_fen) AS fen
              FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
              JOIN ledger_account a ON a.id = p.account_id AND a.code = '2001'
              JOIN ledger_book b ON b.id = e.book_id
              WHERE e.source LIKE 'collection.%%' GROUP BY 1) p USING (scheme)
        WHERE coalesce(s.fen, 0) <> coalesce(p.fen, 0)
        """,
    ),
    # What the tax bureau told is in the treasury's hands, what the finance bureau paid in ours.
    (
        "征缴:国库存款、财政专户的收款等于各渠道入库款减退库",
        """
        SELECT concat_ws('/', scheme, code), coalesce(r.fen, 0)::text, coalesce(p.fen, 0)::text
        FROM (SELECT scheme, code, sum(fen) AS fen FROM (
                SELECT r.scheme, CASE r.channel WHEN 'FISCAL' THEN '1003' ELSE '1005' END AS code,
                    r.fen
                FROM collection_receipt r
                JOIN collection_match m ON m.file_id = r.file_id AND m.kind = 'RECEIPTS'
                UNION ALL
                SELECT t.scheme, CASE t.channel WHEN 'FISCAL' THEN '1003' ELSE '1005' END, -a.fen
                FROM collection_treasuryrefund t JOIN collection_refundanswer a
                    ON a.refund_id = t.id AND a.outcome = 'PAID' AND a.trouble = ''
                UNION ALL
                SELECT v.scheme, CASE v.channel WHEN 'FISCAL' THEN '1003' ELSE '1005' END,
                    coalesce(u.fen, 0) - v.fen
                FROM collection_refundadvance v
                LEFT JOIN (SELECT advance_id, sum(fen) AS fen FROM collection_advanceuse
                    WHERE refund_id IS NULL GROUP BY 1) u ON u.advance_id = v.id) x
              GROUP BY 1, 2) r
        FULL JOIN (SELECT b.scheme, a.code, sum(p.dr_fen - p.cr_fen) AS fen
              FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
              JOIN ledger_account a ON a.id = p.account_id JOIN ledger_book b ON b.id = e.book_id
              WHERE e.source IN ('collection.receipts', 'collection.refund', 'collection.advance')
                  AND a.code IN ('1003', '1005')
              GROUP BY 1, 2) p USING (scheme, code)
        WHERE coalesce(r.fen, 0) <> coalesce(p.fen, 0)
        """,
    ),
    ("征缴:应缴=核销+未到期+缓缴+欠费+断缴,多缴另计", _STANDING),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS, {"today": timezone.localdate()})


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
