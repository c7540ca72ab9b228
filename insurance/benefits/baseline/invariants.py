"""Prove that nothing joined the signed baseline since (接管不变量): whoever puts an entitlement, an
amount, an account, a hold or a death that names no case beside it by SQL is found. Amounts that
name one are proved where all who write them are known: ``backend.city.amount_invariants``."""

from payments.ledger.invariants import Broken, broken_by

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "INV-02 每份基线恰有一条接管记录",
        """
        SELECT '基线 ' || b.id, '1', count(a.id)::text FROM benefits_baseline b
        LEFT JOIN audit_act a ON a.subject_kind = 'benefits.baseline'
            AND a.subject_id = b.id::text AND a.name = 'benefits.baseline_taken'
            AND a.digest = b.digest
        GROUP BY b.id HAVING count(a.id) <> 1
        """,
    ),
    # What a case decided names it; all else was taken over, and no more than that.
    (
        "INV-02 没有业务件的待遇、项目、账户、暂缓、死亡与接管时的笔数相同",
        """
        WITH taken AS (
            SELECT t.key AS written, sum(t.value::bigint) AS rows FROM benefits_baseline b
            JOIN audit_act a ON a.subject_kind = 'benefits.baseline'
                AND a.subject_id = b.id::text AND a.name = 'benefits.baseline_taken'
                AND a.digest = b.digest,
                jsonb_each_text(a.details->'tables') t
            GROUP BY t.key),
        found (written, rows) AS (
            SELECT 'benefits_entitlement', count(*) FROM benefits_entitlement
            WHERE baseline_id IS NOT NULL OR case_id IS NULL
          UNION ALL
            SELECT 'benefits_component', count(*) FROM benefits_component WHERE case_id IS NULL
          UNION ALL
            SELECT 'payments_payeeaccount', count(*) FROM payments_payeeaccount
            WHERE case_id IS NULL
          UNION ALL  -- what a proof left of a hold is no hold of its own
            SELECT 'benefits_hold', count(*) FROM benefits_hold h
            WHERE h.case_id IS NULL AND NOT EXISTS (SELECT FROM benefits_hold o
                WHERE (o.entitlement_id, o.reason, o.note, lower(o.valid), o.superseded_at)
                        = (h.entitlement_id, h.reason, h.note, lower(h.valid), h.recorded_at)
                    AND o.case_id IS NULL)
          UNION ALL
            SELECT 'people_death', count(*) FROM people_death WHERE case_id IS NULL)
        SELECT f.written, coalesce(t.rows, 0)::text, f.rows::text
        FROM found f LEFT JOIN taken t ON t.written = f.written
        WHERE f.rows <> coalesce(t.rows, 0)
        """,
    ),
    (
        "INV-02 接管的人数、金额等于双方签名的控制总数",
        """
        WITH signed AS (
            SELECT b.id AS baseline_id, t->>'scheme' AS scheme, t->>'pool_region' AS pool_region,
                t->>'component' AS component, (t->>'people')::bigint AS people,
                (t->>'fen')::bigint AS fen
            FROM benefits_baseline b, jsonb_array_elements(b.manifest->'totals') t),
        standing AS (
            SELECT b.id AS baseline_id, e.scheme, k.pool_region, c.component, count(*) AS people,
                sum(c.fen)::bigint AS fen
            FROM benefits_baseline b
            JOIN benefits_entitlement e ON e.baseline_id = b.id
            JOIN ledger_book k ON k.id = e.book_id
            JOIN benefits_component c ON c.entitlement_id = e.id AND c.case_id IS NULL
                AND c.valid @> (b.manifest->>'first_period' || '-01')::date
            GROUP BY b.id, e.scheme, k.pool_region, c.component)
        SELECT concat_ws('/', baseline_id, scheme, pool_region, component),
            concat(coalesce(g.people, 0), '人', coalesce(g.fen, 0), '分'),
            concat(coalesce(s.people, 0), '人', coalesce(s.fen, 0), '分')
        FROM signed g FULL JOIN standing s USING (baseline_id, scheme, pool_region, component)
        WHERE (g.people, g.fen) IS DISTINCT FROM (s.people, s.fen)
        """,
    ),
    (
        "INV-02 更正明细依据已办结的业务件,等于其写入的金额",
        """
        SELECT concat_ws('/', r.case_id, r.component), concat(r.fen, '分已办结'),
            concat(coalesce(c.fen, 0), '分', k.state)
        FROM benefits_amountcorrection r
        LEFT JOIN benefits_component c ON c.case_id = r.case_id AND c.component = r.component
            AND c.entitlement_id = r.entitlement_id AND c.valid @> r.from_month
        LEFT JOIN cases_case k ON k.id = r.case_id AND k.kind = 'COMPONENT_CORRECTION'
        WHERE coalesce(c.fen, 0) <> r.fen OR k.state IS DISTINCT FROM 'APPROVED'
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
