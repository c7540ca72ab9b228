"""What a reader of values does not show is found in the XML and refused with its place."""

import io
from collections.abc import Sequence

import pytest
import xlsxwriter

from backend.uploads.refused import Fault, SheetRefused
from backend.uploads.sheet_xml import STRING_CHARACTERS_MAX, check_sheet
from tests.backend.uploads.workbooks import (
    PEOPLE,
    SHAPE,
    SHEET_PART,
    altered,
    fault_of,
    parts_of,
    read,
    with_part,
    workbook,
)

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
STRINGS, RELS = "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"


@pytest.mark.parametrize("part", [SHEET_PART, STRINGS, "xl/styles.xml", "xl/workbook.xml", RELS])
@pytest.mark.parametrize("document_type", [LAUGHS, OUTSIDE, "<!DOCTYPE x>"])
def test_a_document_type_ends_the_reading(part: str, document_type: str) -> None:
    assert fault_of(altered("?>", f"?>{document_type}", part=part))[0] == "document_type"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('<c r="B2"><v>', '<c r="B2"><f>5*5</f><v>', ("formula", 2, "B")),
        ('<c r="B2"><v>', '<c r="B2"><f t="shared" si="0"/><v>', ("formula", 2, "B")),
        ('<c r="B2">', '<c r="B2" t="e">', ("error_value", 2, "B")),
        ('<row r="2"', '<row r="2" hidden="1"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" hidden="true"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" ht="0" customHeight="1"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" ht="0.01" customHeight="1"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" ht="5.9" customHeight="1"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" ht="NaN" customHeight="1"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" ht="１５" customHeight="1"', ("hidden_row", 2, None)),
        ('<row r="2"', '<row r="2" ht="1E-2" customHeight="1"', ("hidden_row", 2, None)),
        ("<sheetFormatPr", '<sheetFormatPr zeroHeight="1"', ("hidden_row", None, None)),
        (' defaultRowHeight="15"', ' defaultRowHeight="0"', ("hidden_row", None, None)),
        ("<sheetFormatPr", '<sheetFormatPr defaultColWidth="0.5"', ("hidden_column", None, None)),
        ("<sheetFormatPr", '<sheetFormatPr baseColWidth="0"', ("hidden_column", None, None)),
        (
            "<sheetData>",
            '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>',
            ("hidden_column", None, "B"),
        ),
        (
            "<sheetData>",
            '<cols><col min="3" max="9" width="0"/></cols><sheetData>',
            ("hidden_column", None, "C"),
        ),
        (
            "<sheetData>",
            '<cols><col min="2" max="2" width="0.01"/></cols><sheetData>',
            ("hidden_column", None, "B"),
        ),
        (
            "<sheetData>",
            '<cols><col min="0" max="26" hidden="1"/></cols><sheetData>',
            ("hidden_column", None, "A"),
        ),
        (
            "</sheetData>",
            '</sheetData><mergeCells><mergeCell ref="A1:C1"/></mergeCells>',
            ("merged", 1, "A"),
        ),
        ('<c r="B2">', "<c>", ("no_reference", 2, None)),
        ('<c r="B2">', '<c r="B9">', ("no_reference", 2, None)),
        ('<c r="B2">', '<c r="A2">', ("no_reference", 2, None)),
        ('<row r="2"', '<row r="1"', ("no_reference", None, None)),
        ('<row r="2"', '<row r="２"', ("no_reference", None, None)),
        ("</sheetData>", '</sheetData><c r="A3"/>', ("no_reference", 3, None)),
    ],
)
def test_each_oddity_is_named_with_its_place(
    old: str, new: str, expected: tuple[str, int | None, str | None]
) -> None:
    assert fault_of(altered(old, new)) == expected


@pytest.mark.parametrize("text", ["\x01", "\x0b", "&b;", "<b>"])
def test_a_plain_row_holds_no_more_than_xml_allows(text: str) -> None:
    assert fault_of(altered("<v>12.5<", f"<v>12.5{text}<"))[0] == "broken_xml"


def test_a_plain_row_is_utf_8() -> None:
    sheet = parts_of(workbook())[SHEET_PART].replace(b"<v>12.5<", b"<v>12.5\xff<")

    assert fault_of(with_part(SHEET_PART, sheet))[0] == "broken_xml"


def test_a_formula_of_a_prefixed_namespace_is_a_formula() -> None:
    sheet = parts_of(workbook())[SHEET_PART].decode()
    prefixed = sheet.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    prefixed = prefixed.replace('xmlns="', 'xmlns:x="')

    assert read(with_part(SHEET_PART, prefixed.encode()))[1][1] == 12.5
    formula = prefixed.replace('<x:c r="B2">', '<x:c r="B2"><x:f>1</x:f>')
    assert fault_of(with_part(SHEET_PART, formula.encode())) == ("formula", 2, "B")


def test_a_condition_for_colours_is_no_formula() -> None:
    condition = (
        '<extLst><ext><f xmlns="http://schemas.microsoft.com/office/excel/2006/main">A1</f>'
        "</ext></extLst></worksheet>"
    )

    assert read(altered("</worksheet>", condition))


