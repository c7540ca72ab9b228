"""A wage declaration is taken whole, or refused with every cell that is wrong."""

from datetime import date, time, timedelta

import pytest

from backend.kernel.identity import IdKind
from backend.uploads.refused import SheetRefused
from backend.uploads.xlsx import Cell
from insurance.enrolment.wage_layout import average_fen
from insurance.enrolment.wage_sheet import check_wages
from tests.insurance.enrolment.wage_builders import (
    HEAD,
    LI_NUMBER,
    LI_ROW,
    SIGNATURE_ROW,
    SUN_ROW,
    TOTAL_ROW,
    ZHOU_ROW,
    fault_at,
    faults_of,
    values,
    with_cells,
)


def test_a_declaration_is_read_to_the_fen() -> None:
    sheet = check_wages(rows=values())

    assert sheet.head == HEAD
    assert sheet.rows.names == ["李建国", "周敏", "孙·阿不都"]
    assert sheet.rows.id_kinds == [IdKind.CITIZEN, IdKind.CITIZEN, IdKind.PASSPORT]
    assert sheet.rows.id_numbers[0] == LI_NUMBER
    assert sheet.rows.yearly_fens == [78_000_00, 50_000_01, 120_345_67]
    assert sheet.rows.months == [12, 7, 12]
    assert sheet.rows.monthly_fens == [6500_00, 7142_86, 10_028_81]
    assert sheet.rows.confirmed == [True, False, True]
    assert sheet.rows.remarks == ["", "7月入职", ""]
    assert (sheet.yearly_fen, sheet.monthly_fen) == (248_345_68, 23_671_67)


@pytest.mark.parametrize(
    ("place", "cell", "fault"),
    [
        ("A1", "缴费工资表", "other_form"),
        ("I1", "第2版", "other_version"),
        ("I1", "", "other_version"),
        ("H1", "版本", "heading_altered"),
        ("D2", "组织机构代码", "heading_altered"),
        ("D3", "身份证号", "heading_altered"),
        ("G3", "缴费基数(元)", "heading_altered"),
        ("I3", "", "heading_altered"),
        (f"D{SIGNATURE_ROW}", "", "heading_altered"),
    ],
)
def test_the_form_is_not_to_be_altered(place: str, cell: Cell, fault: str) -> None:
    assert fault_at(place, cell) == fault


def test_two_columns_changed_about_are_seen() -> None:
    swapped = {"E3": "月平均缴费工资(元)", "G3": "上年度工资总额(元)"}

    (fault,) = faults_of(with_cells(swapped))
    assert (fault.fault, fault.column) == ("heading_altered", "E")


@pytest.mark.parametrize(
    ("place", "cell", "fault"),
    [
        ("B2", "", "blank"),
        ("B2", "名" * 101, "employer_invalid"),
        ("B2", "演示\u202e公司", "employer_invalid"),
        ("E2", "91340800MA2RKXQ09X", "credit_code_invalid"),
        ("E2", 913408.0, "not_text"),
        ("H2", "2026", "text_number"),
        ("H2", 26.0, "out_of_range"),
        ("H2", 2026.5, "out_of_range"),
        ("H2", date(2026, 1, 1), "not_number"),
    ],
)
def test_the_head_says_who_and_which_year(place: str, cell: Cell, fault: str) -> None:
    assert fault_at(place, cell) == fault


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "blank"),
        ("78000", "text_number"),
        ("78,000.00", "text_number"),
        ("1e3", "text_number"),
        ("NaN", "text_number"),
        ("７８０００", "full_width_digits"),
        ("٧٨٠٠٠", "full_width_digits"),
        (78000.001, "part_of_a_fen"),
        (0.005, "part_of_a_fen"),
        (-78000.0, "negative"),
        (0.0, "out_of_range"),
        (-0.0, "out_of_range"),
        (float("nan"), "out_of_range"),
        (float("inf"), "out_of_range"),
        (float("-inf"), "negative"),
        (1e18, "out_of_range"),
        (2.0**63, "out_of_range"),
        (date(2026, 1, 1), "not_number"),
        (time(8), "not_number"),
        (timedelta(days=3), "not_number"),
        (True, "not_number"),
    ],
)
@pytest.mark.parametrize("column", ["E", "G"])
def test_wages_are_numbers_of_whole_fen(column: str, cell: Cell, fault: str) -> None:
    assert fault_at(f"{column}{LI_ROW}", cell) == fault


