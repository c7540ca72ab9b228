"""The form that employers download: nothing in it runs, and everything in it is read back."""

import html
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from backend.kernel.identity import IdKind
from backend.uploads.refused import SheetRefused
from insurance.enrolment import wage_template
from insurance.enrolment.wage_sheet import check_wages, read_wages
from insurance.enrolment.wage_template import WageLine, write_wages
from tests.insurance.enrolment.wage_builders import HEAD, LI, ZHOU, declaration, values
from tests.insurance.enrolment.wage_sample import SAMPLE, sample

SHEET_PART = "xl/worksheets/sheet1.xml"


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        return {name: container.read(name) for name in container.namelist()}


def _foot(mark: str) -> str:
    content = io.BytesIO()
    write_wages(file=content, head=HEAD, lines=[LI], mark=mark)
    found = re.search(
        "<oddFooter>(.*)</oddFooter>", _parts(content.getvalue())[SHEET_PART].decode()
    )
    assert found is not None
    return html.unescape(found[1])


@pytest.mark.parametrize("purpose", ["字" * 300, "a" + "𠮷" * 200])
def test_a_mark_longer_than_a_footer_is_cut_and_not_left_out(purpose: str) -> None:
    foot = _foot("导出编号 7，" + purpose)

    assert foot.startswith("&L导出编号 7，" + purpose[:100])
    assert 254 <= len(foot.encode("utf-16-le")) // 2 <= 255


def test_no_form_goes_out_without_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wage_template, "FOOTER_UNITS", 400)

    with pytest.warns(UserWarning, match="255"), pytest.raises(ValueError, match="the mark"):
        _foot("字" * 300)


def test_what_is_written_is_read_back() -> None:
    sheet = read_wages(file=io.BytesIO(declaration(LI, ZHOU)))

    assert sheet.head == HEAD
    assert sheet.rows.names == [LI.name, ZHOU.name]
    assert sheet.rows.yearly_fens == [LI.yearly_fen, ZHOU.yearly_fen]
    assert sheet.rows.confirmed == [True, False]


@pytest.mark.parametrize("fen", [1, 3, 1_10, 4_35, 7508515, 99_999_999_99, 100_000_000_00])
def test_every_fen_comes_back(fen: int) -> None:
    line = replace(LI, yearly_fen=fen, months=1)

    assert read_wages(file=io.BytesIO(declaration(line))).rows.monthly_fens == [fen]


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(A1)", "+1+1", "-1", "@SUM(A1)", "\t=1", "'=1", "http://a.invalid", "007"]
)
def test_a_text_like_a_formula_stays_a_text_and_unharmed(text: str) -> None:
    written = declaration(replace(LI, remark=text))

    assert values(written)[3][8] == text
    sheet = _parts(written)[SHEET_PART]
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    style = re.search(rb'r="I4" s="(\d+)"', sheet)
    assert style is not None
    formats = _parts(written)["xl/styles.xml"].split(b"<cellXfs")[1].split(b"<xf ")[1:]
    assert b'quotePrefix="1"' in formats[int(style[1])]


@pytest.mark.parametrize("name", ["𠮷田", "㛃", "买买提·阿不都", "O'Brien", "司马\U00031060"])
def test_a_rare_name_comes_back_as_it_was(name: str) -> None:
    passport = WageLine(name, IdKind.PASSPORT, "E12345678", 60_000_00, 12, True)

    assert read_wages(file=io.BytesIO(declaration(passport))).rows.names == [name]


def test_a_form_to_fill_in_names_the_people_and_leaves_the_rest() -> None:
    blank = declaration(WageLine(LI.name, LI.id_kind, LI.id_number))

    assert values(blank)[3] == [1, LI.name, "居民身份证", LI.id_number, "", "", "", "", ""]
    assert values(blank)[4][:5] == ["合计", 1, "", "", ""]
    with pytest.raises(SheetRefused) as refusal:
        check_wages(rows=values(blank))
    assert {fault.column for fault in refusal.value.faults} == {"E", "F", "G", "H"}


def test_the_same_content_gives_the_same_file() -> None:
    assert _parts(declaration()) == _parts(declaration())


def test_the_sample_in_the_documentation_is_of_this_form() -> None:
    kept = Path(SAMPLE).read_bytes()

    assert _parts(kept) == _parts(sample())
    assert len(read_wages(file=io.BytesIO(kept)).rows) == 4
