"""Read the yearly wage declaration (年度缴费工资申报): whole, or refused with all that is wrong."""

from collections.abc import Callable, Sequence
from typing import BinaryIO, TypeVar

from backend.kernel.identity import IdKind
from backend.kernel.money import Money
from backend.uploads.refused import Fault, SheetRefused, refused
from backend.uploads.sheet_xml import Shape
from backend.uploads.xlsx import Cell, read_sheet
from insurance.enrolment.wage_cells import (
    CellError,
    confirmation,
    count_of,
    employer_code,
    employer_name,
    id_kind,
    id_number,
    monthly_wage,
    months_of,
    name_of,
    plain_text,
    remark,
    required_text,
    shown,
    total_of,
    year_of,
    yearly_wage,
)
from insurance.enrolment.wage_layout import (
    CODE_LABEL,
    COLUMNS,
    EMPLOYER_LABEL,
    FIRST_ROW,
    HEAD_ROW,
    HEADING_ROW,
    HEADINGS,
    ROWS_MAX,
    SHEET,
    SIGNATURE_LABELS,
    TITLE,
    TITLE_ROW,
    TOTAL_LABEL,
    VERSION,
    VERSION_LABEL,
    YEAR_LABEL,
    WageHead,
    WageRows,
    WageSheet,
    average_fen,
    sheet_row,
)

FAULTS_SHOWN = 100
SHAPE = Shape(sheet=SHEET, columns=len(COLUMNS), rows=ROWS_MAX)

Row = Sequence[Cell]
T = TypeVar("T")
C = TypeVar("C")


