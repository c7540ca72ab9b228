"""A stranger's declaration is read in a process of its own: what comes back is a sentence."""

from pathlib import Path

import pytest

from backend.uploads.limited import Limits
from backend.uploads.refused import Fault, SheetRefused
from insurance.enrolment import wage_file
from insurance.enrolment.wage_file import read_wage_file
from insurance.enrolment.wage_layout import WageSheet
from insurance.enrolment.wage_sheet import check_wages
from tests.backend.uploads.workbooks import SHEET_PART, altered, with_part
from tests.insurance.enrolment.wage_builders import LI_ROW, declaration, values

ENTITY = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
DEEP = b"<worksheet>" + b"<a>" * 300_000


def _read(folder: Path, content: bytes) -> WageSheet:
    path = folder / "declaration.xlsx"
    path.write_bytes(content)
    return read_wage_file(path=path)


def _fault(folder: Path, content: bytes) -> Fault:
    with pytest.raises(SheetRefused) as refusal:
        _read(folder, content)
    return refusal.value.faults[0]


def test_what_the_process_answers_is_what_the_reader_gives(tmp_path: Path) -> None:
    assert _read(tmp_path, declaration()) == check_wages(rows=values())


def test_all_faults_of_the_cells_come_back(tmp_path: Path) -> None:
    blank = altered('t="inlineStr"><is><t>是</t></is></c>', "/>", of=declaration())

    fault = _fault(tmp_path, blank)
    assert (fault.fault, fault.row, fault.column) == ("not_confirmed", LI_ROW, "H")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b"\x00" * 1000, "not_xlsx"),
        (declaration()[:3000], "broken_file"),
        (with_part(SHEET_PART, b" " * 40_000_000, of=declaration()), "bomb"),
        (with_part(SHEET_PART, ENTITY, of=declaration()), "document_type"),
        (with_part(SHEET_PART, DEEP, of=declaration()), "broken_xml"),
        (with_part("xl/vbaProject.bin", b"", of=declaration()), "macro"),
        (altered("<v>78000.00</v>", "<f>6500*12</f><v>78000</v>", of=declaration()), "formula"),
        (
            altered("缴费工资申报表", "Sheet1", part="xl/workbook.xml", of=declaration()),
            "missing_sheet",
        ),
    ],
)
def test_a_hostile_file_gets_a_sentence(tmp_path: Path, content: bytes, fault: str) -> None:
    assert _fault(tmp_path, content).fault == fault


def test_a_file_that_takes_too_much_memory_gets_a_sentence(tmp_path: Path) -> None:
    # Each of three hundred thousand cells names one long text of a file that is small.
    cells = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{column}{row}" t="s"><v>0</v></c>' for column in "ABC")
        + "</row>"
        for row in range(1, 100_001)
    )
    sheet = f"<worksheet><sheetData>{cells}</sheetData></worksheet>".encode()
    text = "字" * 500
    content = with_part(
        "xl/sharedStrings.xml",
        f"<sst><si><t>{text}</t></si></sst>".encode(),
        of=with_part(SHEET_PART, sheet, of=declaration()),
    )

    assert _fault(tmp_path, content).fault == "too_demanding"


def test_a_reader_that_breaks_gives_a_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wage_file, "MODULE", "tests.backend.uploads.misbehaving")
    monkeypatch.setattr(
        wage_file, "LIMITS", Limits(memory_bytes=2**27, seconds=1, answer_bytes=1000)
    )

    assert _fault(tmp_path, b"ABORT").fault == "broken_file"
    assert _fault(tmp_path, b"SLEEP").fault == "too_demanding"
