"""Who takes no part in an adjustment, and who died in prison (不参加调整、服刑期间死亡)."""

from datetime import date

import pytest

from backend.kernel.months import Month
from backend.people.models import Alias
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.life.queries import (
    died_in_prison,
    persons_without_adjustment,
    without_adjustment,
)
from insurance.benefits.life.settle import form_rules
from tests import builders
from tests.insurance.benefits.life import life_builders as of

pytestmark = pytest.mark.django_db


def excluded(year: int = 2026) -> bool:
    wang, january, by = builders.wang().pk, Month(year, 1), form_rules()
    alone = without_adjustment(person_id=wang, since=january, by=by)
    assert (wang in persons_without_adjustment(since=january, by=by)) is alone
    return alone


@pytest.mark.parametrize("form", ["SENTENCED", "CONTROL", "PROBATION", "OUTSIDE"])
def test_whoever_serves_a_sentence_on_new_years_day_is_not_adjusted(form: str) -> None:
    of.happened(form, "2025-12-20")

    assert [excluded(year) for year in (2025, 2026, 2027)] == [False, True, True]


def test_whoever_serves_since_before_the_rule_of_2001_is_not_adjusted() -> None:
    of.happened("SENTENCED", "1999-05-20")

    assert excluded()


def test_whoever_is_free_again_before_new_years_day_is_adjusted() -> None:
    of.happened("SENTENCED", "2025-03-20")
    of.happened("RELEASED", "2025-12-20")

    assert [excluded(year) for year in (2025, 2026)] == [False, False]


def test_whoever_is_released_in_january_is_adjusted_from_the_next_year_on() -> None:
    of.happened("SENTENCED", "2025-03-20")
    of.happened("RELEASED", "2026-01-20")

    assert [excluded(year) for year in (2026, 2027)] == [True, False]


@pytest.mark.parametrize(("end", "left_out"), [("ACQUITTED", False), ("SENTENCED", True)])
def test_what_comes_of_a_detention_decides_on_the_adjustment_in_it(
    end: str, left_out: bool
) -> None:
    of.happened("DETAINED", "2025-12-20")
    assert not excluded()

    of.happened(end, "2026-05-20")

    assert excluded() is left_out


def test_the_missing_are_adjusted() -> None:
    of.happened("MISSING", "2025-12-20")

    assert not excluded()


def test_a_sentence_taken_back_leaves_nobody_out() -> None:
    of.happened("SENTENCED", "2025-12-20")
    of.decided(of.withdrawal(LifeEvent.objects.get().pk))

    assert not excluded()


def test_both_entries_of_a_merged_person_are_named() -> None:
    wang, li = builders.wang().pk, builders.li().pk
    of.happened("SENTENCED", "2025-03-20", of=builders.li())
    Alias.objects.create(party_id=li, survivor_id=wang, case_id=1)

    found = persons_without_adjustment(since=Month(2026, 1), by=form_rules())
    assert found == {wang, li}
    assert excluded()


@pytest.mark.parametrize(
    ("form", "died", "in_prison"),
    [
        ("SENTENCED", "2025-12-19", False),
        ("SENTENCED", "2025-12-20", True),
        ("OUTSIDE", "2026-01-01", False),
        ("DETAINED", "2026-01-01", False),
    ],
)
def test_only_who_serves_in_prison_dies_in_prison(form: str, died: str, in_prison: bool) -> None:
    of.happened(form, "2025-12-20")

    day = date.fromisoformat(died)

    assert died_in_prison(person_ids=[builders.wang().pk], death_date=day) is in_prison
