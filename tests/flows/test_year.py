"""A small city lives a year: deaths, awards of 110 and 170, the adjustment of July, unemployment.

As ``manage.py demo_year`` does it: files of each month, staff at the API, the month, its promises.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from backend.city import demo_year, month_steps
from backend.city.demo_year import NotADemo, YearMonth, live, year_summary
from backend.kernel.months import Month
from insurance.accounts.models import InterestRun, InterestRunState
from insurance.benefits.claims.models import Claim as Grant
from insurance.benefits.models import Due, DueKind, Hold, HoldReason, Stop
from insurance.collection.models import FundLine, FundList, FundPayment
from insurance.enrolment.models import Enrolment, Kind
from insurance.pension.adjusting.models import Run
from insurance.pension.models import Award, AwardKind
from insurance.unemployment.models import Claim, EndReason, Registration
from tests.conftest import clone, pointed_at
from tests.flows.flow_city import identities, take_city_over

PEOPLE, SEED = 160, 23  # of whom somebody meets everything told below
QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"
FIRST, LAST = Month(2026, 11), Month(2027, 10)


@dataclass(frozen=True)
class Year:
    """The months that were lived; by name, what each of them counted."""

    months: list[YearMonth]

    def when(self, name: str) -> list[tuple[str, int]]:
        """In which months something happened, and how often."""
        summaries = [month.summary for month in self.months]
        return [(one["period"], one[name]) for one in summaries if one[name]]


@pytest.fixture(scope="module")
def year(
    template_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Year]:
    """Two calls: the second goes on where the first ended."""
    var, told = tmp_path_factory.mktemp("year"), list[str]()
    with (
        django_db_blocker.unblock(),
        clone(template_database) as name,
        pointed_at(name),
        pytest.MonkeyPatch.context() as patch,
        override_settings(PASSWORD_HASHERS=[QUICK]),  # staff sign hundreds of times
    ):
        patch.setattr(settings, "VAR_DIR", var)
        patch.setattr(month_steps, "PATIENCE_SECONDS", 0.0)
        take_city_over(files=var / "city", people=PEOPLE, seed=SEED)
        yield Year([*live(months=11, tell=told.append), *live(months=1, tell=told.append)])


def paid_for(*, entitlement: int) -> list[tuple[str, int, int]]:
    """Month, kind and amount of everything that an entitlement came to."""
    dues = Due.objects.filter(entitlement=entitlement).order_by("for_month", "kind", "run_period")
    return [(f"{due.for_month:%Y-%m}", due.kind, due.fen) for due in dues]


def test_each_month_is_lived_once(year: Year) -> None:
    periods = [month.summary["period"] for month in year.months]

    assert periods == [str(month) for month in FIRST.until(LAST.next)]


def test_each_month_ends_and_its_promises_hold(year: Year) -> None:
    for month in year.months:
        assert (month.summary["gate"], month.broken) == (None, ())
        assert all(identities(month.summary).values())


def test_deaths_are_confirmed_and_survivors_granted(year: Year) -> None:
    granted = Grant.objects.count()

    assert year.when("deaths_confirmed")
    assert sum(count for _, count in year.when("survivor_grants")) == granted > 0


def test_who_retired_is_paid_an_interim_pension_and_what_the_new_base_is_more(year: Year) -> None:
    """人社厅: the base of 2027 is published at the end of August (演示)."""
    first = Award.objects.filter(scheme="110", kind=AwardKind.AWARD).earliest("retirement_month")
    again = Award.objects.get(previous=first)
    paid = paid_for(entitlement=first.entitlement_id)

    assert (first.interim, again.interim) == (True, False)
    march = [(kind, fen) for month, kind, fen in paid if month == "2027-03"]
    assert march[0] == (DueKind.REGULAR, first.total_fen)
    assert sum(fen for _, fen in march) == again.total_fen > first.total_fen
    assert dict(year.when("recalculated"))["2027-09"] > 0


def test_who_retired_is_insured_by_nobody(year: Year) -> None:
    award = Award.objects.filter(scheme="110").earliest("retirement_month")

    working = Enrolment.objects.filter(
        person=award.person_id,
        kind__in=[Kind.EMPLOYED, Kind.FLEXIBLE],
        superseded_at=None,
        valid__contains=date(2027, 3, 1),
    )
    assert not working.exists()


def test_residents_of_age_are_awarded_and_paid(year: Year) -> None:
    awards = Award.objects.filter(scheme="170")

    assert sum(count for _, count in year.when("resident_awards")) == awards.count() > 0
    for award in awards:
        first_month = Month.of(award.retirement_month).next
        regular = (str(first_month), DueKind.REGULAR, award.total_fen)
        assert regular in paid_for(entitlement=award.entitlement_id)


def test_both_adjustments_are_decided_in_july_and_paid_back_to_january(year: Year) -> None:
    differences = Due.objects.filter(run_period=date(2027, 7, 1), kind=DueKind.DIFFERENCE)

    assert year.when("adjustments") == [("2027-07", 2)]
    assert set(Run.objects.values_list("since", flat=True)) == {date(2027, 1, 1)}
    months = set(differences.values_list("for_month", flat=True))
    assert {date(2027, month, 1) for month in range(1, 7)} <= months


def test_who_lost_a_job_draws_until_there_is_another(year: Year) -> None:
    stop = Stop.objects.filter(reason=EndReason.REEMPLOYED).earliest("pk")
    claim = Claim.objects.get(entitlement=stop.entitlement_id)
    months = Month.of(claim.registered_on).until(Month.of(stop.valid.lower))

    assert sum(count for _, count in year.when("claims")) == Claim.objects.count() > 1
    paid = paid_for(entitlement=claim.entitlement_id)
    regular = [(str(month), DueKind.REGULAR, claim.monthly_fen) for month in months]
    assert [one for one in paid if one[0] < str(Month.of(stop.valid.lower))] == regular
    ended = Registration.objects.get(
        person=claim.person_id, end_reason=EndReason.REEMPLOYED, superseded_at=None
    )
    assert Month.of(ended.valid.upper) == Month.of(stop.valid.lower)


def test_the_fund_insures_whoever_draws_and_pays_each_list(year: Year) -> None:
    lines = FundLine.objects.filter(scheme="310", fen__gt=0)

    assert {line.source_id for line in lines} <= set(
        Claim.objects.values_list("entitlement_id", flat=True)
    )
    assert lines.exists()
    assert not FundList.objects.filter(fundpayment__isnull=True).exists()
    assert not FundPayment.objects.filter(receipt=None).exists()


def test_who_was_detained_and_missing_is_paid_back_when_acquitted_and_found(year: Year) -> None:
    open_ended = Hold.objects.filter(
        reason__in=[HoldReason.IN_PRISON, HoldReason.MISSING],
        superseded_at=None,
        valid__endswith=None,
        case_id__isnull=False,
    )

    assert dict(year.when("life_events")).keys() >= {"2027-03", "2027-04", "2027-05", "2027-07"}
    assert not open_ended.exists()


def test_accounts_get_the_interest_of_the_year_that_is_over(year: Year) -> None:
    runs = InterestRun.objects.filter(year=2026, state=InterestRunState.DONE)

    assert year.when("interest") == [("2027-01", 3)]
    assert set(runs.values_list("scheme", flat=True)) == {"110", "170", "310"}


def test_the_last_line_adds_the_months_up(year: Year) -> None:
    total = year_summary(months=year.months)

    assert (total["months"], total["from"], total["until"]) == (12, "2026-11", "2027-10")
    assert total["awards"] == sum(count for _, count in year.when("awards"))
    assert (total["gate"], total["broken"]) == (None, [])


def test_nobody_lives_a_year_in_a_live_database(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_year, "is_demo", lambda: False)

    with pytest.raises(NotADemo):
        next(live(months=1, tell=print))
