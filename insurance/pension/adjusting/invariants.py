"""Prove the promises of adjustments on live data (养老金调整不变量): each gives what breaks it."""

from collections.abc import Iterator, Mapping

from backend.cases.decided import truly_decided
from insurance.pension.adjusting.explain import given, terms_of
from insurance.pension.adjusting.models import Kind, PaidMonths, Row, Run, RunState
from insurance.pension.adjustment_terms import AdjustmentTerms
from payments.ledger.invariants import Broken, broken_by

DECIDED = "调整:批次和缴费月数更正依据已签名办结的业务件"
RULE = "调整:每条明细等于按该批次留存的政策数计算"
BY_PLACE = "调整:居民基础养老金的增加额等于领取地标准的提高额"
BY_YEARS = "调整:居民超年限养老金的增加额等于超出年数乘加发标准的提高额"
PAGE = 5000

# What each row of a sealed run says that a component comes to, and by how much it says more than
# the run before it.
SAYS = """
SELECT r.run_id, r.entitlement_id, n.case_id, n.since, n.known_at, w.component, w.fen,
    w.given - coalesce(lag(w.given) OVER one, 0) AS more,
    row_number() OVER (PARTITION BY r.entitlement_id, n.kind, n.since, w.component
        ORDER BY r.run_id DESC) = 1 AS last
FROM adjusting_row r JOIN adjusting_run n ON n.id = r.run_id AND n.state = 'SEALED',
    LATERAL (VALUES
        (CASE n.kind WHEN 'YEARLY' THEN 'ADJUSTMENT' ELSE 'BASIC' END,
            r.raised_from_fen + r.fixed_fen + r.linked_fen, r.fixed_fen + r.linked_fen),
        (CASE n.kind WHEN 'YEARLY' THEN 'AGE_SUPPLEMENT' ELSE 'EXTRA_YEARS' END,
            r.supplement_from_fen + r.supplement_fen, r.supplement_fen)
    ) AS w (component, fen, given)
WINDOW one AS (PARTITION BY r.entitlement_id, n.kind, n.since, w.component ORDER BY r.run_id)
"""

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "调整:每条有增减的明细都写入了待遇项目",
        f"""
        SELECT s.run_id || '/' || s.entitlement_id || '/' || s.component, s.fen::text, '没有写入'
        FROM ({SAYS}) s LEFT JOIN benefits_component c
            ON c.entitlement_id = s.entitlement_id AND c.component = s.component
            AND c.fen = s.fen AND c.case_id = s.case_id AND c.recorded_at > s.known_at
            AND c.valid @> s.since
        WHERE s.more <> 0 AND s.fen > 0 AND c.id IS NULL
        """,
    ),
    (
        "调整:依据调整业务件的待遇项目等于最后一条明细",
        f"""
        SELECT c.entitlement_id || '/' || c.component || '/' || lower(c.valid),
            coalesce(s.fen::text, '无明细'), c.fen::text
        FROM adjusting_run n JOIN benefits_component c ON c.case_id = n.case_id
            AND c.superseded_at IS NULL AND c.valid @> n.since
        LEFT JOIN ({SAYS}) s ON s.last AND s.entitlement_id = c.entitlement_id
            AND s.component = c.component AND s.case_id = c.case_id
        WHERE n.period IS NULL AND n.state = 'SEALED' AND s.fen IS DISTINCT FROM c.fen
        """,
    ),
    (
        BY_PLACE,
        """
        SELECT r.run_id || '/' || r.entitlement_id, coalesce(t.fen::text, '无标准'),
            r.fixed_fen::text
        FROM adjusting_run n JOIN adjusting_row r ON r.run_id = n.id AND r.left_out = ''
        LEFT JOIN LATERAL jsonb_to_recordset(n.parameters->'terms') AS t (district text, fen bigint)
            ON t.district = r.district
        WHERE n.kind = 'BASIC' AND n.state = 'SEALED' AND t.fen IS DISTINCT FROM r.fixed_fen
        """,
    ),
    (
        BY_YEARS,
        """
        SELECT r.run_id || '/' || r.entitlement_id, f.fen::text, r.supplement_fen::text
        FROM adjusting_run n JOIN adjusting_row r ON r.run_id = n.id AND r.left_out = ''
        LEFT JOIN LATERAL jsonb_to_recordset(n.parameters->'terms')
            AS t (district text, extra_fen bigint, least_years int) ON t.district = r.district
        CROSS JOIN LATERAL (SELECT coalesce(t.extra_fen
            * greatest(coalesce(r.paid_months, 0) / 12 - t.least_years, 0), 0) AS fen) f
        WHERE n.kind = 'BASIC' AND n.state = 'SEALED' AND f.fen <> r.supplement_fen
        """,
    ),
    (
        "调整:每批次的明细等于各分块之和",
        """
        SELECT n.id::text, coalesce(k.rows, 0) || '/' || coalesce(k.out, 0),
            coalesce(r.rows, 0) || '/' || coalesce(r.out, 0)
        FROM adjusting_run n
        LEFT JOIN (SELECT run_id, sum(row_count) AS rows, sum(left_out_count) AS out
            FROM adjusting_chunk GROUP BY 1) k ON k.run_id = n.id
        LEFT JOIN (SELECT run_id, count(*) AS rows, count(*) FILTER (WHERE left_out <> '') AS out
            FROM adjusting_row GROUP BY 1) r ON r.run_id = n.id
        WHERE (coalesce(k.rows, 0), coalesce(k.out, 0))
            <> (coalesce(r.rows, 0), coalesce(r.out, 0))
        """,
    ),
    (
        "调整:封存时的汇总等于明细",
        """
        SELECT n.id::text, concat_ws('|', n.summary->>'adjusted', n.summary->>'fixed_fen',
                n.summary->>'linked_fen', n.summary->>'supplement_fen'), found
        FROM adjusting_run n CROSS JOIN LATERAL (
            SELECT concat_ws('|', count(*), coalesce(sum(fixed_fen), 0),
                coalesce(sum(linked_fen), 0), coalesce(sum(supplement_fen), 0)) AS found
            FROM (SELECT DISTINCT ON (r.entitlement_id) r.* FROM adjusting_row r
                JOIN adjusting_run b ON b.id = r.run_id AND b.kind = n.kind
                    AND b.region = n.region AND b.since = n.since AND b.id <= n.id
                ORDER BY r.entitlement_id, r.run_id DESC) said
            WHERE left_out = '') f
        WHERE n.state = 'SEALED' AND found <> concat_ws('|', n.summary->>'adjusted',
            n.summary->>'fixed_fen', n.summary->>'linked_fen', n.summary->>'supplement_fen')
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [*_undecided(), *_otherwise(), *broken_by(STATEMENTS)]


def promises() -> list[str]:
    """The names of all checks."""
    return [DECIDED, RULE, *(promise for promise, _ in STATEMENTS)]


def _undecided() -> Iterator[Broken]:
    resting = [
        *((f"批次 {pk}", case) for pk, case in Run.objects.values_list("pk", "case_id")),
        *((f"月数 {pk}", case) for pk, case in PaidMonths.objects.values_list("pk", "case_id")),
    ]
    decided = truly_decided(case_ids={case for _, case in resting})
    for what, case in resting:
        if case not in decided:
            yield Broken(DECIDED, what, "已签名办结", f"业务件 {case}")


def _otherwise() -> Iterator[Broken]:
    """Rows of 110 that the pure rule does not give."""
    sealed = Run.objects.filter(kind=Kind.YEARLY, state=RunState.SEALED)
    terms: Mapping[int, AdjustmentTerms] = {run.pk: terms_of(run=run) for run in sealed}
    rows = Row.objects.filter(run__in=list(terms), left_out="").order_by("run_id", "entitlement_id")
    for row in rows.iterator(chunk_size=PAGE):
        wanted = given(row=row, terms=terms[row.run_id])
        fens = (
            *(wanted.fixed_fen, wanted.years_fen, wanted.percentage_fen, wanted.linked_fen),
            wanted.age_increase_fen,
        )
        found = (row.fixed_fen, row.years_fen, row.share_fen, row.linked_fen, row.supplement_fen)
        if fens != found:
            where = f"{row.run_id}/{row.entitlement_id}"
            yield Broken(RULE, where, "|".join(map(str, fens)), "|".join(map(str, found)))
