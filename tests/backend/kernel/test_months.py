"""Months and half-open ranges."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.kernel.months import (
    DateRange,
    Month,
    MonthInvalid,
    MonthRange,
    RangeInvalid,
    months_between,
)

MONTHS = st.integers(Month(1900, 1).index, Month(2100, 12).index).map(Month.from_index)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@st.composite
def date_ranges(draw: st.DrawFn) -> DateRange:
    start = draw(DAYS)
    days = draw(st.none() | st.integers(1, 5000))
    return DateRange(start, None if days is None else start + timedelta(days=days))


@given(MONTHS)
def test_what_is_printed_reads_back(month: Month) -> None:
    assert Month.parse(str(month)) == month


@given(MONTHS, st.integers(-1000, 1000))
def test_so_many_months_on_are_so_many_between(month: Month, months: int) -> None:
    assert months_between(month, month.plus(months)) == months


@given(MONTHS)
def test_a_month_ends_the_day_before_the_next(month: Month) -> None:
    assert month.last_day + timedelta(days=1) == month.next.first_day
    assert month.next.previous == month


@given(DAYS)
def test_a_day_lies_in_its_month(day: date) -> None:
    month = Month.of(day)

    assert month.first_day <= day <= month.last_day


@given(MONTHS, MONTHS)
def test_months_are_ordered_by_their_days(one: Month, other: Month) -> None:
    assert (one < other) == (one.first_day < other.first_day)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-13", "2026-00", "202613", "2026-1", "2026-11-01", " 2026-11", "2026-11\n"),
        *("9999-12", "0001-01", "\uff12\uff10\uff12\uff16-11", "", None, 202611),
    ],
)
def test_anything_else_is_no_month(text: object) -> None:
    with pytest.raises(MonthInvalid) as refused:
        Month.parse(text)

    assert refused.value.code == "month_invalid"


def test_leap_february_has_its_own_last_day() -> None:
    assert Month(2000, 2).last_day == date(2000, 2, 29)
    assert Month(1900, 2).last_day == date(1900, 2, 28)


def test_a_walk_leaves_out_its_end() -> None:
    walked = [str(month) for month in Month(2026, 11).until(Month(2027, 2))]

    assert walked == ["2026-11", "2026-12", "2027-01"]
    assert list(MonthRange(Month(2026, 11), Month(2027, 1)).months()) == [
        Month(2026, 11),
        Month(2026, 12),
    ]


def test_an_open_range_has_no_last_month() -> None:
    with pytest.raises(ValueError, match="open range"):
        MonthRange(Month(2026, 11)).months()


@pytest.mark.parametrize("end", [date(2026, 1, 1), date(2025, 12, 31)])
def test_a_range_that_does_not_end_later_is_refused(end: date) -> None:
    with pytest.raises(RangeInvalid) as refused:
        DateRange(date(2026, 1, 1), end)

    assert refused.value.code == "range_invalid"


def test_a_range_holds_its_start_and_not_its_end() -> None:
    year = DateRange(date(2026, 1, 1), date(2027, 1, 1))

    assert year.contains(date(2026, 1, 1))
    assert year.contains(date(2026, 12, 31))
    assert not year.contains(date(2027, 1, 1))
    assert not year.contains(date(2025, 12, 31))


def test_neighbours_do_not_overlap() -> None:
    first = MonthRange(Month(2026, 1), Month(2026, 6))
    second = MonthRange(Month(2026, 6))

    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.intersect(second) is None


@given(date_ranges(), date_ranges(), DAYS)
def test_a_day_is_in_both_when_it_is_in_the_intersection(
    one: DateRange, other: DateRange, day: date
) -> None:
    common = one.intersect(other)

    in_both = one.contains(day) and other.contains(day)

    assert in_both == (common is not None and common.contains(day))


@given(date_ranges(), date_ranges())
def test_overlap_is_mutual_and_has_a_first_day(one: DateRange, other: DateRange) -> None:
    assert one.overlaps(other) == other.overlaps(one)
    assume(one.overlaps(other))
    first = max(one.start, other.start)
    assert one.contains(first)
    assert other.contains(first)
