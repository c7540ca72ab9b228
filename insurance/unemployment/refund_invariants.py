"""Prove the promises of refunds to employers on live data (稳岗返还不变量)."""

from collections.abc import Iterator

from django.db import connection

from backend.cases.decided import truly_decided
from backend.kernel.money import Money
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.unemployment.models import RefundEntry
from payments.ledger.invariants import Broken, broken_by

DECIDED = "稳岗返还:名单、异议、决定均依据已签名办结的业务件"
STEPS = "稳岗返还:每个单位的步骤可以复算,最后一步等于返还金额"
PAGE = 1_000

RESTING = """
SELECT x.what, x.case_id, x.kind, c.kind FROM (
    SELECT '名单 ' || id AS what, case_id, 'STABILITY_LIST' AS kind FROM unemployment_refundlist
    UNION ALL
    SELECT '异议 ' || id, case_id, 'STABILITY_OBJECTION' FROM unemployment_refundobjection
    UNION ALL
    SELECT '决定 ' || list_id, case_id, 'STABILITY_REFUND' FROM unemployment_refundgrant
    UNION ALL
    SELECT '更正 ' || id, case_id, 'STABILITY_CORRECTION' FROM unemployment_refundentry
    WHERE corrects_id IS NOT NULL) x
LEFT JOIN cases_case c ON c.id = x.case_id
ORDER BY x.what
"""

# As ``content.day_of``: a demonstration lives its months ahead of the clock.
DECIDED_ON = """SELECT greatest((c.decided_at AT TIME ZONE 'Asia/Shanghai')::date,
    CASE WHEN (SELECT kind FROM deployment) = 'DEMO'
        THEN (c.content ->> 'received_date')::date END) AS day"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "稳岗返还:公示期满以后才决定",
        f"""
        SELECT g.list_id::text, '晚于 ' || l.notice_until, d.day::text
        FROM unemployment_refundgrant g JOIN unemployment_refundlist l ON l.id = g.list_id
        JOIN cases_case c ON c.id = g.case_id
        CROSS JOIN LATERAL ({DECIDED_ON}) d
        WHERE d.day <= l.notice_until
        """,
    ),
    (
        "稳岗返还:名单办结以后才公示",
        f"""
        SELECT l.id::text, '不早于 ' || d.day, l.published_on::text FROM unemployment_refundlist l
        JOIN cases_case c ON c.id = l.case_id
        CROSS JOIN LATERAL ({DECIDED_ON}) d
        WHERE l.published_on < d.day
        """,
    ),
    (
        "稳岗返还:发放给单位的每个明细有其应发",
        """
        SELECT a.due_ref || '-' || a.n, '有应发', '无应发' FROM payments_attempt a
        JOIN payments_batch b ON b.id = a.batch_id AND b.kind = 'EMPLOYER'
        WHERE NOT EXISTS (SELECT FROM unemployment_refunddue d WHERE d.due_ref = a.due_ref)
        """,
    ),
    (
        "稳岗返还:决定的金额是最新名单上没有异议成立的全部单位",
        """
        SELECT g.list_id::text, coalesce(e.fen, 0) || '/' || e.n, g.fen || '/' || g.entry_count
        FROM unemployment_refundgrant g CROSS JOIN LATERAL (
            SELECT sum(e.fen) AS fen, count(*) AS n FROM unemployment_refundentry e
            WHERE e.list_id = g.list_id AND e.fen > 0 AND e.corrects_id IS NULL AND NOT EXISTS (
                SELECT FROM unemployment_refundobjection o WHERE o.list_id = e.list_id
                    AND o.payer_id = e.payer_id AND o.effect = 'EXCLUDE')) e
        WHERE (e.fen, e.n) IS DISTINCT FROM (g.fen::numeric, g.entry_count::bigint)
        """,
    ),
    (
        "稳岗返还:发放明细金额、收款单位相同,且只此一笔,在决定之内",
        """
        SELECT d.due_ref::text, e.payer_id || '|' || e.fen - e.had_fen,
            coalesce(string_agg(a.payee_id || '|' || a.fen, ','), '无明细')
        FROM unemployment_refunddue d JOIN unemployment_refundentry e ON e.id = d.entry_id
        LEFT JOIN unemployment_refundgrant g ON g.list_id = e.list_id
        LEFT JOIN people_canonical p ON p.party_id = e.payer_id
        LEFT JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
        GROUP BY d.due_ref, e.payer_id, e.fen, e.had_fen, p.canonical_id, g.list_id
        HAVING count(a.due_ref) <> 1 OR max(a.fen) <> e.fen - e.had_fen OR g.list_id IS NULL
            OR max(a.payee_id) NOT IN (e.payer_id, p.canonical_id)
        """,
    ),
    (
        "稳岗返还:更正以后已付的和将付的,减去备查簿中应退的,等于更正后的金额",
        """
        WITH RECURSIVE chain AS (
            SELECT e.id AS last_id, e.id, e.corrects_id FROM unemployment_refundentry e
            WHERE e.corrects_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM unemployment_refundentry n WHERE n.corrects_id = e.id)
          UNION ALL
            SELECT n.last_id, e.id, e.corrects_id FROM chain n
            JOIN unemployment_refundentry e ON e.id = n.corrects_id),
        moved AS (
            SELECT n.last_id, a.fen - coalesce((SELECT sum(m.fen) FROM ledger_memoentry m
                WHERE m.source = 'payments.corrected'
                    AND split_part(m.source_id, '/', 1) = d.due_ref::text), 0) AS fen
            FROM chain n JOIN unemployment_refunddue d ON d.entry_id = n.id
            JOIN payments_attempt a ON a.due_ref = d.due_ref AND a.n = 1
            WHERE NOT EXISTS (SELECT FROM payments_withdrawn w WHERE w.due_ref = d.due_ref)
          UNION ALL
            SELECT e.id, e.fen - e.had_fen FROM unemployment_refundentry e
            JOIN chain n ON n.last_id = e.id AND n.id = e.id
            WHERE NOT EXISTS (SELECT FROM unemployment_refunddue d WHERE d.entry_id = e.id))
        SELECT e.id::text, e.fen::text, coalesce(sum(m.fen), 0)::text
        FROM unemployment_refundentry e JOIN moved m ON m.last_id = e.id
        GROUP BY e.id HAVING e.fen <> coalesce(sum(m.fen), 0)
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_undecided(), *_unexplained(), *broken_by(STATEMENTS)]


def promises() -> list[str]:
    """The names of all checks."""
    return [DECIDED, STEPS, *(promise for promise, _ in STATEMENTS)]


def _undecided() -> Iterator[Broken]:
    with connection.cursor() as cursor:
        cursor.execute(RESTING, [])
        resting = cursor.fetchall()
    decided = truly_decided(case_ids={case for _, case, _, _ in resting})
    for what, case_id, wanted, found in resting:
        if found != wanted or case_id not in decided:
            yield Broken(DECIDED, what, f"已签名办结的 {wanted}", f"{found or '无'} {case_id}")


def _unexplained() -> Iterator[Broken]:
    for entry in RefundEntry.objects.order_by("pk").iterator(chunk_size=PAGE):
        steps = read(rows=entry.steps)
        wrong = first_wrong(steps=steps)
        amount = str(Money(entry.fen))
        if wrong is not None or (entry.fen and (not steps or steps[-1].result != amount)):
            yield Broken(STEPS, str(entry.pk), amount, wrong.name if wrong else "末步不符")
