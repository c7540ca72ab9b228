"""A process killed while it works off a file leaves all of it to the next one."""

import subprocess
import sys

import pytest

from backend.cluster import CHECKOUT
from backend.jobs.models import Job, JobState
from insurance.accounts.models import AccountEntry
from insurance.collection.models import Match, Suspense
from payments.ledger.models import Entry
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import match_city as city
from tests.insurance.collection.match_city import Came, P

WORK_OFF = """
import sys
import django
django.setup()
from datetime import date
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from insurance.collection import tasks
from insurance.collection.matching.work_off import enqueue_match, match_key
file = int(sys.argv[1])
enqueue_match(file_id=file, period=Month(2026, 11), today=date(2026, 12, 1))
run_waiting(keys=[match_key(file_id=file)])
"""
POINTS = ("allocated", "credited", "posted")


@pytest.mark.parametrize("point", POINTS)
def test_a_file_is_worked_off_once_whenever_its_process_dies(
    own_database: OwnDatabase, point: str
) -> None:
    file = a_file()

    assert worked_off(own_database, file, fault=f"collection.match.{point}:1:kill") == -9
    assert not Match.objects.exists()
    Job.objects.exclude(state=JobState.DONE).update(lease_until=None)
    assert worked_off(own_database, file) == 0

    assert Match.objects.get().summary is not None
    assert [row.fen for row in AccountEntry.objects.all()] == [40_00]
    assert [row.fen for row in Suspense.objects.all()] == [5_00]
    assert Entry.objects.count() == 2


def a_file() -> int:
    """Somebody owes 100 yuan, 40 of them for the account, and pays 105."""
    city.write_parties(payers=1)
    builders.agency()
    owed = city.owing(
        payer_id=city.FIRST_PAYER,
        person_id=city.FIRST_PERSON,
        scheme="110",
        month=city.NOV,
        part=P.PERSON,
        fen=100_00,
        account_fen=40_00,
    )
    city.write_lines(run=city.open_run(), lines=[owed])
    receipt = Came(city.FIRST_PAYER, "110", 105_00, month=city.NOV)
    return int(city.write_file(receipts=[receipt]).pk)


def worked_off(database: OwnDatabase, file: int, *, fault: str = "") -> int:
    """Work the file off in a process of its own; how it ended."""
    environment = {
        **database.environment,
        "FAULTPOINTS": fault,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    command = [sys.executable, "-c", WORK_OFF, str(file)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode
