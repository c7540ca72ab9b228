"""Prove that a recalculation is whole (重算完整性) before it ends.

Counted again from the awards and the components, over whole tables instead of ranges.
"""

from typing import Any

from django.db import connection

from backend.kernel.errors import Refusal
from insurance.pension import recalculation_sql as sql
from insurance.pension.models import Recalculation, RecalculationChunk


class RecalculationIncomplete(Refusal):
    """Somebody's award or a component is missing (重算不完整)."""

    code = "recalculation_incomplete"


# What waited when the run was opened and has no successor.
FORGOTTEN = f"""
SELECT a.id FROM pension_award a
WHERE {sql.WAITING} AND a.recorded_at <= %(opened_at)s AND {sql.WITHOUT_SUCCESSOR}
ORDER BY a.id LIMIT 1
"""

# An amount that gave way for nothing, or did not although it is another now. Whatever a chunk
# writes carries one instant.
UNWRITTEN = """
SELECT r.id, x.component, x.new_fen
FROM pension_award r JOIN pension_award b ON b.id = r.previous_id CROSS JOIN $parts
LEFT JOIN benefits_component o ON o.entitlement_id = r.entitlement_id AND o.component = x.component
    AND o.fen = x.old_fen AND o.recorded_at < r.recorded_at
    AND (o.superseded_at IS NULL OR o.superseded_at = r.recorded_at)
LEFT JOIN benefits_component c ON c.entitlement_id = r.entitlement_id AND c.component = x.component
    AND c.fen = x.new_fen AND c.recorded_at = r.recorded_at
    AND (o.id IS NULL OR c.valid = o.valid)
WHERE r.recalculation_id = %(run)s AND x.new_fen <> x.old_fen AND (
    o.id IS NOT NULL AND o.superseded_at IS NULL
    OR c.id IS NULL AND x.new_fen > 0 AND (o.id IS NOT NULL OR x.old_fen = 0))
LIMIT 1
"""

WRITTEN = """
SELECT count(*), coalesce(sum(r.basic_fen + r.account_fen + r.transitional_fen
    - b.basic_fen - b.account_fen - b.transitional_fen), 0)::bigint
FROM pension_award r JOIN pension_award b ON b.id = r.previous_id
WHERE r.recalculation_id = %(run)s
"""


def prove_whole(*, run: Recalculation) -> dict[str, int]:
    """Hold successors against what waited, components against successors; give the totals.

    Raises:
        RecalculationIncomplete: naming what is not as it must be.
    """
    given = sql.parameters(run=run, opened_at=run.opened_at)
    for (award_id,) in _rows(FORGOTTEN, given):
        raise RecalculationIncomplete(
            f"核定 {award_id} 是预发的，没有重算，不能办结。", award=award_id
        )
    for award_id, component, fen in _rows(sql.rendered(UNWRITTEN), given):
        raise RecalculationIncomplete(
            f"核定 {award_id} 的 {component} 应为 {fen} 分，没有写入，不能办结。", award=award_id
        )
    ((awards, more_fen),) = _rows(WRITTEN, given)
    chunks = RecalculationChunk.objects.filter(recalculation=run)
    told = (
        sum(chunks.values_list("award_count", flat=True)),
        sum(chunks.values_list("more_fen", flat=True)),
    )
    if told != (awards, more_fen):
        raise RecalculationIncomplete(
            f"分块计得 {told[0]} 人、每月增加 {told[1]} 分，现有核定 {awards} 人、{more_fen} 分。"
        )
    return {"awards": awards, "more_fen": more_fen}


def _rows(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
