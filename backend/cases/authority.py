"""Who may take which step of what, by amount (审批权限): the one table ``data/approvals.toml``.

Every row whose condition is met counts, and each only narrows: the roles are those that all of them
name, the level is the highest, minutes are asked for where one asks. A figure that nobody gave,
invented or not verified, is known in a demonstration alone; elsewhere its row counts from the first
fen. So a table without figures of one's own is strict, never loose.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from backend.access.models import rank
from backend.kernel.dated import DatedFile, DatedRow, Standing, load_dated_toml
from backend.kernel.parameters import COUNTS

FILE = Path(__file__).parent / "data" / "approvals.toml"
FIGURES = ("from_fen", "from_months")


@dataclass(frozen=True)
class Weight:
    """What a matter weighs (分量): its amount, how many months, what it is about; None: nothing
    that is known of its kind."""

    fen: int | None = None
    months: int | None = None
    about: str = ""


LIGHTEST = Weight(fen=0, months=0)


@dataclass(frozen=True)
class Limit:
    """A row with a condition: from where on, and what it asks for (审批界限)."""

    from_fen: int | None
    from_months: int | None
    about: str
    roles: tuple[str, ...]
    level: str
    collective: bool
    standing: Standing


@dataclass(frozen=True)
class Authority:
    """Who may take a step."""

    roles: frozenset[str]
    level: str = ""  # of an approver, at least
    collective: bool = False  # 集体审议
    provisional: bool = False  # a figure is invented or not verified

    def covers(self, *, role: str, level: str) -> bool:
        """Whether somebody in this role, at this level, may take it."""
        return role in self.roles and rank(level) >= rank(self.level)


def authority(
    *,
    subject_kind: str,
    step: str,
    on: date,
    case_kind: str = "",
    weight: Weight | None = None,
    demo: bool = False,
) -> Authority:
    """Give who may take a step on a day; nobody, where the table does not list it. Of a ``weight``
    that cannot be told, None, all rows count."""
    listed = rows_of(subject_kind, case_kind, step, on)
    rows = [row for row in listed if _counts(row, weight, demo)]
    named = [_roles(row) for row in rows if "roles" in row.fields]
    return Authority(
        roles=frozenset.intersection(*named) if named else frozenset(),
        level=max((str(row.fields.get("level", "")) for row in rows), key=rank, default=""),
        collective=any(row.fields.get("collective") is True for row in rows),
        provisional=any(row.standing not in COUNTS for row in rows),
    )


def limits_of(*, case_kind: str, on: date) -> list[Limit]:
    """Give the rows with a condition by which cases of a kind are decided."""
    return [
        Limit(
            from_fen=_figure(row, "from_fen"),
            from_months=_figure(row, "from_months"),
            about=str(row.fields.get("about", "")),
            roles=tuple(sorted(_roles(row))),
            level=str(row.fields.get("level", "")),
            collective=row.fields.get("collective") is True,
            standing=row.standing,
        )
        for row in rows_of("cases.case", case_kind, "DECIDE", on)
        if {"about", *FIGURES} & set(row.fields)
    ]


@lru_cache(maxsize=4096)
def rows_of(subject_kind: str, case_kind: str, step: str, on: date) -> tuple[DatedRow, ...]:
    """Give the rows of a step on a day, as they stand in the table."""
    return tuple(
        row
        for row in _table().in_force("approval", on, demo=True)
        if row.fields["subject"] == subject_kind
        and row.fields["step"] == step
        and row.fields.get("kind", "") == case_kind
    )


def _counts(row: DatedRow, weight: Weight | None, demo: bool) -> bool:
    about = row.fields.get("about")
    if weight is None:
        return True
    if about is not None and about != weight.about:
        return False
    if not demo and row.standing not in COUNTS:
        return True
    return _reached(row, "from_fen", weight.fen) and _reached(row, "from_months", weight.months)


def _reached(row: DatedRow, name: str, value: int | None) -> bool:
    least = _figure(row, name)
    return least is None or value is None or value >= least


def _figure(row: DatedRow, name: str) -> int | None:
    figure = row.fields.get(name)
    return figure if type(figure) is int else None


def _roles(row: DatedRow) -> frozenset[str]:
    listed = row.fields.get("roles")
    return frozenset(str(one) for one in listed) if isinstance(listed, tuple) else frozenset()


@cache
def _table() -> DatedFile:
    return load_dated_toml(FILE, key=("subject", "kind", "step", "about", *FIGURES))
