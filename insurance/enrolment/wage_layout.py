"""The form of the yearly wage declaration (年度缴费工资申报表样): what stands in which cell.

Reader and writer both take it from here; docs/formats/wages.md tells it to the employers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.kernel.identity import IdKind

SHEET = "缴费工资申报表"
TITLE = "年度缴费工资申报表"
VERSION_LABEL, VERSION = "表样版本", "第1版"
EMPLOYER_LABEL, CODE_LABEL, YEAR_LABEL = "单位名称", "统一社会信用代码", "申报年度"
TOTAL_LABEL = "合计"
SIGNATURE_LABELS = {"A": "填报人", "D": "单位负责人", "G": "填报日期"}
YES, NO = "是", "否"

HEADINGS = {
    "A": "序号",
    "B": "姓名",
    "C": "证件类型",
    "D": "证件号码",
    "E": "上年度工资总额(元)",
    "F": "缴费月数",
    "G": "月平均缴费工资(元)",
    "H": "职工确认",
    "I": "备注",
}
COLUMNS = "".join(HEADINGS)
TITLE_ROW, HEAD_ROW, HEADING_ROW, FIRST_ROW = 1, 2, 3, 4

PEOPLE_MAX = 100_000
ROWS_MAX = FIRST_ROW - 1 + PEOPLE_MAX + 20  # and totals, signatures, some empty lines
EMPLOYER_CHARACTERS_MAX = 100
REMARK_CHARACTERS_MAX = 100
YEAR_MIN, YEAR_MAX = 2000, 2100
MONTHS_MAX = 12

KINDS = {kind.label: kind for kind in IdKind}


@dataclass(frozen=True)
class WageHead:
    """Who declares for which year (申报单位、申报年度); the wages are those of the year before."""

    employer_name: str
    credit_code: str
    year: int


@dataclass(frozen=True)
class WageRows:
    """The people of a declaration by columns, in the order of the sheet; wages in fen."""

    names: Sequence[str]
    id_kinds: Sequence[IdKind]
    id_numbers: Sequence[str]
    yearly_fens: Sequence[int]
    months: Sequence[int]
    monthly_fens: Sequence[int]
    confirmed: Sequence[bool]  # by the employee (职工确认)
    remarks: Sequence[str]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class WageSheet:
    """A declaration that was read without a fault; its totals agree with its rows."""

    head: WageHead
    rows: WageRows

    @property
    def yearly_fen(self) -> int:
        """The total of the wages of the year before (上年度工资总额合计)."""
        return sum(self.rows.yearly_fens)

    @property
    def monthly_fen(self) -> int:
        """The total of the monthly wages (月平均缴费工资合计)."""
        return sum(self.rows.monthly_fens)


def sheet_row(*, place: int) -> int:
    """Give the row of the sheet in which the person at ``place`` (from 0) stands."""
    return FIRST_ROW + place


def average_fen(*, yearly_fen: int, months: int) -> int:
    """Divide a year's wages by its months (月平均缴费工资): half up to the fen, once."""
    return (2 * yearly_fen + months) // (2 * months)
