"""Who was taken for dead is alive again the same day, and the next run pays what he missed
(“被死亡”更正)."""

from datetime import date

import pytest

from backend.cases.decide import SamePerson, decide
from backend.cases.models import Case
from backend.people import deaths
from insurance.benefits.invariants import broken_promises
from insurance.benefits.models import Overpaid
from payments.ledger.models import MemoEntry
from tests import builders
from tests.builders import Member
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER, OCTOBER

pytestmark = pytest.mark.django_db
ACTS = {"DEATH": deaths.confirm, "DEATH_WITHDRAWAL": deaths.withdraw}
PAID = 8


def answer(case: Case, *, by: Member | None = None) -> Case:
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=(by or builders.member(role="REVIEWER")).key,
        role="REVIEWER",
        now=builders.NOW,
        acts=ACTS,
    )


def told_dead(*, on: date) -> Case:
    """A village reports that Wang died."""
    content = {
        "death_date": on.isoformat(),
        "source": "OFFICE",
        "evidence": "村里口头报告(演示)",
        "received_date": "2026-11-05",
    }
    case = builders.case(kind="DEATH", content=content)
    deaths.begin(case)
    return case


def undone(told: Case) -> None:
    """Wang comes to the window: one takes it in, another undoes it, within the day."""
    answer(builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": told.pk}))


def broken() -> list[str]:
    return [row.promise for row in broken_promises()]


def test_a_false_report_undone_before_the_run_costs_nothing() -> None:
    wang = m.entitlement()

    undone(told_dead(on=date(2026, 11, 1)))
    m.sealed()

    assert m.held_reasons(wang) == []
    assert m.line(wang).fen == m.PENSION_FEN


def test_a_month_held_by_a_false_report_is_paid_by_the_next_run() -> None:
    wang = m.entitlement()
    told = told_dead(on=date(2026, 11, 1))
    m.sealed()
    assert m.held_reasons(wang) == ["DIED"]

    undone(told)
    m.sealed(DECEMBER)

    assert m.line(wang).fen == m.line(wang, for_month=DECEMBER).fen == m.PENSION_FEN
    assert m.held_reasons(wang, DECEMBER) == []
    assert broken() == []


def test_months_that_a_confirmed_false_death_ended_are_paid_by_the_next_run() -> None:
    wang = m.entitlement()
    told = told_dead(on=date(2026, 10, 31))
    answer(told)
    m.sealed()
    assert m.dues(wang) == []

    undone(told)
    m.sealed(DECEMBER)

    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [NOVEMBER, DECEMBER]
    assert m.line(wang).fen == m.line(wang, for_month=DECEMBER).fen == m.PENSION_FEN
    assert broken() == []


def test_who_was_asked_to_give_back_what_came_after_a_false_death_owes_nothing_any_more() -> None:
    wang = m.entitlement()
    m.sealed()
    m.answered(m.line(wang), PAID)
    told = told_dead(on=date(2026, 10, 31))
    answer(told)
    m.sealed(DECEMBER)
    assert sum(Overpaid.objects.values_list("fen", flat=True)) == m.PENSION_FEN

    undone(told)
    m.sealed(JANUARY)

    assert sum(Overpaid.objects.values_list("fen", flat=True)) == 0
    assert sum(MemoEntry.objects.values_list("fen", flat=True)) == 0
    assert [month for month, _, _ in m.dues(wang, JANUARY)] == [DECEMBER, JANUARY]
    assert broken() == []


def test_a_death_undone_and_then_true_pays_up_to_its_month_and_no_more() -> None:
    wang = m.entitlement()
    told = told_dead(on=date(2026, 10, 31))
    answer(told)
    undone(told)
    answer(told_dead(on=date(2026, 11, 3)))

    m.sealed()
    m.sealed(DECEMBER)

    assert [month for month, _, _ in m.dues(wang)] == [NOVEMBER]
    assert m.dues(wang, DECEMBER) == []
    assert m.held_reasons(wang, DECEMBER) == ["DIED"]  # for the heirs


def test_a_false_death_before_what_the_old_system_paid_is_undone_too() -> None:
    wang = m.entitlement()
    told = told_dead(on=date(2026, 8, 31))
    answer(told)
    m.sealed()
    assert sum(Overpaid.objects.values_list("fen", flat=True)) == 2 * m.PENSION_FEN

    undone(told)
    m.sealed(DECEMBER)

    assert sum(Overpaid.objects.values_list("fen", flat=True)) == 0
    assert [month for month, _, _ in m.dues(wang, DECEMBER)] == [NOVEMBER, DECEMBER]
    assert OCTOBER.first_day not in {d.for_month for d in wang.due_set.all()}


def test_nobody_undoes_a_death_alone() -> None:
    m.entitlement()
    told = told_dead(on=date(2026, 11, 1))
    clerk = builders.member(role="REVIEWER")
    undoing = builders.case(
        kind="DEATH_WITHDRAWAL",
        content={"death_case_id": told.pk},
        received_by=clerk.staff.person_id,
    )

    with pytest.raises(SamePerson):
        answer(undoing, by=clerk)

    assert deaths.current_death(person_id=builders.wang().pk) is not None
