"""A term counts working days from the day after; weekends, holidays and pauses do not count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.working_days import (
    Calendar,
    Pause,
    Term,
    add_working_days,
    working_days_left,
)

PLAIN = Calendar()
# 2025: 1-8 October are holidays, Saturday the 11th and Sunday 28 September are worked.
OCTOBER = Calendar(
    holidays=frozenset(date(2025, 10, day) for day in range(1, 9)),
    workdays=frozenset({date(2025, 9, 28), date(2025, 10, 11)}),
    known=frozenset({2025}),
)
FIRST, LAST = date(2024, 12, 1), date(2026, 3, 31)
days = st.dates(FIRST, LAST)
sets_of_days = st.frozensets(days, max_size=60)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    holidays = draw(sets_of_days)
    weekends = frozenset(day for day in draw(sets_of_days) if day.weekday() >= 5)
    return Calendar(holidays=holidays, workdays=weekends - holidays)


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    since = draw(days)
    return Pause(since, since + timedelta(days=draw(st.integers(0, 60))))


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2026, 11, 6), 1, date(2026, 11, 9)),  # a Friday
        (date(2026, 11, 7), 1, date(2026, 11, 9)),  # a Saturday
        (date(2026, 11, 2), 15, date(2026, 11, 23)),
        (date(2026, 11, 2), 0, date(2026, 11, 2)),
        (date(2026, 10, 30), 1, date(2026, 11, 2)),  # over the end of a month
        (date(2027, 12, 31), 1, date(2028, 1, 3)),  # over the end of a year
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
    ],
)
def test_weekends_do_not_count(start: date, count: int, last: date) -> None:
    assert add_working_days(start=start, days=count, calendar=PLAIN) == last


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2025, 9, 29), 1, date(2025, 9, 30)),  # the day before the holidays
        (date(2025, 9, 30), 1, date(2025, 10, 9)),  # over them
        (date(2025, 10, 5), 1, date(2025, 10, 9)),  # begun within them
        (date(2025, 10, 8), 1, date(2025, 10, 9)),  # on their last day
        (date(2025, 10, 9), 2, date(2025, 10, 11)),  # to a Saturday that is worked
        (date(2025, 10, 11), 1, date(2025, 10, 13)),
        (date(2025, 9, 26), 1, date(2025, 9, 28)),  # to a Sunday that is worked
    ],
)
def test_holidays_do_not_count_and_worked_weekends_do(start: date, count: int, last: date) -> None:
    assert add_working_days(start=start, days=count, calendar=OCTOBER) == last


@given(days, st.integers(0, 60), calendars(), st.lists(pauses(), max_size=2))
def test_a_term_has_just_so_many_days_that_count(
    start: date, count: int, calendar: Calendar, held: list[Pause]
) -> None:
    last = Term(start, count, tuple(held)).last_day(calendar)

    between = [start + timedelta(days=ahead) for ahead in range(1, (last - start).days + 1)]
    counted = [
        day
        for day in between
        if calendar.is_worked(day) and not any(one.since < day <= one.until for one in held)
    ]
    assert len(counted) == count
    assert count == 0 or counted[-1] == last


@given(days, st.integers(1, 40), calendars(), days)
def test_one_more_holiday_never_ends_a_term_earlier(
    start: date, count: int, calendar: Calendar, holiday: date
) -> None:
    before = add_working_days(start=start, days=count, calendar=calendar)
    after = add_working_days(
        start=start, days=count, calendar=calendar.with_holidays(frozenset({holiday}))
    )

    assert after >= before
    assert (after > before) == (start < holiday <= before and calendar.is_worked(holiday))


@given(days, st.integers(1, 40), calendars(), pauses())
def test_a_clock_that_stands_never_ends_a_term_earlier(
    start: date, count: int, calendar: Calendar, pause: Pause
) -> None:
    running = Term(start, count).last_day(calendar)
    standing = Term(start, count, (pause,)).last_day(calendar)

    assert standing >= running
    assert standing == running or pause.since < running


@given(days, st.integers(0, 40), calendars())
def test_what_is_left_of_a_term_on_its_first_day_is_all_of_it(
    start: date, count: int, calendar: Calendar
) -> None:
    last = add_working_days(start=start, days=count, calendar=calendar)

    assert working_days_left(today=start, last=last, calendar=calendar) == count


@given(days, days, calendars())
def test_overdue_counts_back_what_was_left(today: date, last: date, calendar: Calendar) -> None:
    left = working_days_left(today=today, last=last, calendar=calendar)

    assert working_days_left(today=last, last=today, calendar=calendar) == -left


def test_on_the_last_day_nothing_is_left_and_nothing_is_overdue() -> None:
    friday = date(2026, 11, 6)

    assert working_days_left(today=friday, last=friday, calendar=PLAIN) == 0
    assert working_days_left(today=date(2026, 11, 9), last=friday, calendar=PLAIN) == -1
    assert working_days_left(today=date(2026, 11, 8), last=friday, calendar=PLAIN) == 0


def test_years_whose_notice_is_not_there_are_told() -> None:
    assert OCTOBER.knows(date(2025, 1, 1), date(2025, 12, 31))
    assert not OCTOBER.knows(date(2025, 12, 31), date(2026, 1, 1))
    assert not PLAIN.knows(date(2025, 1, 1), date(2025, 1, 1))
