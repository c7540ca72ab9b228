"""A tree of dated parameters (政策参数): one value by key, region and day, or 未配置."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

from backend.kernel.dated import (
    DatedFile,
    DatedRow,
    Standing,
    Value,
    expect_text,
    invalid,
    load_dated_toml,
    region_chain,
)
from backend.kernel.effective import value_in_force
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import DateRange

MILLION = 1_000_000
COUNTS = (Standing.PUBLISHED, Standing.CITED)  # outside a demonstration
KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class NotConfigured(Refusal):
    """No value is in force for the region on the day (未配置)."""

    code = "not_configured"


class NotVerified(Refusal):
    """The value in force was never held against its source (未核实)."""

    code = "not_verified"


@dataclass(frozen=True)
class Resolved:
    """One value in force, with everything needed to print where it comes from."""

    key: str
    name: str
    unit: str
    value: Value
    region: str
    valid: DateRange
    standing: Standing
    document: str
    article: str
    issued: date | None
    note: str

    @property
    def number(self) -> Decimal:
        """The value as an exact number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            raise TypeError(f"{self.key} is no number")
        return Decimal(self.value)

    @property
    def whole(self) -> int:
        """The value as a whole number."""
        if self.number != int(self.number):
            raise TypeError(f"{self.key} is no whole number")
        return int(self.number)

    @property
    def millionths(self) -> int:
        """The value, a rate, in whole millionths, as SQL takes it."""
        if self.number * MILLION % 1:
            raise TypeError(f"{self.key} is no rate in millionths")
        return int(self.number * MILLION)

    @property
    def money(self) -> Money:
        """The value, in yuan, as money."""
        return Money.of_yuan(self.number)

    @property
    def text(self) -> str:
        """The value as text."""
        return expect_text(self.value, self.key)

    @property
    def table(self) -> Mapping[str, Value]:
        """The value as a table."""
        if not isinstance(self.value, Mapping):
            raise TypeError(f"{self.key} is no table")
        return self.value

    def part(self, *names: str | int) -> Self:
        """One value within the table or, by its place, the list, as if it stood alone."""
        found = self
        for name in names:
            value = found.sequence[name] if isinstance(name, int) else found.table[name]
            found = replace(found, value=value)
        return found

    @property
    def sequence(self) -> tuple[Value, ...]:
        """The value as a list."""
        if not isinstance(self.value, tuple):
            raise TypeError(f"{self.key} is no list")
        return self.value


