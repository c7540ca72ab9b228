"""Large files of the tax bureau, and processes that die over a file."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cluster import CHECKOUT
from insurance.collection.models import Receipt, TaxFile
from insurance.collection.tax.receipts_in import take_receipts
from insurance.collection.tax.tax_folders import tax_folder
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection.tax_builders import receipt, write
from tests.insurance.enrolment import enrolment_builders as of

TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def stored() -> tuple[int, int]:
    return TaxFile.objects.filter(accepted=True).count(), Receipt.objects.count()


def test_a_large_file_does_not_fill_the_memory(db: None, tmp_path: Path) -> None:
    of.employer()
    few = write(tmp_path, rows_of(2_000))
    many = write(tmp_path, rows_of(200_000, start=2_000), serial=2)
    take_receipts(path=few, today=TODAY)

    tracemalloc.start()
    file = take_receipts(path=many, today=TODAY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (file.accepted, Receipt.objects.count()) == (True, 202_000)
    assert peak < 16 << 20  # the file has 20 MB


def rows_of(count: int, *, start: int = 0) -> list[str]:
    one = receipt(tax_no="%d")
    return [one % number for number in range(start, start + count)]


TAKE = """
import django, sys
django.setup()
from datetime import date
from pathlib import Path
from django.conf import settings
from insurance.collection.tax.tax_files import take_arrived
settings.VAR_DIR = Path(sys.argv[1])
take_arrived(today=date(2026, 11, 5))
"""


@pytest.mark.parametrize("point", ["staged", "taken"])
def test_a_file_is_taken_once_whoever_dies(
    own_database: OwnDatabase, tmp_path: Path, point: str
) -> None:
    of.employer()
    outbox = tax_folder(name="outbox")
    write(outbox, [receipt()])

    assert taken_by_process(own_database, tmp_path, f"collection.tax.{point}:1:kill") == -9
    assert (stored(), len(list(outbox.iterdir()))) == ((0, 0), 2)

    for _ in range(2):
        assert taken_by_process(own_database, tmp_path) == 0
    assert (stored(), list(outbox.iterdir())) == ((1, 1), [])


def taken_by_process(database: OwnDatabase, folder: Path, fault: str = "") -> int:
    """Take in what lies in the outbox in a process of its own; how it ended."""
    environment = {
        **database.environment,
        "FAULTPOINTS": fault,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    command = [sys.executable, "-c", TAKE, str(folder)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode
