"""Jobs of the yearly interest (作业)."""

from typing import Any

from backend.jobs.registry import handler
from insurance.accounts.yearly_interest import CHUNK_JOB, run_chunk


@handler(CHUNK_JOB)
def run_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Compute one range of persons."""
    return run_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])
