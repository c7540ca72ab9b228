"""Single fields of the rows of a feed (字段检查): pure, quick for what is usual.

What is usual is recognised by a pattern; everything else goes to the kernel, which decides and
explains. Both give the same (a test compares them).
"""

import re
from datetime import date
from functools import lru_cache
from operator import mul

from backend.feeds.refused import ROW_REFUSED
from backend.kernel.errors import Refusal
from backend.kernel.identity import (
    ID_CHECK,
    ID_WEIGHTS,
    PROVINCES,
    IdKind,
    credit_code,
    identifier,
)
from backend.kernel.months import Month
from backend.kernel.names import person_name, unprintable
from backend.privacy.masks import masked_column

NULL = r"\N"
REMARK_MAX = 200
SHOWN_MAX = 40
UNREADABLE = "\ufffd"
MONTHS_MAX = 720
EARLIEST, LATEST = date(1850, 1, 1), date(2150, 1, 1)

_plain_han = re.compile("[\u4e00-\u9fa5]{1,50}").fullmatch
_plain_id = re.compile("[1-7][0-9]{16}[0-9X]", re.ASCII).fullmatch
_old_id = re.compile("[0-9A-Za-z_-]{1,24}", re.ASCII).fullmatch
_yuan = re.compile(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}", re.ASCII).fullmatch
_total = re.compile(r"(?:0|[1-9][0-9]{0,12})\.[0-9]{2}", re.ASCII).fullmatch
_count = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII).fullmatch
_document = re.compile("[0-9A-Za-z-]{1,40}", re.ASCII).fullmatch
_village = re.compile("[1-9][0-9]{11}", re.ASCII).fullmatch
_iso = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII).fullmatch
_digits_as_bytes = ord("0") * sum(ID_WEIGHTS)


class RowRefused(Refusal):
    """A row that can not be taken (不予接收的行); names the column and the value."""

    code = ROW_REFUSED

    def __init__(self, detail: str, *, column: str, value: str, code: str = ROW_REFUSED) -> None:
        """Say why, and of which value; it is shown masked only. ``code``: of the rule."""
        super().__init__(detail, column=column)
        self.said_by = code
        self.column = column
        self.value = value


def masked(*, column: str, value: str) -> str:
    """What a report may show of a value."""
    return masked_column(column=column, text=value[:SHOWN_MAX])


def old_id(text: str, column: str) -> str:
    """The old system's number of something."""
    if _old_id(text) is None:
        raise RowRefused("原编号应为1至24位字母或数字。", column=column, value=text)
    return text


def one_of(text: str, allowed: frozenset[str], column: str, what: str) -> str:
    """A code from a list."""
    if text not in allowed:
        raise RowRefused(f"没有这种{what}。", column=column, value=text)
    return text


def name_of_person(text: str) -> str:
    """A person's name in its one spelling."""
    if _plain_han(text) is not None:
        return text
    try:
        return person_name(text)
    except Refusal as refusal:
        raise RowRefused(refusal.detail, column="name", value=text, code=refusal.code) from None


def number_of_person(*, kind: str, number: str, birth: str, sex: str, on: date) -> str:
    """A person's number in its one spelling: what it says of birth and sex must be so.

    ``birth`` is a checked ISO date not after ``on``.
    """
    if (
        kind == "CITIZEN"
        and _plain_id(number) is not None
        and number[:2] in PROVINCES
        and number[6:14] == birth.replace("-", "")
        and "21"[int(number[16]) % 2] == sex
        and ID_CHECK[(sum(map(mul, number.encode(), ID_WEIGHTS)) - _digits_as_bytes) % 11]
        == number[17]
    ):
        return number
    return _unusual_number(kind, number, birth, sex, on)


