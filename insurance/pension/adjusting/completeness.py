"""Prove that an adjustment is whole (调整封存即完整) before it is sealed.

Counted again from the entitlements and the components, over whole tables instead of ranges.
"""

from typing import Any

from django.db import connection

from backend.kernel.errors import Refusal
from insurance.pension.adjusting import adjusting_sql as sql
from insurance.pension.adjusting.assess import LeftOut
from insurance.pension.adjusting.kind_sql import KINDS
from insurance.pension.adjusting.models import Chunk, Kind, Run


class AdjustmentIncomplete(Refusal):
    """A chunk, somebody's row or a component is missing (调整不完整,不得封存)."""

    code = "adjustment_incomplete"


# Who takes part and was known when the run was opened, but no run of the adjustment speaks of.
FORGOTTEN = """
SELECT e.id FROM benefits_entitlement e
WHERE e.book_id = ANY (%(books)s) AND e.recorded_at <= %(known_at)s AND $scope
    AND (%(everybody)s OR EXISTS (SELECT FROM adjusting_change g
        WHERE g.run_id = %(run_id)s AND g.entitlement_id = e.id))
    AND NOT EXISTS (SELECT FROM adjusting_row r
        WHERE r.entitlement_id = e.id AND r.run_id = ANY (%(runs)s))
ORDER BY e.id LIMIT 1
"""

# A difference whose new amount was never written; what came after it does not matter.
UNWRITTEN = """
WITH said AS (
    SELECT DISTINCT ON (entitlement_id) * FROM adjusting_row WHERE run_id = ANY (%(earlier)s)
    ORDER BY entitlement_id, run_id DESC),
wanted AS (
    SELECT r.entitlement_id, w.component, w.fen
    FROM adjusting_row r LEFT JOIN said s ON s.entitlement_id = r.entitlement_id,
        LATERAL (VALUES
            (%(raised)s, r.raised_from_fen + r.fixed_fen + r.linked_fen,
                r.fixed_fen + r.linked_fen - coalesce(s.fixed_fen + s.linked_fen, 0)),
            (%(beside)s, r.supplement_from_fen + r.supplement_fen,
                r.supplement_fen - coalesce(s.supplement_fen, 0))) AS w (component, fen, more)
    WHERE r.run_id = %(run_id)s AND w.more <> 0 AND w.fen > 0)
SELECT w.entitlement_id, w.component, w.fen
FROM wanted w LEFT JOIN benefits_component c
    ON c.entitlement_id = w.entitlement_id AND c.component = w.component AND c.fen = w.fen
    AND c.case_id = %(case_id)s AND c.recorded_at > %(known_at)s AND c.valid @> %(since)s::date
WHERE c.id IS NULL
ORDER BY 1 LIMIT 1
"""

# All that the runs say, of whom the last word counts; and what this one added to it.
TOTALS = """
WITH said AS (
    SELECT DISTINCT ON (entitlement_id) * FROM adjusting_row WHERE run_id = ANY (%(runs)s)
    ORDER BY entitlement_id, run_id DESC)
SELECT left_out, count(*), $sums FROM said GROUP BY left_out ORDER BY left_out
"""
WRITTEN = """
SELECT count(*), coalesce(sum($all), 0)::bigint, coalesce((
        SELECT sum($all) FROM (SELECT DISTINCT ON (s.entitlement_id) s.* FROM adjusting_row s
            JOIN adjusting_row n ON n.entitlement_id = s.entitlement_id AND n.run_id = %(run_id)s
            WHERE s.run_id = ANY (%(earlier)s) ORDER BY s.entitlement_id, s.run_id DESC) b
    ), 0)::bigint
FROM adjusting_row WHERE run_id = %(run_id)s
"""
SUMS = ", ".join(f"sum({column})::bigint" for column in sql.GIVEN)
ALL = " + ".join(sql.GIVEN)


def prove_whole(*, run: Run) -> dict[str, Any]:
    """Hold rows against entitlements, components against rows; give the totals.

    Raises:
        AdjustmentIncomplete: naming what is not as it must be.
    """
    given = sql.parameters(
        run=run, runs=[*run.parameters["earlier"], run.pk], everybody=run.decided
    )
    _prove_chunks(run, given)
    for (entitlement_id,) in _rows(
        FORGOTTEN.replace("$scope", KINDS[Kind(run.kind)]["scope"]), given
    ):
        raise AdjustmentIncomplete(
            f"待遇 {entitlement_id} 应参加调整，没有明细，不能封存。", entitlement=entitlement_id
        )
    for entitlement_id, component, fen in _rows(UNWRITTEN, given):
        raise AdjustmentIncomplete(
            f"待遇 {entitlement_id} 的 {component} 应调整为 {fen} 分，没有写入，不能封存。",
            entitlement=entitlement_id,
        )
    return _totals(given)


def _prove_chunks(run: Run, given: dict[str, Any]) -> None:
    chunks = Chunk.objects.filter(run=run)
    missing = len(run.parameters["chunks"]) - chunks.count()
    if missing:
        raise AdjustmentIncomplete(f"还有 {missing} 个分块没有算完，不能封存。", missing=missing)
    ((rows, fen, before_fen),) = _rows(WRITTEN.replace("$all", ALL), given)
    told = (
        sum(chunks.values_list("row_count", flat=True)),
        sum(chunks.values_list("more_fen", flat=True)),
    )
    if told != (rows, fen - before_fen):
        raise AdjustmentIncomplete(
            f"分块计得 {told[0]} 条、每月增加 {told[1]} 分，"
            f"现有明细 {rows} 条、{fen - before_fen} 分。"
        )


def _totals(given: dict[str, Any]) -> dict[str, Any]:
    left_out = dict.fromkeys((reason.name for reason in LeftOut), 0)
    totals: dict[str, Any] = {"adjusted": 0, **dict.fromkeys(sql.GIVEN, 0)}
    for reason, count, *fens in _rows(TOTALS.replace("$sums", SUMS), given):
        if reason:
            left_out[reason] = count
        else:
            totals = {"adjusted": count, **dict(zip(sql.GIVEN, fens, strict=True))}
    return {
        **totals,
        "more_fen": sum(totals[name] for name in sql.GIVEN),
        "left_out": {reason: count for reason, count in left_out.items() if count},
    }


def _rows(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
