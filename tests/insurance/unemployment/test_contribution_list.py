"""The fund pays contributions of who draws: what is known now less what was listed so far."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.jobs import faultpoint
from backend.kernel.months import Month
from backend.people.models import Death
from insurance.benefits import holds
from insurance.benefits.models import Hold, HoldReason, Stop
from insurance.collection.models import FundLine, FundList
from insurance.unemployment.contribution_list import list_contributions
from insurance.unemployment.models import Claim
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import contribution_builders as c
from tests.insurance.unemployment.contribution_builders import DEC, JAN, NOV

pytestmark = pytest.mark.django_db
OPEN_END = SqlRange(DEC.first_day, None)


@pytest.fixture
def claim() -> Claim:
    return c.drawing()


@pytest.mark.usefixtures("claim")
def test_a_month_of_benefit_brings_a_month_of_medical_insurance() -> None:
    assert c.lines(c.listed()) == [("310", "2026-12", c.MEDICAL, c.TO_MEDICAL)]


@pytest.mark.usefixtures("claim")
def test_a_month_that_the_employer_paid_is_not_paid_again() -> None:
    assert c.listed(NOV) is None


@pytest.mark.usefixtures("claim")
def test_a_month_is_listed_once() -> None:
    c.listed()

    assert c.listed() is None
    assert FundList.objects.count() == 1


@pytest.mark.usefixtures("claim")
def test_the_next_list_holds_the_next_month_alone() -> None:
    c.listed()

    assert [row[:2] for row in c.lines(c.listed(JAN))] == [("310", "2027-01")]


def test_who_is_held_waits_and_is_caught_up(claim: Claim) -> None:
    hold = Hold.objects.create(
        entitlement=claim.entitlement, reason=HoldReason.SUSPENDED, valid=OPEN_END
    )
    assert c.listed() is None

    Hold.objects.filter(pk=hold.pk).update(superseded_at=builders.NOW)

    assert [row[1] for row in c.lines(c.listed(JAN))] == ["2026-12", "2027-01"]


@pytest.mark.parametrize("released", [DEC, JAN, JAN.next])
def test_who_is_released_from_a_month_on_is_caught_up_in_it(claim: Claim, released: Month) -> None:
    """A hold that ended keeps nothing of the months that it held: the benefit is paid too."""
    hold = m.hold(of=claim.entitlement, since=DEC)
    assert c.listed() is None

    _released(hold, released)

    of_january = [row[1] for row in c.lines(c.listed(JAN))]
    of_february = [row[1] for row in c.lines(c.listed(JAN.next))]
    assert of_january == ([] if released > JAN else ["2026-12", "2027-01"])
    assert of_january + of_february == ["2026-12", "2027-01", "2027-02"]


def test_a_hold_of_later_months_takes_back_nothing_of_earlier_ones(claim: Claim) -> None:
    c.listed()
    m.hold(of=claim.entitlement, since=JAN)

    assert c.listed(JAN) is None


def _released(hold: Hold, since: Month) -> None:
    content = {"entitlement": hold.entitlement_id, "reason": "SUSPENDED", "from_month": str(since)}
    case = z.waiting(kind="HOLD_RELEASE", content=content)
    case.decided_at = c.IN_DECEMBER
    holds.release(case)


def test_a_stop_that_is_known_late_takes_back_what_was_paid(claim: Claim) -> None:
    c.listed()
    Stop.objects.create(
        entitlement=claim.entitlement, reason="REEMPLOYED", valid=OPEN_END, case_id=1
    )

    assert c.lines(c.listed(JAN)) == [("310", "2026-12", -c.MEDICAL, -c.TO_MEDICAL)]


@pytest.mark.usefixtures("claim")
def test_a_job_that_is_known_late_takes_back_what_was_paid() -> None:
    c.listed()
    zhao, employer = builders.zhao().pk, of.employer(serial=2).pk
    of.enrolment(person_id=zhao, scheme="310", payer_id=employer, valid=of.months("2026-12"))

    assert [row[2] for row in c.lines(c.listed(JAN))] == [-c.MEDICAL]


@pytest.mark.usefixtures("claim")
def test_the_month_of_a_death_is_the_last() -> None:
    zhao = builders.zhao().pk
    Death.objects.create(
        person_id=zhao, death_date=date(2026, 12, 3), confirmed=True, source="演示", evidence="演示"
    )

    assert [row[1] for row in c.lines(c.listed(JAN))] == ["2026-12"]


def test_near_retirement_the_pension_is_paid_too() -> None:
    c.drawing(of=c.near_retirement())

    assert c.lines(c.listed()) == [
        ("110", "2026-12", c.PENSION, c.TO_PENSION),
        ("310", "2026-12", c.MEDICAL, c.TO_MEDICAL),
    ]


@pytest.mark.usefixtures("claim")
def test_outside_a_demonstration_an_invented_rate_pays_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("insurance.unemployment.contribution_list.is_demo", lambda: False)
    told: list[str] = []

    made = list_contributions(period=DEC, today=c.IN_DECEMBER.date(), tell=told.append)

    assert made == []
    assert len(told) == 1
    assert "暂不代缴" in told[0]


@pytest.mark.usefixtures("claim")
def test_what_is_interrupted_is_listed_whole_by_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(faultpoint.VARIABLE, "unemployment.contributions.listed:1:raise")
    with pytest.raises(faultpoint.FaultError):
        c.listed()
    monkeypatch.delenv(faultpoint.VARIABLE)

    assert FundLine.objects.count() == 0
    assert len(c.lines(c.listed())) == 1


@pytest.mark.usefixtures("claim")
def test_a_floor_that_is_published_late_is_paid_by_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    c.listed()
    c.with_floor(monkeypatch, 4_400)

    assert c.lines(c.listed(JAN))[0] == ("310", "2026-12", 386, 92)
