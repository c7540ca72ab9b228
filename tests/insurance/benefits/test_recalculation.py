"""A past month is computed again when more is known (重算): f(known now) − f(paid so far)."""

from datetime import date

import pytest

from backend.kernel.months import Month
from backend.people.supersede import replace_from
from insurance.benefits.models import Cancelled, Component, Due, Entitlement, Overpaid
from payments.ledger.models import MemoEntry
from payments.models import Attempt, Discrepancy, ReturnFile, Withdrawn
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import (
    DECEMBER,
    JANUARY,
    NOVEMBER,
    OCTOBER,
    PENSION,
)

pytestmark = pytest.mark.django_db
REGULAR, DIFFERENCE = 1, 2
PAID, RETURNED = 8, 9


def overpaid(of: Entitlement) -> list[tuple[Month, int]]:
    found = Overpaid.objects.filter(entitlement=of).order_by("for_month")
    return [(Month.of(row.for_month), row.fen) for row in found]


def cancelled() -> list[int]:
    return list(Cancelled.objects.order_by("due").values_list("due", flat=True))


def due_ref(of: Entitlement, for_month: Month = NOVEMBER) -> int:
    return Due.objects.get(entitlement=of, for_month=for_month.first_day).due_ref


def paid_november() -> Entitlement:
    """Wang's November is sealed and paid."""
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), PAID)
    return wang


def returned_november() -> Entitlement:
    """Wang's November came back from the bank."""
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), RETURNED)
    return wang


def called_paid(of: Entitlement) -> Discrepancy:
    """The bank also calls Wang's returned November paid; nobody has decided yet."""
    line = m.line(of)
    return Discrepancy.objects.create(
        batch_id=line.batch_id,
        return_file=ReturnFile.objects.get(),
        kind="EXTRA",
        ref=f"{line.due_ref}-{line.n}",
        due_ref=line.due_ref,
        n=line.n,
        proposal="QUERY_BANK",
        owner_role="FINANCE",
    )


def held_november() -> Entitlement:
    """Wang's November was held."""
    wang = m.entitlement()
    m.hold(of=wang)
    m.sealed()
    return wang


def test_a_raise_from_months_back_is_owed_month_by_month() -> None:
    wang = m.entitlement()
    m.raise_basic(of=wang, to_fen=24_000, since=Month(2026, 9))

    m.computed()

    assert m.dues(wang) == [
        (Month(2026, 9), DIFFERENCE, 2_000),
        (OCTOBER, DIFFERENCE, 2_000),
        (NOVEMBER, REGULAR, m.PENSION_FEN + 2_000),
    ]


def test_what_a_decision_replaces_still_tells_what_the_old_system_paid() -> None:
    """All that it writes carries its case, also the months before it: those were not paid twice."""
    wang = m.entitlement()
    current = Component.objects.filter(entitlement=wang, component="BASIC", superseded_at=None)
    raised = Component(entitlement=wang, component="BASIC", fen=24_000, standing="DECIDED")

    replace_from(
        current=current, successor=raised, from_date=OCTOBER.first_day, case_id=m.SOME_CASE
    )
    m.computed()

    written = current.order_by("valid").values_list("fen", "case_id")
    assert list(written) == [(22_000, m.SOME_CASE), (24_000, m.SOME_CASE)]
    assert m.dues(wang) == [
        (OCTOBER, DIFFERENCE, 2_000),
        (NOVEMBER, REGULAR, m.PENSION_FEN + 2_000),
    ]


def test_a_difference_is_found_once() -> None:
    wang = paid_november()
    m.raise_basic(of=wang, to_fen=24_000, since=NOVEMBER)

    m.sealed(DECEMBER)
    m.computed(JANUARY)

    assert (NOVEMBER, DIFFERENCE, 2_000) in m.dues(wang, DECEMBER)
    assert m.dues(wang, JANUARY) == [(JANUARY, REGULAR, m.PENSION_FEN + 2_000)]


def test_a_second_correction_is_owed_on_top_of_the_first() -> None:
    wang = paid_november()
    m.raise_basic(of=wang, to_fen=24_000, since=NOVEMBER)
    m.sealed(DECEMBER)
    m.raise_basic(of=wang, to_fen=24_001, since=NOVEMBER)

    m.computed(JANUARY)

    assert m.dues(wang, JANUARY)[:2] == [(NOVEMBER, DIFFERENCE, 1), (DECEMBER, DIFFERENCE, 1)]


