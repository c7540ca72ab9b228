"""What is owed for a month, why it is held, and what a past month lacks (应发、暂缓、重算)."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.months import Month, MonthRange
from insurance.benefits.assess import (
    NOTHING,
    ComponentFact,
    Correction,
    EntitlementFacts,
    MonthSoFar,
    PaymentFacts,
    correct_month,
    death_month,
    hold_reason,
    parts_for,
)
from insurance.benefits.items import item_ordinals

LONG_AGO, MAY = Month(2020, 1), Month(2026, 5)
BEFORE, AFTER = MAY.previous, MAY.next
REASONS = ("IN_PRISON", "MISSING", "SUSPENDED", "CHECK_MISSED")


def component(
    name: str = "BASIC",
    fen: int = 22_000,
    *,
    start: Month = LONG_AGO,
    end: Month | None = None,
    standing: str = "BASELINE",
) -> ComponentFact:
    return ComponentFact(name, MonthRange(start, end), fen, standing)


def facts(
    *components: ComponentFact,
    start_month: Month = LONG_AGO,
    stops: Sequence[MonthRange] = (),
    died: Month | None = None,
) -> EntitlementFacts:
    """Wang's residents' pension: 220.00 basic, 31.50 from the account."""
    both = components or (component(), component("ACCOUNT", 3_150))
    return EntitlementFacts("170", start_month, both, stops, died)


def payment(
    *,
    death_known: bool = False,
    holds: Mapping[str, Sequence[MonthRange]] | None = None,
    has_account: bool = True,
) -> PaymentFacts:
    return PaymentFacts(death_known, holds or {}, has_account)


def owed(known: EntitlementFacts, month: Month = MAY) -> tuple[int, ...]:
    return parts_for(facts=known, month=month, items=item_ordinals())


def why_held(known: EntitlementFacts, how: PaymentFacts, *, period: Month = MAY) -> str | None:
    return hold_reason(facts=known, payment=how, for_month=MAY, period=period)


def all_holds() -> dict[str, list[MonthRange]]:
    return {reason: [MonthRange(MAY)] for reason in REASONS}


def test_components_add_up_by_expense_item() -> None:
    supplement = component("AGE_SUPPLEMENT", 1_000)

    assert owed(facts(component(), supplement, component("ACCOUNT", 3_150))) == (
        23_000,
        3_150,
        0,
        0,
    )


def test_the_month_of_death_is_paid_and_the_next_is_not() -> None:
    known = facts(died=MAY)

    assert sum(owed(known, MAY)) == 25_150
    assert owed(known, AFTER) == NOTHING


@pytest.mark.parametrize("day", [date(2026, 5, 1), date(2026, 5, 31)])
def test_any_day_of_a_month_makes_it_the_month_of_death(day: date) -> None:
    assert death_month(day) == MAY


def test_who_lives_has_no_month_of_death() -> None:
    assert death_month(None) is None


def test_nothing_is_owed_before_the_start_month() -> None:
    known = facts(start_month=MAY)

    assert owed(known, BEFORE) == NOTHING
    assert sum(owed(known, MAY)) == 25_150


def test_a_stop_takes_its_own_months_only() -> None:
    known = facts(stops=[MonthRange(MAY, AFTER)])

    assert owed(known, MAY) == NOTHING
    assert owed(known, BEFORE) == owed(known, AFTER) == (22_000, 3_150, 0, 0)


def test_a_component_ends_before_the_month_where_the_next_begins() -> None:
    known = facts(component(end=MAY), component(fen=23_000, start=MAY))

    assert (owed(known, BEFORE)[0], owed(known, MAY)[0]) == (22_000, 23_000)


def test_a_component_that_no_expense_item_knows_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        owed(facts(component("TRANSITIONAL")))


def test_nothing_holds_what_may_be_paid() -> None:
    assert why_held(facts(), payment()) is None


def test_the_weightiest_reason_is_named_first() -> None:
    known, holds = facts(component(standing="UNVERIFIED")), all_holds()
    named = [why_held(known, payment(death_known=True, holds=holds, has_account=False))]

    for reason in REASONS:
        named.append(why_held(known, payment(holds=holds, has_account=False)))
        del holds[reason]
    named.append(why_held(known, payment(has_account=False)))
    named.append(why_held(facts(), payment(has_account=False)))

    assert named == ["DIED", *REASONS, "UNVERIFIED", "NO_ACCOUNT"]


@pytest.mark.parametrize("reason", REASONS)
def test_a_hold_counts_from_its_first_month_to_before_its_end(reason: str) -> None:
    how = payment(holds={reason: [MonthRange(MAY, AFTER)]})

    assert why_held(facts(), how, period=BEFORE) is None
    assert why_held(facts(), how, period=MAY) == reason
    assert why_held(facts(), how, period=AFTER) is None


def test_a_hold_looks_at_when_it_is_paid_an_unverified_figure_at_what_for() -> None:
    doubtful = facts(component(end=AFTER, standing="UNVERIFIED"), component(start=AFTER))
    how = payment(holds={"SUSPENDED": [MonthRange(AFTER)]})

    assert why_held(doubtful, payment(), period=AFTER) == "UNVERIFIED"
    assert why_held(facts(), how, period=AFTER) == "SUSPENDED"


def test_a_month_that_agrees_needs_nothing() -> None:
    so_far = MonthSoFar(paid=(100, 20, 0, 0), unpaid={7: (30, 0, 0, 0)})

    assert correct_month(now=(130, 20, 0, 0), so_far=so_far) == Correction()


def test_what_is_missing_becomes_a_difference_beside_what_still_waits() -> None:
    so_far = MonthSoFar(paid=(100, 0, 0, 0), unpaid={7: (30, 0, 0, 0)})

    found = correct_month(now=(150, 5, 0, 0), so_far=so_far)

    assert found == Correction(difference=(20, 5, 0, 0))


def test_what_was_paid_too_much_is_overpaid_to_the_fen() -> None:
    so_far = MonthSoFar(paid=(100, 20, 0, 0), unpaid={})

    assert correct_month(now=(100, 19, 0, 0), so_far=so_far) == Correction(overpaid_fen=1)


def test_a_due_that_was_never_paid_is_cancelled_when_nothing_is_owed() -> None:
    so_far = MonthSoFar(paid=NOTHING, unpaid={9: (5, 0, 0, 0), 7: (100, 0, 0, 0)})

    assert correct_month(now=NOTHING, so_far=so_far) == Correction(cancelled=(7, 9))


def test_a_due_that_was_too_high_is_cancelled_and_what_is_owed_takes_its_place() -> None:
    so_far = MonthSoFar(paid=NOTHING, unpaid={7: (100, 20, 0, 0)})

    found = correct_month(now=(80, 20, 0, 0), so_far=so_far)

    assert found == Correction(cancelled=(7,), difference=(80, 20, 0, 0))


def test_only_what_reached_the_payee_is_overpaid() -> None:
    so_far = MonthSoFar(paid=(100, 0, 0, 0), unpaid={7: (30, 0, 0, 0)})

    found = correct_month(now=(60, 0, 0, 0), so_far=so_far)

    assert found == Correction(cancelled=(7,), overpaid_fen=40)


def test_what_was_paid_and_is_owed_exactly_leaves_only_the_cancelling() -> None:
    so_far = MonthSoFar(paid=(100, 0, 0, 0), unpaid={7: (30, 0, 0, 0)})

    assert correct_month(now=(100, 0, 0, 0), so_far=so_far) == Correction(cancelled=(7,))


def test_between_items_money_moves_only_with_the_sum() -> None:
    so_far = MonthSoFar(paid=(100, 20, 0, 0), unpaid={})

    assert correct_month(now=(90, 30, 0, 0), so_far=so_far) == Correction()
    assert correct_month(now=(90, 31, 0, 0), so_far=so_far).difference == (-10, 11, 0, 0)


def test_what_is_owed_after_all_is_asked_back_no_more_and_not_paid_twice() -> None:
    so_far = MonthSoFar(paid=(100, 0, 0, 0), unpaid={}, overpaid_fen=100)

    assert correct_month(now=(100, 0, 0, 0), so_far=so_far) == Correction(overpaid_fen=-100)


def test_what_the_bank_returned_is_asked_back_no_more() -> None:
    so_far = MonthSoFar(paid=NOTHING, unpaid={7: (100, 0, 0, 0)}, overpaid_fen=100)

    found = correct_month(now=NOTHING, so_far=so_far)

    assert found == Correction(cancelled=(7,), overpaid_fen=-100)


AMOUNTS = st.tuples(*(st.integers(0, 400_000),) * 4)
SO_FAR = st.builds(
    MonthSoFar,
    paid=AMOUNTS,
    unpaid=st.dictionaries(st.integers(1, 9), AMOUNTS.filter(any), max_size=3),
    overpaid_fen=st.integers(0, 400_000),
)


def applied(so_far: MonthSoFar, found: Correction) -> MonthSoFar:
    """What stands once the correction is written."""
    unpaid = dict(so_far.unpaid)
    for due_ref in found.cancelled:
        del unpaid[due_ref]
    if any(found.difference):
        unpaid[10] = found.difference
    return MonthSoFar(so_far.paid, unpaid, so_far.overpaid_fen + found.overpaid_fen)


@given(now=AMOUNTS, so_far=SO_FAR)
def test_after_a_correction_the_month_stands_at_what_is_owed(
    now: tuple[int, ...], so_far: MonthSoFar
) -> None:
    after = applied(so_far, correct_month(now=now, so_far=so_far))

    assert sum(after.paid) + sum(map(sum, after.unpaid.values())) - after.overpaid_fen == sum(now)


@given(now=AMOUNTS, so_far=SO_FAR)
def test_a_second_correction_is_empty(now: tuple[int, ...], so_far: MonthSoFar) -> None:
    after = applied(so_far, correct_month(now=now, so_far=so_far))

    assert correct_month(now=now, so_far=after) == Correction()


@given(now=AMOUNTS, so_far=SO_FAR)
def test_cancelling_never_touches_what_was_paid(now: tuple[int, ...], so_far: MonthSoFar) -> None:
    found = correct_month(now=now, so_far=so_far)

    assert set(found.cancelled) <= set(so_far.unpaid)
    to_give_back = so_far.overpaid_fen + found.overpaid_fen
    assert to_give_back == max(0, sum(so_far.paid) - sum(now))


@given(now=AMOUNTS, so_far=SO_FAR)
def test_nobody_gets_a_difference_and_owes_for_the_same_month(
    now: tuple[int, ...], so_far: MonthSoFar
) -> None:
    found = correct_month(now=now, so_far=so_far)

    assert sum(found.difference) >= 0
    assert so_far.overpaid_fen + found.overpaid_fen == 0 or found.difference == NOTHING


@given(now=AMOUNTS, more=st.integers(1, 10_000), so_far=SO_FAR)
def test_more_is_never_less(now: tuple[int, ...], more: int, so_far: MonthSoFar) -> None:
    """Who is owed more ends with more to come, or with less to give back."""
    richer = (now[0] + more, *now[1:])

    def balance(found: Correction) -> int:
        kept = sum(map(sum, (p for r, p in so_far.unpaid.items() if r not in found.cancelled)))
        return sum(found.difference) + kept - found.overpaid_fen

    less, greater = (correct_month(now=n, so_far=so_far) for n in (now, richer))

    assert balance(greater) == balance(less) + more


@given(
    fen=st.lists(st.integers(1, 500_000), min_size=1, max_size=4),
    extra=st.integers(1, 500_000),
    offset=st.integers(-3, 3),
)
def test_a_component_more_is_never_less_owed(fen: list[int], extra: int, offset: int) -> None:
    some = [component(fen=amount) for amount in fen]
    more = [*some, component("ACCOUNT", extra, start=MAY)]
    month = MAY.plus(offset)

    gained = sum(owed(facts(*more), month)) - sum(owed(facts(*some), month))

    assert gained == (extra if month >= MAY else 0)


@given(offset=st.integers(-6, 6), died=st.integers(-6, 6))
def test_a_death_never_adds_and_never_takes_a_month_up_to_it(offset: int, died: int) -> None:
    month, last = MAY.plus(offset), MAY.plus(died)

    assert owed(facts(died=last), month) == (owed(facts(), month) if month <= last else NOTHING)
