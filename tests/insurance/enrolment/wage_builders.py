"""Builders for wage declarations (缴费工资申报样例): Li and colleagues at an invented firm."""

import io
from collections.abc import Iterable, Mapping
from datetime import date

import pytest

from backend.kernel.identity import IdKind, Sex
from backend.uploads.refused import Fault, SheetRefused
from backend.uploads.xlsx import Cell, read_sheet
from insurance.enrolment.wage_layout import COLUMNS, WageHead
from insurance.enrolment.wage_sheet import SHAPE, check_wages
from insurance.enrolment.wage_template import WageLine, write_wages
from tests.builders import id_number
from tests.insurance.enrolment.enrolment_builders import credit_code

LI_ROW, ZHOU_ROW, SUN_ROW, TOTAL_ROW, SIGNATURE_ROW = 4, 5, 6, 7, 8
LI_NUMBER = id_number(birth_date=date(1985, 7, 1), sex=Sex.MALE, serial=302)
HEAD = WageHead(employer_name="安庆演示机械有限公司", credit_code=credit_code(), year=2026)

LI = WageLine("李建国", IdKind.CITIZEN, LI_NUMBER, 78_000_00, 12, True)
ZHOU = WageLine(
    "周敏",
    IdKind.CITIZEN,
    id_number(birth_date=date(1990, 2, 3), sex=Sex.FEMALE, serial=8),
    50_000_01,
    7,
    False,
    "7月入职",
)
SUN = WageLine("孙·阿不都", IdKind.PASSPORT, "E12345678", 120_345_67, 12, True)


def declaration(*lines: WageLine, head: WageHead = HEAD) -> bytes:
    """A declaration as an xlsx."""
    content = io.BytesIO()
    write_wages(file=content, head=head, lines=lines or (LI, ZHOU, SUN))
    return content.getvalue()


def values(content: bytes | None = None) -> list[list[Cell]]:
    """The values of its sheet."""
    return read_sheet(file=io.BytesIO(content or declaration()), shape=SHAPE)


def with_cells(cells: Mapping[str, Cell]) -> list[list[Cell]]:
    """The values with others in some cells: {"E4": 5000.0}."""
    rows = values()
    for place, cell in cells.items():
        rows[int(place[1:]) - 1][COLUMNS.index(place[0])] = cell
    return rows


def faults_of(rows: Iterable[list[Cell]]) -> list[Fault]:
    """Why values are refused."""
    with pytest.raises(SheetRefused) as refusal:
        check_wages(rows=list(rows))
    return list(refusal.value.faults)


def fault_at(place: str, cell: Cell) -> str:
    """Why a value in this cell, and only in this cell, is refused."""
    (fault,) = faults_of(with_cells({place: cell}))
    assert f"{fault.column}{fault.row}" == place
    return fault.fault
