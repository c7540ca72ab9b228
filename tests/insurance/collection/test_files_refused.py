"""A bill file that the tax bureau refuses is read once, written down, told, and listed."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from backend.city import collection_steps
from backend.kernel.months import Month
from insurance.collection.api.tax_api import TaxFileRow
from insurance.collection.models import TaxFile
from insurance.collection.tax.bills_out import write_bills
from insurance.collection.tax.files_refused import take_refusals
from insurance.collection.tax.tax_folders import tax_folder
from tests import builders
from tests.insurance.collection import tax_world as world

pytestmark = pytest.mark.django_db
NOV = Month(2026, 11)
WHY = "DIGEST 第3行:摘要不符"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def refuse(serial: int = 1, why: str = WHY) -> Path:
    path = tax_folder(name="outbox") / f"bills-{serial:06d}.refused"
    path.write_text(f"{why}\n")
    return path


def test_it_is_written_down_once_with_its_reason_and_an_owner() -> None:
    refuse()

    (row,) = take_refusals()

    assert take_refusals() == []
    shown = TaxFileRow(row).data
    facts = ("kind", "serial", "accepted", "code", "detail", "owner_role")
    assert [shown[name] for name in facts] == [
        *("BILLS", 1, False, "tax_bills_refused", WHY, "FINANCE"),
    ]
    assert Act.objects.get(name="collection.file_refused").rows == 1


def test_another_reason_is_another_row() -> None:
    refuse()
    take_refusals()
    refuse(why="SERIAL_GAP:序号不连续,应为2")

    assert len(take_refusals()) == 1


def test_what_is_no_refusal_or_still_on_its_way_is_left_alone() -> None:
    for name in ("bills-1.refused", ".bills-000001.refused", "bills-000001.refused.txt"):
        (tax_folder(name="outbox") / name).write_text(WHY)

    assert take_refusals() == []


def test_the_month_tells_it_once() -> None:
    told: list[str] = []
    refuse()

    for _ in range(2):
        collection_steps.take_in_tax_files(period=NOV, tell=told.append)

    assert told == [f"  税务、国库拒收 bills-000001.refused：{WHY}"]


def test_the_next_file_of_ours_has_the_next_serial() -> None:
    for serial, fen in ((1, 144_000), (2, 500)):
        run = world.run()
        world.line(run, person_id=builders.li().pk, fen=fen)
        world.bills(world.done(run))
        file = write_bills(period=NOV, folder=tax_folder(name="inbox"))
        assert file is not None
        assert file.serial == serial
        refuse(serial)
        take_refusals()

    assert TaxFile.objects.filter(accepted=True).count() == 2


def test_a_refusal_that_is_gone_again_holds_up_nothing() -> None:
    (tax_folder(name="outbox") / "bills-000001.refused").symlink_to("taken-away")

    assert take_refusals() == []