@dataclass(frozen=True)
class ParameterTree:
    """All parameters of a folder, by key ``folder.file``, and the version of the whole."""

    parameters: Mapping[str, DatedFile]
    version: str  # SHA-256 over the sorted files; a replay names it

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read every file under ``folder``.

        Raises:
            DatedTomlInvalid: naming the first file that breaks a rule.
        """
        files = sorted(folder.rglob("*.toml"), key=lambda path: path.relative_to(folder).as_posix())
        digest = hashlib.sha256()
        parameters = {}
        for path in files:
            place = path.relative_to(folder).as_posix()
            content = path.read_bytes()
            digest.update(f"{place}\0{len(content)}\0".encode() + content)
            parameters[_key(place)] = _parameter(path, place)
        return cls(parameters, digest.hexdigest())

    def resolve(self, key: str, region: str, on: date, demo: bool = False) -> Resolved:
        """Give the value in force; a region inherits from its city, province, the nation.

        Only in a demonstration an unverified or an invented value counts; there what is invented
        for a region stands before what is unverified of a farther one.

        Raises:
            NotConfigured: when nothing is in force. A key that no file has is a KeyError.
            NotVerified: the value in force is unverified; no farther region's stands in for it.
        """
        found = self.resolve_any(key, region, on)
        if demo and found.standing is Standing.UNVERIFIED:
            return self._nearer_invented(found, region, on) or found
        if demo or found.standing in COUNTS:
            return found
        if found.standing is Standing.DEMO:
            raise _refused(NotConfigured, "未配置", found.name, key, region, on)
        raise _refused(NotVerified, "未核实，不能据以办理", found.name, key, region, on)

    def resolve_any(self, key: str, region: str, on: date) -> Resolved:
        """Give the value in force whatever its standing, for whoever shows that beside it.

        An invented value never hides a real one.

        Raises:
            NotConfigured: when nothing is in force. A key that no file has is a KeyError.
        """
        parameter = self.parameters[key]
        rows = parameter.rows.get("value", ())
        real = tuple(row for row in rows if row.standing is not Standing.DEMO)
        row = _nearest(real, region, on) or _nearest(rows, region, on)
        if row is None:
            raise _refused(NotConfigured, "未配置", parameter.name, key, region, on)
        return _resolved(key, parameter, row)

    def _nearer_invented(self, found: Resolved, region: str, on: date) -> Resolved | None:
        """What is invented for a region nearer than that of the value found."""
        parameter = self.parameters[found.key]
        rows = parameter.rows["value"]
        row = _nearest(tuple(one for one in rows if one.standing is Standing.DEMO), region, on)
        chain = tuple(region_chain(region))
        if row is None or chain.index(row.region) >= chain.index(found.region):
            return None
        return _resolved(found.key, parameter, row)

    def without_invented(self, *keys: str) -> Self:
        """The same, but of these parameters only what is real: no invented value of a later year
        stands before a real one that goes on."""
        files = {}
        for key in keys:
            rows = self.parameters[key].rows.get("value", ())
            real = tuple(row for row in rows if row.standing is not Standing.DEMO)
            files[key] = replace(self.parameters[key], rows={"value": real})
        return replace(self, parameters={**self.parameters, **files})

    def published_by(self, day: date, *keys: str) -> Self:
        """Only these parameters, without what was issued after ``day``.

        A value without a date of issue counts as known from its first day.
        """
        files = {}
        for key in keys:
            rows = self.parameters[key].rows.get("value", ())
            known = tuple(row for row in rows if row.issued is None or row.issued <= day)
            files[key] = replace(self.parameters[key], rows={"value": known})
        return replace(self, parameters=files)


def _nearest(rows: tuple[DatedRow, ...], region: str, on: date) -> DatedRow | None:
    for place in region_chain(region):
        row = value_in_force((row for row in rows if row.region == place), on)
        if row is not None:
            return row
    return None


def _refused(
    refusal: type[Refusal], why: str, name: str, key: str, region: str, on: date
) -> Refusal:
    facts = {"key": key, "region": region, "on": on.isoformat()}
    return refusal(f"“{name}”{why}：地区 {region}，日期 {on}。", **facts)


def _resolved(key: str, parameter: DatedFile, row: DatedRow) -> Resolved:
    return Resolved(
        key=key,
        name=parameter.name,
        unit=str(parameter.fields.get("unit", "")),
        value=row.fields["value"],
        region=row.region,
        valid=row.valid,
        standing=row.standing,
        document=row.document,
        article=row.article,
        issued=row.issued,
        note=row.note,
    )


def _key(place: str) -> str:
    key = place.removesuffix(".toml").replace("/", ".")
    if not KEY_PATTERN.fullmatch(key):
        raise invalid(place, "文件应放在“险种/参数.toml”，名称用小写字母、数字和下划线。")
    return key


def _parameter(path: Path, place: str) -> DatedFile:
    """Read one parameter; it may have no value yet, which names the hole."""
    parameter = load_dated_toml(path, key=())
    unknown = ({*parameter.fields} - {"unit"}) | ({*parameter.rows} - {"value"})
    if unknown:
        raise invalid(place, f"有不认识的项 {'、'.join(sorted(unknown))}。")
    for number, row in enumerate(parameter.rows.get("value", ()), start=1):
        if set(row.fields) != {"value"}:
            odd = "、".join(sorted({*row.fields} ^ {"value"}))
            raise invalid(place, f"第{number}个 value 缺少或多出 {odd}。")
    return parameter
