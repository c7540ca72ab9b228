"""Read one cell of a wage declaration (单元格): pure; each says in words why a value is none."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import TypeVar

from backend.feeds.fields import name_of_person, number_on_paper
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind, credit_code
from backend.kernel.money import Money
from backend.kernel.names import unprintable
from backend.uploads.xlsx import Cell
from insurance.enrolment.assess import WAGE_FEN_MAX
from insurance.enrolment.wage_layout import (
    EMPLOYER_CHARACTERS_MAX,
    KINDS,
    MONTHS_MAX,
    NO,
    REMARK_CHARACTERS_MAX,
    ROWS_MAX,
    YEAR_MAX,
    YEAR_MIN,
    YES,
)

SHOWN_CHARACTERS = 20
TOTAL_FEN_MAX = 10**15  # as far as a double names every fen

NUMBERS = (int, float)

T = TypeVar("T")


class CellError(Exception):
    """What is wrong with one cell; its place is known to the caller."""

    def __init__(self, fault: str, detail: str) -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


def plain_text(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def shown(text: str) -> str:
    """Repeat a text without anything that would disturb the sentence around it."""
    return "".join(c if c.isprintable() else "?" for c in text[:SHOWN_CHARACTERS])


def required_text(cell: Cell) -> str:
    if cell == "":
        raise CellError("blank", "不能为空。")
    if not isinstance(cell, str):
        raise CellError("not_text", f"是{_format(cell)}，应为文本格式。")
    return cell


def _number(cell: Cell) -> int | float:
    if isinstance(cell, NUMBERS) and not isinstance(cell, bool):
        return cell
    if cell == "":
        raise CellError("blank", "不能为空。")
    if not isinstance(cell, str):
        raise CellError("not_number", f"是{_format(cell)}，应为数值格式。")
    if any(c.isdigit() and not c.isascii() for c in cell):
        raise CellError("full_width_digits", f"“{shown(cell)}”含全角数字，应为数值格式。")
    raise CellError("text_number", f"“{shown(cell)}”是文本格式，应为数值格式。")


def _format(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "逻辑值"
    if isinstance(cell, date | time | timedelta):
        return "日期或时间格式"
    return "数值格式"


def _whole(cell: Cell, least: int, most: int, detail: str) -> int:
    number = _number(cell)
    if not least <= number <= most or number != int(number):
        raise CellError("out_of_range", detail)
    return int(number)


def _fen(cell: Cell, most_fen: int) -> int:
    """The reader gives a double: it is money if it is the one that two decimals name."""
    number = _number(cell)
    if number < 0:
        raise CellError("negative", "金额不能是负数。")
    if not number <= most_fen // 100:
        raise CellError("out_of_range", f"金额不正确，最多 {Money(most_fen)} 元。")
    fen = round(number * 100)  # exact: below 10**15 the product is wrong by less than half a fen
    if fen / 100 != number:
        raise CellError("part_of_a_fen", "金额最多两位小数。")
    return fen


def _wage_fen(cell: Cell, most_fen: int) -> int:
    fen = _fen(cell, most_fen)
    if not fen:
        raise CellError("out_of_range", "工资应大于零。")
    return fen


def yearly_wage(cell: Cell) -> int:
    return _wage_fen(cell, WAGE_FEN_MAX * MONTHS_MAX)


def monthly_wage(cell: Cell) -> int:
    return _wage_fen(cell, WAGE_FEN_MAX)


def total_of(cell: Cell) -> int:
    return _fen(cell, TOTAL_FEN_MAX)


def count_of(cell: Cell) -> int:
    return _whole(cell, 0, ROWS_MAX, "人数不正确。")


def months_of(cell: Cell) -> int:
    return _whole(cell, 1, MONTHS_MAX, f"缴费月数应为 1 至 {MONTHS_MAX} 的整数。")


def year_of(cell: Cell) -> int:
    return _whole(cell, YEAR_MIN, YEAR_MAX, "申报年度应为四位数的年份。")


def _ruled(rule: Callable[[str], T], text: str, fault: str) -> T:
    """Ask a rule of the kernel; its sentence becomes that of the cell."""
    try:
        return rule(text)
    except Refusal as refusal:
        raise CellError(fault, refusal.detail) from None


def name_of(cell: Cell) -> str:
    return _ruled(name_of_person, required_text(cell), "name_invalid")


def id_kind(cell: Cell) -> IdKind:
    kind = KINDS.get(required_text(cell).strip())
    if kind is None:
        raise CellError("id_kind_unknown", f"应为{'、'.join(KINDS)}之一。")
    return kind


def id_number(kind: IdKind, cell: Cell) -> str:
    if isinstance(cell, NUMBERS) and not isinstance(cell, bool):
        raise CellError(
            "id_as_number", "证件号码是数值格式，末几位可能已丢失，请改为文本格式重新录入。"
        )
    text = required_text(cell)
    return _ruled(
        lambda given: number_on_paper(kind=kind.value, number=given), text, "id_number_invalid"
    )


def employer_code(cell: Cell) -> str:
    return _ruled(credit_code, required_text(cell), "credit_code_invalid")


def employer_name(cell: Cell) -> str:
    name = required_text(cell).strip()
    if not name or len(name) > EMPLOYER_CHARACTERS_MAX or unprintable(name):
        raise CellError("employer_invalid", f"单位名称应为 1 至 {EMPLOYER_CHARACTERS_MAX} 个字。")
    return name


def confirmation(cell: Cell) -> bool:
    if cell == "":
        raise CellError("not_confirmed", f"没有填写职工是否确认，应填“{YES}”或“{NO}”。")
    if plain_text(cell) not in (YES, NO):
        raise CellError("not_confirmed", f"职工确认应填“{YES}”或“{NO}”。")
    return plain_text(cell) == YES


def remark(cell: Cell) -> str:
    remark = "" if cell == "" else required_text(cell).strip()
    # Character by character only where one of them may be wrong: there are a hundred thousand.
    doubtful = not remark.isprintable()
    if len(remark) > REMARK_CHARACTERS_MAX or (doubtful and unprintable(remark)):
        raise CellError("remark_invalid", f"备注最多 {REMARK_CHARACTERS_MAX} 个字，不能换行。")
    return remark
