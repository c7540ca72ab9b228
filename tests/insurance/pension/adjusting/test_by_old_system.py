"""What the old system adjusted is adjusted here for those alone whom it never paid (原系统)."""

from dataclasses import replace
from datetime import date

import pytest

from backend.cases.content import ContentInvalid
from backend.jobs.models import Job
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from insurance.benefits.models import Entitlement
from insurance.pension.adjusting import cases
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.models import Kind, Row, Run
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import (
    EMPLOYEES,
    MARCH,
    RAISE,
    RAISE_CASE,
    YEARLY,
    YEARLY_CASE,
    retired,
)

pytestmark = pytest.mark.django_db
MORE = 39_00 + 79_00
DONE_THERE: dict[str, object] = {"by_old_system": True}


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch)


def belated(start: Month = DECEMBER) -> Entitlement:
    """Chen was awarded after the take-over what began before."""
    return retired(of=builders.chen(), start=start, paid_through=None)


def decided(content: dict[str, object]) -> Run:
    cases.decide_yearly(a.decided(kind="PENSION_ADJUSTMENT", content={**YEARLY_CASE, **content}))
    while run_waiting(keys=list(Job.objects.values_list("key", flat=True))):
        pass
    return Run.objects.latest("pk")


def adjustment(of: Entitlement, month: Month = JANUARY) -> int:
    return a.amounts(of, month)["ADJUSTMENT"] - EMPLOYEES["ADJUSTMENT"]


def test_only_whom_it_never_paid_is_adjusted() -> None:
    wang, chen = retired(paid_through=JANUARY), belated()

    run = decided(DONE_THERE)

    assert (adjustment(wang), adjustment(chen)) == (0, MORE)
    assert list(Row.objects.filter(run=run).values_list("entitlement", flat=True)) == [chen.pk]
    assert run.state == "SEALED"


def test_whom_it_paid_until_the_month_before_is_adjusted() -> None:
    retired(paid_through=JANUARY)
    chen = retired(of=builders.chen(), paid_through=DECEMBER)

    decided(DONE_THERE)

    assert adjustment(chen) == MORE


def test_who_is_awarded_later_follows() -> None:
    wang = retired(paid_through=JANUARY)
    a.adjusted(replace(YEARLY, by_old_system=True))
    chen = belated()
    a.months_found(wang, 400)

    (run,) = a.followed()

    assert (adjustment(wang), adjustment(chen)) == (0, MORE)
    assert run.parameters["by_old_system"]


def test_an_earlier_year_is_made_up_for_after_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch, year=2028)
    wang, chen = retired(paid_through=JANUARY), belated()
    a.adjusted(Asked(Kind.YEARLY, "340800", Month(2028, 1)), case_id=2, today=date(2028, 7, 1))

    decided(DONE_THERE)
    a.followed()

    # 2718 yuan: 65.60 + 13.59, up to 80; Wang's 2600: 65.60 + 13.00, up to 79
    assert adjustment(chen, Month(2028, 1)) == MORE + 39_00 + 80_00
    assert adjustment(wang, Month(2028, 1)) == 39_00 + 79_00


def test_a_standard_that_rose_before_is_raised_for_the_belated_alone() -> None:
    wang = m.entitlement(paid_through=MARCH)
    chen = m.entitlement(of=builders.chen(), start=DECEMBER, paid_through=None)

    a.adjusted(replace(RAISE, by_old_system=True))

    basic = m.PENSION["BASIC"]
    assert a.amounts(wang, JANUARY)["BASIC"] == basic
    assert a.amounts(chen, JANUARY)["BASIC"] == basic + a.RAISE_FEN


def test_it_is_not_said_where_the_old_system_paid_no_such_month() -> None:
    retired(paid_through=DECEMBER)
    m.entitlement(of=builders.chen(), paid_through=DECEMBER)

    with pytest.raises(ContentInvalid, match="2027-01"):
        decided(DONE_THERE)
    with pytest.raises(ContentInvalid, match="2027-01"):
        cases.check_basic(
            a.decided(kind="BASIC_PENSION_RAISE", content={**RAISE_CASE, **DONE_THERE})
        )


def test_it_did_or_it_did_not() -> None:
    retired(paid_through=JANUARY)

    with pytest.raises(ContentInvalid, match="两种说法"):
        decided({**DONE_THERE, "not_by_old_system": True})


def test_a_second_decision_says_the_same() -> None:
    wang, chen = retired(paid_through=JANUARY), belated()
    decided(DONE_THERE)

    with pytest.raises(cases.SaidOtherwise):
        decided({"not_by_old_system": True})
    decided(DONE_THERE)

    assert (adjustment(wang), adjustment(chen)) == (0, MORE)
