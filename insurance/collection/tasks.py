"""Jobs of collection (作业): bills in chunks, files of receipts."""

from datetime import date
from typing import Any

from backend.jobs.registry import handler
from backend.kernel.months import Month
from insurance.collection.bill_run import CHUNK_JOB, FINISH_JOB
from insurance.collection.monthly_bills import bill_chunk, finish_run
from insurance.collection.work_off import MATCH_JOB, work_off


@handler(CHUNK_JOB)
def bill_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Assess one chunk of a run."""
    return bill_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])


@handler(FINISH_JOB)
def finish_run_job(*, arguments: dict[str, Any]) -> int:
    """Finish a run whose chunks are all there."""
    return finish_run(run_id=arguments["run_id"])


@handler(MATCH_JOB)
def match_file_job(*, arguments: dict[str, Any]) -> int:
    """Set off, match, credit and post a file."""
    done = work_off(
        file_id=arguments["file_id"],
        period=Month.parse(arguments["period"]),
        today=date.fromisoformat(arguments["today"]),
    )
    return done.rows
