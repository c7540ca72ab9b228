"""Prove the promises of benefits on live data (待遇不变量): each check gives what breaks it."""

from insurance.benefits.double_draws import IN_FORCE
from insurance.benefits.monthly_sql import FRAGMENTS
from payments.ledger.invariants import Broken, broken_by

CANCELLED = "INV-04 撤销的应发:有其发放月份,所属月份按已知情形仍应发的另有应发"
KNOWN = "{0}.recorded_at <= l.known_at AND coalesce({0}.superseded_at > l.known_at, true)"
# A month of which a due was cancelled: as the last sealed run knew it, what is owed of it is due
# by the others, or was paid by the old system; what was found overpaid is not owed.
TOO_LITTLE = f"""
WITH l AS (
    SELECT period, known_at FROM benefits_run WHERE state = 'SEALED' ORDER BY period DESC LIMIT 1),
cancelled AS MATERIALIZED (
    SELECT DISTINCT d.entitlement_id, d.for_month FROM benefits_cancelled k
    JOIN benefits_due d ON d.due_ref = k.due_ref JOIN l ON k.run_period <= l.period)
SELECT e.id || '/' || to_char(t.for_month, 'YYYY-MM'), coalesce(o.fen, 0)::text,
    (coalesce(d.fen, 0) + coalesce(p.fen, 0) - coalesce(v.fen, 0))::text
FROM l CROSS JOIN cancelled t JOIN benefits_entitlement e ON e.id = t.entitlement_id
LEFT JOIN LATERAL (SELECT sum(c.fen) AS fen FROM benefits_component c
    WHERE c.entitlement_id = e.id AND c.valid @> t.for_month AND {KNOWN.format("c")}
        AND e.start_month <= t.for_month
        AND NOT EXISTS (SELECT FROM people_death x WHERE x.person_id = e.person_id
            AND x.confirmed AND x.death_date < t.for_month AND {KNOWN.format("x")})
        AND NOT EXISTS (SELECT FROM benefits_stop s WHERE s.entitlement_id = e.id
            AND s.valid @> t.for_month AND {KNOWN.format("s")})) o ON true
LEFT JOIN LATERAL (SELECT sum(c.fen) AS fen FROM benefits_component c
    WHERE c.entitlement_id = e.id AND c.case_id IS NULL AND c.valid @> t.for_month
        AND t.for_month BETWEEN e.start_month AND e.paid_through) p ON true
LEFT JOIN LATERAL (SELECT sum(u.fen) AS fen FROM {FRAGMENTS["dues"]} u
    WHERE u.entitlement_id = e.id AND u.for_month = t.for_month AND NOT EXISTS (
        SELECT FROM benefits_cancelled k WHERE k.due_ref = u.due_ref)) d ON true
LEFT JOIN LATERAL (SELECT sum(w.fen) AS fen FROM benefits_overpaid w
    WHERE w.entitlement_id = e.id AND w.for_month = t.for_month) v ON true
WHERE coalesce(d.fen, 0) + coalesce(p.fen, 0) - coalesce(v.fen, 0) < coalesce(o.fen, 0)
UNION ALL
SELECT k.due_ref::text, '发放月份', k.run_period::text FROM benefits_cancelled k
LEFT JOIN benefits_run r ON r.period = k.run_period WHERE r.id IS NULL
"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "INV-02 每个明细有其应发,金额与收款人相同",
        """
        SELECT a.due_ref || '-' || a.n, coalesce(d.fen::text, '无应发'), a.fen::text
        FROM payments_attempt a LEFT JOIN benefits_due d ON d.due_ref = a.due_ref
        WHERE d.due_ref IS NULL
            AND NOT EXISTS (  -- whose dues are no benefits
                SELECT FROM payments_attempt f JOIN payments_batch b ON b.id = f.batch_id
                WHERE f.due_ref = a.due_ref AND f.n = 1 AND b.kind = 'EMPLOYER')
            AND NOT EXISTS (SELECT FROM accounts_outgoingdue o WHERE o.due_ref = a.due_ref)
            AND NOT EXISTS (SELECT FROM benefits_claimdue c WHERE c.due_ref = a.due_ref)
            OR (d.fen, d.payee_id, d.parts) <> (a.fen, a.payee_id, a.parts)
        """,
    ),
    (
        "INV-02 每项待遇依据基线或已办结的业务件",
        """
        SELECT e.id::text, '已办结', coalesce(c.state, '无') FROM benefits_entitlement e
        LEFT JOIN cases_case c ON c.id = e.case_id
        WHERE e.baseline_id IS NULL AND c.state IS DISTINCT FROM 'APPROVED'
        """,
    ),
    (
        "INV-04 已封存月份:每笔应发入批、暂缓、撤销或由继承人领取",
        """
        SELECT d.due_ref::text, '入批、暂缓、撤销或继承', '都不是' FROM benefits_due d
        JOIN benefits_run r ON r.period = d.run_period AND r.state = 'SEALED'
        WHERE d.kind <> 3
            AND NOT EXISTS (SELECT 1 FROM payments_attempt a WHERE a.due_ref = d.due_ref)
            AND NOT EXISTS (SELECT 1 FROM benefits_cancelled k WHERE k.due_ref = d.due_ref)
            AND NOT EXISTS (SELECT 1 FROM benefits_inheriteddue i WHERE i.due_ref = d.due_ref)
            AND NOT EXISTS (SELECT 1 FROM benefits_held h WHERE h.due_ref = d.due_ref
                AND h.run_period = (SELECT max(period) FROM benefits_run WHERE state = 'SEALED'))
        """,
    ),
    (
        "INV-04 应发=入批+暂缓(封存时)",
        """
        SELECT period::text, summary->>'entitled_fen',
            ((summary->>'batch_fen')::bigint + (summary->>'held_fen')::bigint)::text
        FROM benefits_run WHERE state = 'SEALED' AND (
            (summary->>'entitled_fen')::bigint <>
                (summary->>'batch_fen')::bigint + (summary->>'held_fen')::bigint
            OR (summary->>'entitled')::bigint <>
                (summary->>'batched')::bigint + (summary->>'held')::bigint)
        """,
    ),
    (
        "INV-04 入批等于首发批次之和",
        """
        SELECT r.period::text, r.summary->>'batch_fen', coalesce(sum(b.fen), 0)::text
        FROM benefits_run r
        LEFT JOIN payments_batch b ON b.period = r.period AND b.kind = 'REGULAR'
        WHERE r.state = 'SEALED' GROUP BY r.id
        HAVING coalesce(sum(b.fen), 0) <> (r.summary->>'batch_fen')::bigint
        """,
    ),
    (
        "INV-03 每项待遇每月至多一笔当月应发",
        """
        SELECT entitlement_id || '/' || for_month, '1', count(*)::text FROM benefits_due
        WHERE kind = 1 GROUP BY entitlement_id, payee_id, for_month HAVING count(*) > 1
        """,
    ),
    (
        "INV-03 原系统已发的月份没有当月应发",
        """
        SELECT d.due_ref::text, '原系统已发至' || to_char(e.paid_through, 'YYYY-MM'),
            to_char(d.for_month, 'YYYY-MM')
        FROM benefits_due d JOIN benefits_entitlement e ON e.id = d.entitlement_id
        WHERE d.kind IN (1, 3) AND d.for_month <= e.paid_through
        """,
    ),
    (
        "同一月份既暂缓又入批的应发",
        """
        SELECT h.due_ref::text, '只居其一', b.no FROM benefits_held h
        JOIN payments_attempt a ON a.due_ref = h.due_ref AND a.n = 1
        JOIN payments_batch b ON b.id = a.batch_id AND b.period <= h.run_period
        """,
    ),
    (CANCELLED, TOO_LITTLE),
    (
        "撤销的应发从未入账",
        """
        SELECT k.due_ref::text, '未入账', '已入账' FROM benefits_cancelled k
        JOIN payments_outcome o ON o.due_ref = k.due_ref AND o.state = 8
        WHERE NOT EXISTS (SELECT 1 FROM payments_outcome r
            WHERE r.due_ref = o.due_ref AND r.n = o.n AND r.state = 9)
        """,
    ),
    (
        "合并:被合并的一方没有在发的待遇,也不与保留的一方同月",
        f"""
        SELECT '待遇 ' || f.id, '已停发', f.months::text
        FROM people_alias k JOIN ({IN_FORCE}) f ON f.person_id = k.party_id
        WHERE upper_inf(f.months) OR EXISTS (SELECT FROM (
                SELECT k.survivor_id AS party_id
                UNION ALL SELECT o.party_id FROM people_alias o
                    WHERE o.survivor_id = k.survivor_id AND o.party_id <> k.party_id) p
            JOIN ({IN_FORCE}) s ON s.person_id = p.party_id AND s.months && f.months)
        """,
    ),
    (
        "多发都在备查簿中",
        """
        SELECT o.run_period || '/' || o.payee_id, sum(o.fen)::text, coalesce(m.fen, 0)::text
        FROM benefits_overpaid o
        JOIN benefits_run r ON r.period = o.run_period AND r.state = 'SEALED'
        JOIN benefits_entitlement e ON e.id = o.entitlement_id
        LEFT JOIN (SELECT book_id, source_id, sum(fen) AS fen FROM ledger_memoentry
            WHERE source = 'benefits.run' GROUP BY 1, 2) m ON m.book_id = e.book_id
            AND m.source_id = to_char(o.run_period, 'YYYY-MM') || '/' || o.payee_id
        GROUP BY o.run_period, o.payee_id, e.book_id, m.fen
        HAVING sum(o.fen) <> coalesce(m.fen, 0)
        """,
    ),
    (
        "账户支付:每个分块记入的明细等于其合计",
        """
        SELECT p.batch_id || '/' || p.chunk, p.taken_fen::text, coalesce(e.fen, 0)::text
        FROM benefits_accountpayout p LEFT JOIN (
            SELECT a.batch_id, a.chunk, -sum(e.fen) AS fen FROM accounts_accountentry e
            JOIN payments_attempt a ON a.due_ref = e.source_id AND a.n = e.n
            WHERE e.source = 'DUE' AND e.kind = 'PAYOUT' GROUP BY 1, 2) e
            ON e.batch_id = p.batch_id AND e.chunk = p.chunk
        WHERE p.taken_fen <> coalesce(e.fen, 0)
        """,
    ),
    (
        "账户支付:每笔明细有其银行已付或由继承人领取的应发,不超过应发",
        """
        SELECT e.id::text, '已付的应发', e.source_id || '-' || e.n FROM accounts_accountentry e
        LEFT JOIN payments_attempt a ON a.due_ref = e.source_id AND a.n = e.n
        LEFT JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 8
        LEFT JOIN benefits_accountpayout p ON p.batch_id = a.batch_id AND p.chunk = a.chunk
        LEFT JOIN benefits_inheriteddue i ON i.due_ref = e.source_id AND i.n = e.n
        LEFT JOIN benefits_due d ON d.due_ref = coalesce(a.due_ref, i.due_ref)
            AND d.for_month = e.for_month
        LEFT JOIN benefits_entitlement t ON t.id = d.entitlement_id AND t.scheme = e.scheme
        LEFT JOIN people_alias ea ON ea.party_id = e.person_id
        LEFT JOIN people_alias ta ON ta.party_id = t.person_id
        WHERE e.source = 'DUE' AND e.kind = 'PAYOUT' AND (
            i.due_ref IS NULL AND (o.due_ref IS NULL OR p.batch_id IS NULL) OR -e.fen > d.fen
            OR coalesce(ta.survivor_id, t.person_id)
                IS DISTINCT FROM coalesce(ea.survivor_id, e.person_id))
        """,
    ),
    (
        "账户支付:银行退回的、继承撤销的已转回,其余没有转回",
        """
        SELECT e.source_id || '-' || e.n, CASE WHEN b.back THEN '转回' ELSE '支付' END,
            sum(e.fen)::text
        FROM accounts_accountentry e
        LEFT JOIN payments_outcome o ON o.due_ref = e.source_id AND o.n = e.n AND o.state = 9
        LEFT JOIN (benefits_inheriteddue i JOIN benefits_claim c ON c.id = i.claim_id
            AND NOT benefits_claim_stands(c.id)) ON i.due_ref = e.source_id AND i.n = e.n
        CROSS JOIN LATERAL (SELECT num_nonnulls(o.due_ref, i.due_ref) > 0) b (back)
        WHERE e.source = 'DUE'
        GROUP BY e.source_id, e.n, e.person_id, e.scheme, e.for_month, b.back
        HAVING CASE WHEN b.back THEN sum(e.fen) <> 0 ELSE count(*) <> 1 END
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
