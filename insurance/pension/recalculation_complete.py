"""Prove that a recalculation is whole (重算完整性) before it ends.

Counted again from the awards and the components, over whole tables instead of ranges.
"""

from typing import Any

from django.db import connection

from backend.kernel.errors import Refusal
from insurance.pension.models import Recalculation, RecalculationChunk
from insurance.pension.recalculation_statements import (
    FORGOTTEN,
    OF,
    WRITTEN,
    parameters,
    rendered,
)


class RecalculationIncomplete(Refusal):
    """Somebody's award or a component is missing (重算不完整)."""

    code = "recalculation_incomplete"


def prove_whole(*, run: Recalculation) -> dict[str, int]:
    """Hold successors against what waited, components against successors; give the totals.

    Raises:
        RecalculationIncomplete: naming what is not as it must be.
    """
    given = parameters(run=run, opened_at=run.opened_at)
    for (award_id,) in _rows(rendered(FORGOTTEN, scheme=run.scheme), given):
        raise RecalculationIncomplete(
            f"核定 {award_id} 应重算而没有重算，不能办结。", award=award_id
        )
    unwritten = rendered(OF[run.scheme].UNWRITTEN, scheme=run.scheme)
    for award_id, component, fen in _rows(unwritten, given):
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
