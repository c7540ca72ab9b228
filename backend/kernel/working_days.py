"""Terms in working days (工作日期限), with a clock that may stop. Pure.

A day is worked from Monday to Friday, but for the holidays of the State Council's yearly notice
(国务院办公厅关于部分节假日安排的通知), and on the weekends on which it has one work (调休).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta

SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked (工作日历); of years not in ``known`` no notice was entered."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()  # weekends on which one works
    known: frozenset[int] = frozenset()

    def is_worked(self, day: date) -> bool:
        """Tell whether ``day`` counts in a term."""
        if day in self.holidays:
            return False
        return day.weekday() < SATURDAY or day in self.workdays

    def with_holidays(self, days: AbstractSet[date]) -> "Calendar":
        """Give the same with more holidays, as somebody tells them."""
        return replace(self, holidays=self.holidays | days)

    def knows(self, first: date, last: date) -> bool:
        """Tell whether the notices of all years from one day to another were entered."""
        return self.known.issuperset(range(first.year, last.year + 1))


@dataclass(frozen=True)
class Pause:
    """Days in which the clock stands (中止): after ``since``, up to and with ``until``."""

    since: date
    until: date

    def holds(self, day: date) -> bool:
        """Tell whether the clock stands on this day."""
        return self.since < day <= self.until


@dataclass(frozen=True)
class Term:
    """So many working days that begin the day after ``start`` (期限)."""

    start: date
    days: int
    pauses: tuple[Pause, ...] = ()

    def last_day(self, calendar: Calendar) -> date:
        """Give the last day of the term; of no days ``start`` itself."""
        day = self.start
        for _ in range(self.days):
            day = self._next(day, calendar)
        return day

    def _next(self, day: date, calendar: Calendar) -> date:
        day += DAY
        while not calendar.is_worked(day) or any(pause.holds(day) for pause in self.pauses):
            day += DAY
        return day


def add_working_days(*, start: date, days: int, calendar: Calendar) -> date:
    """Give the last day of a term of so many working days that begins the day after ``start``."""
    return Term(start, days).last_day(calendar)


def working_days_left(*, today: date, last: date, calendar: Calendar) -> int:
    """Count the working days after ``today`` through ``last``; below zero: overdue by so many."""
    if last < today:
        return -_worked(last, today, calendar)
    return _worked(today, last, calendar)


def _worked(after: date, through: date, calendar: Calendar) -> int:
    days = ((after + DAY * ahead) for ahead in range(1, (through - after).days + 1))
    return sum(calendar.is_worked(day) for day in days)
