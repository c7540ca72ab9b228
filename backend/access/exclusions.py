"""The roles there are and which exclude each other (岗位、不相容岗位), with their sources."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import DatedFile, DatedRow, Standing, load_dated_toml
from backend.kernel.parameters import COUNTS, NotConfigured

FILE = Path(__file__).parent / "data" / "roles.toml"


@dataclass(frozen=True)
class Post:
    """A role, what it does, and where it is from."""

    code: str
    label: str
    does: str
    document: str
    standing: Standing


@dataclass(frozen=True)
class Exclusion:
    """Two roles that one person never holds at the same time, and why."""

    roles: frozenset[str]
    reason: str
    document: str
    standing: Standing

    def against(self, role: str) -> str:
        """The other of the two."""
        (other,) = self.roles - {role}
        return other


def posts(*, on: date) -> tuple[Post, ...]:
    """Give the roles of a day."""
    return tuple(
        Post(
            code=row.text("code"),
            label=row.text("label"),
            does=row.text("does"),
            document=_source(row),
            standing=row.standing,
        )
        for row in _file().in_force("role", on)
    )


def exclusions(*, on: date) -> tuple[Exclusion, ...]:
    """Give every pair of a day, once."""
    return tuple(
        Exclusion(
            roles=frozenset((row.text("role"), str(other))),
            reason=row.text("reason"),
            document=_source(row),
            standing=row.standing,
        )
        for row in _file().in_force("exclusion", on)
        for other in _listed(row)
    )


def why_excluded(*, role: str, held: Collection[str], on: date) -> Exclusion:
    """Give why somebody who holds these roles does not get another; a StopIteration is our own
    mistake: the database knows a pair that the table does not."""
    return next(one for one in exclusions(on=on) if role in one.roles and one.against(role) in held)


def longest_days(*, kind: str, on: date, demo: bool) -> int:
    """Give how many days a delegation of a kind may last.

    Raises:
        NotConfigured: nobody gave a figure; outside of a demonstration an invented or unverified
        one is none.
    """
    for row in _file().in_force("term", on, demo=demo):
        days = row.fields["days"]
        if row.fields["kind"] == kind and type(days) is int and (demo or row.standing in COUNTS):
            return days
    raise NotConfigured("委派的最长期限未配置：请先按本单位的规定填写。", kind=kind)


def _source(row: DatedRow) -> str:
    return f"{row.document}{row.article}"


def _listed(row: DatedRow) -> tuple[object, ...]:
    listed = row.fields["excludes"]
    return listed if isinstance(listed, tuple) else ()


@cache
def _file() -> DatedFile:
    return load_dated_toml(FILE, key=("code", "role", "reason", "kind"))
