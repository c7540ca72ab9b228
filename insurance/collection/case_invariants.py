"""Prove on live data that what people decided in collection was signed (征缴业务件不变量)."""

from django.db import connection

from backend.cases.decided import truly_decided
from payments.ledger.invariants import Broken

DECIDED = "征缴:依据业务件的决定,业务件均已签名办结"

# Everything that rests on a case, with the kind that its case must be of.
RESTING = """
SELECT x.what, x.case_id, x.kind, c.kind FROM (
    SELECT '缓缴 ' || id AS what, case_id, 'COLLECTION_DEFERRAL' AS kind
    FROM collection_deferral
    UNION ALL
    SELECT '补缴核定 ' || id, case_id, 'COLLECTION_BACK_PAYMENT'
    FROM collection_billrun WHERE kind = 'BACK_PAYMENT'
    UNION ALL
    SELECT '一次性缴费核定 ' || id, case_id, 'ONE_OFF_PAYMENT'
    FROM collection_billrun WHERE kind = 'ONE_OFF'
    UNION ALL
    SELECT '确定的缴费额 ' || id, case_id, 'COLLECTION_FIXED_AMOUNT' FROM collection_fixedamount
    UNION ALL
    SELECT '确定的滞纳金 ' || id, case_id, 'COLLECTION_LATE_FEE'
    FROM collection_billrun WHERE kind = 'LATE_FEE' AND case_id IS NOT NULL
    UNION ALL
    SELECT '接管应缴更正 ' || id, case_id, 'COLLECTION_TAKEN_OVER'
    FROM collection_billrun WHERE kind = 'AMENDED'
    UNION ALL
    SELECT '补差核定 ' || id, case_id, 'COLLECTION_TOP_UP'
    FROM collection_billrun WHERE kind IN ('TOP_UP', 'YEAR_TOP_UP')
    UNION ALL
    SELECT '退费核销 ' || id, case_id, 'COLLECTION_REFUND'
    FROM collection_match WHERE kind = 'REFUND'
    UNION ALL
    SELECT '应退库款 ' || id, case_id,
        CASE WHEN match_id IS NULL THEN 'COLLECTION_SUSPENSE' ELSE 'COLLECTION_REFUND' END
    FROM collection_treasuryrefund
    UNION ALL
    SELECT '再送退库 ' || id, again_case_id, 'COLLECTION_TREASURY_REFUND'
    FROM collection_treasuryrefund WHERE again_case_id IS NOT NULL
    UNION ALL
    SELECT '退库撤回 ' || id, case_id, 'COLLECTION_TREASURY_REFUND'
    FROM collection_match WHERE kind = 'UNDONE'
    UNION ALL
    SELECT '退库回执 ' || id, case_id, 'COLLECTION_TREASURY_REFUND'
    FROM collection_refundanswer WHERE file_id IS NULL
    UNION ALL
    SELECT '退库回执处理 ' || id, closed_case_id, 'COLLECTION_TREASURY_REFUND'
    FROM collection_refundanswer WHERE closed_at IS NOT NULL
    UNION ALL
    SELECT '国库多付 ' || id, case_id, 'COLLECTION_TREASURY_REFUND' FROM collection_refundadvance
    UNION ALL
    SELECT '国库多付的去向 ' || id, case_id, 'COLLECTION_TREASURY_REFUND'
    FROM collection_advanceuse
    UNION ALL
    SELECT '待处理款核销 ' || id, case_id, 'COLLECTION_SUSPENSE'
    FROM collection_match WHERE kind = 'SUSPENSE'
    UNION ALL
    SELECT '待处理款 ' || id, case_id, 'COLLECTION_SUSPENSE'
    FROM collection_suspense WHERE closed_at IS NOT NULL
    UNION ALL
    SELECT '比对差异 ' || id, case_id, 'COLLECTION_FINDING'
    FROM collection_finding WHERE closed_at IS NOT NULL AND decision <> 'GONE'
    UNION ALL
    SELECT '凭证 ' || id, source_id::bigint, 'FUND_PAPER'
    FROM ledger_entry WHERE source = 'ledger.fund_paper') x
LEFT JOIN cases_case c ON c.id = x.case_id
ORDER BY x.what
"""


def broken_promises() -> list[Broken]:
    """Give what rests on no case, on one of another kind, or on one that nobody truly signed."""
    with connection.cursor() as cursor:
        cursor.execute(RESTING, [])
        resting = cursor.fetchall()
    decided = truly_decided(case_ids={case for _, case, _, _ in resting if case is not None})
    return [
        Broken(DECIDED, what, f"已签名办结的 {wanted}", f"{found or '无'} {case_id or ''}".strip())
        for what, case_id, wanted, found in resting
        if found != wanted or case_id not in decided
    ]


def promises() -> list[str]:
    """The names of all checks."""
    return [DECIDED]
