"""Days by which the next step is due (办理期限): working days, Monday to Friday. Pure.

Public holidays are not known here: a term may thus end earlier than the law's, never later.
"""

from datetime import date, timedelta

SATURDAY = 5


def add_working_days(*, start: date, days: int) -> date:
    """Give the last day of a term of so many working days that begins the day after ``start``."""
    day = start
    for _ in range(days):
        day = _next_working_day(day)
    return day


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day
