"""110 is adjusted on 1 January for who was retired the day before (年度调整)."""

from datetime import date

import pytest

from backend.kernel.dated import Standing
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from insurance.benefits.models import Hold
from insurance.pension.adjusting import adjusting_run
from insurance.pension.adjusting.adjusting_run import AdjustmentsInOrder, Asked
from insurance.pension.adjusting.models import Kind
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life.life_builders import happened
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import EMPLOYEES, YEARLY, retired

pytestmark = pytest.mark.django_db
# 39; 32 + 16 × 2.1 = 65.60 for 31 years, 0.5 % of 2600 = 13, together 78.60, up to 79.
FIXED, YEARS, SHARE, LINKED = 39_00, 65_60, 13_00, 79_00


@pytest.fixture(autouse=True)
def _plan(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)


def test_the_parts_are_kept_apart_and_added_to_the_adjustments_so_far() -> None:
    wang = retired()

    row = a.row(wang, a.adjusted(YEARLY))

    assert (row.fixed_fen, row.years_fen, row.share_fen, row.linked_fen) == (
        *(FIXED, YEARS, SHARE),
        LINKED,
    )
    assert (row.before_fen, row.paid_months, row.age) == (2600_00, 365, 68)
    assert a.amounts(wang, DECEMBER) == EMPLOYEES
    assert a.amounts(wang, JANUARY) == {**EMPLOYEES, "ADJUSTMENT": 300_00 + FIXED + LINKED}


def test_a_first_adjustment_begins_in_january() -> None:
    wang = retired(components={"BASIC": 2600_00})

    a.adjusted(YEARLY)

    assert a.amounts(wang, DECEMBER) == {"BASIC": 2600_00}
    assert a.amounts(wang, JANUARY) == {"BASIC": 2600_00, "ADJUSTMENT": FIXED + LINKED}


def test_the_age_supplement_is_a_component_of_its_own() -> None:
    old = retired(of=a.born(1948), components={**EMPLOYEES, "AGE_SUPPLEMENT": 170_00})

    row = a.row(old, a.adjusted(YEARLY))

    assert (row.age, row.supplement_from_fen, row.supplement_fen) == (78, 170_00, 10_00)
    assert a.amounts(old, JANUARY)["AGE_SUPPLEMENT"] == 180_00


@pytest.mark.parametrize(
    ("birth", "so_far", "then"),
    [
        (date(1956, 12, 31), 0, 140_00),  # 70 on the last day of 2026
        (date(1957, 1, 1), 0, 0),
        (date(1951, 12, 31), 140_00, 180_00),
        (date(1951, 1, 1), 175_00, 185_00),
        (date(1955, 12, 31), 140_00, 150_00),
    ],
)
def test_who_reached_an_age_last_year_is_raised_to_its_floor(
    birth: date, so_far: int, then: int
) -> None:
    supplement = {"AGE_SUPPLEMENT": so_far} if so_far else {}
    person = builders.person(name="演年", birth_date=birth)
    old = retired(of=person, components={**EMPLOYEES, **supplement})

    a.adjusted(YEARLY)

    assert a.amounts(old, JANUARY).get("AGE_SUPPLEMENT", 0) == then


def test_the_birth_that_the_archive_gives_prevails() -> None:
    wang = retired()
    a.recognised(of=wang, birth=date(1956, 11, 1))

    row = a.row(wang, a.adjusted(YEARLY))

    assert (row.age, row.supplement_fen) == (70, 140_00)


def test_who_retired_in_december_has_that_of_the_first_month() -> None:
    new = retired(components={"BASIC": 2600_00}, start=JANUARY, paid_through=None)
    later = retired(of=builders.chen(), start=JANUARY.next, paid_through=None)

    run = a.adjusted(YEARLY)

    assert (a.row(new, run).before_fen, a.row(new, run).linked_fen) == (2600_00, LINKED)
    assert not later.row_set.exists()


def test_months_that_nobody_knows_are_listed_and_not_computed() -> None:
    wang = retired(paid_months=None)

    run = a.adjusted(YEARLY)

    assert a.row(wang, run).left_out == "MONTHS_UNKNOWN"
    assert a.amounts(wang, JANUARY) == EMPLOYEES
    assert run.summary is not None
    assert run.summary["left_out"] == {"MONTHS_UNKNOWN": 1}


