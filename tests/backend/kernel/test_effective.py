"""What was in force on a day, and what was known at an instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from backend.kernel.effective import TimelineOverlap, in_force, known, timeline, value_in_force
from backend.kernel.months import DateRange


@dataclass(frozen=True)
class Rate:
    valid: DateRange
    name: str


@dataclass(frozen=True)
class Entry:
    name: str
    recorded_at: datetime
    superseded_at: datetime | None = None


OLD = Rate(DateRange(date(2025, 1, 1), date(2026, 1, 1)), "old")
NEW = Rate(DateRange(date(2026, 1, 1)), "new")
TWIN = Rate(DateRange(date(2025, 12, 31), date(2026, 2, 1)), "twin")


def at(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


@pytest.mark.parametrize(("day", "name"), [(date(2025, 12, 31), "old"), (date(2026, 1, 1), "new")])
def test_the_new_rate_counts_from_its_first_day(day: date, name: str) -> None:
    found = value_in_force([NEW, OLD], day)

    assert found is not None
    assert found.name == name


def test_before_the_first_value_there_is_none() -> None:
    assert value_in_force([OLD, NEW], date(2024, 12, 31)) is None
    assert in_force([OLD, NEW], date(2024, 12, 31)) == []


def test_two_values_on_one_day_are_refused() -> None:
    with pytest.raises(TimelineOverlap) as refused:
        value_in_force([OLD, NEW, TWIN], date(2026, 1, 1))

    assert refused.value.code == "timeline_overlap"


def test_a_timeline_is_sorted_and_free_of_overlaps() -> None:
    assert timeline([NEW, OLD]) == [OLD, NEW]
    with pytest.raises(TimelineOverlap, match="2025-12-31"):
        timeline([NEW, TWIN, OLD])


def test_what_was_known_leaves_out_what_came_later_or_was_superseded() -> None:
    first = Entry("first", at(1), superseded_at=at(10))
    second = Entry("second", at(10))

    assert known([first, second], at(9)) == [first]
    assert known([first, second], at(10)) == [second]
    assert known([first, second], datetime(2026, 10, 31, tzinfo=UTC)) == []
