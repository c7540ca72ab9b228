"""How far back desk and files may speak (可办的以前月数): beyond it two persons decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backend.deployment import is_demo
from backend.kernel.dated import Value
from backend.kernel.months import Month, MonthRange
from insurance.policy import parameters as policy

MONTHS_BACK = "enrolment.months_back"


@dataclass(frozen=True)
class Reach:
    """So many months before the current one; ``same_year``: none of an earlier year."""

    months: int
    same_year: bool

    def earliest(self, *, today: date) -> Month:
        """Give the first month for which the desk may speak on a day."""
        month = Month.of(today).plus(-self.months)
        return max(month, Month(today.year, 1)) if self.same_year else month


def earliest_for(*, kind: str, district: str, month: Month, today: date) -> Month:
    """Give the first month of which desk and files may speak, to hold ``month`` against.

    From the current month on no figure is asked for.

    Raises:
        NotConfigured, NotVerified: the figure of the district.
    """
    if month >= Month.of(today):
        return Month.of(today)
    return reach_of(kind=kind, district=district, on=today).earliest(today=today)


def reach_of(*, kind: str, district: str, on: date) -> Reach:
    """Resolve what holds for a kind of insured in a district on a day.

    Raises:
        NotConfigured, NotVerified.
    """
    found = policy.load().resolve(MONTHS_BACK, district, on, is_demo())
    rows = [_table(row) for row in found.sequence]
    (row,) = (row for row in rows if row["kind"] == kind)
    return Reach(int(str(row["months"])), row["same_year"] is True)


def first_gained(*, before: MonthRange, after: MonthRange | None) -> Month | None:
    """Give the first month that is in ``after`` and was not before."""
    if after is None:
        return None
    if after.start < before.start or (before.end is not None and after.start >= before.end):
        return after.start
    if before.end is None or (after.end is not None and after.end <= before.end):
        return None
    return before.end


def months_lost(*, before: MonthRange, after: MonthRange | None) -> tuple[MonthRange, ...]:
    """Give the months that were in ``before`` and no longer are: at its head, at its tail."""
    kept = None if after is None else before.intersect(after)
    if kept is None:
        return (before,)
    head = [MonthRange(before.start, kept.start)] if before.start < kept.start else []
    tail = [MonthRange(kept.end, before.end)] if kept.end and kept.end != before.end else []
    return (*head, *tail)


def _table(row: Value) -> Mapping[str, Value]:
    if not isinstance(row, Mapping):
        raise TypeError(f"{MONTHS_BACK}: a row is a table")
    return row
