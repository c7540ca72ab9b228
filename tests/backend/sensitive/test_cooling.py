"""A sensitive change counts when it has cooled, or when something waives that: never before."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.sensitive.cooling import (
    Before,
    Change,
    Confirmation,
    Cooling,
    CoolingNotConfigured,
    Waiver,
    counts,
)

DECIDED = date(2026, 11, 5)
WEEK = Cooling(7, tuple(Waiver), Standing.DEMO)
MONTH = Cooling(30, (), Standing.DEMO)
CONFIRMED = Confirmation(number_and_name=True, own_card=True)
PLAIN = Change(DECIDED, DECIDED, own=True, before=Before.OTHER)

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
coolings = st.builds(
    Cooling,
    st.integers(0, 60),
    st.lists(st.sampled_from(Waiver), unique=True).map(tuple),
    st.just(Standing.DEMO),
)
changes = st.builds(
    Change,
    from_date=days,
    decided_on=days,
    own=st.booleans(),
    before=st.sampled_from(Before),
    confirmation=st.none() | st.builds(Confirmation, st.booleans(), st.booleans()),
    double_changed_on=st.none() | days,
    of_another=st.booleans(),
)


@pytest.mark.parametrize("before", [one for one in Before if one is not Before.SAME])
def test_nothing_waives_what_goes_to_the_account_of_somebody_else(before: Before) -> None:
    change = replace(PLAIN, before=before, confirmation=CONFIRMED, of_another=True)

    assert counts(change=change, cooling=WEEK, double=MONTH).waiver is None


def test_a_change_cools_for_the_days_after_its_decision() -> None:
    counting = counts(change=PLAIN, cooling=WEEK, double=MONTH)

    assert counting.cools_until == counting.from_date == date(2026, 11, 12)
    assert counting.waiver is None


def test_a_change_asked_for_later_counts_later() -> None:
    later = replace(PLAIN, from_date=date(2026, 12, 1))

    counting = counts(change=later, cooling=WEEK, double=MONTH)

    assert (counting.cools_until, counting.from_date) == (date(2026, 11, 12), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("change", "waiver"),
    [
        (replace(PLAIN, before=Before.NOTHING), Waiver.NOTHING_BEFORE),
        (replace(PLAIN, before=Before.SAME), Waiver.SAME_ACCOUNT),
        (replace(PLAIN, before=Before.SAME, own=False), Waiver.SAME_ACCOUNT),
        (replace(PLAIN, confirmation=CONFIRMED), Waiver.BANK_CONFIRMED_CARD),
        (
            replace(PLAIN, before=Before.REFUSED, confirmation=Confirmation(True, False)),
            Waiver.BANK_CONFIRMED_AFTER_RETURN,
        ),
        (PLAIN, None),
        (replace(PLAIN, before=Before.ENDED), None),
        (replace(PLAIN, before=Before.REFUSED), None),
        (replace(PLAIN, before=Before.NOTHING, own=False), None),
        (replace(PLAIN, confirmation=Confirmation(True, False)), None),
        (replace(PLAIN, confirmation=Confirmation(False, True)), None),
        (replace(PLAIN, before=Before.REFUSED, confirmation=Confirmation(False, True)), None),
        (replace(PLAIN, confirmation=CONFIRMED, own=False), None),
    ],
)
def test_what_waives_the_cooling(change: Change, waiver: Waiver | None) -> None:
    assert counts(change=change, cooling=WEEK, double=MONTH).waiver is waiver


def test_nothing_is_waived_that_the_table_does_not_name() -> None:
    strict = replace(WEEK, waived_by=(Waiver.BANK_CONFIRMED_AFTER_RETURN,))

    counting = counts(change=replace(PLAIN, confirmation=CONFIRMED), cooling=strict, double=MONTH)

    assert counting.waiver is None


def test_of_somebody_doubly_changed_nothing_is_waived_for_a_while() -> None:
    confirmed = replace(PLAIN, confirmation=CONFIRMED, double_changed_on=date(2026, 11, 1))

    within = counts(change=confirmed, cooling=WEEK, double=MONTH)
    after = counts(
        change=replace(confirmed, decided_on=date(2026, 12, 1)), cooling=WEEK, double=MONTH
    )

    assert (within.waiver, within.cools_until) == (None, date(2026, 12, 1))
    assert after.waiver is Waiver.BANK_CONFIRMED_CARD


def test_where_nobody_said_how_long_only_a_waiver_lets_a_change_count() -> None:
    confirmed = counts(change=replace(PLAIN, confirmation=CONFIRMED), cooling=None, double=None)

    assert confirmed.waiver is Waiver.BANK_CONFIRMED_CARD
    with pytest.raises(CoolingNotConfigured):
        counts(change=PLAIN, cooling=None, double=MONTH)
    with pytest.raises(CoolingNotConfigured):
        counts(change=replace(PLAIN, double_changed_on=DECIDED), cooling=WEEK, double=None)


@given(changes, coolings, coolings)
def test_a_change_counts_no_earlier_than_it_cooled_or_was_asked_for(
    change: Change, cooling: Cooling, double: Cooling
) -> None:
    counting = counts(change=change, cooling=cooling, double=double)

    assert counting.from_date >= change.from_date
    assert (counting.waiver is None) is (counting.cools_until is not None)
    if counting.cools_until is not None:
        assert counting.from_date >= counting.cools_until
        assert counting.cools_until >= change.decided_on + timedelta(days=cooling.days)
    else:
        assert counting.waiver in cooling.waived_by
        assert change.own or counting.waiver is Waiver.SAME_ACCOUNT


@given(changes, coolings, coolings)
def test_without_a_word_of_the_bank_only_what_moves_no_money_elsewhere_is_waived(
    change: Change, cooling: Cooling, double: Cooling
) -> None:
    unsaid = replace(change, confirmation=None)

    waiver = counts(change=unsaid, cooling=cooling, double=double).waiver

    assert waiver in (None, Waiver.NOTHING_BEFORE, Waiver.SAME_ACCOUNT)


@given(changes, coolings, coolings, st.integers(1, 30))
def test_a_longer_cooling_never_lets_a_change_count_earlier(
    change: Change, cooling: Cooling, double: Cooling, more: int
) -> None:
    longer = replace(cooling, days=cooling.days + more)

    first = counts(change=change, cooling=cooling, double=double)
    second = counts(change=change, cooling=longer, double=double)

    assert second.from_date >= first.from_date
    assert second.waiver is first.waiver


@given(changes, coolings, coolings)
def test_within_the_days_after_a_double_change_no_account_counts(
    change: Change, cooling: Cooling, double: Cooling
) -> None:
    if change.double_changed_on is None:
        return
    end = change.double_changed_on + timedelta(days=double.days)

    counting = counts(change=change, cooling=cooling, double=double)

    assert change.decided_on >= end or (counting.waiver is None and counting.from_date >= end)
