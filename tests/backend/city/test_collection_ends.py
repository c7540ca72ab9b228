"""When a month of collection may end: its own money is known, and no file waits."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.city import collection_steps as steps
from backend.city.gates import collecting
from backend.jobs.models import Job
from backend.kernel.months import Month
from insurance.collection.debts.month_end import END_JOB
from insurance.collection.models import TaxFile, TaxFileKind
from tests.insurance.collection import tax_world as world

pytestmark = pytest.mark.django_db
NOV, DEC = Month(2026, 11), Month(2026, 12)


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def taken(serial: int, *, period: Month) -> TaxFile:
    return told(serial, period=period, accepted=True, row_count=0, fen=0)


def refused(serial: int, *, period: Month) -> TaxFile:
    return told(
        serial, period=period, accepted=False, code="tax_total_wrong", detail="金额合计不符。"
    )


def told(serial: int, *, period: Month, **facts: object) -> TaxFile:
    return TaxFile.objects.create(
        kind=TaxFileKind.RECEIPTS,
        period=period.first_day,
        serial=serial,
        name=f"receipts-{serial}.csv",
        sha256=f"{serial:064d}",
        **facts,
    )


def ended(period: Month) -> bool:
    """Let what follows on files be ordered; whether the month's end is."""
    steps._after_files(period)
    Job.objects.exclude(kind=END_JOB).update(state="DONE")
    steps._after_files(period)
    return Job.objects.filter(key__startswith=f"{END_JOB}/{period}/").exists()


def test_a_month_does_not_end_on_the_files_of_the_month_before() -> None:
    taken(1, period=NOV)

    assert not ended(DEC)

    taken(2, period=DEC)
    assert ended(DEC)


def test_a_month_does_not_end_while_a_refused_file_is_to_come_again() -> None:
    taken(1, period=DEC)
    refused(2, period=DEC)

    assert not ended(DEC)

    taken(2, period=DEC)
    assert ended(DEC)


def test_what_was_refused_and_never_was_a_file_of_the_row_is_forgotten_with_the_next() -> None:
    refused(999, period=DEC)
    taken(1, period=DEC)

    assert ended(DEC)


def test_the_gate_names_the_file_that_is_to_come_again() -> None:
    world.done(world.run(period=DEC))
    taken(1, period=DEC)
    assert not steps.awaits_tax(period=DEC)

    refused(2, period=DEC)

    gate = collecting(period=DEC)
    assert gate is not None
    assert "第 2 号入库明细文件未能接收（金额合计不符。）" in gate.detail
