"""The table of holidays is read as the yearly notices say it, and refuses what they cannot say."""

from datetime import date
from pathlib import Path

import pytest

from backend.cases.calendar import calendar, calendar_of
from backend.kernel.dated import DatedTomlInvalid

YEAR = """name = "演示"
[[year]]
from = 2025-01-01
to = 2025-12-31
document = "通知"
standing = "{standing}"
holidays = [{holidays}]
workdays = [{workdays}]
"""


def table(
    tmp_path: Path, *, holidays: str = "", workdays: str = "", standing: str = "cited"
) -> Path:
    path = tmp_path / "holidays.toml"
    path.write_text(
        YEAR.format(holidays=holidays, workdays=workdays, standing=standing), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2025, 1, 27), True),  # the day before the Spring Festival
        (date(2025, 1, 28), False),
        (date(2025, 2, 4), False),
        (date(2025, 2, 5), True),
        (date(2025, 2, 8), True),  # a Saturday
        (date(2025, 9, 28), True),  # a Sunday
        (date(2025, 10, 8), False),
        (date(2025, 10, 12), False),  # a Sunday like any other
    ],
)
def test_2025_is_as_the_notice_has_it(day: date, worked: bool) -> None:
    assert calendar().is_worked(day) is worked


def test_2026_counts_as_it_was_entered_and_is_not_known_until_it_is_verified() -> None:
    assert not calendar().knows(date(2026, 1, 1), date(2026, 1, 1))
    assert [calendar().is_worked(date(2026, 10, day)) for day in (7, 8, 10)] == [False, True, True]


def test_of_a_year_without_a_notice_weekends_alone_are_free() -> None:
    assert not calendar().knows(date(2027, 1, 1), date(2027, 1, 1))
    assert calendar().is_worked(date(2027, 1, 1))
    assert not calendar().is_worked(date(2027, 1, 2))


def test_only_a_row_with_a_document_makes_a_year_known(tmp_path: Path) -> None:
    day = date(2025, 3, 3)

    assert calendar_of(table(tmp_path)).knows(day, day)
    assert not calendar_of(table(tmp_path, standing="unverified")).knows(day, day)


@pytest.mark.parametrize(
    "wrong",
    [
        {"holidays": "2026-01-01"},
        {"holidays": '"元旦"'},
        {"workdays": "2025-01-27"},  # a Monday
        {"workdays": "2025-02-08", "holidays": "2025-02-08"},
    ],
)
def test_what_no_notice_can_say_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(DatedTomlInvalid):
        calendar_of(table(tmp_path, **wrong))