def _unusual_number(kind: str, number: str, birth: str, sex: str, on: date) -> str:
    try:
        paper = identifier(IdKind(kind), number, on)
    except Refusal as refusal:
        raise RowRefused(
            refusal.detail, column="id_number", value=number, code=refusal.code
        ) from None
    if paper.birth_date is not None and paper.birth_date.isoformat() != birth:
        raise RowRefused("出生日期与证件号码不一致。", column="birth_date", value=birth)
    if paper.sex is not None and str(paper.sex.value) != sex:
        raise RowRefused("性别与证件号码不一致。", column="sex", value=sex)
    return paper.number


def number_on_paper(*, kind: str, number: str) -> str:
    """A number by itself, in its one spelling."""
    if kind == "CITIZEN" and _is_citizens(number):
        return number
    try:
        return identifier(IdKind(kind), number).number
    except Refusal as refusal:
        raise RowRefused(
            refusal.detail, column="id_number", value=number, code=refusal.code
        ) from None


def number_of_somebody(text: str, column: str) -> str:
    """A number on a paper of whatever kind, in its one spelling."""
    number = text if _is_citizens(text) else _on_any_paper(text)
    if not number:
        raise RowRefused("不是任何一种证件的号码。", column=column, value=text)
    return number


def number_of_payer(text: str, column: str) -> str:
    """A credit code, a number on a paper, or the code of a village."""
    if _village(text) is not None or _is_citizens(text):
        return text
    if not _credit_code_refused(text):
        return text.strip().upper()
    number = _on_any_paper(text)
    if not number:
        raise RowRefused(
            "应为统一社会信用代码、证件号码或12位村（社区）代码。", column=column, value=text
        )
    return number


def as_it_came(text: str, longest: int) -> str:
    """Whatever somebody wrote, as COPY wants it; it may be empty. It is never refused: a sign that
    nothing can carry is shown as one that nobody can read, what is too long ends in ``…``."""
    if not text.isprintable():
        for sign in unprintable(text):
            text = text.replace(sign, UNREADABLE)
    return escaped(text if len(text) <= longest else f"{text[: longest - 1]}…")


def credit_code_of_payer(text: str) -> str:
    """An employer's code; the same ones come again and again."""
    refusal = _credit_code_refused(text)
    if refusal:
        raise RowRefused(refusal, column="credit_code", value=text)
    return text.strip().upper()


def document_no(text: str, column: str) -> str:
    """The number that somebody else gave a document, of letters, digits and hyphens."""
    if _document(text) is None:
        raise RowRefused("编号应为1至40位字母、数字或连字符。", column=column, value=text)
    return text


def title(text: str, column: str, longest: int) -> str:
    """A name of whatever kind that can be printed, as COPY wants it; it may be empty."""
    if len(text) > longest:
        raise RowRefused(f"名称超过{longest}个字。", column=column, value=text)
    if not text.isprintable() and unprintable(text):
        raise RowRefused("名称中有控制字符或自造字。", column=column, value=text)
    return escaped(text)


def remark(text: str, column: str) -> str:
    """Free text that can be printed, as COPY wants it."""
    if len(text) > REMARK_MAX:
        raise RowRefused(f"说明超过{REMARK_MAX}个字。", column=column, value=text)
    if unprintable(text):
        raise RowRefused("说明中有控制字符或自造字。", column=column, value=text)
    return escaped(text)


def fen(text: str, column: str = "amount") -> str:
    """An amount above zero in yuan with two decimals, as whole fen."""
    if _yuan(text) is None or text == "0.00":
        raise RowRefused(
            "金额应为大于零的元数，半角数字，两位小数，例如 1234.56。", column=column, value=text
        )
    return text.replace(".", "")


def fen_of_total(text: object) -> int | None:
    """A total in yuan with two decimals, thirteen digits long at most, as fen; None: it is none."""
    if not isinstance(text, str) or _total(text) is None:
        return None
    return int(text.replace(".", ""))


