"""Builders for spreadsheets, good and bad (电子表格样例)."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
import xlsxwriter

from backend.uploads.refused import SheetRefused
from backend.uploads.sheet_xml import Shape
from backend.uploads.xlsx import Cell, read_sheet

MADE_AT = datetime(2026, 11, 5, tzinfo=UTC)
SHEET_PART = "xl/worksheets/sheet1.xml"
SHAPE = Shape(sheet="名单", columns=3, rows=20)
PEOPLE = (("姓名", "金额", "备注"), ("王小明", 12.5, ""), ("李四", 3, "𠮷"))


def workbook(rows: Sequence[Sequence[object]] = PEOPLE, *, sheet: str = "名单") -> bytes:
    """A workbook with one sheet; texts as texts, numbers as numbers."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE_AT})  # the same bytes at each call
        page = book.add_worksheet(sheet)
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)
    return content.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        return {name: container.read(name) for name in container.namelist()}


def zipped(parts: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts put into a container."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as container:
        for name, part in parts.items():
            container.writestr(name, part)
    return content.getvalue()


def with_part(name: str, part: bytes, *, of: bytes | None = None) -> bytes:
    """A workbook with one part more, or another in its place."""
    return zipped({**parts_of(of or workbook()), name: part})


def altered(old: str, new: str, *, part: str = SHEET_PART, of: bytes | None = None) -> bytes:
    """A workbook in one part of which one text stands for another."""
    parts = parts_of(of or workbook())
    assert old.encode() in parts[part]
    return zipped({**parts, part: parts[part].replace(old.encode(), new.encode(), 1)})


def read(content: bytes, *, shape: Shape = SHAPE) -> list[list[Cell]]:
    """Read in this process."""
    return read_sheet(file=io.BytesIO(content), shape=shape)


def fault_of(content: bytes, *, shape: Shape = SHAPE) -> tuple[str, int | None, str | None]:
    """Why a workbook is refused, and where; the sentence is Chinese."""
    with pytest.raises(SheetRefused) as refusal:
        read(content, shape=shape)
    assert re.search("[\u4e00-\u9fff]", refusal.value.detail)
    first = refusal.value.faults[0]
    return first.fault, first.row, first.column
