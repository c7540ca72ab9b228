"""A small city lives its first three months: deaths, a retirement, interest of the old year."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from backend.city import demo_year, month_steps
from backend.city.demo_year import NotADemo, YearMonth, live
from insurance.accounts.models import InterestRun, InterestRunState
from insurance.benefits.models import Due
from insurance.enrolment.models import Enrolment, Kind
from insurance.pension.models import Award
from tests.conftest import clone, pointed_at
from tests.flows.flow_city import identities, take_city_over

PEOPLE, SEED = 320, 31  # somebody retires in December


@pytest.fixture(scope="module")
def lived(
    template_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[YearMonth]]:
    """Two calls: the second goes on where the first ended."""
    var, told = tmp_path_factory.mktemp("year"), list[str]()
    with (
        django_db_blocker.unblock(),
        clone(template_database) as name,
        pointed_at(name),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(settings, "VAR_DIR", var)
        patch.setattr(month_steps, "PATIENCE_SECONDS", 0.0)
        take_city_over(files=var / "city", people=PEOPLE, seed=SEED)
        yield [*live(months=2, tell=told.append), *live(months=1, tell=told.append)]


def test_each_month_is_lived_once(lived: list[YearMonth]) -> None:
    assert [month.summary["period"] for month in lived] == ["2026-11", "2026-12", "2027-01"]


def test_each_month_ends_and_its_promises_hold(lived: list[YearMonth]) -> None:
    for month in lived:
        assert (month.summary["gate"], month.broken) == (None, ())
        assert all(identities(month.summary).values())


def test_deaths_are_confirmed_the_month_after(lived: list[YearMonth]) -> None:
    assert [month.summary["deaths_confirmed"] > 0 for month in lived] == [False, True, True]


def test_who_retired_is_awarded_and_paid_the_next_month(lived: list[YearMonth]) -> None:
    (award,) = Award.objects.all()

    due = Due.objects.get(entitlement=award.entitlement)
    assert [month.summary["awards"] for month in lived] == [0, 0, 1]
    assert award.interim
    assert (f"{due.for_month:%Y-%m}", due.fen) == (
        "2027-01",
        award.basic_fen + award.account_fen + award.transitional_fen,
    )


def test_who_retired_is_insured_by_nobody(lived: list[YearMonth]) -> None:
    (award,) = Award.objects.all()

    working = Enrolment.objects.filter(
        person=award.person_id,
        kind__in=[Kind.EMPLOYED, Kind.FLEXIBLE],
        superseded_at=None,
        valid__contains=date(2027, 1, 1),
    )
    assert not working.exists()


def test_accounts_get_the_interest_of_the_year_that_is_over(lived: list[YearMonth]) -> None:
    runs = InterestRun.objects.filter(year=2026, state=InterestRunState.DONE)

    assert [month.summary["interest"] for month in lived] == [0, 0, 3]
    assert set(runs.values_list("scheme", flat=True)) == {"110", "170", "310"}


def test_nobody_lives_a_year_in_a_live_database(
    lived: list[YearMonth], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_year, "is_demo", lambda: False)

    with pytest.raises(NotADemo):
        next(live(months=1, tell=print))
