"""Tax files by folder and by command: taken in order, cleared away, set aside, or waiting."""

import json
from pathlib import Path
from shutil import copyfile

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from backend.audit.models import Act
from backend.feeds.lines import NO_FILE
from insurance.collection.models import Receipt, TaxFile
from insurance.collection.tax import bills_out, refunds_out
from insurance.collection.tax.hand_over import Outgoing
from insurance.collection.tax.tax_description import DescriptionInvalid
from insurance.collection.tax.tax_files import take_arrived, take_file
from insurance.collection.tax.tax_folders import tax_folder
from insurance.collection.tax.transfers_in import FORMAT, HEADER
from payments.ledger.books import ensure_books
from tests import builders
from tests.insurance.collection.tax_builders import receipt, write
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)
    of.employer()


def outbox() -> Path:
    return tax_folder(name="outbox")


def names(folder: str) -> list[str]:
    return sorted(path.name for path in tax_folder(name=folder).iterdir())


def arrived() -> list[tuple[str, bool]]:
    return [(file.name, file.accepted) for file in take_arrived(today=TODAY)]


def test_what_lies_there_is_taken_in_order_and_cleared_away() -> None:
    ensure_books(agency=builders.agency(), on=TODAY)
    row = "GK-1,110,1.00,2026-11-05"
    write(outbox(), [row], header=HEADER, wanted=FORMAT, stem="transfers")
    write(outbox(), [receipt(tax_no="2")], serial=2)
    write(outbox(), [receipt()])

    assert arrived() == [
        ("receipts-000001.csv", True),
        ("receipts-000002.csv", True),
        ("transfers-000001.csv", True),
    ]
    assert (names("outbox"), len(names("received"))) == ([], 6)
    assert arrived() == []


def test_what_is_refused_is_set_aside() -> None:
    write(outbox(), [receipt()], total="1.00")

    assert arrived() == [("receipts-000001.csv", False)]
    assert names("refused") == ["receipts-000001.csv", "receipts-000001.json"]

    write(outbox(), [receipt()])
    assert arrived() == [("receipts-000001.csv", True)]


def test_a_file_that_waits_stays_and_is_told_once() -> None:
    write(outbox(), [receipt(tax_no="2")], serial=2)

    assert (arrived(), arrived()) == ([("receipts-000002.csv", False)], [])
    assert TaxFile.objects.count() == 1

    write(outbox(), [receipt()])
    assert [taken for _, taken in arrived()] == [True, True]


def test_a_file_that_comes_twice_is_taken_once() -> None:
    path = write(outbox(), [receipt()])
    for suffix in (".csv", ".json"):
        copyfile(path.with_suffix(suffix), outbox() / f"receipts-000001-again{suffix}")

    arrived()

    assert (names("outbox"), Receipt.objects.count(), TaxFile.objects.count()) == ([], 1, 1)


def test_what_has_not_wholly_arrived_is_left_alone() -> None:
    path = write(outbox(), [receipt()])
    path.rename(path.with_name(f".{path.name}"))

    assert arrived() == []
    assert len(names("outbox")) == 2


def test_a_damaged_description_is_known_by_its_name() -> None:
    write(outbox(), [receipt()]).write_text("{")

    assert arrived() == [("receipts-000001.csv", False)]
    assert TaxFile.objects.get().kind == "RECEIPTS"


def test_what_is_no_tax_file_is_set_aside_and_told() -> None:
    (outbox() / "letter.json").write_text("{}")

    assert arrived() == []
    assert names("refused") == ["letter.json"]
    assert Act.objects.get(name="collection.tax_file_unknown").subject_id == "letter.json"


def test_a_folder_that_bears_the_name_of_a_file_holds_up_no_other() -> None:
    (outbox() / "letter.json").mkdir()
    table = write(outbox(), [receipt()], serial=2).with_suffix(".csv")
    table.unlink()
    table.mkdir()
    write(outbox(), [receipt()])

    assert arrived() == [("receipts-000001.csv", True), ("receipts-000002.csv", False)]
    assert names("refused") == ["receipts-000002.json"]
    assert TaxFile.objects.get(accepted=False).detail == NO_FILE


def test_nobody_can_say_what_a_letter_is(tmp_path: Path) -> None:
    (tmp_path / "letter.json").write_text("{}")

    with pytest.raises(DescriptionInvalid):
        take_file(path=tmp_path / "letter.json", today=TODAY)


def test_a_file_is_taken_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_tax_file", str(write(tmp_path, [receipt()])))

    assert "已接收 receipts-000001.csv：1行" in capsys.readouterr().out


def test_the_command_says_line_and_reason(tmp_path: Path) -> None:
    path, report = write(tmp_path, [receipt(amount="0.00")]), tmp_path / "report.csv"

    with pytest.raises(CommandError, match=r"第2行：.*\[tax_rows_refused\]") as refusal:
        call_command("import_tax_file", str(path), f"--report={report}")

    assert refusal.value.returncode == 2
    assert "amount" in report.read_text()


@pytest.mark.parametrize(
    "name",
    [
        *("transfers-000001", "receipts-000001", "declarations-000001"),
        "refunded-000001",
    ],
)
def test_the_samples_are_as_they_are_described(name: str) -> None:
    ensure_books(agency=builders.agency(), on=TODAY)
    path = Path("docs/formats/samples") / f"{name}.json"

    assert take_file(path=path, today=TODAY).detail == ""


@pytest.mark.parametrize("out", [bills_out.OUT, refunds_out.OUT])
def test_the_sample_of_what_goes_out_is_described(out: Outgoing) -> None:
    path = Path("docs/formats/samples") / f"{out.name(1)}.json"

    assert json.loads(path.read_text())["format"] == out.format
    assert path.with_suffix(".csv").read_text().startswith(",".join(out.header))
