"""A process killed while it bills leaves the month to the next one, and nothing doubled."""

import subprocess
import sys

import pytest
from django.db import connections, transaction

from backend.cases.models import Case
from backend.cluster import CHECKOUT
from backend.jobs.models import Job, JobState
from insurance.collection.bills.bill_run import LOCK, RunStillOpen
from insurance.collection.bills.top_up import OPEN_JOB
from insurance.collection.cases.top_up_case import decide
from insurance.collection.models import Bill, BillRun, BillRunKind
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection import case_builders as cases

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
TOP_UP = """
import django
django.setup()
from backend.jobs.runner import run_waiting
from insurance.collection import tasks
from insurance.collection.bills.top_up import ordered_top_ups
run_waiting(keys=ordered_top_ups())
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


def test_a_top_up_is_opened_once_whenever_its_process_dies(own_database: OwnDatabase) -> None:
    b.li_works()
    b.bill()
    case = top_up()
    decide(case)

    assert run_apart(own_database, TOP_UP, fault="collection.bills.opened:1:kill") == -9
    assert not BillRun.objects.filter(case_id=case.pk).exists()
    Job.objects.exclude(state=JobState.DONE).update(lease_until=None)
    assert run_apart(own_database, TOP_UP) == 0

    assert BillRun.objects.get(case_id=case.pk).kind == BillRunKind.TOP_UP
    assert Job.objects.get(kind=OPEN_JOB).state == JobState.DONE


def test_a_decision_does_not_wait_while_a_month_is_being_opened(
    own_database: OwnDatabase,
) -> None:
    b.li_works()
    b.bill()
    case = top_up()

    with transaction.atomic(using="owner"), connections["owner"].cursor() as opening:
        opening.execute(LOCK)
        with pytest.raises(RunStillOpen, match="请稍后"), transaction.atomic():
            decide(case)

    assert decide(case) == 0


def top_up() -> Case:
    """New figures for November, paid with December's bills."""
    content = {
        "bills": "MONTHLY", "period": "2026-12", "from_month": "2026-11",
        "last_month": "2026-11", "document": "演示人社〔2026〕9号",
    }  # fmt: skip
    return cases.decided(kind="COLLECTION_TOP_UP", party_id=builders.li().pk, content=content)


def billed(database: OwnDatabase, *, fault: str = "") -> int:
    """Bill November in a process of its own; how it ended."""
    return run_apart(database, BILL, fault=fault)


def run_apart(database: OwnDatabase, script: str, *, fault: str = "") -> int:
    """Run a script as a process of its own; how it ended."""
    environment = {
        **database.environment,
        "FAULTPOINTS": fault,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode
