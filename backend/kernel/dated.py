"""Dated TOML (带生效日期的参数文件): rules and tables as data, each row with date and document.

A file has a ``name`` and arrays of tables. Every row says ``from`` (first day in force) and may
say ``to`` (last day in force, as laws are worded), ``region``, ``document``, ``article``,
``issued``, ``standing`` and ``note``; what else it holds are its ``fields``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from backend.kernel.effective import TimelineOverlap, timeline
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange, RangeInvalid

Value: TypeAlias = str | bool | int | Decimal | date | tuple["Value", ...] | Mapping[str, "Value"]
NATION = "000000"
REGION_PATTERN = re.compile("[0-9]{6}")
ROW_FIELDS = ("from", "to", "region", "document", "article", "issued", "standing", "note")
TEXT_FIELDS = ("document", "article", "note")


class DatedTomlInvalid(Refusal):
    """A parameter file breaks its own rules (参数文件不正确)."""

    code = "dated_toml_invalid"


class Standing(Enum):
    """How far a value may be relied on (数值来源)."""

    PUBLISHED = "published"  # text seen
    CITED = "cited"  # document named, figure second-hand
    UNVERIFIED = "unverified"  # blocks payment outside a demonstration
    DEMO = "demo"  # invented, for a demonstration only

    @property
    def label(self) -> str:
        """What a clerk reads beside the figure."""
        return STANDING_LABELS[self]


STANDING_LABELS = {
    Standing.PUBLISHED: "已核对原文",
    Standing.CITED: "转引",
    Standing.UNVERIFIED: "未核实",
    Standing.DEMO: "演示",
}
STANDINGS_WITH_DOCUMENT = (Standing.PUBLISHED, Standing.CITED)


@dataclass(frozen=True)
class DatedRow:
    """One row of a dated file: when and where it is in force, and by which document."""

    valid: DateRange
    region: str
    standing: Standing
    document: str
    article: str
    issued: date | None
    note: str
    fields: Mapping[str, Value]

    def text(self, field: str) -> str:
        """Give a field that must be text."""
        return expect_text(self.fields.get(field), field)


@dataclass(frozen=True)
class DatedFile:
    """A dated file: its name, its rows by table, and whatever else stands at its top."""

    name: str
    note: str
    rows: Mapping[str, tuple[DatedRow, ...]]
    fields: Mapping[str, Value]

    def in_force(
        self, table: str, on: date, *, region: str | None = None, demo: bool = False
    ) -> tuple[DatedRow, ...]:
        """Give the rows of a table in force on a day; invented ones only when ``demo``.

        With ``region`` those of that region and of the regions it lies in.
        """
        regions = None if region is None else region_chain(region)
        return tuple(
            row
            for row in self.rows.get(table, ())
            if row.valid.contains(on)
            and (regions is None or row.region in regions)
            and (demo or row.standing is not Standing.DEMO)
        )


def load_dated_toml(path: Path, *, key: tuple[str, ...] = ("code",)) -> DatedFile:
    """Read any dated file; rows with equal ``key`` fields and region may not overlap in time.

    ``from``, ``region``, ``standing``, ``document``, ``article`` and ``issued`` at the top of
    the file count for every row that does not say otherwise. A row without a standing is
    unverified.

    Raises:
        DatedTomlInvalid: naming the file and what is wrong with it.
    """
    content = parse_toml(path.read_bytes(), str(path.name))
    try:
        return _dated_file(content, key)
    except (_ContentError, RangeInvalid, TimelineOverlap) as fault:
        raise invalid(path.name, str(fault)) from None


def parse_toml(content: bytes, file: str) -> dict[str, Value]:
    """Parse TOML with decimals instead of floats, frozen all through."""
    try:
        parsed = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
        return {key: _frozen(value) for key, value in parsed.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, _ContentError) as error:
        raise invalid(file, str(error)) from None


def invalid(file: str, fault: str) -> DatedTomlInvalid:
    """Name the file and its fault."""
    return DatedTomlInvalid(f"参数文件 {file} 不正确：{fault}", file=file)


def region_chain(region: str) -> tuple[str, ...]:
    """Give a region and those it lies in: 340802, 340800, 340000, 000000."""
    if not REGION_PATTERN.fullmatch(region):
        raise ValueError(f"a region has six digits: {region!r}")
    return tuple(dict.fromkeys((region, region[:4] + "00", region[:2] + "0000", NATION)))


def expect_text(value: Value | None, field: str) -> str:
    """Give a value that must be text."""
    if not isinstance(value, str):
        raise TypeError(f"{field} must be a text, not {type(value).__name__}")
    return value


class _ContentError(Exception):
    """What is wrong with a file, before the file is named."""


def _dated_file(content: Mapping[str, Value], key: tuple[str, ...]) -> DatedFile:
    tables = {name: value for name, value in content.items() if _is_table_array(value)}
    others = {name: value for name, value in content.items() if name not in tables}
    name = others.pop("name", None)
    if not isinstance(name, str) or not name:
        raise _ContentError("缺少中文名称 name。")
    defaults = {field: others.pop(field) for field in ROW_FIELDS if field in others}
    rows = {
        table: tuple(
            read_row(f"{table}[{number}]", {**defaults, **row})
            for number, row in enumerate(_tables(value), start=1)
        )
        for table, value in tables.items()
    }
    for table in rows.values():
        _refuse_overlaps(table, key)
    note = _text("文件", defaults, "note")
    return DatedFile(name, note, MappingProxyType(rows), MappingProxyType(others))


def read_row(place: str, row: Mapping[str, Value]) -> DatedRow:
    """Read one row; ``place`` names it in what is refused."""
    start = _date(place, row, "from")
    if start is None:
        raise _ContentError(f"{place} 缺少生效日期 from。")
    last = _date(place, row, "to")
    texts = {field: _text(place, row, field) for field in TEXT_FIELDS}
    standing = _standing(place, row)
    if standing in STANDINGS_WITH_DOCUMENT and not texts["document"].strip():
        raise _ContentError(f"{place} 没有文件依据 document，不能标为 {standing.value}。")
    return DatedRow(
        valid=DateRange(start, None if last is None else last + timedelta(days=1)),
        region=_region(place, row),
        standing=standing,
        issued=_date(place, row, "issued"),
        fields=MappingProxyType({k: v for k, v in row.items() if k not in ROW_FIELDS}),
        **texts,
    )


def _refuse_overlaps(rows: tuple[DatedRow, ...], key: tuple[str, ...]) -> None:
    """Refuse two rows of one key and region on one day; rows without any key field are free."""

    def identity(row: DatedRow) -> str:
        return repr((row.region, *(row.fields.get(field) for field in key)))

    keyed = [row for row in rows if not key or any(field in row.fields for field in key)]
    for _, group in groupby(sorted(keyed, key=identity), identity):
        timeline(group)


def _is_table_array(value: Value) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _tables(value: Value) -> list[Mapping[str, Value]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, tuple) else []


def _frozen(value: object) -> Value:
    if isinstance(value, dict):
        return MappingProxyType({str(key): _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, Decimal) and not value.is_finite():
        raise _ContentError("数值不能是 nan 或 inf。")
    if isinstance(value, str | bool | int | Decimal):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise _ContentError(f"不支持的数值类型 {type(value).__name__}。")


def _date(place: str, row: Mapping[str, Value], field: str) -> date | None:
    value = row.get(field)
    if value is not None and not isinstance(value, date):
        raise _ContentError(f"{place} 的 {field} 应为日期，例如 2026-01-01。")
    return value


def _text(place: str, row: Mapping[str, Value], field: str) -> str:
    value = row.get(field, "")
    if not isinstance(value, str):
        raise _ContentError(f"{place} 的 {field} 应为文字。")
    return value


def _region(place: str, row: Mapping[str, Value]) -> str:
    region = row.get("region", NATION)
    if not isinstance(region, str) or not REGION_PATTERN.fullmatch(region):
        raise _ContentError(f"{place} 的 region 应为六位行政区划代码。")
    return region


def _standing(place: str, row: Mapping[str, Value]) -> Standing:
    given = row.get("standing", Standing.UNVERIFIED.value)
    for standing in Standing:
        if standing.value == given:
            return standing
    raise _ContentError(f"{place} 的 standing 只能是 published、cited、unverified 或 demo。")