@pytest.mark.parametrize(
    ("place", "cell", "fault"),
    [
        (f"A{ZHOU_ROW}", 3.0, "number_gap"),
        (f"A{ZHOU_ROW}", "2", "number_gap"),
        (f"A{LI_ROW}", True, "number_gap"),
        (f"B{LI_ROW}", "", "blank"),
        (f"B{LI_ROW}", "李\u200b建国", "name_invalid"),
        (f"B{LI_ROW}", "=HYPERLINK()", "name_invalid"),
        (f"B{LI_ROW}", "李建国2", "name_invalid"),
        (f"B{LI_ROW}", 5.0, "not_text"),
        (f"C{SUN_ROW}", "身份证", "id_kind_unknown"),
        (f"C{SUN_ROW}", "", "blank"),
        (f"D{LI_ROW}", "", "blank"),
        (f"D{LI_ROW}", 340811198506010070.0, "id_as_number"),
        (
            f"D{LI_ROW}",
            LI_NUMBER[:-1] + ("1" if LI_NUMBER[-1] != "1" else "2"),
            "id_number_invalid",
        ),
        (f"D{LI_ROW}", "３" + LI_NUMBER[1:], "id_number_invalid"),
        (f"D{LI_ROW}", LI_NUMBER[:6] + " " + LI_NUMBER[6:], "id_number_invalid"),
        (f"F{LI_ROW}", 0.0, "out_of_range"),
        (f"F{LI_ROW}", 13.0, "out_of_range"),
        (f"F{LI_ROW}", 11.5, "out_of_range"),
        (f"F{LI_ROW}", "12", "text_number"),
        (f"H{LI_ROW}", "", "not_confirmed"),
        (f"H{LI_ROW}", "true", "not_confirmed"),
        (f"H{LI_ROW}", True, "not_confirmed"),
        (f"I{LI_ROW}", "字" * 101, "remark_invalid"),
        (f"I{LI_ROW}", "一\n二", "remark_invalid"),
        (f"I{LI_ROW}", 5.0, "not_text"),
    ],
)
def test_each_cell_is_what_its_heading_says(place: str, cell: Cell, fault: str) -> None:
    assert fault_at(place, cell) == fault


def test_an_old_number_is_taken_in_its_one_spelling() -> None:
    lower = with_cells({f"D{SUN_ROW}": " e12345678 "})

    assert check_wages(rows=lower).rows.id_numbers[2] == "E12345678"


def test_somebody_who_stands_there_twice_is_found_by_the_number() -> None:
    twice = with_cells({f"D{ZHOU_ROW}": LI_NUMBER[:-1] + LI_NUMBER[-1].lower()})

    (fault,) = faults_of(twice)
    assert fault.sentence.startswith(f"第 {ZHOU_ROW} 行 D 列：与第 {LI_ROW} 行证件号码相同")


@pytest.mark.parametrize(
    ("yearly_fen", "months", "expected"),
    [(78_000_00, 12, 6500_00), (1, 2, 1), (1, 3, 0), (5, 2, 3), (7, 12, 1), (5, 12, 0)],
)
def test_the_average_is_rounded_half_up_to_the_fen(
    yearly_fen: int, months: int, expected: int
) -> None:
    assert average_fen(yearly_fen=yearly_fen, months=months) == expected


@pytest.mark.parametrize("wage", [7142.85, 7142.87, 7143.0])
def test_an_average_that_is_not_the_quotient_is_refused(wage: float) -> None:
    assert fault_at(f"G{ZHOU_ROW}", wage) == "average_differs"


@pytest.mark.parametrize(
    ("column", "cell"), [("B", 4.0), ("E", 248_345.67), ("G", 23_671.0), ("G", 0.0)]
)
def test_totals_are_those_of_the_rows(column: str, cell: float) -> None:
    assert fault_at(f"{column}{TOTAL_ROW}", cell) == "total_differs"


def test_a_total_left_out_is_a_fault() -> None:
    assert fault_at(f"E{TOTAL_ROW}", "") == "blank"


def test_all_faults_are_told_at_once_from_the_top() -> None:
    wrong: dict[str, Cell] = {f"B{ZHOU_ROW}": "", f"H{LI_ROW}": "", f"E{LI_ROW}": -1.0}

    faults = faults_of(with_cells(wrong))
    assert [f"{fault.column}{fault.row}" for fault in faults] == ["E4", "H4", "B5"]


def test_of_very_many_faults_a_hundred_are_told() -> None:
    rows = values()
    people = [[number, "", *rows[3][2:]] for number in range(1, 301)]

    with pytest.raises(SheetRefused) as refusal:
        check_wages(rows=[*rows[:3], *people, *rows[6:]])
    assert (len(refusal.value.faults), refusal.value.count) == (100, 300)


def test_a_row_cut_out_is_missed() -> None:
    rows = values()

    assert faults_of([*rows[:4], *rows[5:]])[0].fault == "number_gap"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([], "other_form"),
        (values()[:3], "other_form"),
        (values()[:6], "missing_total"),
        (values()[:7], "missing_signature"),
        ([*values()[:3], *values()[6:]], "nobody"),
        ([*values()[:4], [""] * 9, *values()[4:]], "empty_row"),
        ([*values(), [""] * 9, ["", "又一行", *[""] * 7]], "below_signature"),
    ],
)
def test_what_is_missing_or_too_much_is_named(rows: list[list[Cell]], fault: str) -> None:
    assert faults_of(rows)[0].fault == fault


def test_empty_lines_below_the_signatures_do_not_matter() -> None:
    assert check_wages(rows=[*values(), [""] * 9])


def test_what_disturbs_a_sentence_is_not_repeated_in_it() -> None:
    (fault,) = faults_of(with_cells({"I1": "\u202e第2版\n" + "x" * 100}))

    assert fault.detail.startswith("表样版本是“?第2版?xxxxx")
    assert "x" * 20 not in fault.detail
