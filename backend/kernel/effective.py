"""Values in force on a date, as known at an instant (有效期与知悉时点)."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Protocol, TypeVar

from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange


class TimelineOverlap(Refusal):
    """Two values would be in force on the same day (有效期重叠)."""

    code = "timeline_overlap"


class Dated(Protocol):
    """Whatever is in force for a range of days."""

    @property
    def valid(self) -> DateRange:
        """The days on which it is in force."""


class Recorded(Protocol):
    """Whatever was written down at an instant and may later be superseded, never changed."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded."""

    @property
    def superseded_at(self) -> datetime | None:
        """When a later row took its place; None while it counts."""


D = TypeVar("D", bound=Dated)
R = TypeVar("R", bound=Recorded)


def in_force(rows: Iterable[D], on: date) -> list[D]:
    """Give the rows in force on a day, in their order."""
    return [row for row in rows if row.valid.contains(on)]


def value_in_force(rows: Iterable[D], on: date) -> D | None:
    """Give the one row in force on a day, or None.

    Raises:
        TimelineOverlap: when more than one is.
    """
    found = in_force(rows, on)
    if len(found) > 1:
        raise TimelineOverlap(f"{on} 有 {len(found)} 个同时有效的值。", on=on.isoformat())
    return found[0] if found else None


def timeline(rows: Iterable[D]) -> list[D]:
    """Sort rows by their start; no day may carry two of them.

    Raises:
        TimelineOverlap: naming the first day that does.
    """
    ordered = sorted(rows, key=lambda row: row.valid.start)
    for earlier, later in pairwise(ordered):
        if earlier.valid.overlaps(later.valid):
            day = later.valid.start.isoformat()
            raise TimelineOverlap(f"有效期重叠：从 {day} 起有两个值。", on=day)
    return ordered


def known(rows: Iterable[R], known_at: datetime) -> list[R]:
    """Give the rows that counted at an instant: recorded by then, not yet superseded."""
    return [
        row
        for row in rows
        if row.recorded_at <= known_at
        and (row.superseded_at is None or row.superseded_at > known_at)
    ]
