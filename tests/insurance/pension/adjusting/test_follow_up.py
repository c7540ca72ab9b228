"""Whatever becomes known of an adjustment later is found by difference, and nothing else (重算)."""

from collections.abc import Callable
from datetime import date

import pytest

from backend.kernel.months import Month
from backend.people.models import Person
from insurance.benefits.models import Component, Entitlement, Stop
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.models import Kind, Row
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life.life_builders import happened
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import (
    EMPLOYEES,
    MARCH,
    RAISE,
    YEARLY,
    retired,
)

pytestmark = pytest.mark.django_db
MORE = 39_00 + 79_00


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch)


def said(of: Entitlement) -> Row:
    return Row.objects.filter(entitlement=of).latest("run_id")


def test_nothing_new_opens_no_run() -> None:
    retired()
    m.entitlement(of=builders.chen())
    a.adjusted(YEARLY)
    a.adjusted(RAISE, case_id=2)

    assert a.followed() == []


def test_what_does_not_bear_on_it_writes_no_row() -> None:
    wang = retired()
    a.adjusted(YEARLY)
    m.raise_basic(of=wang, to_fen=3000_00, since=JANUARY.next)
    m.death(of=wang, on=date(2027, 2, 3))
    m.stop(of=wang, since=JANUARY.next)

    assert a.followed() == []


def raised_in_december(of: Entitlement) -> None:
    m.raise_basic(of=of, to_fen=2000_00, since=m.LONG_AGO)


def stopped_in_january(of: Entitlement) -> None:
    m.stop(of=of, since=DECEMBER, until=MARCH)


def born_earlier(of: Entitlement) -> None:
    a.recognised(of=of, birth=date(1956, 3, 1))


def sentenced(of: Entitlement) -> None:
    happened("CONTROL", "2026-10-20", of=builders.wang())


def held_for_prison(of: Entitlement) -> None:
    m.hold(of=of, reason="IN_PRISON")


def adjusted_by_hand(of: Entitlement) -> None:
    (old,) = Component.objects.filter(
        entitlement=of,
        component="ADJUSTMENT",
        valid__contains=JANUARY.first_day,
        superseded_at=None,
    )
    m.supersede(old)
    m.component(of=of, name="ADJUSTMENT", fen=old.fen + 5_00, start=JANUARY, case_id=77)


def never_was(of: Entitlement) -> None:
    for row in Component.objects.filter(entitlement=of, superseded_at=None):
        m.supersede(row)


BECAME_KNOWN: tuple[tuple[Callable[[Entitlement], None], str, int, dict[str, int]], ...] = (
    # 200 yuan more in December: 65.60 + 14 = 79.60, up to 80
    (raised_in_december, "", 39_00 + 80_00, {"ADJUSTMENT": 300_00 + 39_00 + 80_00}),
    (stopped_in_january, "STOPPED", 0, {"ADJUSTMENT": 300_00}),
    (born_earlier, "", MORE, {"AGE_SUPPLEMENT": 140_00}),
    (sentenced, "IN_PRISON", 0, {"ADJUSTMENT": 300_00}),
    (held_for_prison, "IN_PRISON", 0, {"ADJUSTMENT": 300_00}),
    (adjusted_by_hand, "", MORE, {"ADJUSTMENT": 300_00 + MORE + 5_00}),
    (never_was, "NO_PENSION", 0, {}),
)


@pytest.mark.parametrize(("happens", "left_out", "more", "then"), BECAME_KNOWN)
def test_what_becomes_known_is_said_anew(
    happens: Callable[[Entitlement], None], left_out: str, more: int, then: dict[str, int]
) -> None:
    wang, other = retired(), retired(of=builders.chen())
    a.adjusted(YEARLY)
    happens(wang)

    (run,) = a.followed()

    row = a.row(wang, run)
    assert (row.left_out, row.fixed_fen + row.linked_fen) == (left_out, more)
    assert then.items() <= a.amounts(wang, JANUARY).items()
    assert not Row.objects.filter(run=run, entitlement=other).exists()
    assert a.followed(MARCH.next) == []


def test_who_moved_since_is_raised_by_the_district_that_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A death taken back is told after the move: the raise is still that of January's district."""
    a.standards(monkeypatch, d340802=235)
    m.entitlement(of=builders.chen())
    wang = m.entitlement()
    death = m.death(of=wang, on=date(2026, 12, 31))
    a.adjusted(RAISE)
    Person.objects.filter(pk=wang.person_id).update(district="340881")
    m.supersede(death)

    (run,) = a.followed()

    assert (a.row(wang, run).district, a.row(wang, run).fixed_fen) == ("340802", 25_00)


def test_a_month_is_preceded_by_one_follow_up() -> None:
    wang = retired(paid_months=None)
    a.adjusted(YEARLY)
    a.months_found(wang, 365)
    a.followed()
    m.stop(of=wang, since=JANUARY)

    assert a.followed() == []
    assert len(a.followed(MARCH.next)) == 1


def test_what_was_taken_back_is_given_again() -> None:
    wang = retired()
    a.adjusted(YEARLY)
    m.stop(of=wang, since=DECEMBER)
    a.followed()
    m.supersede(Stop.objects.get())

    a.followed(MARCH.next)

    assert (said(wang).left_out, a.amounts(wang, JANUARY)["ADJUSTMENT"]) == ("", 300_00 + MORE)


def test_a_pension_that_is_awarded_late_is_adjusted_too() -> None:
    retired()
    a.adjusted(YEARLY)
    late = retired(of=builders.chen(), start=DECEMBER, paid_through=None)

    a.followed()

    assert a.amounts(late, JANUARY)["ADJUSTMENT"] == 300_00 + MORE


def test_a_later_year_counts_on_what_is_known_of_the_earlier_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.plan(monkeypatch, year=2028)
    wang = retired(paid_months=None)
    a.adjusted(YEARLY)
    a.adjusted(Asked(Kind.YEARLY, "340800", Month(2028, 1)), case_id=2, today=date(2028, 7, 1))
    a.months_found(wang, 365)

    first, second = a.followed()

    assert (first.since.year, second.since.year) == (2027, 2028)
    assert said(wang).before_fen == sum(EMPLOYEES.values()) + MORE
    # 2718 yuan: 65.60 + 13.59, up to 80
    assert a.amounts(wang, Month(2028, 1))["ADJUSTMENT"] == 300_00 + MORE + 39_00 + 80_00


def test_the_figures_of_the_decision_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    wang = retired(paid_months=None)
    decided = a.adjusted(YEARLY)
    a.plan(monkeypatch, fixed=100)
    a.months_found(wang, 365)

    (run,) = a.followed()

    assert run.policy_version == decided.policy_version
    assert said(wang).fixed_fen == 39_00


def test_deciding_again_takes_the_figures_there_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    wang = retired()
    a.adjusted(YEARLY)
    a.plan(monkeypatch, fixed=100)

    a.adjusted(YEARLY, case_id=2)

    assert a.amounts(wang, JANUARY)["ADJUSTMENT"] == 300_00 + 100_00 + 79_00
