"""A tax bureau that errs: each kind of mistake is there, just as it confesses."""

from collections import Counter
from pathlib import Path

import pytest

from tests.backend.city.tax_builders import (
    DECLARED,
    FISCAL,
    VILLAGE,
    TaxBureau,
    declared_rows,
    fen,
    resident_bills,
    total,
    write_csv,
)

OF_ROWS = {"MISSING_PAYER", "DOUBLE_PAYMENT", "WRONG_CODE"}
OF_FILES = {"WRONG_TOTAL", "LATE_FILE", "FILE_TWICE"}


@pytest.fixture
def bureau(tmp_path: Path) -> TaxBureau:
    bureau = TaxBureau(folder=tmp_path)
    bureau.send(resident_bills(100))
    write_csv(tmp_path / "declared.csv", DECLARED, declared_rows(20))
    plan = [f"{VILLAGE},演示村,390,2027-01,SUBSIDY,67000.00"]
    write_csv(tmp_path / "fiscal.csv", FISCAL, plan)
    return bureau


def call(bureau: TaxBureau, *, errors: str = "7") -> None:
    folder = bureau.folder
    bureau.call(declared=folder / "declared.csv", fiscal=folder / "fiscal.csv", errors=errors)


def file_with(bureau: TaxBureau, kind: str) -> str:
    (stem,) = [truth["file"] for truth in bureau.truth if truth["kind"] == kind]
    return str(stem)


def test_each_kind_of_mistake_is_made_and_confessed(bureau: TaxBureau) -> None:
    call(bureau)

    kinds = Counter(truth["kind"] for truth in bureau.truth)
    assert set(kinds) == OF_ROWS | OF_FILES
    assert all(kinds[kind] == 2 for kind in OF_ROWS)  # of employers, of residents
    assert all(kinds[kind] == 1 for kind in OF_FILES)


def test_rows_are_wrong_as_confessed(bureau: TaxBureau) -> None:
    call(bureau)
    truths = [truth for truth in bureau.truth if truth["kind"] in OF_ROWS]
    held = file_with(bureau, "LATE_FILE")
    call(bureau)

    told = {row["tax_no"]: row for row in bureau.receipts()}
    for truth in truths:
        first, *again = [told[number] for number in truth["tax_nos"]]
        assert first["payer_number"] == truth["told_payer_number"]
        assert fen(first["amount"]) == truth["fen"]
        assert len(again) == (truth["kind"] == "DOUBLE_PAYMENT")
        wrong_code = truth["kind"] == "WRONG_CODE" and truth["payer_number"] != VILLAGE
        assert not wrong_code or first["payer_number"] != truth["payer_number"]
    assert held in bureau.names()


def test_a_missing_payer_is_told_with_the_next_call(bureau: TaxBureau) -> None:
    call(bureau)
    missing = {t["tax_nos"][0] for t in bureau.truth if t["kind"] == "MISSING_PAYER"}
    assert not missing & {row["tax_no"] for row in bureau.receipts()}

    call(bureau)

    assert missing <= {row["tax_no"] for row in bureau.receipts()}


def test_a_wrong_total_is_corrected_under_its_serial(bureau: TaxBureau) -> None:
    call(bureau)
    stem = file_with(bureau, "WRONG_TOTAL")
    wrong = bureau.described(stem)
    assert fen(wrong["total"]) == total(bureau.rows(stem)) + 10_000

    call(bureau)

    right = bureau.described(stem)
    assert fen(right["total"]) == total(bureau.rows(stem))
    assert right["serial"] == wrong["serial"]


def test_a_late_file_comes_with_the_next_call(bureau: TaxBureau) -> None:
    call(bureau)
    stem = file_with(bureau, "LATE_FILE")
    assert stem not in bureau.names()

    call(bureau)

    assert fen(bureau.described(stem)["total"]) == total(bureau.rows(stem))


def test_a_file_comes_twice_with_the_same_bytes(bureau: TaxBureau) -> None:
    call(bureau)

    stem = file_with(bureau, "FILE_TWICE")
    for suffix in (".csv", ".json"):
        first, again = (bureau.outbox / f"{name}{suffix}" for name in (stem, f"{stem}-again"))
        assert first.read_bytes() == again.read_bytes()


def test_all_money_is_told_in_the_end(bureau: TaxBureau, tmp_path: Path) -> None:
    honest = TaxBureau(folder=tmp_path / "honest")
    honest.send(resident_bills(100))
    honest.call(declared=tmp_path / "declared.csv", fiscal=tmp_path / "fiscal.csv")

    call(bureau)
    call(bureau)
    call(bureau)

    doubled = sum(t["fen"] for t in bureau.truth if t["kind"] == "DOUBLE_PAYMENT")
    assert total(bureau.receipts()) == total(honest.receipts()) + doubled


def test_the_same_seed_makes_the_same_mistakes(bureau: TaxBureau, tmp_path: Path) -> None:
    other = TaxBureau(folder=tmp_path / "other")
    other.send(resident_bills(100))

    call(bureau)
    other.call(declared=tmp_path / "declared.csv", fiscal=tmp_path / "fiscal.csv", errors="7")

    assert other.truth == bureau.truth
