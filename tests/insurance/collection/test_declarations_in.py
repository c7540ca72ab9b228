"""Declarations by file: whole or not at all, whoever they are of."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from backend.feeds.refused import RefusedRow
from backend.people.models import Alias
from insurance.collection.models import DeclaredLine, Finding, TaxFile
from insurance.collection.tax.compare import compare_declarations
from insurance.collection.tax.declarations_in import FORMAT, HEADER, take_declarations
from tests import builders
from tests.insurance.collection import tax_world as world
from tests.insurance.collection.tax_builders import lis_number, write
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
TODAY = builders.TODAY


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    builders.li()
    of.employer()


def row(**changes: str) -> str:
    """Li is declared with 1,440 yuan for November."""
    facts = {
        "payer": of.credit_code(),
        "scheme": "110",
        "month": "2026-11",
        "person": lis_number(),
        "name": "李建国",
        "base": "6000.00",
        "amount": "1440.00",
    }
    return ",".join({**facts, **changes}.values())


def take(folder: Path, *rows: str, **changes: Any) -> tuple[TaxFile, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    path = write(folder, rows, header=HEADER, wanted=FORMAT, stem="declarations", **changes)
    return take_declarations(path=path, today=TODAY, refused=refused), refused


def test_a_declaration_is_written_as_it_is_told(tmp_path: Path) -> None:
    file, _ = take(tmp_path, row(name=" 李 建国"))

    assert (file.accepted, file.kind, file.fen) == (True, "DECLARATIONS", 144_000)
    line = DeclaredLine.objects.get()
    assert (line.payer_id, line.person_id) == (of.employer().pk, builders.li().pk)
    assert (line.person_name, line.search_name) == (" 李 建国", "李建国")
    assert (line.base_fen, line.fen, line.line) == (600_000, 144_000, 2)


def test_a_stranger_is_declared_too(tmp_path: Path) -> None:
    file, _ = take(tmp_path, row(payer=of.credit_code(serial=9), person="E12345678"))

    assert file.accepted
    line = DeclaredLine.objects.get()
    assert (line.payer_id, line.person_id) == (None, None)


@pytest.mark.parametrize(
    ("changes", "column", "kept"),
    [
        ({"payer": "91340802MA0000019X"}, "payer_number", "91340802MA0000019X"),
        ({"person": "340802198507010000"}, "person_number", "340802198507010000"),
        ({"name": "", "person": "E1"}, "search_name", "E1"),
        ({"name": "李" * 151}, "person_name", "李" * 149 + "…"),
        ({"name": "\ufdfa" * 20}, "person_name", "\ufdfa" * 20),
        ({"name": "李\u200b"}, "person_name", "李\ufffd"),
    ],
)
def test_who_is_written_wrongly_is_somebody_unknown(
    tmp_path: Path, changes: dict[str, str], column: str, kept: str
) -> None:
    file, _ = take(tmp_path, row(), row(**changes))

    assert file.accepted
    assert getattr(DeclaredLine.objects.get(line=3), column) == kept


def test_a_merged_entry_is_its_survivor(tmp_path: Path) -> None:
    Alias.objects.create(party_id=builders.li().pk, survivor_id=builders.chen().pk, case_id=1)

    take(tmp_path, row())

    assert DeclaredLine.objects.get().person_id == builders.chen().pk


def test_a_line_may_stand_twice_in_a_declaration(tmp_path: Path) -> None:
    file, _ = take(tmp_path, row(), row())

    assert (file.accepted, DeclaredLine.objects.count()) == (True, 2)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"scheme": "120"}, "scheme"),
        ({"month": ""}, "month"),
        ({"month": "2026-12"}, "month"),
        ({"base": "-1.00"}, "base"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "1,440.00"}, "amount"),
    ],
)
def test_a_row_that_can_not_be_refuses_all(
    tmp_path: Path, changes: dict[str, str], column: str
) -> None:
    if "," in changes.get("amount", ""):
        changes = {"amount": '"1,440.00"'}

    file, refused = take(tmp_path, row(), row(**changes))

    assert (file.accepted, file.line) == (False, 3)
    assert [one.column for one in refused] == [column]
    assert not DeclaredLine.objects.exists()


def test_what_was_declared_is_compared(tmp_path: Path) -> None:
    take(tmp_path, row())

    assert compare_declarations(period=world.NOV, today=TODAY)["written"] == 1
    assert Finding.objects.get().kind == "PAID_WITHOUT_REGISTER"
