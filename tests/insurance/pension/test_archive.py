"""What the papers of an archive come to (档案认定的规则)."""

from datetime import date

import pytest

from backend.kernel.months import Month, MonthRange
from insurance.pension.archive import (
    BirthRecord,
    BirthRecordsDisagree,
    PeriodsOverlap,
    months_of,
    recognised_birth,
)

MARCH, MAY = Month(1966, 3), Month(1966, 5)


def said(month: Month, *, on: date) -> BirthRecord:
    return BirthRecord("表", on, month)


def test_what_the_archive_recorded_first_prevails_over_what_it_recorded_later() -> None:
    records = (said(MAY, on=date(1990, 7, 1)), said(MARCH, on=date(1985, 3, 2)))

    assert recognised_birth(records=records, id_month=MAY) == MARCH


def test_without_any_paper_it_is_the_month_of_the_id_card() -> None:
    assert recognised_birth(records=(), id_month=MAY) == MAY


def test_two_papers_of_one_day_decide_nothing() -> None:
    day = date(1985, 3, 2)

    with pytest.raises(BirthRecordsDisagree, match="1966-03、1966-05"):
        recognised_birth(records=(said(MAY, on=day), said(MARCH, on=day)), id_month=MARCH)


def test_months_of_periods_that_touch_are_added() -> None:
    first = MonthRange(Month(1985, 3), Month(1990, 1))
    second = MonthRange(Month(1990, 1), Month(1996, 1))

    assert months_of(periods=(second, first)) == 58 + 72


def test_no_month_counts_twice() -> None:
    first = MonthRange(Month(1985, 3), Month(1990, 2))
    second = MonthRange(Month(1990, 1), Month(1996, 1))

    with pytest.raises(PeriodsOverlap):
        months_of(periods=(second, first))
