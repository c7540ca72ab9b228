"""Individuals leave gaps, employers arrears; the last day to pay."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import DateRange, Month
from backend.kernel.parameters import NotConfigured
from insurance.collection.rules.gaps import (
    Gap,
    GapClosed,
    GapState,
    OwnMonth,
    check_may_fill,
    find_gaps,
)
from insurance.collection.rules.last_days import Due, by_last_day
from insurance.collection.rules.late_fee import Deferred
from insurance.collection.rules.pay_by import CountedFrom, PayBy, pay_by_rule
from insurance.collection.rules.remainder import Remainder, split_remainder
from insurance.policy import parameters
from tests.insurance.collection.collection_builders import ANQING, NOV, resolved

PAY_BY = date(2026, 12, 31)
AFTER = date(2027, 1, 1)


def own(month: Month, matched_fen: int = 0, pay_by: date = PAY_BY) -> OwnMonth:
    paid = [(date(2026, 11, 5), matched_fen)]
    return OwnMonth(month, by_last_day(billed=[(pay_by, 100_000)], paid=paid))


def test_a_month_paid_in_full_is_no_gap_and_one_paid_in_part_is_one_of_the_rest() -> None:
    found = find_gaps(months=[own(NOV, 40_000), own(NOV.previous, 100_000)], today=PAY_BY)

    assert [(gap.month, gap.fen) for gap in found] == [(NOV, 60_000)]


@pytest.mark.parametrize(("today", "state"), [(PAY_BY, GapState.OPEN), (AFTER, GapState.CLOSED)])
def test_a_gap_may_be_filled_up_to_its_last_day(today: date, state: GapState) -> None:
    assert find_gaps(months=[own(NOV)], today=today)[0].state is state


def test_a_gap_is_not_filled_after_its_last_day() -> None:
    check_may_fill(month=NOV, pay_by=PAY_BY, today=PAY_BY)

    with pytest.raises(GapClosed, match="2026-11 的缴费截止日是 2026-12-31"):
        check_may_fill(month=NOV, pay_by=PAY_BY, today=AFTER)


def test_a_month_that_is_lost_and_billed_more_later_is_lost_and_may_be_paid_the_more() -> None:
    twice = OwnMonth(NOV, (Due(PAY_BY, 90_000), Due(AFTER, 500), Due(PAY_BY, 70)))

    found = find_gaps(months=[twice], today=AFTER)

    assert found == (
        Gap(NOV, 90_070, PAY_BY, GapState.CLOSED),
        Gap(NOV, 500, AFTER, GapState.OPEN),
    )


@pytest.mark.parametrize(
    ("rule", "month", "expected"),
    [
        ((CountedFrom.MONTH, 0, 25), NOV, date(2026, 11, 25)),
        ((CountedFrom.MONTH, 1, 31), Month(2027, 1), date(2027, 2, 28)),
        ((CountedFrom.MONTH, 1, 31), Month(2028, 1), date(2028, 2, 29)),
        ((CountedFrom.YEAR, 0, 31), NOV, date(2026, 12, 31)),
        ((CountedFrom.YEAR, -12, 31), Month(2026, 1), date(2025, 12, 31)),
    ],
)
def test_the_last_day_to_pay(
    rule: tuple[CountedFrom, int, int], month: Month, expected: date
) -> None:
    assert PayBy(*rule, resolved(1)).last_day(month) == expected


@pytest.mark.parametrize(
    ("kind", "scheme", "expected"),
    [
        ("EMPLOYED", "110", date(2026, 11, 25)),
        ("FLEXIBLE", "310", date(2026, 12, 31)),
        ("RESIDENT", "170", date(2026, 12, 31)),
        ("RESIDENT", "390", date(2025, 12, 31)),
    ],
)
def test_days_to_pay_of_the_demonstration(kind: str, scheme: str, expected: date) -> None:
    def rule(*, demo: bool) -> PayBy:
        return pay_by_rule(
            tree=parameters.load(),
            kind=kind,
            scheme=scheme,
            region=ANQING,
            month=NOV,
            demo=demo,
        )

    assert rule(demo=True).last_day(NOV) == expected
    with pytest.raises(NotConfigured, match="缴费截止日"):
        rule(demo=False)


def split(kind: str, today: date, matched_fen: int = 30, *deferred: Deferred) -> Remainder:
    return split_remainder(
        kind=kind,
        billed_fen=100,
        matched_fen=matched_fen,
        pay_by=PAY_BY,
        today=today,
        deferred=deferred,
    )


def test_employers_fall_into_arrears_the_day_after() -> None:
    assert split("EMPLOYED", PAY_BY) == Remainder(not_yet_due_fen=70)
    assert split("EMPLOYED", AFTER) == Remainder(arrears_fen=70)


def test_what_is_deferred_is_no_arrears_while_it_lasts() -> None:
    deferred = Deferred(DateRange(PAY_BY, date(2027, 2, 1)), 50)

    assert split("EMPLOYED", AFTER, 30, deferred) == Remainder(deferred_fen=50, arrears_fen=20)
    assert split("EMPLOYED", date(2027, 2, 1), 30, deferred) == Remainder(arrears_fen=70)


@pytest.mark.parametrize("kind", ["FLEXIBLE", "RESIDENT"])
@pytest.mark.parametrize("today", [PAY_BY, AFTER])
def test_individuals_leave_gaps(kind: str, today: date) -> None:
    assert split(kind, today) == Remainder(gap_fen=70)


@given(
    st.sampled_from(["EMPLOYED", "FLEXIBLE", "RESIDENT"]),
    st.integers(0, 100),
    st.integers(0, 300),
    st.sampled_from([PAY_BY, AFTER]),
)
def test_billed_is_matched_and_all_that_is_left(
    kind: str, matched_fen: int, deferred_fen: int, today: date
) -> None:
    deferred = Deferred(DateRange(date(2026, 1, 1)), deferred_fen)

    left = split(kind, today, matched_fen, deferred)

    parts = (left.not_yet_due_fen, left.deferred_fen, left.arrears_fen, left.gap_fen)
    assert matched_fen + sum(parts) == 100
    assert min(parts) >= 0


def test_no_more_is_matched_than_billed() -> None:
    with pytest.raises(ValueError, match="no more is matched"):
        split("EMPLOYED", AFTER, 101)
