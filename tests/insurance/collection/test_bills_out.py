"""Bills for the tax bureau: what runs billed, once, the same bytes whoever dies meanwhile."""

import csv
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings

from backend.audit.models import Act
from backend.cluster import CHECKOUT
from backend.people.models import Alias
from insurance.collection.models import (
    Bill,
    BillMode,
    BillRunKind,
    LinePart,
    PayerKind,
    SentRun,
    TaxFile,
)
from insurance.collection.tax import bills_out
from insurance.collection.tax.bills_out import write_bills
from insurance.collection.tax.hand_over import FileDiffers, SerialUsed
from insurance.collection.tax.tax_folders import tax_folder
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import tax_world as world
from tests.insurance.collection.tax_builders import lis_number
from tests.insurance.enrolment import enrolment_builders as of

NOV = world.NOV


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def company_owes(fen: int = 144_000, *, mode: BillMode = BillMode.ASSESSED) -> Bill:
    run = world.run()
    world.line(run, person_id=builders.li().pk, fen=fen)
    (bill,) = world.bills(world.done(run), mode=mode)
    return bill


def send() -> TaxFile | None:
    return write_bills(period=NOV, folder=tax_folder(name="inbox"))


def rows(serial: int = 1) -> list[dict[str, str]]:
    path = tax_folder(name="inbox") / f"bills-{serial:06d}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_bill_is_a_row(db: None) -> None:
    bill = company_owes()

    send()

    assert rows() == [
        {
            "bill_no": str(bill.pk),
            "kind": "EMPLOYED",
            "payer_number": of.credit_code(),
            "payer_name": "演示商贸1号有限公司",
            "scheme": "110",
            "month": "2026-11",
            "person_number": "",
            "person_name": "",
            "amount": "1440.00",
            "pay_by": "2026-11-25",
        }
    ]


def test_the_description_says_what_the_file_holds(db: None) -> None:
    company_owes()

    file = send()

    inbox = tax_folder(name="inbox")
    raw = (inbox / "bills-000001.csv").read_bytes()
    assert file is not None
    assert (file.sha256, file.row_count, file.fen) == (sha256(raw).hexdigest(), 1, 144_000)
    assert json.loads((inbox / "bills-000001.json").read_text()) == {
        "format": "yikatong-tax-bills/1",
        "source": "社会保险经办机构",
        "serial": 1,
        "period": "2026-11",
        "rows": 1,
        "total": "1440.00",
        "sha256": file.sha256,
    }
    assert Act.objects.get(name="collection.bills_written").rows == 2
    assert list(tax_folder(name="prepared").iterdir()) == []


def test_residents_stand_one_by_one_with_their_own_part(db: None) -> None:
    run, village = world.run(BillRunKind.RESIDENTS), of.village()
    for person, part, fen in (
        (builders.wang(), LinePart.PERSON, 50_000),
        (builders.wang(), LinePart.SUBSIDY, 6_000),
        (builders.chen(), LinePart.ON_BEHALF, 10_000),
    ):
        world.line(run, person_id=person.pk, part=part, fen=fen, payer_id=village.pk, scheme="170")
    (bill,) = world.bills(world.done(run), kind=PayerKind.RESIDENT)

    send()

    (row,) = rows()
    assert row["bill_no"] == f"{bill.pk}-{builders.wang().pk}"
    assert (row["payer_number"], row["person_name"], row["amount"]) == (
        of.VILLAGE,
        "王秀英",
        "500.00",
    )


def test_a_flexible_worker_is_payer_and_person(db: None) -> None:
    run, li = world.run(BillRunKind.INDIVIDUALS), builders.li()
    world.line(run, person_id=li.pk, payer_id=li.pk, fen=100_005)
    world.bills(world.done(run), kind=PayerKind.FLEXIBLE)

    send()

    (row,) = rows()
    assert (row["payer_number"], row["person_number"]) == (lis_number(), lis_number())
    assert row["amount"] == "1000.05"


def test_a_merged_payer_is_billed_under_its_survivor(db: None) -> None:
    company_owes()
    other = of.employer(serial=2)
    Alias.objects.create(party_id=of.employer().pk, survivor_id=other.pk, case_id=1)

    send()

    assert rows()[0]["payer_number"] == of.credit_code(serial=2)


def test_who_declares_gets_no_bill_of_ours(db: None) -> None:
    company_owes(mode=BillMode.DECLARED)

    assert (send(), SentRun.objects.count(), TaxFile.objects.count()) == (None, 0, 0)