def test_months_the_old_system_did_not_pay_are_owed() -> None:
    wang = m.entitlement(paid_through=Month(2026, 8))

    m.computed()

    assert [month for month, _, _ in m.dues(wang)] == [Month(2026, 9), OCTOBER, NOVEMBER]


def test_a_new_pension_is_owed_from_its_start_month() -> None:
    wang = m.entitlement(start=OCTOBER, paid_through=None)

    m.computed()

    assert [month for month, _, _ in m.dues(wang)] == [OCTOBER, NOVEMBER]


def test_a_late_death_makes_what_was_paid_after_it_overpaid() -> None:
    wang = paid_november()
    m.death(of=wang, on=date(2026, 9, 30))

    m.sealed(DECEMBER)

    assert overpaid(wang) == [(OCTOBER, m.PENSION_FEN), (NOVEMBER, m.PENSION_FEN)]
    assert m.dues(wang, DECEMBER) == []
    assert cancelled() == []


def test_the_month_of_a_late_death_was_rightly_paid() -> None:
    wang = paid_november()
    m.death(of=wang, on=NOVEMBER.first_day)

    m.computed(DECEMBER)

    assert overpaid(wang) == []


def test_what_is_overpaid_stands_in_the_memo_register_of_its_fund() -> None:
    wang = paid_november()
    m.death(of=wang, on=date(2026, 9, 30))

    m.sealed(DECEMBER)

    entry = MemoEntry.objects.get()
    assert (entry.book_id, entry.party_id) == (wang.book_id, wang.person_id)
    assert entry.fen == 2 * m.PENSION_FEN


def test_overpaid_is_found_once() -> None:
    wang = paid_november()
    m.death(of=wang, on=date(2026, 10, 1))

    m.sealed(DECEMBER)
    m.sealed(JANUARY)

    assert overpaid(wang) == [(NOVEMBER, m.PENSION_FEN)]


def test_overpaid_is_never_set_off_against_what_is_due() -> None:
    wang = paid_november()
    m.raise_basic(of=wang, to_fen=20_000, since=NOVEMBER)

    m.computed(DECEMBER)

    assert overpaid(wang) == [(NOVEMBER, 2_000)]
    assert m.dues(wang, DECEMBER) == [(DECEMBER, REGULAR, m.PENSION_FEN - 2_000)]


def test_a_held_due_is_cancelled_by_a_death_before_its_month() -> None:
    wang = held_november()
    m.death(of=wang, on=date(2026, 10, 31))

    m.computed(DECEMBER)

    assert cancelled() == [due_ref(wang)]
    assert m.held_reasons(wang, DECEMBER) == []
    assert overpaid(wang) == []


def test_a_held_due_of_the_month_of_death_stays_for_the_heirs() -> None:
    wang = held_november()
    m.death(of=wang, on=date(2026, 11, 2))

    m.computed(DECEMBER)

    assert cancelled() == []
    assert m.held_reasons(wang, DECEMBER) == ["DIED"]


def test_a_due_that_was_too_high_and_never_paid_is_replaced() -> None:
    wang = held_november()
    m.raise_basic(of=wang, to_fen=20_000, since=NOVEMBER)

    m.computed(DECEMBER)

    assert len(cancelled()) == 1
    assert m.dues(wang, DECEMBER)[0] == (NOVEMBER, DIFFERENCE, m.PENSION_FEN - 2_000)
    assert m.held_reasons(wang, DECEMBER) == ["SUSPENDED"] * 2


def test_a_returned_due_that_is_not_owed_is_cancelled_and_not_paid_again() -> None:
    wang = returned_november()
    m.death(of=wang, on=date(2026, 10, 31))

    m.computed(DECEMBER)

    assert cancelled() == [due_ref(wang)]
    assert list(Withdrawn.objects.values_list("due_ref", flat=True)) == [due_ref(wang)]
    assert overpaid(wang) == []


