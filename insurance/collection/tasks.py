"""Jobs of the monthly bills (作业)."""

from typing import Any

from backend.jobs.registry import handler
from insurance.collection.bill_run import CHUNK_JOB, FINISH_JOB
from insurance.collection.monthly_bills import bill_chunk, finish_run


@handler(CHUNK_JOB)
def bill_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Assess one chunk of a run."""
    return bill_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])


@handler(FINISH_JOB)
def finish_run_job(*, arguments: dict[str, Any]) -> int:
    """Finish a run whose chunks are all there."""
    return finish_run(run_id=arguments["run_id"])
