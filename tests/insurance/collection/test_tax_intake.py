"""A file of the tax bureau is taken whole and in its turn, or refused whole; nothing in between."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.audit.models import Act
from insurance.collection.models import Receipt, TaxFile
from insurance.collection.tax.receipts_in import take_receipts
from tests import builders
from tests.insurance.collection.tax_builders import receipt, write
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    of.employer()


def take(folder: Path, *rows: str, **changes: Any) -> TaxFile:
    return take_receipts(path=write(folder, rows, **changes), today=TODAY)


def stored() -> tuple[int, int]:
    return TaxFile.objects.filter(accepted=True).count(), Receipt.objects.count()


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    first = take(tmp_path, receipt())
    acts = Act.objects.count()

    assert take(tmp_path, receipt()) == first
    assert (stored(), Act.objects.count()) == ((1, 1), acts)


def test_a_serial_counts_once(tmp_path: Path) -> None:
    take(tmp_path, receipt())

    file = take(tmp_path, receipt(tax_no="2"))

    assert (file.code, stored()) == ("tax_serial_twice", (1, 1))


def test_a_file_waits_for_the_one_before_it(tmp_path: Path) -> None:
    early = take(tmp_path, receipt(tax_no="2"), serial=2)
    take(tmp_path, receipt())
    again = take(tmp_path, receipt(tax_no="2"), serial=2)

    assert (early.code, again.accepted, stored()) == ("tax_serial_gap", True, (2, 2))


def test_rows_do_not_come_again_under_another_serial(tmp_path: Path) -> None:
    take(tmp_path, receipt())

    file = take(tmp_path, receipt(), serial=2)

    assert (file.code, stored()) == ("tax_bytes_twice", (1, 1))


def test_days_without_rows_follow_each_other(tmp_path: Path) -> None:
    files = [take(tmp_path, serial=1), take(tmp_path, serial=2)]

    assert [(file.accepted, file.serial, file.fen) for file in files] == [
        (True, 1, 0),
        (True, 2, 0),
    ]


def test_a_refusal_is_written_down_once(tmp_path: Path) -> None:
    refused = [take(tmp_path, receipt(amount="0.00")) for _ in range(3)]

    assert len({file.pk for file in refused}) == 1
    assert Act.objects.filter(name="collection.tax_file_refused").count() == 1


def test_a_refused_file_may_come_again_put_right(tmp_path: Path) -> None:
    take(tmp_path, receipt(amount="0.00"))

    assert take(tmp_path, receipt()).accepted


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rows": 2}, "file_damaged"),
        ({"rows": "1"}, "tax_description_invalid"),
        ({"rows": True}, "tax_description_invalid"),
        ({"sha256": "0" * 64}, "file_damaged"),
        ({"sha256": "x"}, "tax_description_invalid"),
        ({"total": "1440.01"}, "tax_total_wrong"),
        ({"total": "1440"}, "tax_description_invalid"),
        ({"total": 1440}, "tax_description_invalid"),
        ({"serial": 0}, "tax_description_invalid"),
        ({"serial": True}, "tax_description_invalid"),
        ({"serial": 1_000_000}, "tax_description_invalid"),
        ({"format": "yikatong-tax-receipts/2"}, "tax_description_invalid"),
        ({"period": "2026-13"}, "tax_description_invalid"),
        ({"period": "2026-12"}, "tax_period_wrong"),
        ({"period": "1999-12"}, "tax_period_wrong"),
        ({"source": ""}, "tax_description_invalid"),
        ({"more": 1}, "tax_description_invalid"),
    ],
)
def test_what_is_not_as_described_is_refused(
    tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    file = take(tmp_path, receipt(), **changes)

    assert (file.accepted, file.code, stored()) == (False, code, (0, 0))


def damaged(text: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "cut": text[:-1],
        "cut at a line": text[: text.index(b"\n") + 1],
        "with a BOM": b"\xef\xbb\xbf" + text,
        "in GB 18030": text.decode().encode("gb18030"),
        "with CRLF": text.replace(b"\n", b"\r\n"),
        "with NUL": text.replace(b"110", b"1\x000"),
        "another header": text.replace(b"tax_no", b"tax_nr"),
        "a column more": text.replace(b"1440.00", b"1440.00,1"),
        "an open quote": text.replace(b",110,", b',"110,'),
        "a long line": text.replace(b"1440.00", b"1" * 5000),
        "a line twice": text + text.splitlines(keepends=True)[-1],
        "no CSV": b"PK\x03\x04" + bytes(range(256)),
    }


@pytest.mark.parametrize("how", damaged(b"tax_no,\n110 1440.00\n"))
@pytest.mark.parametrize("described_anew", [False, True])
def test_a_damaged_file_is_refused_whole(tmp_path: Path, how: str, described_anew: bool) -> None:
    path = write(tmp_path, [receipt()])
    broken = damaged(path.with_suffix(".csv").read_bytes())[how]
    path.with_suffix(".csv").write_bytes(broken)
    if described_anew:
        content = json.loads(path.read_text())
        path.write_text(json.dumps(content | {"sha256": sha256(broken).hexdigest()}))

    file = take_receipts(path=path, today=TODAY)

    assert (file.accepted, stored()) == (False, (0, 0))
    assert file.code in ("file_damaged", "tax_rows_refused")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "\udcff"])
def test_a_description_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, [receipt()])
    path.write_bytes(text.encode(errors="surrogateescape"))

    assert take_receipts(path=path, today=TODAY).code == "tax_description_invalid"


@pytest.mark.parametrize("missing", [".json", ".csv"])
def test_half_a_file_is_refused(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path, [receipt()])
    path.with_suffix(missing).unlink()

    assert not take_receipts(path=path, today=TODAY).accepted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    suffix=st.sampled_from([".csv", ".json"]),
    at=st.floats(0, 1, exclude_max=True),
    byte=st.none() | st.integers(0, 255),
)
def test_a_byte_more_or_less_is_refused_or_means_the_same(
    tmp_path: Path, suffix: str, at: float, byte: int | None
) -> None:
    path = write(tmp_path, [receipt(), receipt(tax_no="2", amount="0.01")])
    bad = path.with_suffix(suffix)
    raw = bytearray(bad.read_bytes())
    place = int(at * len(raw))
    raw[place:] = raw[place + 1 :] if byte is None else bytes([byte]) + raw[place + 1 :]
    bad.write_bytes(bytes(raw))

    with transaction.atomic():
        file = take_receipts(path=path, today=TODAY)
        found = stored(), file.fen, str(file.period), file.serial
        transaction.set_rollback(True)

    if file.accepted:
        assert found == ((1, 2), 144_001, "2026-11-01", 1)
    else:
        assert found[0] == (0, 0)


def test_what_came_is_kept_under_its_digest(tmp_path: Path) -> None:
    path = write(tmp_path, [receipt()])

    file = take_receipts(path=path, today=TODAY)

    kept = {one.name: one.read_bytes() for one in (tmp_path / "tax/received").iterdir()}
    description = path.read_bytes()
    assert kept == {
        f"{file.sha256}.csv": path.with_suffix(".csv").read_bytes(),
        f"{sha256(description).hexdigest()}.json": description,
    }


def test_plain_sql_can_not_leave_out_a_serial(tmp_path: Path) -> None:
    file = take(tmp_path, receipt())

    for serial in (1, 3):
        with pytest.raises(IntegrityError), transaction.atomic():
            TaxFile.objects.create(
                kind=file.kind, serial=serial, name="x", sha256="y", accepted=True,
                row_count=0, fen=0,
            )  # fmt: skip
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE collection_taxfile SET serial = 7")
