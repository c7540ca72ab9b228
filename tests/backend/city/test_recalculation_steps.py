"""A month waits until interim awards are computed again, but for nothing that failed (重算)."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.city import month_steps as steps
from backend.city import tasks
from backend.jobs import runner
from backend.jobs.models import Job, JobState
from backend.kernel.parameters import NotVerified
from insurance.benefits.models import Run
from insurance.pension import recalculation
from insurance.pension.models import Award
from tests.insurance.benefits import month_builders as month
from tests.insurance.benefits.month_builders import NOVEMBER
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_for(settings: LazySettings, tmp_path: Path) -> None:
    """November was asked for, and an interim award waits for the base of its year."""
    settings.VAR_DIR = tmp_path
    p.recognise()
    p.approve()
    p.awarded()
    month.death_match()
    steps.ask(period=NOVEMBER)


def jobs() -> list[Job]:
    return list(Job.objects.filter(kind=recalculation.CHUNK_JOB))


def test_without_the_base_the_month_opens_at_once() -> None:
    tasks.go_on()

    assert Run.objects.exists()
    assert jobs() == []


def test_with_the_base_it_opens_when_all_is_computed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p.publish_base(monkeypatch)

    tasks.go_on()
    assert not Run.objects.exists()
    runner.run_waiting(keys=[job.key for job in jobs()])
    tasks.go_on()

    assert Run.objects.exists()
    assert Award.objects.filter(kind="RECALCULATION").count() == 1


def test_what_failed_for_good_costs_nobody_a_pay_day(monkeypatch: pytest.MonkeyPatch) -> None:
    p.publish_base(monkeypatch)
    tasks.go_on()
    Job.objects.filter(kind=recalculation.CHUNK_JOB).update(state=JobState.FAILED, error="演示")

    tasks.go_on()

    assert Run.objects.exists()


def test_a_base_that_may_not_count_is_told_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def doubtful(**_: object) -> bool:
        raise NotVerified("计发基数未核实")

    monkeypatch.setattr(recalculation, "base_is_published", doubtful)
    told: list[str] = []

    assert steps.order_recalculations(period=NOVEMBER, tell=told.append) == []
    assert told == ["  2026 年核定的待遇暂不重算：计发基数未核实"]
