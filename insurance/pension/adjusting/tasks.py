"""Jobs of adjustments (作业)."""

from datetime import date
from typing import Any

from django.utils import timezone

from backend.jobs.registry import handler
from backend.kernel.months import Month
from insurance.pension.adjusting.adjusting_run import (
    CHUNK_JOB,
    OPEN_JOB,
    SEAL_JOB,
    Asked,
    open_run,
    run_chunk,
    seal_run,
)
from insurance.pension.adjusting.models import Kind


@handler(OPEN_JOB)
def open_run_job(*, arguments: dict[str, Any]) -> int:
    """Open the run that a case decided."""
    asked = Asked(
        Kind(arguments["kind"]),
        arguments["region"],
        Month.parse(arguments["since"]),
        arguments["by_old_system"],
    )
    open_run(
        asked=asked,
        case_id=arguments["case_id"],
        today=date.fromisoformat(arguments["today"]),
    )
    return 1


@handler(CHUNK_JOB)
def run_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Compute one range of entitlements."""
    return run_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])


@handler(SEAL_JOB)
def seal_run_job(*, arguments: dict[str, Any]) -> int:
    """Seal a run whose ranges are all there."""
    return seal_run(run_id=arguments["run_id"], now=timezone.now())
