"""What a month does in a step of its own, as jobs (演示作业): a worker does it, and can die there.

A worker started with ``--include tests.faults.seldom_jobs`` knows them.
"""

from collections.abc import Callable, Mapping, Sized
from datetime import date
from typing import Any

from backend.jobs.registry import handler
from backend.kernel.months import Month
from insurance.accounts.outgoing_batches import seal_outgoing
from insurance.benefits.claims.claim_batches import seal_grants
from insurance.unemployment.contribution_list import list_contributions
from insurance.unemployment.refund_batches import seal_refunds
from tests import builders
from tests.insurance.unemployment.contribution_builders import DEC, IN_DECEMBER
from tests.insurance.unemployment.refund_builders import AFTER

KIND = "faults.step"
NOVEMBER, JUNE = Month(2026, 11), Month(2026, 6)
PAY_DATE = date(2026, 11, 15)
STEPS: Mapping[str, Callable[[], Sized]] = {
    "outgoing": lambda: seal_outgoing(period=NOVEMBER, pay_date=PAY_DATE, now=builders.NOW),
    "grants": lambda: seal_grants(period=NOVEMBER, pay_date=PAY_DATE, now=builders.NOW),
    "refunds": lambda: seal_refunds(period=JUNE, pay_date=date(2026, 6, 20), now=AFTER),
    "contributions": lambda: list_contributions(
        period=DEC, today=IN_DECEMBER.date(), tell=lambda sentence: None
    ),
}


@handler(KIND)
def step(*, arguments: dict[str, Any]) -> int:
    """Take one of the steps; how many batches or lists it made."""
    return len(STEPS[arguments["step"]]())
