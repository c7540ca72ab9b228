"""Which lists may be exported (可导出的清单): ``exports.toml`` says it, with their columns."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LISTS_FILE = Path(__file__).with_name("exports.toml")


@dataclass(frozen=True)
class ExportedList:
    """A list: ``columns`` are fields of its rows → headings."""

    route: str
    label: str
    rows_max: int
    columns: Mapping[str, str]


@cache
def exported_lists() -> Mapping[str, ExportedList]:
    """Route name → list."""
    table = tomllib.loads(LISTS_FILE.read_text(encoding="utf-8"))
    return {route: ExportedList(route=route, **row) for route, row in table.items()}
