"""What prison and disappearance do to the months of a pension, whatever became known first."""

from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest

from backend.kernel.months import Month, MonthRange
from insurance.benefits.life.timeline import (
    MISSING_RULES,
    Form,
    Pay,
    Rule,
    Stretch,
    TimelineInvalid,
    Told,
    form_on,
    is_adjusted,
    rules,
    runs,
    stretches,
)
from insurance.policy import parameters as policy

MARCH, JUNE, AUGUST = Month(2026, 3), Month(2026, 6), Month(2026, 8)
NEXT_MAY = Month(2027, 5)
LAW = rules(
    custody=policy.load().resolve("benefits.custody_forms", "000000", date(2026, 11, 5), demo=False)
)


def by_law(form: Form, month: Month) -> Rule:
    """The law of today, whatever the month."""
    return {**LAW, **MISSING_RULES}[form]


def told(*events: tuple[Form, Month]) -> list[Told]:
    """Each on the twentieth before the month that it counts from."""
    return [
        Told(form, month.previous.first_day.replace(day=20), month, number)
        for number, (form, month) in enumerate(events, 1)
    ]


def after(*events: tuple[Form, Month]) -> tuple[Stretch, ...]:
    return stretches(told=told(*events), by=by_law)


def months(of: Sequence[Stretch], pay: Pay) -> list[MonthRange]:
    return [stretch.months for stretch in runs(of=of, pay=pay)]


def test_a_sentence_served_stops_the_months_until_the_release() -> None:
    found = after((Form.SENTENCED, MARCH), (Form.RELEASED, NEXT_MAY))

    assert months(found, Pay.STOPPED) == [MonthRange(MARCH, NEXT_MAY)]
    assert months(found, Pay.HELD) == []


@pytest.mark.parametrize("form", [Form.CONTROL, Form.PROBATION, Form.OUTSIDE])
def test_who_serves_outside_of_prison_is_paid_without_adjustments(form: Form) -> None:
    found = after((form, MARCH), (Form.RELEASED, NEXT_MAY))

    assert months(found, Pay.STOPPED) == months(found, Pay.HELD) == []
    assert not is_adjusted(of=found, month=Month(2027, 1))


@pytest.mark.parametrize("form", [Form.WANTED, Form.DETAINED])
def test_who_is_at_large_or_detained_is_held_until_it_is_decided(form: Form) -> None:
    found = after((form, MARCH))

    assert months(found, Pay.HELD) == [MonthRange(MARCH)]
    assert months(found, Pay.STOPPED) == []


def test_who_is_acquitted_never_was_held_and_is_adjusted() -> None:
    found = after((Form.WANTED, MARCH), (Form.DETAINED, JUNE), (Form.ACQUITTED, NEXT_MAY))

    assert found == ()
    assert is_adjusted(of=found, month=Month(2027, 1))


def test_an_acquittal_on_retrial_undoes_the_sentence_too() -> None:
    found = after((Form.DETAINED, MARCH), (Form.SENTENCED, JUNE), (Form.ACQUITTED, NEXT_MAY))

    assert found == ()


def test_detention_that_ends_in_a_sentence_is_not_paid() -> None:
    found = after((Form.WANTED, MARCH), (Form.DETAINED, JUNE), (Form.SENTENCED, AUGUST))

    assert months(found, Pay.STOPPED) == [MonthRange(MARCH)]
    assert [stretch.case_id for stretch in runs(of=found, pay=Pay.STOPPED)] == [3]


def test_detention_before_probation_is_not_paid_the_probation_is() -> None:
    found = after((Form.DETAINED, MARCH), (Form.PROBATION, AUGUST))

    assert months(found, Pay.STOPPED) == [MonthRange(MARCH, AUGUST)]


def test_who_leaves_prison_to_serve_outside_is_paid_again() -> None:
    found = after((Form.SENTENCED, MARCH), (Form.OUTSIDE, AUGUST), (Form.RELEASED, NEXT_MAY))

    assert months(found, Pay.STOPPED) == [MonthRange(MARCH, AUGUST)]
    assert not is_adjusted(of=found, month=Month(2027, 1))


def test_the_missing_are_held_until_they_are_found() -> None:
    found = after((Form.MISSING, MARCH), (Form.FOUND, AUGUST))

    assert months(found, Pay.HELD) == [MonthRange(MARCH, AUGUST)]
    assert is_adjusted(of=found, month=JUNE)