class _Faults:
    """All faults of a sheet; only the first hundred are kept word by word."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Fault] = []

    def add(self, fault: str, detail: str, *, row: int, column: str) -> None:
        self.count += 1
        if len(self._kept) < FAULTS_SHOWN:
            self._kept.append(Fault(fault, detail, row, column))

    def read(self, read: Callable[[Cell], T], cell: Cell, *, row: int, column: str) -> T | None:
        """Read one cell, or keep what is wrong with it."""
        try:
            return read(cell)
        except CellError as wrong:
            self.add(wrong.fault, wrong.detail, row=row, column=column)
            return None

    def column(self, read: Callable[[C], T], cells: Sequence[C], *, column: str) -> list[T]:
        """Read a column; when anything in it is wrong, what is given back is too short."""
        try:
            return list(map(read, cells))  # nearly always: there are a hundred thousand
        except CellError:
            return self._column_with_faults(read, cells, column)

    def _column_with_faults(
        self, read: Callable[[C], T], cells: Sequence[C], column: str
    ) -> list[T]:
        values: list[T] = []
        for place, cell in enumerate(cells):
            try:
                values.append(read(cell))
            except CellError as wrong:
                self.add(wrong.fault, wrong.detail, row=sheet_row(place=place), column=column)
        return values

    def refuse_any(self) -> None:
        if self._kept:
            in_order = sorted(self._kept, key=lambda fault: (fault.row or 0, fault.column or ""))
            raise SheetRefused(in_order, count=self.count)


def read_wages(*, file: BinaryIO) -> WageSheet:
    """Read a declaration from an xlsx; for a stranger's file see ``wage_file.read_wage_file``.

    Raises:
        SheetRefused: the file, its form, or up to a hundred of its cells, each with its place.
    """
    return check_wages(rows=read_sheet(file=file, shape=SHAPE))


def check_wages(*, rows: Sequence[Row]) -> WageSheet:
    """Read a declaration from the values of its sheet, row by row from A1.

    Raises:
        SheetRefused: as ``read_wages``.
    """
    rows = _even(rows)
    _check_form(rows)
    total_row = _find_total(rows)
    _check_below(rows, total_row)
    faults = _Faults()
    head = _head(rows[HEAD_ROW - 1], faults)
    people = _people(rows[FIRST_ROW - 1 : total_row - 1], faults)
    faults.refuse_any()
    assert head is not None
    _check_totals(rows[total_row - 1], total_row, people)
    return WageSheet(head=head, rows=people)


# The form: what every declaration has in common.


def _even(rows: Sequence[Row]) -> Sequence[Row]:
    """Empty columns at the right are not given by the reader."""
    missing = len(COLUMNS) - (len(rows[0]) if rows else 0)
    return [[*row, *[""] * missing] for row in rows] if missing else rows


def _check_form(rows: Sequence[Row]) -> None:
    if len(rows) < FIRST_ROW:
        raise refused("other_form", f"表中没有内容，不是“{TITLE}”。")
    if plain_text(rows[TITLE_ROW - 1][0]) != TITLE:
        raise refused("other_form", f"标题应为“{TITLE}”。", row=TITLE_ROW, column="A")
    _require_label(rows, TITLE_ROW, "H", VERSION_LABEL)
    version = plain_text(rows[TITLE_ROW - 1][COLUMNS.index("I")])
    if version != VERSION:
        raise refused(
            "other_version",
            f"表样版本是“{shown(version)}”，应为“{VERSION}”，请下载现行表样。",
            row=TITLE_ROW,
            column="I",
        )
    for column, label in (("A", EMPLOYER_LABEL), ("D", CODE_LABEL), ("G", YEAR_LABEL)):
        _require_label(rows, HEAD_ROW, column, label)
    for column, label in HEADINGS.items():
        _require_label(rows, HEADING_ROW, column, label)


def _require_label(rows: Sequence[Row], row: int, column: str, label: str) -> None:
    found = plain_text(rows[row - 1][COLUMNS.index(column)])
    if found != label:
        raise refused(
            "heading_altered",
            f"应为“{label}”，现在是“{shown(found)}”；表样的文字和列序不能改动。",
            row=row,
            column=column,
        )


def _find_total(rows: Sequence[Row]) -> int:
    for place, row in enumerate(rows[FIRST_ROW - 1 :]):
        if row[0] == TOTAL_LABEL:
            if not place:
                raise refused("nobody", "没有申报任何职工。", row=FIRST_ROW)
            return sheet_row(place=place)
    raise refused("missing_total", f"没有“{TOTAL_LABEL}”行，表格不完整。", column="A")


def _check_below(rows: Sequence[Row], total_row: int) -> None:
    """Below the totals stand the signatures and nothing else."""
    if len(rows) == total_row:
        raise refused(
            "missing_signature", "合计行下面没有填报人一行，表格不完整。", row=total_row + 1
        )
    for column, label in SIGNATURE_LABELS.items():
        _require_label(rows, total_row + 1, column, label)
    for place, row in enumerate(rows[total_row + 1 :]):
        for column, cell in zip(COLUMNS, row, strict=True):
            if cell != "":
                raise refused(
                    "below_signature",
                    "填报人一行下面不能再有内容。",
                    row=total_row + 2 + place,
                    column=column,
                )


def _head(row: Row, faults: _Faults) -> WageHead | None:
    cells = dict(zip(COLUMNS, row, strict=True))
    name = faults.read(employer_name, cells["B"], row=HEAD_ROW, column="B")
    code = faults.read(employer_code, cells["E"], row=HEAD_ROW, column="E")
    year = faults.read(year_of, cells["H"], row=HEAD_ROW, column="H")
    if name is None or code is None or year is None:
        return None
    return WageHead(employer_name=name, credit_code=code, year=year)


# The people, column by column: a hundred thousand of them.


def _people(rows: Sequence[Row], faults: _Faults) -> WageRows:
    for place, row in enumerate(rows):
        if row[0] == "" and not any(cell != "" for cell in row):
            raise refused("empty_row", "是空行，请删除。", row=sheet_row(place=place))
    cells = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    _check_numbers(cells["A"], faults)
    kinds = faults.column(id_kind, cells["C"], column="C")
    people = WageRows(
        names=faults.column(name_of, cells["B"], column="B"),
        id_kinds=kinds,
        id_numbers=_id_numbers(cells["D"], kinds, faults),
        yearly_fens=faults.column(yearly_wage, cells["E"], column="E"),
        months=faults.column(months_of, cells["F"], column="F"),
        monthly_fens=faults.column(monthly_wage, cells["G"], column="G"),
        confirmed=faults.column(confirmation, cells["H"], column="H"),
        remarks=faults.column(remark, cells["I"], column="I"),
    )
    if not faults.count:
        _check_twice(people, faults)
        _check_averages(people, faults)
    return people


def _check_numbers(cells: Sequence[Cell], faults: _Faults) -> None:
    for place, cell in enumerate(cells):
        if cell != place + 1 or isinstance(cell, bool):
            row = sheet_row(place=place)
            faults.add("number_gap", f"序号应为 {place + 1}，从 1 起不断号。", row=row, column="A")
            return


def _id_numbers(cells: Sequence[Cell], kinds: Sequence[IdKind], faults: _Faults) -> list[str]:
    """A number is read as its kind says; where a kind is unknown all are only looked at."""
    if len(kinds) < len(cells):
        faults.column(required_text, cells, column="D")
        return []
    pairs = list(zip(kinds, cells, strict=True))
    return faults.column(lambda pair: id_number(*pair), pairs, column="D")


def _check_twice(people: WageRows, faults: _Faults) -> None:
    first: dict[tuple[IdKind, str], int] = {}
    for place, key in enumerate(zip(people.id_kinds, people.id_numbers, strict=True)):
        if first.setdefault(key, place) != place:
            faults.add(
                "person_twice",
                f"与第 {sheet_row(place=first[key])} 行证件号码相同，同一人只能申报一次。",
                row=sheet_row(place=place),
                column="D",
            )


def _check_averages(people: WageRows, faults: _Faults) -> None:
    columns = zip(people.yearly_fens, people.months, people.monthly_fens, strict=True)
    for place, (yearly_fen, months, monthly_fen) in enumerate(columns):
        expected = average_fen(yearly_fen=yearly_fen, months=months)
        if monthly_fen != expected:
            faults.add(
                "average_differs",
                f"应为 {Money(expected)}（工资总额除以缴费月数，四舍五入到分），"
                f"现在是 {Money(monthly_fen)}。",
                row=sheet_row(place=place),
                column="G",
            )


def _check_totals(row: Row, total_row: int, people: WageRows) -> None:
    faults = _Faults()
    for column, read, expected in (
        ("B", count_of, len(people)),
        ("E", total_of, sum(people.yearly_fens)),
        ("G", total_of, sum(people.monthly_fens)),
    ):
        cell = row[COLUMNS.index(column)]
        declared = faults.read(read, cell, row=total_row, column=column)
        if declared is not None and declared != expected:
            words = (
                (f"{declared} 人", f"{expected} 人")
                if column == "B"
                else (f"{Money(declared)} 元", f"{Money(expected)} 元")
            )
            faults.add(
                "total_differs",
                f"合计写的是 {words[0]}，各行相加是 {words[1]}。",
                row=total_row,
                column=column,
            )
    faults.refuse_any()
