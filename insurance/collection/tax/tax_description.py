"""What the JSON beside a tax file says of it (税务文件说明): checked before any row is read."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from backend.feeds.fields import fen_of_total
from backend.feeds.signed import ManifestInvalid, SignedFile, read_json
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthInvalid

FIELDS = frozenset({"format", "source", "serial", "period", "rows", "total", "sha256"})
SERIAL_MAX, ROWS_MAX, SOURCE_MAX = 999_999, 2_000_000_000, 100
FIRST_PERIOD = Month(2000, 1)

_digest = re.compile("[0-9a-f]{64}", re.ASCII).fullmatch


class DescriptionInvalid(Refusal):
    """The description beside the file can not be read (说明文件不正确)."""

    code = "tax_description_invalid"


class PeriodWrong(Refusal):
    """The file is of a month that can not be (业务月份不正确)."""

    code = "tax_period_wrong"


@dataclass(frozen=True)
class Description:
    """A tax file as it is described: its place in the order of its kind, its month, its sum."""

    serial: int
    period: Month
    fen: int
    file: SignedFile


def described(*, path: Path, wanted: str, today: date) -> Description:
    """Read the description of a file of format ``wanted``; the CSV stands beside it.

    Raises:
        DescriptionInvalid: it is no such description.
        PeriodWrong: its month has not begun, or is before 2000.
    """
    content = read_description(path=path)
    if content.get("format") != wanted or set(content) != FIELDS:
        raise DescriptionInvalid(f"说明文件格式应为 {wanted}，项目不能多也不能少。", file=path.name)
    fen = fen_of_total(content["total"])
    if fen is None or not _facts_right(content):
        raise DescriptionInvalid(
            "说明文件中的来源、序号、行数、金额合计或摘要不正确。", file=path.name
        )
    try:
        period = Month.parse(content["period"])
    except MonthInvalid as refusal:
        raise DescriptionInvalid(refusal.detail, file=path.name) from None
    if not FIRST_PERIOD <= period <= Month.of(today):
        raise PeriodWrong(f"业务月份 {period} 过早，或还没有到。", file=path.name)
    file = SignedFile(f"{path.stem}.csv", content["rows"], content["sha256"])
    return Description(content["serial"], period, fen, file)


def read_description(*, path: Path) -> dict[str, Any]:
    """Read the JSON object, whatever it says.

    Raises:
        DescriptionInvalid: there is none.
    """
    try:
        return read_json(path)
    except ManifestInvalid as refusal:
        raise DescriptionInvalid(refusal.detail, file=path.name) from None


def _facts_right(content: dict[str, Any]) -> bool:
    serial, rows = content["serial"], content["rows"]
    source, digest = content["source"], content["sha256"]
    return (
        type(serial) is int
        and 0 < serial <= SERIAL_MAX
        and type(rows) is int
        and 0 <= rows <= ROWS_MAX
        and isinstance(source, str)
        and 0 < len(source) <= SOURCE_MAX
        and isinstance(digest, str)
        and _digest(digest) is not None
    )
