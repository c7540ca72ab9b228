"""Which routes show people, and how that comes on record (查询留痕): ``lookups.toml`` says it."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from backend.kernel.errors import Refusal

LOOKUPS_FILE = Path(__file__).with_name("lookups.toml")
PURPOSE_MIN, PURPOSE_MAX = 2, 100


class How(StrEnum):
    """How a look-up learns its purpose; what each is stands in the table."""

    GIVEN = "GIVEN"
    REQUIRED = "REQUIRED"
    PRINTED = "PRINTED"


@dataclass(frozen=True)
class Seen:
    """What a route shows of one person, and what names the person."""

    shows: str
    of: tuple[str, ...]


class PurposeInvalid(Refusal):
    """A purpose is a few words long (请写明查询用途)."""

    code = "purpose_invalid"


def require_purpose(purpose: str) -> str:
    """Give a purpose without what surrounds it.

    Raises:
        PurposeInvalid: when it is no purpose.
    """
    if not PURPOSE_MIN <= len(purpose.strip()) <= PURPOSE_MAX:
        raise PurposeInvalid(f"查询用途应为{PURPOSE_MIN}至{PURPOSE_MAX}个字。")
    return purpose.strip()


@cache
def lookups() -> dict[str, How]:
    """Route name → how its purpose is told, where people are shown in full."""
    return {route: How(how) for route, how in _table()["full"].items()}


@cache
def seen() -> dict[str, Seen]:
    """Route name → what it shows of one person, masked."""
    return {route: Seen(row["shows"], tuple(row["of"])) for route, row in _table()["seen"].items()}


@cache
def seeing_views() -> frozenset[Any]:
    """The views behind the routes of ``seen``."""
    return frozenset(_views(get_resolver().url_patterns))


def named_by(*, route: str, told: Mapping[str, Any]) -> frozenset[int]:
    """Give whom a call names by its address or its filters."""
    return frozenset(int(told[name]) for name in seen()[route].of if name in told)


def shown_in(*, route: str, data: Any) -> frozenset[int]:
    """Give the one person of whom all rows of an answer are."""
    found: set[int] = set()
    for name in seen()[route].of:
        named = {row[name] for row in _rows(data) if row.get(name)}
        found |= named if len(named) == 1 else set()
    return frozenset(found)


def _rows(data: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        rows: Any = data.get("results", [data])
        return rows  # type: ignore[no-any-return]
    return data  # type: ignore[no-any-return]


def _views(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name in seen():
            yield getattr(pattern.callback, "view_class", None)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(LOOKUPS_FILE.read_text(encoding="utf-8"))