def test_what_is_below_zero_is_taken_from_what_is_asked_for_the_month(db: None) -> None:
    company_owes()
    run = world.run()
    world.line(run, person_id=builders.li().pk, fen=-100)
    world.line(run, person_id=builders.chen().pk, fen=7, payer_id=of.employer(serial=2).pk)
    world.bills(world.done(run), mode=BillMode.ASSESSED)

    send()

    assert [row["amount"] for row in rows()] == ["1439.00", "0.07"]


def test_late_fees_are_charged_by_who_collects(db: None) -> None:
    run = world.run(BillRunKind.LATE_FEE)
    world.line(run, person_id=None, part=LinePart.LATE_FEE, fen=7)
    world.bills(world.done(run))

    assert send() is None


def test_an_open_run_sends_nothing(db: None) -> None:
    run = world.run()
    world.line(run, person_id=builders.li().pk, fen=7)
    world.bills(run)

    assert send() is None


def test_what_was_sent_is_not_sent_again(db: None) -> None:
    company_owes()
    send()

    assert (send(), TaxFile.objects.count()) == (None, 1)


def test_later_runs_of_the_month_go_in_a_file_of_their_own(db: None) -> None:
    company_owes()
    first = send()
    bill = company_owes(500)
    second = send()

    assert first is not None
    assert second is not None
    assert (second.serial, [row["bill_no"] for row in rows(2)]) == (2, [str(bill.pk)])
    sent = SentRun.objects.order_by("run").values_list("file", flat=True)
    assert list(sent) == [first.pk, second.pk]


def test_a_serial_that_the_tax_bureau_has_is_not_used_again(db: None) -> None:
    company_owes()
    (tax_folder(name="sent") / "bills-000001.csv").write_text("of another life")

    with pytest.raises(SerialUsed):
        send()


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_what_was_changed_before_the_hand_over_stays_here(
    db: None, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    company_owes()
    with monkeypatch.context() as patch:
        patch.setattr(bills_out, "_hand_over", lambda *_: False)
        send()
    path = tax_folder(name="prepared") / f"bills-000001{suffix}"
    path.write_bytes(path.read_bytes() + b"\n")

    with pytest.raises(FileDiffers):
        send()
    assert not (tax_folder(name="inbox") / path.name).exists()


def test_another_file_of_that_name_is_not_covered(db: None) -> None:
    company_owes()
    (tax_folder(name="inbox") / "bills-000001.csv").write_text("of somebody else")

    with pytest.raises(FileDiffers):
        send()


def test_what_was_committed_and_lost_is_written_again(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_owes()
    with monkeypatch.context() as patch:
        patch.setattr(bills_out, "_hand_over", lambda *_: False)
        file = send()
    for path in tax_folder(name="prepared").iterdir():
        path.unlink()

    assert send() == file
    assert len(rows()) == 1


def test_what_was_lost_and_reads_otherwise_now_is_not_sent(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = company_owes()
    with monkeypatch.context() as patch:
        patch.setattr(bills_out, "_hand_over", lambda *_: False)
        send()
    (tax_folder(name="prepared") / "bills-000001.csv").unlink()
    Alias.objects.create(party_id=bill.payer_id, survivor_id=of.employer(serial=2).pk, case_id=1)

    with pytest.raises(FileDiffers):
        send()


@pytest.mark.parametrize("point", ["file_written", "file_renamed"])
def test_a_file_is_sent_once_whoever_dies(own_database: OwnDatabase, point: str) -> None:
    company_owes()
    assert sent_by_process(own_database, fault=f"collection.tax.{point}:1:kill") == -9
    half = inbox()

    assert sent_by_process(own_database) == 0
    whole = inbox()
    assert sent_by_process(own_database) == 0

    assert set(whole) == {"bills-000001.csv", "bills-000001.json"}
    assert half.items() <= whole.items()
    assert inbox() == whole
    assert TaxFile.objects.get().sha256 == sha256(whole["bills-000001.csv"]).hexdigest()
    assert len(rows()) == 1


def inbox() -> dict[str, bytes]:
    """What the tax bureau has."""
    return {path.name: path.read_bytes() for path in tax_folder(name="inbox").iterdir()}


SEND = """
import django, sys
django.setup()
from pathlib import Path
from django.conf import settings
from backend.kernel.months import Month
from insurance.collection.tax.bills_out import write_bills
from insurance.collection.tax.tax_folders import tax_folder
settings.VAR_DIR = Path(sys.argv[1])
write_bills(period=Month(2026, 11), folder=tax_folder(name="inbox"))
"""


def sent_by_process(database: OwnDatabase, *, fault: str = "") -> int:
    """Send the bills in a process of its own; how it ended."""
    environment = {
        **database.environment,
        "FAULTPOINTS": fault,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    command = [sys.executable, "-c", SEND, str(django_settings.VAR_DIR)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode
