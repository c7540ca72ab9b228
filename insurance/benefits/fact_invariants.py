"""Prove that what ends or holds a payment was decided, and ends as it may (死亡、暂缓不变量).

A death or a hold that SQL puts in, or takes away, names no case that people signed.
"""

from django.db import connection

from backend.cases.decided import truly_decided
from payments.ledger.invariants import Broken, broken_by

DEATHS = "死亡:已核实的依据此人已签名办结的业务件,上报的有其业务件"
RISEN = "死亡:不再有效的已由核实的替代、未予批准,或者有已签名办结的撤销业务件"
HOLDS = "暂缓:暂停依据已签名办结的暂停、恢复业务件,或者失业金停发业务件"
FREED = "暂缓:不再有效的有其恢复业务件、认证、情形登记或者办结的停发"

CASES = """
SELECT case_id FROM people_death WHERE confirmed AND case_id IS NOT NULL
UNION SELECT case_id FROM benefits_hold WHERE reason = 'SUSPENDED' AND case_id IS NOT NULL
UNION SELECT id FROM cases_case
    WHERE state = 'APPROVED' AND kind IN ('DEATH_WITHDRAWAL', 'HOLD_RELEASE')
"""
# Those of ``decided``, with the person as whom their party lives on.
DECIDED = """
decided AS (
    SELECT k.id, k.kind, k.content, p.canonical_id AS person_id FROM cases_case k
    JOIN people_canonical p ON p.party_id = k.party_id WHERE k.id = ANY (%(decided)s))
"""
# What was taken over names no case and is counted with the baseline.
UNFOUNDED = f"""
WITH {DECIDED}
SELECT '死亡 ' || x.id, '此人已签名办结的死亡信息核实', concat_ws(' ', k.kind, x.case_id)
FROM people_death x JOIN people_canonical p ON p.party_id = x.person_id
LEFT JOIN cases_case k ON k.id = x.case_id AND k.kind = 'DEATH'
LEFT JOIN people_canonical q ON q.party_id = k.party_id
LEFT JOIN decided d ON d.id = k.id AND d.content ->> 'death_date' = x.death_date::text
WHERE x.case_id IS NOT NULL AND (q.canonical_id IS DISTINCT FROM p.canonical_id
    OR x.confirmed AND d.id IS NULL)
ORDER BY x.id
"""
ALIVE_AGAIN = f"""
WITH {DECIDED}
SELECT '死亡 ' || x.id, '核实、未予批准或者撤销', '没有依据'
FROM people_death x JOIN people_canonical p ON p.party_id = x.person_id
LEFT JOIN decided w ON w.kind = 'DEATH_WITHDRAWAL' AND w.person_id = p.canonical_id
    AND w.content -> 'death_case_id' = coalesce(to_jsonb(x.case_id), 'null'::jsonb)
WHERE x.superseded_at IS NOT NULL AND w.id IS NULL AND (x.confirmed OR NOT EXISTS (
        SELECT FROM people_death s WHERE s.person_id = x.person_id AND s.confirmed
            AND s.case_id = x.case_id AND s.recorded_at = x.superseded_at)
    AND NOT EXISTS (SELECT FROM cases_case k WHERE k.id = x.case_id AND k.state = 'REJECTED'))
ORDER BY x.id
"""
UNDECIDED_HOLDS = f"""
WITH {DECIDED}
SELECT '暂缓 ' || h.id, '已签名办结的业务件', concat_ws(' ', k.kind, h.case_id)
FROM benefits_hold h LEFT JOIN cases_case k ON k.id = h.case_id
LEFT JOIN decided d ON d.id = h.case_id AND d.kind IN ('HOLD', 'HOLD_RELEASE')
    AND d.content ->> 'entitlement' = h.entitlement_id::text
WHERE h.reason = 'SUSPENDED' AND h.case_id IS NOT NULL AND d.id IS NULL
    AND NOT (k.kind = 'UNEMPLOYMENT_STOP'
        AND k.content ->> 'entitlement' = h.entitlement_id::text) IS TRUE
ORDER BY h.id
"""
# A proof came while the hold stood, and ended it; an event of its topic says when one is free.
SET_FREE = f"""
WITH {DECIDED}
SELECT '暂缓 ' || h.id, '恢复的依据', h.reason || ' 没有依据'
FROM benefits_hold h JOIN benefits_entitlement e ON e.id = h.entitlement_id
JOIN people_canonical p ON p.party_id = e.person_id
WHERE h.superseded_at IS NOT NULL AND NOT CASE h.reason
    WHEN 'SUSPENDED' THEN EXISTS (SELECT FROM decided d WHERE d.kind = 'HOLD_RELEASE'
            AND d.content ->> 'entitlement' = h.entitlement_id::text
            AND d.content ->> 'reason' = h.reason)
        OR EXISTS (SELECT FROM cases_case k WHERE k.id = h.case_id
            AND k.kind = 'UNEMPLOYMENT_STOP' AND k.state IN ('APPROVED', 'REJECTED'))
    WHEN 'CHECK_MISSED' THEN EXISTS (SELECT FROM benefits_proof f
        JOIN people_canonical q ON q.party_id = f.person_id
        WHERE q.canonical_id = p.canonical_id AND f.recorded_at > h.recorded_at
            AND f.recorded_at <= h.superseded_at
            AND (upper_inf(h.valid) OR date_trunc('month', f.proven_on) < upper(h.valid)))
    WHEN 'IN_PRISON' THEN EXISTS (SELECT FROM benefits_lifeevent v
        JOIN people_canonical q ON q.party_id = v.person_id
        WHERE q.canonical_id = p.canonical_id AND v.topic = 'CUSTODY'
            AND v.recorded_at <= h.superseded_at)
    WHEN 'MISSING' THEN EXISTS (SELECT FROM benefits_lifeevent v
        JOIN people_canonical q ON q.party_id = v.person_id
        WHERE q.canonical_id = p.canonical_id AND v.topic = 'MISSING'
            AND v.recorded_at <= h.superseded_at)
    ELSE false END
ORDER BY h.id
"""
STATEMENTS = (
    (DEATHS, UNFOUNDED),
    (RISEN, ALIVE_AGAIN),
    (HOLDS, UNDECIDED_HOLDS),
    (FREED, SET_FREE),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    with connection.cursor() as cursor:
        cursor.execute(CASES)
        named = {number for (number,) in cursor.fetchall()}
    return broken_by(STATEMENTS, {"decided": sorted(truly_decided(case_ids=named))})


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