def large_fen(text: str, column: str) -> str:
    """A total above zero, as whole fen."""
    if not fen_of_total(text):
        raise RowRefused(
            "金额应为大于零的元数，半角数字，两位小数，例如 1234.56。", column=column, value=text
        )
    return text.replace(".", "")


def fen_or_zero(text: str, column: str) -> str:
    """An amount in yuan with two decimals, as whole fen; empty is zero."""
    return "0" if text in ("", "0.00") else fen(text, column)


def day(text: str, column: str) -> str:
    """A calendar day."""
    if not _is_day(text):
        raise RowRefused("没有这个日期，应为 2026-11-05 这样的日期。", column=column, value=text)
    return text


def past_day(text: str, column: str, on: date) -> str:
    """A calendar day not after the day of extraction."""
    if day(text, column) > on.isoformat():
        raise RowRefused("日期晚于数据提取日。", column=column, value=text)
    return text


def day_between(text: str, column: str, first: date, last: date) -> str:
    """A calendar day not before ``first`` nor after ``last``."""
    if not first.isoformat() <= day(text, column) <= last.isoformat():
        raise RowRefused(f"日期应在 {first} 至 {last} 之间。", column=column, value=text)
    return text


def month(text: str, column: str) -> str:
    """A month, as its first day."""
    first = _first_day(text)
    if not first:
        raise RowRefused("没有这个月份，应为 2026-11 这样的年月。", column=column, value=text)
    return first


def month_count(text: str, column: str) -> str:
    """How many months were paid for, in a life of work; empty: nobody knows."""
    if text and (_count(text) is None or int(text) > MONTHS_MAX):
        raise RowRefused(
            f"月数应为0至{MONTHS_MAX}的整数，不知道的留空。", column=column, value=text
        )
    return text or NULL


def month_range(start: str, end: str) -> str:
    """Whole months from ``start`` until ``end``, which may be empty, as a range of days."""
    lower, upper = month(start, "from_month"), end and month(end, "to_month")
    return _range(lower, upper, "to_month", end)


def day_range(start: str, end: str) -> str:
    """Days from ``start`` until ``end``, which may be empty."""
    lower, upper = day(start, "from_date"), end and day(end, "to_date")
    return _range(lower, upper, "to_date", end)


def escaped(text: str) -> str:
    """Free text as COPY wants it; the line reader let no line end through."""
    return text.replace("\\", "\\\\").replace("\t", "\\t")


def _range(lower: str, upper: str, column: str, value: str) -> str:
    if upper and upper <= lower:
        raise RowRefused("止期必须晚于起期。", column=column, value=value)
    return f"[{lower},{upper})"


def _is_citizens(number: str) -> bool:
    """Whether it is a citizen's number in its usual spelling."""
    return (
        _plain_id(number) is not None
        and number[:2] in PROVINCES
        and _is_day(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
        and ID_CHECK[(sum(map(mul, number.encode(), ID_WEIGHTS)) - _digits_as_bytes) % 11]
        == number[17]
    )


@lru_cache(maxsize=1 << 12)
def _on_any_paper(text: str) -> str:
    """The one spelling by the first kind of paper whose number it can be; empty when by none."""
    for kind in IdKind:
        try:
            return identifier(kind, text).number
        except Refusal:
            continue
    return ""


@lru_cache(maxsize=1 << 12)
def _credit_code_refused(text: str) -> str:
    try:
        credit_code(text)
    except Refusal as refusal:
        return refusal.detail
    return ""


@lru_cache(maxsize=1 << 16)
def _is_day(text: str) -> bool:
    if _iso(text) is None:
        return False
    try:
        return EARLIEST <= date.fromisoformat(text) < LATEST
    except ValueError:
        return False


@lru_cache(maxsize=1 << 12)
def _first_day(text: str) -> str:
    try:
        first = Month.parse(text).first_day
    except Refusal:
        return ""
    return first.isoformat() if EARLIEST <= first < LATEST else ""
