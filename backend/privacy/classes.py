"""What is held about people, by class (字段分类): ``fields.toml`` says it of each column. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from backend.kernel.dated import Standing

FIELDS_FILE = Path(__file__).with_name("fields.toml")
NOT_COLUMNS = ("group", "through", "since")
RECORDED_AT = "recorded_at"


class FieldClass(StrEnum):
    """What a column tells (字段类别); what each means stands in the file."""

    PERSON = "PERSON"
    STAFF = "STAFF"
    NAME = "NAME"
    NUMBER = "NUMBER"
    BIRTH = "BIRTH"
    TRAIT = "TRAIT"
    PLACE = "PLACE"
    CONTACT = "CONTACT"
    ACCOUNT = "ACCOUNT"
    MONEY = "MONEY"
    WORK = "WORK"
    LIFE = "LIFE"
    HEALTH = "HEALTH"
    TEXT = "TEXT"
    CONTENT = "CONTENT"
    CREDENTIAL = "CREDENTIAL"
    REF = "REF"


class Mask(StrEnum):
    """How much of a value is shown (脱敏方式)."""

    NONE = "NONE"
    NAME = "NAME"
    NUMBER = "NUMBER"
    ACCOUNT = "ACCOUNT"
    CONTACT = "CONTACT"
    YEAR = "YEAR"
    HIDDEN = "HIDDEN"
    KEYS = "KEYS"
    LEFT_OUT = "LEFT_OUT"


@dataclass(frozen=True)
class Seen:
    """Who sees how much of a class, and whether it is sensitive (敏感个人信息)."""

    label: str
    sensitive: bool
    listed: Mask
    supervision: Mask
    in_full: frozenset[str]


@dataclass(frozen=True)
class Source:
    """A text that something rests on (依据), and whether it was seen."""

    document: str
    article: str
    standing: Standing

    @property
    def spoken(self) -> str:
        """Say it, with what a reader must know of its standing."""
        known = "" if self.standing is Standing.PUBLISHED else f"（{self.standing.label}）"
        return f"{self.document}{self.article}{known}"


@dataclass(frozen=True)
class Retention:
    """How long something is kept (保存期限)."""

    keep: str
    source: Source


@dataclass(frozen=True)
class Group:
    """Why tables are kept (处理目的), what that rests on, and how long."""

    label: str
    purpose: str
    basis: Source
    retention: Retention


@dataclass(frozen=True)
class Through:
    """Whose a row is, where it names nobody: that of the row of ``table`` it points to."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class Table:
    """The columns of a table by class; ``since`` is the column that says from when it is held."""

    name: str
    group: str
    columns: Mapping[str, FieldClass]
    through: Through | None
    since: str

    def of_class(self, field_class: FieldClass) -> tuple[str, ...]:
        """Give the columns of a class."""
        return tuple(name for name, found in self.columns.items() if found is field_class)


@dataclass(frozen=True)
class Fields:
    """All of the file."""

    classes: Mapping[FieldClass, Seen]
    groups: Mapping[str, Group]
    sources: Mapping[str, Source]
    keys: Mapping[str, FieldClass]
    tables: Mapping[str, Table]


@cache
def fields() -> Fields:
    """Read the file.

    Raises:
        KeyError, ValueError: it names what it does not define.
    """
    given = tomllib.loads(FIELDS_FILE.read_text(encoding="utf-8"))
    sources = {
        name: Source(row["document"], row["article"], Standing(row["standing"]))
        for name, row in given["source"].items()
    }
    retentions = {
        name: Retention(row["keep"], sources[row["source"]])
        for name, row in given["retention"].items()
    }
    groups = {
        name: Group(
            row["label"], row["purpose"], sources[row["basis"]], retentions[row["retention"]]
        )
        for name, row in given["group"].items()
    }
    return Fields(
        classes=MappingProxyType({one: _seen(given["class"][one]) for one in FieldClass}),
        groups=MappingProxyType(groups),
        sources=MappingProxyType(sources),
        keys=MappingProxyType(_by_class(given["keys"])),
        tables=MappingProxyType(
            {name: _table(name, row, groups) for name, row in given["table"].items()}
        ),
    )


def _seen(row: Mapping[str, Any]) -> Seen:
    return Seen(
        label=row["label"],
        sensitive=row["sensitive"],
        listed=Mask(row["listed"]),
        supervision=Mask(row["supervision"]),
        in_full=frozenset(row.get("in_full", ())),
    )


def _table(name: str, row: Mapping[str, Any], groups: Mapping[str, Group]) -> Table:
    if row["group"] not in groups:
        raise KeyError(f"{name}: {row['group']}")
    lists = {key: value for key, value in row.items() if key not in NOT_COLUMNS}
    return Table(
        name=name,
        group=row["group"],
        columns=MappingProxyType(_by_class(lists)),
        through=Through(**row["through"]) if "through" in row else None,
        since=row.get("since", RECORDED_AT),
    )


def _by_class(lists: Mapping[str, list[str]]) -> dict[str, FieldClass]:
    pairs = [(name, FieldClass(one)) for one, names in lists.items() for name in names]
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"named twice: {sorted(name for name, _ in pairs)}")
    return found
