"""Which expense item a component or a claim belongs to (待遇归入支出项目)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from backend.kernel.months import Month

FOLDER = Path(__file__).parent / "data"
ITEMS_FILE, CLAIM_ITEMS_FILE = FOLDER / "items.toml", FOLDER / "claim_items.toml"


@cache
def item_ordinals() -> dict[tuple[str, str], int]:
    """(scheme, component) → ordinal of the fund's expense item, counted from 1."""
    return {
        (item["scheme"], component): item["ordinal"]
        for item in _items()["item"]
        for component in item["components"]
    }


def component_label(component: str) -> str:
    """What people read of a component."""
    return str(_items()["labels"][component])


def allowance_ordinal(*, scheme: str, route: str, retirement_month: Month) -> int | None:
    """The expense item of all that is paid to who retired on a way in a month (病残津贴); none: of
    each component its own."""
    return next(
        (
            int(item["ordinal"])
            for item in _items()["allowance"]
            if (item["scheme"], item["route"]) == (scheme, route)
            and retirement_month >= Month.parse(item["from_month"])
        ),
        None,
    )


def claim_parts(*, scheme: str, kind: str, fen: int) -> tuple[int, ...]:
    """Give an amount that is all of one expense item, that of its kind, by expense item."""
    return (*(0,) * (_claim_ordinals()[scheme, kind] - 1), fen)


@cache
def _items() -> dict[str, Any]:
    return tomllib.loads(ITEMS_FILE.read_text(encoding="utf-8"))


@cache
def _claim_ordinals() -> dict[tuple[str, str], int]:
    """(scheme, kind of claim) → ordinal of the fund's expense item, counted from 1."""
    table = tomllib.loads(CLAIM_ITEMS_FILE.read_text(encoding="utf-8"))
    return {
        (item["scheme"], kind): item["ordinal"] for item in table["item"] for kind in item["kinds"]
    }
