"""Which days are worked, by the State Council's yearly notices (工作日历)."""

from datetime import date
from functools import cache
from pathlib import Path

from backend.kernel.dated import STANDINGS_WITH_DOCUMENT, DatedRow, invalid, load_dated_toml
from backend.kernel.working_days import SATURDAY, Calendar

FILE = Path(__file__).parent / "data" / "holidays.toml"


@cache
def calendar() -> Calendar:
    """Give the calendar; a year counts as known once its notice was entered from a document.

    Raises:
        DatedTomlInvalid: naming what is wrong with the table.
    """
    return calendar_of(FILE)


def calendar_of(path: Path) -> Calendar:
    """Read a table of holidays; see ``calendar``."""
    rows = load_dated_toml(path, key=("year",)).rows.get("year", ())
    return Calendar(
        holidays=frozenset(day for row in rows for day in _days(path, row, "holidays")),
        workdays=frozenset(day for row in rows for day in _worked_weekends(path, row)),
        known=frozenset(
            row.valid.start.year for row in rows if row.standing in STANDINGS_WITH_DOCUMENT
        ),
    )


def _worked_weekends(path: Path, row: DatedRow) -> tuple[date, ...]:
    days = _days(path, row, "workdays")
    if any(day.weekday() < SATURDAY for day in days):
        raise invalid(path.name, "workdays 只能是星期六、星期日。")
    if set(days) & set(_days(path, row, "holidays")):
        raise invalid(path.name, "同一天不能既放假又上班。")
    return days


def _days(path: Path, row: DatedRow, field: str) -> tuple[date, ...]:
    listed = row.fields.get(field)
    days = listed if isinstance(listed, tuple) else ()
    found = tuple(day for day in days if isinstance(day, date) and row.valid.contains(day))
    if not isinstance(listed, tuple) or len(found) != len(listed):
        raise invalid(path.name, f"{field} 应为该年度之内的日期。")
    return found
