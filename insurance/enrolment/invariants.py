"""Prove the promises of enrolment on live data (参保不变量): each check gives what breaks it."""

from payments.ledger.invariants import Broken, broken_by

SAME_PAYER = "coalesce(y.payer_id, 0) = coalesce(x.payer_id, 0)"


def _one_known(table: str, same: str) -> str:
    """At no instant two rows of one key are known for one month."""
    return f"""
        SELECT x.id || '/' || y.id, '期间不重叠', (x.valid * y.valid)::text
        FROM {table} x JOIN {table} y ON y.person_id = x.person_id AND {same} AND y.id > x.id
        WHERE x.valid && y.valid
            AND x.recorded_at < coalesce(y.superseded_at, 'infinity')
            AND y.recorded_at < coalesce(x.superseded_at, 'infinity')
        """


# What is left of a wage when another takes some of its months bears the source of the whole.
REST = """
EXISTS (SELECT FROM enrolment_wage o WHERE o.id < w.id AND o.source = w.source
    AND o.source_id = w.source_id AND o.person_id = w.person_id
    AND o.payer_id IS NOT DISTINCT FROM w.payer_id AND o.superseded_at = w.recorded_at
    AND o.valid @> w.valid
    AND (o.monthly_fen, o.confirmed, o.wage_source) = (w.monthly_fen, w.confirmed, w.wage_source))
"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "参保关系:任一时点所知,同一人同一险种同一单位至多一条",
        _one_known("enrolment_enrolment", f"y.scheme = x.scheme AND {SAME_PAYER}"),
    ),
    (
        "缴费工资:任一时点所知,同一人同一单位至多一个",
        _one_known("enrolment_wage", SAME_PAYER),
    ),
    (
        "参保关系、缴费工资来自已接收的文件、基线或已办结的业务件",
        """
        SELECT e.id::text, e.source, coalesce(c.state, '无') FROM enrolment_enrolment e
        LEFT JOIN cases_case c ON c.id = e.case_id
            AND c.kind IN ('ENROLMENT_MERGE', 'ENROLMENT_CORRECTION', 'ENROLMENT_ROLL',
                'COLLECTION_BACK_PAYMENT', 'PENSION_AWARD', 'RESIDENT_AWARD')
        WHERE e.source = 'CASE' AND c.state IS DISTINCT FROM 'APPROVED'
        UNION ALL
        SELECT w.id::text, w.source, coalesce(c.state, '无') FROM enrolment_wage w
        LEFT JOIN cases_case c ON c.id = w.case_id AND c.kind = CASE w.wage_source
            WHEN 'DECLARED' THEN 'ENROLMENT_WAGE' ELSE 'COLLECTION_BACK_PAYMENT' END
        WHERE w.source = 'CASE' AND c.state IS DISTINCT FROM 'APPROVED'
        UNION ALL
        SELECT e.id::text, e.source, coalesce(f.kind, '无') FROM enrolment_enrolment e
        LEFT JOIN enrolment_enrolmentfile f ON f.id = e.source_id AND f.accepted
        WHERE e.source IN ('ROSTER', 'ROLL') AND f.kind IS DISTINCT FROM e.source
        UNION ALL
        SELECT e.id::text, e.source, '无' FROM enrolment_enrolment e
        WHERE e.source = 'BASELINE' AND NOT EXISTS (
            SELECT FROM enrolment_enrolmentbaseline b WHERE b.id = e.source_id)
        """,
    ),
    (
        "每份参保基线恰有一条接管记录",
        """
        SELECT '基线 ' || b.id, '1', count(a.id)::text FROM enrolment_enrolmentbaseline b
        LEFT JOIN audit_act a ON a.subject_kind = 'enrolment.baseline'
            AND a.subject_id = b.id::text AND a.name = 'enrolment.baseline_taken'
            AND a.digest = b.digest
        GROUP BY b.id HAVING count(a.id) <> 1
        """,
    ),
    (
        "每份参保基线的参保关系、缴费工资与接管时的笔数相同",
        f"""
        WITH taken AS (
            SELECT b.id, t.key AS written, t.value::bigint AS rows
            FROM enrolment_enrolmentbaseline b
            JOIN audit_act a ON a.subject_kind = 'enrolment.baseline'
                AND a.subject_id = b.id::text AND a.name = 'enrolment.baseline_taken'
                AND a.digest = b.digest, jsonb_each_text(a.details->'tables') t),
        found (id, written, rows) AS (
            SELECT source_id, 'enrolment_enrolment', count(*) FROM enrolment_enrolment
            WHERE source = 'BASELINE' GROUP BY source_id
          UNION ALL
            SELECT w.source_id, 'enrolment_wage', count(*) FROM enrolment_wage w
            WHERE w.source = 'BASELINE' AND NOT {REST} GROUP BY w.source_id)
        SELECT concat('基线 ', id, ' ', written), coalesce(t.rows, 0)::text,
            coalesce(f.rows, 0)::text
        FROM taken t FULL JOIN found f USING (id, written)
        WHERE coalesce(t.rows, 0) <> coalesce(f.rows, 0)
        """,
    ),
    (
        "清退月份依据已办结的业务件,且不再参保",
        """
        SELECT k.id::text, 'APPROVED', coalesce(c.state, '无') FROM enrolment_cleared k
        LEFT JOIN cases_case c ON c.id = k.case_id AND c.kind = 'ENROLMENT_MERGE'
        WHERE c.state IS DISTINCT FROM 'APPROVED'
        UNION ALL
        SELECT k.id::text, '不再参保', e.id::text FROM enrolment_cleared k
        JOIN enrolment_enrolment o ON o.id = k.enrolment_id
        JOIN enrolment_enrolment e ON e.person_id = o.person_id AND e.scheme = o.scheme
            AND coalesce(e.payer_id, 0) = coalesce(o.payer_id, 0) AND e.superseded_at IS NULL
            AND e.valid && daterange(k.from_month, k.until_month)
        """,
    ),
    (
        "更正的名册和困难群体依据已办结的业务件",
        """
        SELECT r.id::text, 'APPROVED', coalesce(c.state, '无') FROM (
            SELECT 'R' || id AS id, case_id FROM enrolment_rollentry WHERE source = 'CASE'
            UNION ALL
            SELECT 'G' || id, case_id FROM enrolment_supportgroup WHERE source = 'CASE') r
        LEFT JOIN cases_case c ON c.id = r.case_id AND c.kind = 'ENROLMENT_ROLL'
        WHERE c.state IS DISTINCT FROM 'APPROVED'
        """,
    ),
    (
        "退休人员参保依据已办结的待遇核定",
        """
        SELECT r.id::text, 'APPROVED', coalesce(c.state, '无') FROM enrolment_retiredstatus r
        LEFT JOIN cases_case c ON c.id = r.case_id AND c.kind = 'PENSION_AWARD'
        WHERE c.state IS DISTINCT FROM 'APPROVED'
        """,
    ),
    (
        "已注销的单位没有参保人员",
        """
        SELECT e.id::text, '注销前停保', e.valid::text FROM enrolment_deregistration d
        JOIN enrolment_enrolment e ON e.payer_id = d.payer_id AND e.valid && d.valid
            AND e.superseded_at IS NULL
        WHERE d.superseded_at IS NULL
        """,
    ),
    (
        "名册中的居民当年已参保",
        """
        SELECT r.id::text, '参保', '没有' FROM enrolment_rollentry r
        WHERE r.superseded_at IS NULL AND r.source = 'ROLL' AND NOT EXISTS (
            SELECT FROM enrolment_enrolment e WHERE e.person_id = r.person_id
                AND e.scheme = r.scheme AND e.payer_id = r.village_id AND e.valid && r.valid
                AND e.superseded_at IS NULL)
            AND NOT EXISTS (
                SELECT FROM people_canonical p
                JOIN people_canonical f ON f.canonical_id = p.canonical_id
                JOIN enrolment_enrolment e ON e.person_id = f.party_id AND e.scheme = r.scheme
                    AND e.valid && r.valid AND e.superseded_at IS NULL
                JOIN people_canonical y ON y.party_id = e.payer_id
                JOIN people_canonical v ON v.party_id = r.village_id
                    AND v.canonical_id = y.canonical_id
                WHERE p.party_id = r.person_id)
        """,
    ),
    (
        "单位申报由申报人以外的人受理,已办理的文件已接收、退回的没有接收",
        """
        SELECT '单位申报 ' || f.id, f.state, CASE WHEN s.id IS NULL THEN '文件不符'
            ELSE '申报人自己受理' END
        FROM enrolment_employerfiling f
        LEFT JOIN enrolment_enrolmentfile t ON t.id = f.file_id
        LEFT JOIN (SELECT f.id FROM enrolment_employerfiling f
            JOIN people_canonical a ON a.party_id = f.decided_by
            JOIN people_canonical b ON b.party_id = f.handed_in_by
                AND b.canonical_id = a.canonical_id) s ON s.id = f.id
        WHERE s.id IS NOT NULL OR f.state IN ('TAKEN', 'REFUSED')
            AND t.accepted IS DISTINCT FROM (f.state = 'TAKEN')
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
