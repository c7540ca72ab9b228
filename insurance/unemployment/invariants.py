"""Prove the promises of unemployment insurance on live data (失业保险不变量)."""

from collections.abc import Iterator

from django.db import connection

from backend.cases.decided import truly_decided
from backend.kernel.money import Money
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from insurance.unemployment.amount import MONTHLY
from insurance.unemployment.models import Claim
from payments.ledger.invariants import Broken, broken_by

DECIDED = "失业:核定依据已签名办结的业务件"
STEPS = "失业:每次核定的步骤可以复算,前后一致,等于核定的月数和标准"
PAGE = 500
MONTHS = ("领取月数", "合并后的月数", "按缴费时间的月数")  # the first there is says the months

# Everything that rests on a case, with the kind that its case must be of.
RESTING = """
SELECT x.what, x.case_id, x.kind, c.kind FROM (
    SELECT '失业保险金核定 ' || id AS what, case_id, 'UNEMPLOYMENT_CLAIM' AS kind
    FROM unemployment_claim
    UNION ALL
    SELECT '失业保险金标准调整 ' || id, case_id, 'UNEMPLOYMENT_AMOUNT'
    FROM unemployment_amountchange
    UNION ALL
    SELECT '失业保险金停发 ' || s.id, s.case_id, 'UNEMPLOYMENT_STOP' FROM benefits_stop s
    JOIN cases_case k ON k.id = s.case_id AND k.kind = 'UNEMPLOYMENT_STOP') x
LEFT JOIN cases_case c ON c.id = x.case_id
ORDER BY x.what
"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "失业:每项待遇有其核定,同一人,自登记当月起领取",
        """
        SELECT e.id::text, e.person_id || '/' || e.start_month,
            coalesce(c.person_id || '/' || date_trunc('month', c.registered_on)::date, '无核定')
        FROM benefits_entitlement e LEFT JOIN unemployment_claim c ON c.entitlement_id = e.id
            AND c.corrects_id IS NULL
        WHERE e.scheme = '210' AND e.case_id IS NOT NULL AND (c.person_id, c.case_id,
                date_trunc('month', c.registered_on)::date)
            IS DISTINCT FROM (e.person_id, e.case_id, e.start_month)
        """,
    ),
    (
        "失业:待遇项目恰好是核定的各月",
        """
        SELECT c.id::text, d.months::text, coalesce(p.months::text, '无')
        FROM unemployment_claim_in_force c
        CROSS JOIN LATERAL (SELECT datemultirange(daterange(
            date_trunc('month', c.registered_on)::date, (date_trunc('month', c.registered_on)
                + c.granted_months * interval '1 month')::date)) AS months) d
        LEFT JOIN LATERAL (SELECT range_agg(valid) AS months FROM benefits_component
            WHERE entitlement_id = c.entitlement_id AND component = 'UNEMPLOYMENT'
                AND superseded_at IS NULL) p ON true
        WHERE d.months IS DISTINCT FROM p.months
        """,
    ),
    (
        "失业:上次未领的月数只由同一人后一次核定接着领",
        """
        SELECT c.id::text, p.person_id || '/' || p.registered_on,
            c.person_id || '/' || c.registered_on
        FROM unemployment_claim c JOIN unemployment_claim p ON p.id = c.previous_id
        JOIN people_canonical a ON a.party_id = c.person_id
        JOIN people_canonical b ON b.party_id = p.person_id
        WHERE a.canonical_id <> b.canonical_id OR p.registered_on >= c.registered_on
            OR c.unused_months > p.regular_months
        """,
    ),
    (
        "失业:每月的金额出自核定,或出自标准调整",
        """
        WITH said AS (
            SELECT c.entitlement_id, c.case_id, s FROM unemployment_claim c,
                jsonb_array_elements(c.figures->'amounts') s
            UNION ALL
            SELECT c.entitlement_id, a.case_id, s FROM unemployment_amountchange a,
                unemployment_claim_in_force c, jsonb_array_elements(a.figures->c.region) s)
        SELECT k.id::text, coalesce(f.fen::text, '无依据'), k.fen::text
        FROM unemployment_claim_in_force c
        JOIN benefits_component k ON k.entitlement_id = c.entitlement_id
            AND k.component = 'UNEMPLOYMENT' AND k.superseded_at IS NULL
        LEFT JOIN LATERAL (SELECT ((s->>'amount')::numeric * 100)::bigint AS fen FROM said
            WHERE said.entitlement_id = k.entitlement_id AND said.case_id = k.case_id
                AND to_date(s->>'from', 'YYYY-MM') <= lower(k.valid)
            ORDER BY s->>'from' DESC LIMIT 1) f ON true
        WHERE f.fen IS DISTINCT FROM k.fen
        """,
    ),
    (
        "失业:登记注销以后的月份已停发,或已暂停待核",
        """
        SELECT c.id::text, r.end_reason, '照发' FROM unemployment_claim_in_force c
        JOIN unemployment_registration r ON r.person_id = c.person_id
            AND lower(r.valid) = c.registered_on AND r.superseded_at IS NULL
            AND r.end_reason <> ''
        WHERE NOT (r.end_reason = 'DIED' AND EXISTS (SELECT FROM people_canonical p
                JOIN people_canonical q ON q.canonical_id = p.canonical_id
                JOIN people_death x ON x.person_id = q.party_id AND x.confirmed
                    AND x.superseded_at IS NULL
                WHERE p.party_id = r.person_id))
            AND EXISTS (SELECT FROM benefits_component k WHERE k.superseded_at IS NULL
                AND k.entitlement_id = c.entitlement_id AND upper(k.valid) > upper(r.valid))
            AND NOT EXISTS (SELECT FROM benefits_stop s WHERE s.superseded_at IS NULL
                AND s.entitlement_id = c.entitlement_id AND upper_inf(s.valid))
            AND NOT EXISTS (SELECT FROM cases_case k WHERE k.kind = 'UNEMPLOYMENT_STOP'
                AND k.state = 'RECEIVED'
                AND (k.content->>'entitlement')::bigint = c.entitlement_id)
        """,
    ),
    (
        "失业:更正的是同一人的同一项待遇",
        """
        SELECT c.id::text, b.person_id || '/' || b.entitlement_id || '/' || b.registered_on,
            c.person_id || '/' || c.entitlement_id || '/' || c.registered_on
        FROM unemployment_claim c JOIN unemployment_claim b ON b.id = c.corrects_id
        WHERE (c.person_id, c.entitlement_id, c.registered_on)
            <> (b.person_id, b.entitlement_id, b.registered_on)
        """,
    ),
    (
        "失业:同一月份至多领一份失业保险金",
        """
        SELECT a.entitlement_id || '/' || b.entitlement_id, '不重叠', (a.valid * b.valid)::text
        FROM benefits_component a JOIN benefits_entitlement e ON e.id = a.entitlement_id
        JOIN benefits_entitlement f ON f.person_id = e.person_id AND f.scheme = e.scheme
            AND f.id > e.id
        JOIN benefits_component b ON b.entitlement_id = f.id AND b.valid && a.valid
        WHERE e.scheme = '210' AND a.superseded_at IS NULL AND b.superseded_at IS NULL
            AND datemultirange(a.valid * b.valid) - coalesce((SELECT range_agg(s.valid)
                FROM benefits_stop s WHERE s.superseded_at IS NULL
                    AND s.entitlement_id IN (e.id, f.id)), '{}') <> '{}'
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
    """What rests on no case, on one of another kind, or on one that nobody truly signed."""
    with connection.cursor() as cursor:
        cursor.execute(RESTING, [])
        resting = cursor.fetchall()
    decided = truly_decided(case_ids={case for _, case, _, _ in resting if case is not None})
    for what, case_id, wanted, found in resting:
        if found != wanted or case_id not in decided:
            yield Broken(DECIDED, what, f"已签名办结的 {wanted}", f"{found or '无'} {case_id}")


def _unexplained() -> Iterator[Broken]:
    for claim in Claim.objects.order_by("pk").iterator(chunk_size=PAGE):
        if wrong := _wrong_step(claim):
            yield Broken(STEPS, str(claim.pk), "可以复算", wrong)


def _wrong_step(claim: Claim) -> str:
    """The step that does not come out, or that gives another figure than was awarded."""
    steps = read(rows=claim.steps)
    wrong = first_wrong(steps=steps)
    if wrong is not None:
        return wrong.name
    results = {step.name: step.result for step in steps}
    if results.get(MONTHLY) != str(Money(claim.monthly_fen)):
        return MONTHLY
    told = next((name for name in MONTHS if name in results), MONTHS[0])
    return "" if results.get(told) == str(claim.granted_months) else told
