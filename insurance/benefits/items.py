"""Which expense item a component belongs to (待遇项目归入支出项目)."""

import tomllib
from functools import cache
from pathlib import Path

ITEMS_FILE = Path(__file__).parent / "data" / "items.toml"


@cache
def item_ordinals() -> dict[tuple[str, str], int]:
    """(scheme, component) → ordinal of the fund's expense item, counted from 1."""
    table = tomllib.loads(ITEMS_FILE.read_text(encoding="utf-8"))
    return {
        (item["scheme"], component): item["ordinal"]
        for item in table["item"]
        for component in item["components"]
    }
