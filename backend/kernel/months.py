"""Months and half-open ranges (所属期与起止期间)."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, Self, TypeVar

from backend.kernel.errors import Refusal

FIRST_YEAR, LAST_YEAR = 1800, 2199
MONTH_PATTERN = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)


class MonthInvalid(Refusal):
    """The text is no calendar month such as 2026-11 (所属期不正确)."""

    code = "month_invalid"


class RangeInvalid(Refusal):
    """A range must end after it starts (止期必须晚于起期)."""

    code = "range_invalid"


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month (所属期)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.month <= 12):
            raise MonthInvalid(f"没有这个月份：{self}。", year=self.year, month=self.month)

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read "2026-11".

        Raises:
            MonthInvalid: for any other spelling and for months that do not exist.
        """
        match = MONTH_PATTERN.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise MonthInvalid("所属期格式不正确，应为 2026-11 这样的年月。", given=str(text)[:40])
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Give the month in which ``day`` lies."""
        return cls(day.year, day.month)

    @classmethod
    def from_index(cls, index: int) -> Self:
        """Give the month with this running number; the reverse of ``index``."""
        return cls(index // 12, index % 12 + 1)

    @property
    def index(self) -> int:
        """The running number of the month: year * 12 + month - 1."""
        return self.year * 12 + self.month - 1

    @property
    def first_day(self) -> date:
        """The first day (月初)."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day (月末)."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def next(self) -> Self:
        """The month after this one."""
        return self.plus(1)

    @property
    def previous(self) -> Self:
        """The month before this one."""
        return self.plus(-1)

    def plus(self, months: int) -> Self:
        """Go so many months on, or back when negative."""
        return self.from_index(self.index + months)

    def until(self, end: "Month") -> Iterator["Month"]:
        """Walk from this month up to, but without, ``end``."""
        return (Month.from_index(index) for index in range(self.index, end.index))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_between(start: Month, end: Month) -> int:
    """Count the months from ``start`` up to, but without, ``end``; negative when it is earlier."""
    return end.index - start.index


T = TypeVar("T", Month, date)


@dataclass(frozen=True)
class HalfOpenRange(Generic[T]):
    """From ``start`` up to, but without, ``end`` (含起不含止); ``end`` None is open (长期)."""

    start: T
    end: T | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise RangeInvalid(
                f"止期必须晚于起期：{self.start} 至 {self.end}。",
                start=str(self.start),
                end=str(self.end),
            )

    def contains(self, point: T) -> bool:
        """Tell whether ``point`` lies within."""
        return self.start <= point and (self.end is None or point < self.end)

    def overlaps(self, other: "HalfOpenRange[T]") -> bool:
        """Tell whether both have a point in common."""
        return (other.end is None or self.start < other.end) and (
            self.end is None or other.start < self.end
        )

    def intersect(self, other: Self) -> Self | None:
        """Give what both have in common, or None."""
        if not self.overlaps(other):
            return None
        ends = [end for end in (self.end, other.end) if end is not None]
        return type(self)(max(self.start, other.start), min(ends, default=None))


@dataclass(frozen=True)
class MonthRange(HalfOpenRange[Month]):
    """A range of whole months (起止年月), half-open."""

    def months(self) -> Iterator[Month]:
        """Walk through the months of a range that ends."""
        if self.end is None:
            raise ValueError("an open range has no last month")
        return self.start.until(self.end)


@dataclass(frozen=True)
class DateRange(HalfOpenRange[date]):
    """A range of days (起止日期), half-open."""
