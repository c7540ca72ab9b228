"""Bill files that a tax bureau does not accept: refused whole, with the reason beside."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.backend.city.tax_builders import BILLS, TaxBureau, resident_bills, write_csv

LINES = resident_bills(5)


@pytest.fixture
def bureau(tmp_path: Path) -> TaxBureau:
    return TaxBureau(folder=tmp_path)


def reason(bureau: TaxBureau, serial: int = 1) -> str:
    bureau.call()

    assert bureau.names() == []
    refused = bureau.outbox / f"bills-{serial:06d}.refused"
    return refused.read_text(encoding="utf-8").split()[0].split(":")[0]


def test_altered_bytes(bureau: TaxBureau) -> None:
    path = bureau.send(LINES).with_suffix(".csv")
    path.write_bytes(path.read_bytes().replace(b"400.00", b"500.00", 1))

    assert reason(bureau) == "DIGEST"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"total": "1999.99"}, "TOTAL"),
        ({"rows": 4}, "ROWS"),
        ({"sha256": "0" * 64}, "DIGEST"),
        ({"format": "yikatong-tax-bills/2"}, "DESCRIPTION"),
        ({"more": 1}, "DESCRIPTION"),
    ],
)
def test_a_wrong_description(bureau: TaxBureau, told: dict[str, Any], code: str) -> None:
    bureau.send(LINES, **told)

    assert reason(bureau) == code


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (LINES[0].replace("400.00", "0.00"), "AMOUNT"),
        (LINES[0].replace("400.00", "4OO.00"), "AMOUNT"),
        (LINES[0].replace("400.00", "-0.00"), "AMOUNT"),
        (LINES[0].replace("RESIDENT", "TENANT"), "KIND"),
        (LINES[0].replace(",390,", ",391,"), "KIND"),
        (LINES[0].replace("2027-01", "2027-13"), "DATE"),
        (LINES[0] + ",", "FIELDS"),
    ],
)
def test_a_wrong_row(bureau: TaxBureau, wrong: str, code: str) -> None:
    path = bureau.send(LINES)
    content = write_csv(path.with_suffix(".csv"), BILLS, [wrong, *LINES[1:]]).read_bytes()
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "sha256": sha256(content).hexdigest()}))

    assert reason(bureau) == code


def test_the_serial_of_another_name(bureau: TaxBureau) -> None:
    path = bureau.send(LINES, serial=2)
    for suffix in (".csv", ".json"):
        path.with_suffix(suffix).rename(bureau.inbox / f"bills-000001{suffix}")

    assert reason(bureau) == "SERIAL"


def test_a_gap_between_serials_waits(bureau: TaxBureau) -> None:
    bureau.send(LINES, serial=2)
    assert reason(bureau, 2) == "SERIAL_GAP"
    bureau.send(LINES[:2], serial=1)

    bureau.call()

    assert not list(bureau.outbox.glob("*.refused"))
    assert len(bureau.receipts()) > 0


def test_a_serial_is_answered_once(bureau: TaxBureau) -> None:
    bureau.send(LINES)
    bureau.call()
    before = bureau.names()
    bureau.send(LINES[:4])

    bureau.call()

    assert bureau.names() == before
    told = (bureau.outbox / "bills-000001.refused").read_text(encoding="utf-8")
    assert told.startswith("SERIAL_TWICE")


def test_a_mended_file_is_answered(bureau: TaxBureau) -> None:
    bureau.send(LINES, total="1.00")
    assert reason(bureau) == "TOTAL"

    bureau.send(LINES)
    bureau.call()

    assert len(bureau.receipts()) > 0
