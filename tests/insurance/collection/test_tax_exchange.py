"""The simulated tax bureau reads what we write, and we take what it writes, also when it errs."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cluster import CHECKOUT
from backend.kernel.identity import Sex
from insurance.collection.models import (
    BillMode,
    BillRunKind,
    PayerKind,
    Receipt,
    TaxFile,
    TaxFileKind,
)
from insurance.collection.tax.bills_out import write_bills
from insurance.collection.tax.compare import compare_declarations
from insurance.collection.tax.tax_files import take_arrived
from insurance.collection.tax.tax_folders import tax_folder
from payments.ledger.models import Entry
from tests import builders
from tests.insurance.collection import tax_world as world
from tests.insurance.collection.tax_builders import lis_number
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
ORDER = 460  # of their numbers
NOV, DEC, FEN = world.NOV, world.NOV.next, 144_000
DECLARED = "payer_number,payer_name,scheme,month,person_number,person_name,base,amount"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    builders.agency()
    forty_owe()


def forty_owe() -> None:
    """Twenty employers whom we assess, twenty flexible workers; Li's employer declares.

    All numbers are the same at each run: from them follows who pays, and when.
    """
    for order, kind in enumerate((BillRunKind.EMPLOYERS, BillRunKind.INDIVIDUALS)):
        run = world.run(kind)
        for serial in range(20):
            born, sex = date(1980, 1, 1 + serial), Sex.FEMALE
            number = builders.id_number(birth_date=born, sex=sex, serial=ORDER + order)
            person = builders.person(birth_date=born, sex=sex, number=number)
            employed = kind is BillRunKind.EMPLOYERS
            payer = of.employer(serial=100 + serial).pk if employed else person.pk
            world.line(run, person_id=person.pk, payer_id=payer, fen=FEN)
        world.bills(world.done(run), kind=PayerKind.EMPLOYED if employed else PayerKind.FLEXIBLE)
    run = world.run()
    world.line(run, person_id=builders.li().pk, fen=FEN)
    world.bills(world.done(run), mode=BillMode.DECLARED)


def bureau(folder: Path, *more: str, period: str = "2026-11") -> None:
    """Let the tax bureau do its work once."""
    declared = folder / "declared.csv"
    row = (
        f"{of.credit_code()},演示商贸1号有限公司,110,2026-11,{lis_number()},李建国,6000.00,1440.00"
    )
    declared.write_text(f"{DECLARED}\n{row}\n")
    folders = [f"--{name}={tax_folder(name=name)}" for name in ("inbox", "outbox")]
    command = [sys.executable, "-m", "backend.city.tax", *folders, f"--state={folder / 'desk'}"]
    subprocess.run(
        [*command, f"--period={period}", f"--declared={declared}", *more],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )


def test_an_honest_bureau_takes_our_bills_and_we_take_its_files(tmp_path: Path) -> None:
    bills = write_bills(period=NOV, folder=tax_folder(name="inbox"))
    bureau(tmp_path)
    files = take_arrived(today=NOV.last_day)

    assert bills is not None
    assert (bills.row_count, bills.fen) == (40, 40 * FEN)
    assert [(file.detail, file.kind) for file in files if not file.accepted] == []
    ours = {TaxFileKind.BILLS, TaxFileKind.REFUNDS}
    unasked = {TaxFileKind.REFUNDED}  # nothing is to go back
    assert {file.kind for file in files} == {*TaxFileKind.values} - ours - unasked
    assert not Receipt.objects.filter(payer_id=None).exists()
    assert not Receipt.objects.filter(part=1, person_id=None).exists()
    assert compare_declarations(period=NOV, today=NOV.last_day)["AGREED"] == 1
    swept = Entry.objects.get(source="collection.transfer")
    assert swept.business_date == date(2026, 11, 25)
    assert list(tax_folder(name="outbox").iterdir()) == []


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_what_a_bureau_gets_wrong_is_refused_and_taken_when_it_is_right(
    tmp_path: Path, seed: str
) -> None:
    write_bills(period=NOV, folder=tax_folder(name="inbox"))
    bureau(tmp_path, f"--errors={seed}")
    first = take_arrived(today=NOV.last_day)
    bureau(tmp_path, f"--errors={seed}")
    take_arrived(today=NOV.last_day)

    codes = {file.code for file in first if not file.accepted}
    assert "tax_total_wrong" in codes
    assert codes <= {"tax_total_wrong", "tax_serial_gap"}
    waiting = [path.name for path in tax_folder(name="outbox").iterdir()]
    assert waiting == []
    taken = TaxFile.objects.filter(accepted=True, kind=TaxFileKind.RECEIPTS)
    serials = taken.order_by("serial").values_list("serial", flat=True)
    assert list(serials) == [*range(1, len(serials) + 1)]
    assert Receipt.objects.filter(payer_id=None).exists()  # under another number
