"""Deemed months beside those that were paid for: none twice, and not more than there were."""

import pytest

from backend.kernel.months import Month, MonthRange
from insurance.pension.deemed import DeemedInvalid, check_months, deemed_through

FIRST, LAST = Month(1990, 1), Month(2026, 7)
DEEMED = [MonthRange(Month(1990, 1), Month(1996, 1))]


def check(*, paid: set[Month], earlier: int = 0) -> None:
    check_months(deemed=DEEMED, paid=paid, earlier_months=earlier, first_work=FIRST, last=LAST)


def test_the_month_after_the_last_deemed_one_may_be_paid_for() -> None:
    check(paid={Month(1996, 1), LAST})

    with pytest.raises(DeemedInvalid, match="1995-12 已实际缴费"):
        check(paid={Month(1995, 12), LAST})


def test_all_months_since_the_first_work_may_count_and_not_one_more() -> None:
    check(paid={LAST}, earlier=439 - 72 - 1)

    with pytest.raises(DeemedInvalid, match="共 439 个月，视同和实际缴费却有 440 个月"):
        check(paid={LAST}, earlier=439 - 72)


def test_deemed_months_are_counted_through_a_month() -> None:
    assert deemed_through(deemed=DEEMED, last=Month(1990, 12)) == 12
    assert deemed_through(deemed=DEEMED, last=LAST) == 72
    assert deemed_through(deemed=[], last=LAST) == 0
