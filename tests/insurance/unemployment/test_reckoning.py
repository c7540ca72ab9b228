"""Months and amounts of a claim come with every step (失业保险金核定的计算)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kernel.dated import Standing
from backend.kernel.months import Month, MonthRange
from insurance.policy import parameters
from insurance.policy.recompute import first_wrong
from insurance.policy.retirement import Category
from insurance.unemployment.reckoning import (
    Before,
    CategoryNeeded,
    Given,
    Reckoned,
    claim_terms,
    reckon,
)
from insurance.unemployment.schedule import Segment, amounts_of, schedule

ANQING, NOV = "340800", Month(2026, 11)
ZHAO = Given(registration_month=NOV, months_here=10, earlier_months=60, birth_month=Month(1979, 2))


def reckoned(facts: Given = ZHAO) -> Reckoned:
    terms = claim_terms(
        tree=parameters.load(), region=ANQING, month=facts.registration_month, conditions=()
    )
    return reckon(given=facts, terms=terms)


def results(found: Reckoned) -> dict[str, str]:
    return {step.name: step.result for step in found.steps}


def test_months_here_and_by_papers_count_together() -> None:
    found = reckoned()

    assert (found.duration.months, found.monthly_fen) == (14, 1_737_00)
    assert results(found) == {
        "缴费月数": "70",
        "按缴费时间的月数": "14",
        "失业保险金月标准": "1737.00",
    }


def test_what_was_left_of_the_spell_before_is_drawn_with_it() -> None:
    found = reckoned(replace(ZHAO, earlier_months=0, months_here=24, before=Before(14, 2)))

    assert found.duration.months == 6 + 12
    assert results(found)["上次未领的月数"] == "12"


def test_a_spell_that_went_on_until_near_retirement_leaves_nothing() -> None:
    assert Before(granted_months=14, drawn_months=20).unused_months == 0


def test_months_left_elsewhere_count_by_papers() -> None:
    assert reckoned(replace(ZHAO, earlier_unused=3)).duration.months == 17


def test_an_amount_that_changes_meanwhile_makes_two_segments() -> None:
    found = reckoned(replace(ZHAO, registration_month=Month(2022, 12)))

    assert found.segments[0].months == MonthRange(Month(2022, 12), Month(2023, 3))
    assert [one.amount.fen for one in found.segments] == [1_350_00, 1_737_00]
    assert found.monthly_fen == 1_350_00
    assert results(found)["2023年3月起的失业保险金月标准"] == "1737.00"


def test_the_category_is_asked_for_only_where_it_matters() -> None:
    near = replace(ZHAO, birth_month=Month(1966, 12))

    with pytest.raises(CategoryNeeded):
        reckoned(near)

    by_category = reckoned(replace(near, category=Category.M60))
    assert by_category.duration.pension_by_fund is not None
    assert reckoned(ZHAO).duration.claim.retirement is None


def test_who_is_near_retirement_draws_until_then() -> None:
    found = reckoned(replace(ZHAO, birth_month=Month(1967, 12), category=Category.M60))

    until = found.duration.claim.retirement
    assert until is not None
    assert found.duration.end == until.month.next  # from which on the pension is due
    assert found.duration.months > found.duration.regular_months == 14
    assert found.segments[-1].months.end == until.month.next


def test_the_claim_is_no_more_reliable_than_its_weakest_figure() -> None:
    assert reckoned().standing is Standing.UNVERIFIED


@settings(max_examples=60, deadline=None)
@given(
    paid=st.integers(12, 400),
    drawn=st.integers(0, 24),
    granted=st.integers(0, 24),
    birth=st.integers(0, 40 * 12),
    month=st.integers(0, 60),
)
def test_every_claim_can_be_computed_again(
    paid: int, drawn: int, granted: int, birth: int, month: int
) -> None:
    facts = Given(
        registration_month=Month(2022, 1).plus(month),
        months_here=paid // 2,
        earlier_months=paid - paid // 2,
        birth_month=Month(1967, 1).plus(birth),
        category=Category.M60,
        before=Before(granted, drawn),
    )

    found = reckoned(facts)

    assert first_wrong(steps=found.steps) is None
    months = [month for one in found.segments for month in one.months.months()]
    assert len(months) == len(set(months)) == found.duration.months
    assert all(
        one.amount.fen == amounts_of(tree=parameters.load(), region=ANQING)(month).fen
        for one in found.segments
        for month in one.months.months()
    )


def test_a_schedule_of_one_amount_is_one_segment() -> None:
    amount_of = amounts_of(tree=parameters.load(), region=ANQING)

    found = schedule(months=MonthRange(NOV, Month(2027, 5)), amount_of=amount_of)

    assert found == (Segment(MonthRange(NOV, Month(2027, 5)), amount_of(NOV)),)
