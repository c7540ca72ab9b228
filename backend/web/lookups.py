"""Which routes show people in full (查询留痕): ``lookups.toml`` says it, for all of them."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

LOOKUPS_FILE = Path(__file__).with_name("lookups.toml")


class How(StrEnum):
    """How a look-up learns its purpose; what each is stands in the table."""

    GIVEN = "GIVEN"
    REQUIRED = "REQUIRED"
    PRINTED = "PRINTED"


@cache
def lookups() -> dict[str, How]:
    """Route name → how its purpose is told."""
    table = tomllib.loads(LOOKUPS_FILE.read_text(encoding="utf-8"))
    return {route: How(how) for route, how in table.items()}
