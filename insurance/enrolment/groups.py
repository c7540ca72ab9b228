"""Groups whose contributions others pay (困难群体), by the day: ``data/support_groups.toml``."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import DatedFile, Standing, load_dated_toml

FILE = Path(__file__).with_name("data") / "support_groups.toml"


@dataclass(frozen=True)
class Group:
    """A group (困难群体) and who pays for its members."""

    code: str
    label: str
    schemes: frozenset[str]
    pays: str
    standing: Standing | None
    document: str


def groups(*, on: date) -> dict[str, Group]:
    """Give the groups in force on a day, by code."""
    found = {}
    for row in _file().in_force("group", on):
        schemes = row.fields["schemes"]
        assert isinstance(schemes, tuple)
        found[row.text("code")] = Group(
            code=row.text("code"),
            label=row.text("label"),
            schemes=frozenset(str(scheme) for scheme in schemes),
            pays=row.text("pays"),
            standing=row.standing,
            document=row.document,
        )
    return found


@cache
def _file() -> DatedFile:
    return load_dated_toml(FILE, key=("code",))
