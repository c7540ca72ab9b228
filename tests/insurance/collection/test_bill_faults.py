"""A process killed while it bills leaves the month to the next one, and nothing doubled."""

import subprocess
import sys

import pytest

from backend.cluster import CHECKOUT
from backend.jobs.models import Job, JobState
from insurance.collection.models import Bill, BillRun
from tests.conftest import OwnDatabase
from tests.insurance.collection import bill_builders as b

BILL = """
import django
django.setup()
from datetime import date
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from insurance.collection import tasks
from insurance.collection.bills.monthly_bills import chunk_keys, open_bills, order_finish
runs = open_bills(period=Month(2026, 11), today=date(2026, 11, 5))
run_waiting(keys=[key for run in runs for key in chunk_keys(run=run)])
run_waiting(keys=[order_finish(run=run) for run in runs])
"""
POINTS = ("opened", "computed", "finished")


@pytest.mark.parametrize("point", POINTS)
def test_a_month_is_billed_once_whenever_its_process_dies(
    own_database: OwnDatabase, point: str
) -> None:
    b.li_works()

    assert billed(own_database, fault=f"collection.bills.{point}:1:kill") == -9
    Job.objects.exclude(state=JobState.DONE).update(lease_until=None)
    assert billed(own_database) == 0

    assert list(BillRun.objects.values_list("state", flat=True)) == ["DONE"] * 3
    assert len(b.lines()) == 6
    assert Bill.objects.count() == 3


def billed(database: OwnDatabase, *, fault: str = "") -> int:
    """Bill November in a process of its own; how it ended."""
    environment = {
        **database.environment,
        "FAULTPOINTS": fault,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    command = [sys.executable, "-c", BILL]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode
