"""Jobs of the monthly run (作业)."""

from typing import Any

from django.utils import timezone

from backend.jobs.registry import handler
from backend.kernel.months import Month
from insurance.benefits.account_payouts import JOB as ACCOUNT_PAYOUT
from insurance.benefits.account_payouts import pay_out_chunk
from insurance.benefits.monthly_run import run_chunk, seal_run

SEAL = "benefits.seal_run"


@handler("benefits.run_chunk")
def run_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Compute one chunk of a month."""
    return run_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])


@handler(SEAL)
def seal_run_job(*, arguments: dict[str, Any]) -> int:
    """Seal a month whose chunks are all there."""
    return seal_run(period=Month.parse(arguments["period"]), now=timezone.now()).rows


@handler(ACCOUNT_PAYOUT)
def account_payout_job(*, arguments: dict[str, Any]) -> int:
    """Take the account part of a closed batch's chunk out of the accounts."""
    return pay_out_chunk(batch_id=arguments["batch_id"], chunk=arguments["chunk"])