def test_an_adjustment_counts_by_its_month_from_the_first_to_before_the_release() -> None:
    found = after((Form.SENTENCED, MARCH), (Form.RELEASED, NEXT_MAY))

    assert [
        is_adjusted(of=found, month=month)
        for month in (MARCH.previous, MARCH, NEXT_MAY.previous, NEXT_MAY)
    ] == [True, False, False, True]


def test_each_sentence_goes_by_the_law_of_its_own_month() -> None:
    """A law that pays prisoners from 2027 on changes nothing of a sentence before."""

    def paid_since_2027(form: Form, month: Month) -> Rule:
        return Rule(Pay.PAID, adjusted=True) if month.year >= 2027 else by_law(form, month)

    events = [
        *told((Form.SENTENCED, MARCH), (Form.RELEASED, AUGUST)),
        Told(Form.SENTENCED, date(2027, 4, 20), NEXT_MAY, 3),
    ]

    found = stretches(told=events, by=paid_since_2027)

    assert months(found, Pay.STOPPED) == [MonthRange(MARCH, AUGUST)]
    assert is_adjusted(of=found, month=NEXT_MAY)


def test_two_sentences_are_two_stretches_of_stopped_months() -> None:
    found = after(
        (Form.SENTENCED, MARCH),
        (Form.RELEASED, JUNE),
        (Form.SENTENCED, AUGUST),
        (Form.RELEASED, NEXT_MAY),
    )

    assert months(found, Pay.STOPPED) == [MonthRange(MARCH, JUNE), MonthRange(AUGUST, NEXT_MAY)]


def test_of_two_events_that_count_from_one_month_the_later_says_how_it_is_paid() -> None:
    events = [
        Told(Form.DETAINED, date(2026, 2, 10), MARCH, 1),
        Told(Form.PROBATION, date(2026, 3, 1), MARCH, 2),
    ]

    found = stretches(told=events, by=by_law)

    assert [(stretch.form, stretch.months) for stretch in found] == [
        (Form.PROBATION, MonthRange(MARCH))
    ]


def test_a_later_event_never_counts_from_an_earlier_month() -> None:
    events = [
        Told(Form.SENTENCED, date(2026, 2, 10), MARCH, 1),
        Told(Form.OUTSIDE, date(2026, 2, 20), MARCH.previous, 2),
    ]

    found = stretches(told=events, by=by_law)

    assert [(stretch.form, stretch.months) for stretch in found] == [
        (Form.OUTSIDE, MonthRange(MARCH))
    ]


def test_in_which_form_a_day_was_lived() -> None:
    events = told((Form.DETAINED, MARCH), (Form.SENTENCED, AUGUST), (Form.RELEASED, NEXT_MAY))
    days = [date(2026, 2, 19), date(2026, 2, 20), date(2026, 7, 20), date(2027, 4, 20)]

    forms = [form_on(told=events, day=day) for day in days]

    assert forms == [None, Form.DETAINED, Form.SENTENCED, None]


def test_who_was_acquitted_never_lived_in_prison() -> None:
    events = told((Form.SENTENCED, MARCH), (Form.ACQUITTED, AUGUST))

    assert form_on(told=events, day=date(2026, 5, 1)) is None


def test_what_becomes_known_first_never_matters() -> None:
    events = told(
        (Form.WANTED, Month(2025, 12)),
        (Form.DETAINED, MARCH),
        (Form.SENTENCED, JUNE),
        (Form.OUTSIDE, AUGUST),
        (Form.RELEASED, NEXT_MAY),
    )
    wanted = stretches(told=events, by=by_law)

    assert all(stretches(told=order, by=by_law) == wanted for order in permutations(events))


@pytest.mark.parametrize(
    "events",
    [
        [(Form.RELEASED, MARCH)],
        [(Form.ACQUITTED, MARCH)],
        [(Form.FOUND, MARCH)],
        [(Form.SENTENCED, MARCH), (Form.DETAINED, MARCH)],
        [(Form.DETAINED, MARCH), (Form.RELEASED, JUNE)],
        [(Form.WANTED, MARCH), (Form.RELEASED, JUNE)],
        [(Form.SENTENCED, MARCH), (Form.RELEASED, JUNE), (Form.RELEASED, AUGUST)],
    ],
)
def test_events_that_do_not_follow_on_each_other_are_refused(
    events: list[tuple[Form, Month]],
) -> None:
    with pytest.raises(TimelineInvalid):
        after(*events)
