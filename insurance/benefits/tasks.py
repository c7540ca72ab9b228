"""Jobs of the monthly run (作业)."""

from typing import Any

from backend.jobs.registry import handler
from insurance.benefits.monthly_run import run_chunk


@handler("benefits.run_chunk")
def run_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Compute one chunk of a month."""
    return run_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])
