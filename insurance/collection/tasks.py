"""Jobs of collection (作业): bills in chunks, top-ups, files of the tax bureau, a month's end."""

from datetime import date
from typing import Any

from backend.jobs.registry import handler
from backend.kernel.months import Month
from insurance.collection.bills.bill_run import CHUNK_JOB, FINISH_JOB
from insurance.collection.bills.monthly_bills import bill_chunk, finish_run
from insurance.collection.bills.top_up import OPEN_JOB
from insurance.collection.cases.top_up_case import open_decided
from insurance.collection.debts.month_end import END_JOB, end_month
from insurance.collection.matching.set_off import SET_OFF_JOB, set_off
from insurance.collection.matching.work_off import MATCH_JOB, work_off
from insurance.collection.tax.compare import COMPARE_JOB, compare_declarations
from insurance.collection.tax.compare_money import COMPARE_MONEY_JOB, compare_money


@handler(CHUNK_JOB)
def bill_chunk_job(*, arguments: dict[str, Any]) -> int:
    """Assess one chunk of a run."""
    return bill_chunk(run_id=arguments["run_id"], chunk=arguments["chunk"])


@handler(FINISH_JOB)
def finish_run_job(*, arguments: dict[str, Any]) -> int:
    """Finish a run whose chunks are all there."""
    return finish_run(run_id=arguments["run_id"])


@handler(OPEN_JOB)
def open_top_up_job(*, arguments: dict[str, Any]) -> int:
    """Open the top-up that a case decided."""
    today = date.fromisoformat(arguments["today"])
    return open_decided(case_id=arguments["case_id"], today=today)


@handler(MATCH_JOB)
def match_file_job(*, arguments: dict[str, Any]) -> int:
    """Match, credit and post a file."""
    done = work_off(
        file_id=arguments["file_id"],
        period=Month.parse(arguments["period"]),
        today=date.fromisoformat(arguments["today"]),
    )
    return done.rows


@handler(SET_OFF_JOB)
def set_off_job(*, arguments: dict[str, Any]) -> int:
    """Set off what was paid too much, before bills go out."""
    return set_off(
        period=Month.parse(arguments["period"]), today=date.fromisoformat(arguments["today"])
    )


@handler(COMPARE_JOB)
def compare_job(*, arguments: dict[str, Any]) -> int:
    """Hold a month's declarations against the register."""
    found = compare_declarations(
        period=Month.parse(arguments["period"]), today=date.fromisoformat(arguments["today"])
    )
    return found["written"] + found["gone"]


@handler(COMPARE_MONEY_JOB)
def compare_money_job(*, arguments: dict[str, Any]) -> int:
    """Hold a month's money against its declarations."""
    found = compare_money(
        period=Month.parse(arguments["period"]), today=date.fromisoformat(arguments["today"])
    )
    return found["written"] + found["gone"]


@handler(END_JOB)
def end_month_job(*, arguments: dict[str, Any]) -> int:
    """End a month of collection."""
    return end_month(
        period=Month.parse(arguments["period"]), today=date.fromisoformat(arguments["today"])
    )
