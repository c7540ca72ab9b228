"""Which cases are sensitive, and how long their changes cool (敏感变更), by day and region."""

from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import DatedFile, DatedRow, load_dated_toml, region_chain
from backend.kernel.parameters import COUNTS
from backend.sensitive.cooling import Cooling, Waiver

FILE = Path(__file__).parent / "data" / "sensitive.toml"
DOUBLE_CHANGE = "DOUBLE_CHANGE"


def sensitive_kinds(*, on: date) -> tuple[str, ...]:
    """Give the codes of the kinds of cases that are listed for supervision."""
    return tuple(row.text("code") for row in _table().in_force("kind", on))


def told_kinds(*, on: date) -> tuple[str, ...]:
    """Give the codes of those that concern their party: he is told, and may say it was not he."""
    rows = _table().in_force("kind", on)
    return tuple(row.text("code") for row in rows if row.fields.get("told", True))


def cooling_of(*, change: str, on: date, region: str, demo: bool) -> Cooling | None:
    """Give how long a change cools at a place; None where nobody has said so.

    Outside a demonstration only days of a document count, not invented or unverified ones.
    """
    rows = [
        row
        for row in _table().in_force("cooling", on, region=region, demo=demo)
        if row.text("change") == change and (demo or row.standing in COUNTS)
    ]
    if not rows:
        return None
    chain = region_chain(region)
    return _cooling(min(rows, key=lambda row: chain.index(row.region)))


def _cooling(row: DatedRow) -> Cooling:
    days, waived_by = row.fields["days"], row.fields["waived_by"]
    assert isinstance(days, int)
    assert isinstance(waived_by, tuple)
    return Cooling(days, tuple(Waiver[str(name)] for name in waived_by), row.standing)


@cache
def _table() -> DatedFile:
    return load_dated_toml(FILE, key=("code", "change"))
