"""Before a month is opened adjustments are brought to what is known (月度开始之前的调整重算)."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.city import month_steps as steps
from backend.city import tasks
from backend.city.run_month import MonthRunner
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured
from insurance.benefits.models import Entitlement
from insurance.benefits.models import Run as MonthlyRun
from insurance.pension.adjusting import follow_up
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.models import Kind, Row, Run
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import NOVEMBER
from tests.insurance.pension.adjusting import adjusting_builders as a

pytestmark = pytest.mark.django_db
YEAR_2026 = Asked(Kind.YEARLY, "340800", Month(2026, 1))


@pytest.fixture
def wang(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entitlement:
    """Of whom the months were not known when the year was adjusted, and are now."""
    settings.VAR_DIR = tmp_path
    a.plan(monkeypatch, year=2026)
    found = a.retired(paid_months=None)
    a.adjusted(YEAR_2026)
    a.months_found(found, 365)
    steps.ask(period=NOVEMBER)
    return found


def test_the_month_opens_when_that_is_done(wang: Entitlement) -> None:
    m.death_match()

    tasks.go_on()
    assert not MonthlyRun.objects.exists()
    while run_waiting(keys=list(Job.objects.values_list("key", flat=True))):
        pass
    tasks.go_on()

    assert MonthlyRun.objects.get().period == NOVEMBER.first_day
    assert Row.objects.filter(entitlement=wang, left_out="").exists()


def test_nothing_is_looked_at_before_the_month_can_open(wang: Entitlement) -> None:
    tasks.go_on()

    assert Run.objects.count() == 1


def test_a_job_that_failed_costs_nobody_the_pay_day(wang: Entitlement) -> None:
    m.death_match()
    tasks.go_on()
    Job.objects.filter(kind="adjusting.chunk").update(state=JobState.FAILED)

    tasks.go_on()

    assert MonthlyRun.objects.exists()


def test_what_is_refused_costs_nobody_the_pay_day(
    wang: Entitlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> list[str]:
        raise NotConfigured("未配置(演示)")

    monkeypatch.setattr(follow_up, "advance", refuse)
    m.death_match()

    tasks.go_on()

    assert MonthlyRun.objects.exists()


def test_run_month_does_it_and_pays_it(wang: Entitlement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.city.run_month.is_demo", lambda: False)
    m.death_match()
    said: list[str] = []

    MonthRunner(period=NOVEMBER, lying=False, tell=said.append)._seal()

    assert "▶ 养老金调整：按现在所知补算" in said
    months = [month for month, _, _ in m.dues(wang)]
    assert months == list(Month(2026, 1).until(NOVEMBER.next))
