"""An xlsx as a zip: what is large, hidden, alive or elsewhere is refused before it is unpacked."""

import contextlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.uploads import container
from backend.uploads.refused import SheetRefused
from tests.backend.uploads.workbooks import (
    SHEET_PART,
    fault_of,
    parts_of,
    read,
    with_part,
    workbook,
    zipped,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_what_excel_writes_is_read() -> None:
    assert read(workbook()) == [["姓名", "金额", "备注"], ["王小明", 12.5, ""], ["李四", 3, "𠮷"]]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b"name,wage\nWang,5000\n", "not_xlsx"),
        (b"<html><table><tr><td>5000</td></tr></table></html>", "not_xlsx"),
        (OLE + b"\0" * 512, "not_xlsx"),
        (OLE + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04 and then nothing", "broken_file"),
        (zipped({"word/document.xml": b"<x/>"}), "not_xlsx"),
        (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b""}), "not_xlsx"),
    ],
)
def test_what_is_no_xlsx_is_called_so(content: bytes, fault: str) -> None:
    assert fault_of(content)[0] == fault


def test_a_file_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "FILE_BYTES_MAX", 1000)

    assert fault_of(workbook())[0] == "too_large"


def test_a_bomb_is_refused_by_its_ratio() -> None:
    bomb = with_part(SHEET_PART, b"<worksheet>" + b" " * 30_000_000 + b"</worksheet>")

    assert len(bomb) < 100_000
    assert fault_of(bomb)[0] == "bomb"


def test_a_bomb_in_a_part_that_nobody_reads_is_refused_too() -> None:
    assert fault_of(with_part("docProps/more.xml", b" " * 30_000_000))[0] == "bomb"


def test_parts_together_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "UNPACKED_BYTES_MAX", 5000)

    assert fault_of(workbook())[0] == "too_large_unpacked"


def test_a_thousand_parts_are_refused() -> None:
    many = {f"xl/media/{number}.png": b"" for number in range(1000)}

    assert fault_of(zipped({**parts_of(workbook()), **many}))[0] == "too_many_parts"


def _lying(content: bytes, size: int) -> bytes:
    """Let the directory understate how large the sheet is, with the check sum of what it says."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        entry = opened.getinfo(SHEET_PART)
        crc = zlib.crc32(opened.read(SHEET_PART)[:size])
    name = content.rindex(SHEET_PART.encode())
    directory = bytearray(content)
    assert struct.unpack_from("<I", directory, name - 46 + 24)[0] == entry.file_size
    struct.pack_into("<I", directory, name - 46 + 16, crc)
    struct.pack_into("<I", directory, name - 46 + 24, size)
    return bytes(directory)


def test_a_directory_that_lies_gets_no_more_unpacked_than_it_says() -> None:
    full = parts_of(workbook())[SHEET_PART]

    assert fault_of(_lying(workbook(), len(full) - 30))[0] == "broken_xml"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../../etc/passwd", "unsafe_name"),
        ("/etc/passwd", "unsafe_name"),
        ("xl\\worksheets\\sheet9.xml", "unsafe_name"),
        ("xl/\u202egpj.xml", "unsafe_name"),
        ("XL/Workbook.xml", "part_twice"),
        ("xl/vbaProject.bin", "macro"),
        ("xl/macrosheets/sheet1.xml", "macro"),
        ("xl/externalLinks/externalLink1.xml", "external_link"),
        ("xl/embeddings/oleObject1.bin", "embedded"),
        ("xl/activeX/activeX1.xml", "embedded"),
        ("xl/media/inner.zip", "nested_archive"),
    ],
)
def test_parts_that_have_no_business_there_are_refused(name: str, fault: str) -> None:
    assert fault_of(with_part(name, b"<x/>"))[0] == fault


def test_a_name_that_the_library_would_cut_is_refused() -> None:
    content = with_part("xl/a.xml", b"<x/>").replace(b"xl/a.xml", b"xl/a\0xml")

    assert fault_of(content)[0] == "unsafe_name"


@pytest.mark.parametrize("inner", [workbook(), OLE + b"\0" * 512])
def test_an_archive_within_is_known_by_its_first_bytes(inner: bytes) -> None:
    assert fault_of(with_part("xl/media/image1.png", inner))[0] == "nested_archive"


def test_a_macro_workbook_under_another_name_is_a_macro_workbook() -> None:
    types = parts_of(workbook())["[Content_Types].xml"]
    macro = types.replace(
        b"openxmlformats-officedocument.spreadsheetml.sheet.main",
        b"ms-excel.sheet.macroEnabled.main",
    )

    assert fault_of(with_part("[Content_Types].xml", macro))[0] == "macro"


def test_a_symbolic_link_is_refused() -> None:
    content = io.BytesIO(workbook())
    link = zipfile.ZipInfo("xl/link.xml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(content, "a") as opened:
        opened.writestr(link, "/etc/passwd")

    assert fault_of(content.getvalue())[0] == "symbolic_link"


def test_an_encrypted_part_is_refused() -> None:
    content = bytearray(workbook())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1

    assert fault_of(bytes(content))[0] == "encrypted"


def test_a_packing_that_excel_does_not_use_is_refused() -> None:
    content = zipped(parts_of(workbook()), compression=zipfile.ZIP_LZMA)

    assert fault_of(content)[0] == "broken_file"


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_file_gets_a_sentence_or_is_read(data: st.DataObject) -> None:
    content = bytearray(workbook())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))

    for damaged in (bytes(content), bytes(content[:cut])):
        with contextlib.suppress(SheetRefused):
            read(damaged)
