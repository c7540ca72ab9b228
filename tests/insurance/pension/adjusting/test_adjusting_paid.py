"""What an adjustment raises back to January the next month pays by itself (补发)."""

from datetime import date

import pytest

from backend.kernel.months import Month
from insurance.benefits.models import Entitlement, Overpaid
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import JANUARY
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import MARCH, RAISE, YEARLY, retired

pytestmark = pytest.mark.django_db
FEBRUARY, APRIL = JANUARY.next, MARCH.next
REGULAR, DIFFERENCE = 1, 2
MORE, PENSION = 39_00 + 79_00, 2600_00
OF_360_MONTHS = 39_00 + 77_00  # 30 years: 32 + 31.50 + 13, up to 77


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch)


def overpaid(of: Entitlement) -> list[tuple[Month, int]]:
    found = Overpaid.objects.filter(entitlement=of).order_by("for_month", "pk")
    return [(Month.of(row.for_month), row.fen) for row in found]


def test_the_months_since_january_are_paid_with_the_next_one() -> None:
    wang = retired()
    a.paid_until(FEBRUARY)
    a.adjusted(YEARLY)

    m.sealed(MARCH)

    assert m.dues(wang, MARCH) == [
        (JANUARY, DIFFERENCE, MORE),
        (FEBRUARY, DIFFERENCE, MORE),
        (MARCH, REGULAR, PENSION + MORE),
    ]
    assert m.held_reasons(wang, MARCH) == []


def test_the_residents_raise_is_paid_likewise() -> None:
    wang = m.entitlement()
    a.paid_until(FEBRUARY)
    a.adjusted(RAISE)

    m.sealed(MARCH)

    assert m.dues(wang, MARCH) == [
        (JANUARY, DIFFERENCE, a.RAISE_FEN),
        (FEBRUARY, DIFFERENCE, a.RAISE_FEN),
        (MARCH, REGULAR, m.PENSION_FEN + a.RAISE_FEN),
    ]


def test_who_died_meanwhile_is_owed_it_up_to_the_month_of_death_for_the_heirs() -> None:
    wang = retired()
    a.paid_until(FEBRUARY)
    m.death(of=wang, on=date(2027, 2, 1))
    a.adjusted(YEARLY)

    m.sealed(MARCH)

    assert m.dues(wang, MARCH) == [(JANUARY, DIFFERENCE, MORE), (FEBRUARY, DIFFERENCE, MORE)]
    assert m.held_reasons(wang, MARCH) == ["DIED", "DIED"]


def test_a_second_run_over_everybody_pays_nothing_more() -> None:
    wang = retired()
    a.paid_until(FEBRUARY)
    a.adjusted(YEARLY)
    a.adjusted(YEARLY, case_id=a.BY_CASE + 1)

    m.sealed(MARCH)

    assert [fen for _, _, fen in m.dues(wang, MARCH)] == [MORE, MORE, PENSION + MORE]


def test_whose_death_before_january_is_taken_back_is_adjusted_after_all() -> None:
    wang, other = retired(), retired(of=builders.chen())
    death = m.death(of=wang, on=date(2026, 12, 20))
    a.paid_until(FEBRUARY)
    a.adjusted(YEARLY)
    m.supersede(death)

    (run,) = a.followed()
    m.sealed(MARCH)

    assert [row.entitlement_id for row in run.row_set.all()] == [wang.pk]
    assert m.dues(wang, MARCH) == [
        (JANUARY, DIFFERENCE, PENSION + MORE),
        (FEBRUARY, DIFFERENCE, PENSION + MORE),
        (MARCH, REGULAR, PENSION + MORE),
    ]
    assert [fen for _, _, fen in m.dues(other, MARCH)] == [MORE, MORE, PENSION + MORE]


def test_months_that_are_found_are_paid_from_january_on() -> None:
    wang = retired(paid_months=None)
    a.paid_until(FEBRUARY)
    a.adjusted(YEARLY)
    m.sealed(MARCH)
    a.months_found(wang, 365)

    a.followed(APRIL)
    m.sealed(APRIL)

    assert [fen for _, _, fen in m.dues(wang, APRIL)] == [MORE, MORE, MORE, PENSION + MORE]


def test_months_that_turn_out_fewer_are_asked_back_not_set_off() -> None:
    wang = retired()
    a.paid_until(FEBRUARY)
    a.adjusted(YEARLY)
    m.sealed(MARCH)
    a.months_found(wang, 360)

    a.followed(APRIL)
    m.sealed(APRIL)

    assert m.dues(wang, APRIL) == [(APRIL, REGULAR, PENSION + OF_360_MONTHS)]
    less = MORE - OF_360_MONTHS
    assert overpaid(wang) == [(JANUARY, less), (FEBRUARY, less), (MARCH, less)]


def test_a_death_before_january_that_is_known_late_takes_the_adjustment_back() -> None:
    wang = retired()
    a.paid_until(FEBRUARY)
    a.adjusted(YEARLY)
    m.sealed(MARCH)
    m.death(of=wang, on=date(2026, 12, 31))

    (run,) = a.followed(APRIL)
    m.sealed(APRIL)

    assert a.row(wang, run).left_out == "DIED"
    assert a.amounts(wang, APRIL) == a.EMPLOYEES
    assert {month for month, _ in overpaid(wang)} == {JANUARY, FEBRUARY, MARCH}