def test_a_returned_due_that_may_be_paid_waits_until_that_is_decided() -> None:
    wang = returned_november()
    told = called_paid(wang)
    m.death(of=wang, on=date(2026, 10, 31))

    m.computed(DECEMBER)

    assert (cancelled(), Withdrawn.objects.count()) == ([], 0)
    assert overpaid(wang) == [(NOVEMBER, m.PENSION_FEN)]
    told.refresh_from_db()
    assert told.closed_at is None


def test_once_the_return_stands_the_next_run_withdraws_it_and_asks_for_nothing_back() -> None:
    wang = returned_november()
    told = called_paid(wang)
    m.death(of=wang, on=date(2026, 10, 31))
    m.sealed(DECEMBER)
    Discrepancy.objects.filter(pk=told.pk).update(decision="CLEARED", closed_at=builders.NOW)

    m.computed(JANUARY)

    assert list(Withdrawn.objects.values_list("due_ref", flat=True)) == [due_ref(wang)]
    assert sum(fen for _, fen in overpaid(wang)) == 0


def test_a_returned_due_that_is_still_owed_is_left_to_the_reissue() -> None:
    wang = returned_november()
    m.raise_basic(of=wang, to_fen=24_000, since=NOVEMBER)

    m.computed(DECEMBER)

    assert cancelled() == []
    assert m.dues(wang, DECEMBER)[0] == (NOVEMBER, DIFFERENCE, 2_000)


def test_a_line_the_bank_has_not_answered_counts_as_paid() -> None:
    wang = m.entitlement()
    m.sealed()
    m.death(of=wang, on=date(2026, 10, 31))

    m.computed(DECEMBER)

    assert overpaid(wang) == [(NOVEMBER, m.PENSION_FEN)]
    assert cancelled() == []


def test_a_stop_taken_back_is_paid_after_all() -> None:
    wang = m.entitlement()
    stop = m.stop(of=wang, since=NOVEMBER)
    m.sealed()
    m.supersede(stop)

    m.computed(DECEMBER)

    assert m.dues(wang) == []
    assert m.dues(wang, DECEMBER) == [
        (NOVEMBER, DIFFERENCE, m.PENSION_FEN),
        (DECEMBER, REGULAR, m.PENSION_FEN),
    ]


def test_who_was_falsely_dead_gets_the_months_that_were_not_paid() -> None:
    wang = m.entitlement()
    false = m.death(of=wang, on=date(2026, 10, 31))
    m.sealed()
    m.supersede(false)

    m.computed(DECEMBER)

    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [NOVEMBER, DECEMBER]
    assert Attempt.objects.filter(payee_id=wang.person_id).count() == 2


def test_a_difference_for_a_month_of_unverified_figures_is_held() -> None:
    wang = m.entitlement(components={"BASIC": 22_000})
    m.component(
        of=wang,
        name="ACCOUNT",
        fen=500,
        start=OCTOBER,
        end=NOVEMBER,
        standing="UNVERIFIED",
        case_id=m.SOME_CASE,
    )

    m.computed()

    assert m.dues(wang) == [(OCTOBER, DIFFERENCE, 500), (NOVEMBER, REGULAR, 22_000)]
    assert m.held_reasons(wang) == ["UNVERIFIED"]


def test_months_before_a_raise_are_not_computed_again() -> None:
    wang = paid_november()
    m.raise_basic(of=wang, to_fen=24_000, since=Month(2026, 9))

    run = m.opened(DECEMBER)

    assert [change.from_month for change in run.runchange_set.all()] == [date(2026, 9, 1)]


def test_an_amount_that_is_replaced_by_the_same_one_is_not_computed_again() -> None:
    wang = paid_november()
    m.raise_basic(of=wang, to_fen=PENSION["BASIC"], since=m.LONG_AGO)

    assert not m.opened(DECEMBER).runchange_set.exists()


def test_nobody_else_is_computed_again() -> None:
    wang, li = m.entitlement(), m.entitlement(of=builders.li())
    m.sealed()
    m.raise_basic(of=wang, to_fen=24_000, since=NOVEMBER)

    run = m.computed(DECEMBER)

    assert [change.entitlement_id for change in run.runchange_set.all()] == [wang.id]
    assert m.dues(li, DECEMBER) == [(DECEMBER, REGULAR, m.PENSION_FEN)]
