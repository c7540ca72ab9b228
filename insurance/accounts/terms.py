"""Days by which the next step is due (办理期限): working days, Monday to Friday. Pure.

Which working days are public holidays is told: whoever has a term to himself is given them, or it
would end too early. Weekends on which one works (调休) count as weekends: a term ends no earlier.
"""

from collections.abc import Set as AbstractSet
from datetime import date, timedelta

SATURDAY = 5


def add_working_days(*, start: date, days: int, holidays: AbstractSet[date] = frozenset()) -> date:
    """Give the last day of a term of so many working days that begins the day after ``start``."""
    day = start
    for _ in range(days):
        day = _next_working_day(day, holidays)
    return day


def _next_working_day(day: date, holidays: AbstractSet[date]) -> date:
    day += timedelta(days=1)
    while day.weekday() >= SATURDAY or day in holidays:
        day += timedelta(days=1)
    return day