@pytest.mark.parametrize("between", ["<!-- x -->", "<?x y?>", "<![CDATA[0]]>"])
@pytest.mark.parametrize(("old", "part"), [("<v>12", SHEET_PART), ("<t>", STRINGS)])
def test_a_value_does_not_come_in_parts(between: str, old: str, part: str) -> None:
    assert fault_of(altered(old, f"{old}{between}", part=part))[0] == "comment"


@pytest.mark.parametrize(
    "look", ['ht="6"', 'ht="1.5E+1"', 'ht="409.5"', 'ht="12.75" customHeight="1"']
)
def test_a_row_that_can_be_read_may_be_low_or_high(look: str) -> None:
    assert read(altered('<row r="2"', f'<row r="2" {look}'))


def test_a_sheet_of_two_hundred_columns_is_refused() -> None:
    wide = workbook([[f"列{number}" for number in range(200)]])

    assert fault_of(wide) == ("extra_column", 1, "D")


def test_a_cell_far_away_is_refused_before_a_table_is_laid_out() -> None:
    assert fault_of(altered('<c r="C3"', '<c r="XFD3"')) == ("extra_column", 3, "XFD")
    far = altered("</sheetData>", '<row r="1048576"><c r="A1048576"/></row></sheetData>')
    assert fault_of(far) == ("too_many_rows", 1048576, None)


def test_columns_hidden_beyond_the_form_do_not_matter() -> None:
    beyond = '<cols><col min="4" max="16384" hidden="1"/></cols><sheetData>'

    assert read(altered("<sheetData>", beyond))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name="名单"', 'name="名单2"', "missing_sheet"),
        ("<sheet name", '<sheet name="另一张" sheetId="7" r:id="rId1"/><sheet name', "extra_sheet"),
        ('sheetId="1"', 'sheetId="1" state="hidden"', "hidden_sheet"),
        ('sheetId="1"', 'sheetId="1" state="veryHidden"', "hidden_sheet"),
        ('r:id="rId1"', 'r:id="rId99"', "broken_file"),
    ],
)
def test_the_workbook_has_the_one_sheet_to_be_seen(old: str, new: str, fault: str) -> None:
    assert fault_of(altered(old, new, part="xl/workbook.xml"))[0] == fault


def test_a_hyperlink_is_refused() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("名单").write_url("A1", "https://example.invalid/")

    assert fault_of(content.getvalue())[0] == "external_link"


def test_a_long_text_that_every_cell_could_repeat_is_refused() -> None:
    assert fault_of(workbook([["字" * (STRING_CHARACTERS_MAX + 1)]]))[0] == "long_text"
    assert read(workbook([["字" * STRING_CHARACTERS_MAX]]))


def test_another_encoding_than_it_says_is_not_believed() -> None:
    sheet = parts_of(workbook())[SHEET_PART]

    utf16 = sheet.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16")
    assert fault_of(with_part(SHEET_PART, utf16))[0] == "broken_xml"
    assert read(altered('"UTF-8"', '"cp037"')) == read(workbook())


def test_a_string_that_is_not_there_is_a_damage() -> None:
    assert fault_of(altered('t="s"><v>0<', 't="s"><v>999<'))[0] == "broken_file"


def test_an_empty_sheet_has_no_rows() -> None:
    assert read(workbook([])) == []


def test_the_refusal_tells_how_many_faults_there_are() -> None:
    refusal = SheetRefused([Fault("blank", "不能为空。", 4, "B"), Fault("blank", "不能为空。", 5)])

    assert refusal.detail == "第 4 行 B 列：不能为空。（共 2 处错误，请一并更正）"
    assert refusal.facts == {"fault": "blank", "row": 4, "column": "B"}


def test_what_is_read_is_what_was_written() -> None:
    assert read(workbook(PEOPLE)) == [list(row) for row in PEOPLE]


@pytest.mark.parametrize(
    "numbers",
    [(1, 2, 2), (1, 3, 2), (1, 2, 1), (3, 4, 1, 2)],
    ids=["twice", "back by one", "first again", "second half first"],
)
def test_plain_rows_stand_in_their_order(numbers: Sequence[int]) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in numbers)

    with pytest.raises(SheetRefused) as refusal:
        check_sheet(xml=f"<sheetData>{rows}</sheetData>".encode(), shape=SHAPE)

    assert [fault.fault for fault in refusal.value.faults] == ["no_reference"]


@pytest.mark.parametrize("numbers", [(1, 2, -2, 3), (-2, 1, 2, 3)], ids=["after", "before"])
def test_an_odd_row_beside_plain_ones_stands_in_its_place(numbers: Sequence[int]) -> None:
    looks = {True: ' odd="1"', False: ""}
    rows = "".join(
        f'<row r="{abs(n)}"{looks[n < 0]}><c r="A{abs(n)}"><v>1</v></c></row>' for n in numbers
    )

    with pytest.raises(SheetRefused, match="次序"):
        check_sheet(xml=f"<sheetData>{rows}</sheetData>".encode(), shape=SHAPE)
