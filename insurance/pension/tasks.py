"""Jobs of pensions (作业)."""

from typing import Any

from backend.jobs.registry import handler
from insurance.pension.recalculation import CHUNK_JOB, recalculate_chunk


@handler(CHUNK_JOB)
def recalculate_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Compute one range of interim awards again."""
    return recalculate_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])
