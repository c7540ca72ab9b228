"""Who is missing is held, who is found is back paid, whom a court declares dead ends (失踪)."""

from datetime import date

import pytest

from backend.cases.models import Case
from backend.people import deaths
from insurance.benefits.invariants import broken_promises
from insurance.benefits.models import Hold, Overpaid
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life import life_builders as of
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER

pytestmark = pytest.mark.django_db


def declared_dead(*, on: date) -> Case:
    """A court declares Wang dead; two people confirm it."""
    content = {
        "death_date": on.isoformat(),
        "source": "COURT",
        "evidence": "（2026）演示民特1号判决",
        "received_date": "2026-12-31",
    }
    case = builders.case(kind="DEATH", content=content)
    deaths.begin(case)
    deaths.confirm(case)
    return case


def broken() -> list[str]:
    return [row.promise for row in broken_promises()]


def test_the_missing_are_held_and_paid_back_when_they_are_found() -> None:
    wang = m.entitlement()
    of.happened("MISSING", "2026-10-01")
    m.sealed()
    assert m.held_reasons(wang) == ["MISSING"]

    of.happened("FOUND", "2026-11-03")
    m.sealed(DECEMBER)

    assert m.line(wang).fen == m.line(wang, for_month=DECEMBER).fen == m.PENSION_FEN
    assert Hold.objects.get(superseded_at=None).valid == m.months(NOVEMBER, DECEMBER)
    assert broken() == []


def test_whom_a_court_declares_dead_is_owed_nothing_after_that_month() -> None:
    wang = m.entitlement()
    of.happened("MISSING", "2026-10-01")
    m.sealed()
    m.sealed(DECEMBER)

    declared_dead(on=date(2026, 12, 8))
    m.sealed(JANUARY)

    assert m.dues(wang, JANUARY) == []
    assert m.held_reasons(wang, JANUARY) == ["DIED", "DIED"]  # of November, December: the heirs'
    assert broken() == []


def test_who_was_declared_dead_and_comes_back_is_paid_for_all_the_months() -> None:
    wang = m.entitlement()
    of.happened("MISSING", "2026-09-01")
    m.sealed()
    declared = declared_dead(on=date(2026, 11, 8))
    m.sealed(DECEMBER)

    undoing = builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": declared.pk})
    deaths.withdraw(undoing)
    of.happened("FOUND", "2026-11-05")
    m.sealed(JANUARY)

    paid = [m.line(wang, for_month=month).fen for month in (NOVEMBER, DECEMBER, JANUARY)]
    assert paid == [m.PENSION_FEN] * 3
    assert not Overpaid.objects.exists()
    assert broken() == []


def test_who_is_missing_and_wanted_is_held_by_both() -> None:
    wang = m.entitlement()
    of.happened("MISSING", "2026-10-01")
    of.happened("WANTED", "2026-10-05")

    of.happened("FOUND", "2026-10-28")
    m.sealed()

    assert m.held_reasons(wang) == ["IN_PRISON"]