def test_what_the_known_plan_does_not_say_is_listed_where_it_matters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.plan(monkeypatch, without=("part_year",), top_up_on_reaching={"70": 140})
    part, whole = retired(), retired(of=builders.chen(), paid_months=360)
    at_75 = retired(of=a.born(1951), paid_months=360)

    run = a.adjusted(YEARLY)

    said = [a.row(one, run).left_out for one in (part, whole, at_75)]
    assert said == ["PLAN_INCOMPLETE", "", "PLAN_INCOMPLETE"]


def test_who_died_before_january_or_was_stopped_then_takes_no_part() -> None:
    dead, stopped = retired(), retired(of=builders.chen())
    alive, again = retired(of=a.born(1950)), retired(of=a.born(1951))
    m.death(of=dead, on=date(2026, 12, 31))
    m.death(of=alive, on=date(2027, 1, 1))
    m.stop(of=stopped, since=JANUARY)
    m.stop(of=again, since=m.NOVEMBER, until=JANUARY)

    run = a.adjusted(YEARLY)

    said = [a.row(one, run).left_out for one in (dead, stopped, alive, again)]
    assert said == ["DIED", "STOPPED", "", ""]


def test_who_serves_a_sentence_takes_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    outside, detained = retired(), retired(of=builders.chen())
    happened("PROBATION", "2026-10-20", of=builders.wang())
    happened("DETAINED", "2026-10-20", of=builders.chen())

    run = a.adjusted(YEARLY)

    assert [a.row(one, run).left_out for one in (outside, detained)] == ["IN_PRISON", ""]


def test_whom_the_old_system_held_for_prison_takes_no_part() -> None:
    wang, chen = retired(), retired(of=builders.chen())
    m.hold(of=wang, reason="IN_PRISON")
    m.hold(of=chen, reason="SUSPENDED")

    run = a.adjusted(YEARLY)

    assert [a.row(one, run).left_out for one in (wang, chen)] == ["IN_PRISON", ""]


def test_whose_pension_ended_before_january_is_not_given_one() -> None:
    wang = retired(components={})
    m.component(of=wang, name="BASIC", fen=2600_00, start=m.LONG_AGO, end=JANUARY)

    run = a.adjusted(YEARLY)

    assert a.row(wang, run).left_out == "NO_PENSION"
    assert a.amounts(wang, JANUARY) == {}


def test_a_pension_that_ends_takes_its_adjustment_along() -> None:
    wang = retired(components={})
    m.component(of=wang, name="BASIC", fen=2600_00, start=m.LONG_AGO, end=a.MARCH)

    a.adjusted(YEARLY)

    assert set(a.amounts(wang, a.MARCH.previous)) == {"BASIC", "ADJUSTMENT"}
    assert a.amounts(wang, a.MARCH) == {}


def test_a_residents_pension_is_not_adjusted() -> None:
    retired()
    resident = m.entitlement(of=builders.chen())

    a.adjusted(YEARLY)

    assert not resident.row_set.exists()


def test_the_share_is_of_decembers_pension_not_of_januarys() -> None:
    wang = retired()
    m.raise_basic(of=wang, to_fen=9999_00, since=JANUARY)

    row = a.row(wang, a.adjusted(YEARLY))

    assert row.before_fen == 2600_00


def test_an_earlier_year_is_not_adjusted_after_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a.plan(monkeypatch, year=2026)
    retired()
    a.adjusted(YEARLY)

    with pytest.raises(AdjustmentsInOrder):
        a.adjusted(Asked(Kind.YEARLY, "340800", Month(2026, 1)), case_id=2)


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [(Standing.UNVERIFIED, NotVerified), (Standing.DEMO, NotConfigured)],
)
def test_a_doubtful_plan_blocks_outside_a_demonstration(
    monkeypatch: pytest.MonkeyPatch,
    standing: Standing,
    refusal: type[NotVerified] | type[NotConfigured],
) -> None:
    a.plan(monkeypatch, standing=standing)
    retired()
    monkeypatch.setattr(adjusting_run, "is_demo", lambda: False)

    with pytest.raises(refusal):
        a.adjusted(YEARLY)


def test_a_hold_that_is_decided_here_speaks_only_of_paying() -> None:
    wang = retired()
    held = m.hold(of=wang, reason="IN_PRISON")
    m.supersede(held)
    Hold.objects.create(entitlement=wang, reason="IN_PRISON", valid=held.valid, case_id=m.SOME_CASE)

    assert a.row(wang, a.adjusted(YEARLY)).left_out == ""
