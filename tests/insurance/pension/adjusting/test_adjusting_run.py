"""A run is ordered by a decision, done by jobs, once; killed half-way it goes on (批次)."""

import subprocess
import sys
import threading
from datetime import date

import pytest
from django.db import IntegrityError, connections, transaction

from backend.audit.models import Act
from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cluster import CHECKOUT
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting, unfinished
from insurance.benefits.models import Component
from insurance.pension.adjusting import adjusting_run, cases
from insurance.pension.adjusting.adjusting_run import (
    AdjustmentTooEarly,
    FactsMovedError,
    RunStillOpen,
)
from insurance.pension.adjusting.completeness import AdjustmentIncomplete
from insurance.pension.adjusting.models import Chunk, Row, Run, RunState
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension.adjusting import adjusting_builders as a
from tests.insurance.pension.adjusting.adjusting_builders import (
    JANUARY,
    RAISE,
    RAISE_CASE,
    RAISE_FEN,
    YEARLY_CASE,
    retired,
)

WORK = """
import django
django.setup()
from backend.jobs.models import Job
from backend.jobs.runner import run_waiting
from insurance.pension.adjusting import tasks
while run_waiting(keys=list(Job.objects.exclude(state="DONE").values_list("key", flat=True))):
    pass
"""


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    a.plan(monkeypatch)
    a.standards(monkeypatch)


def work() -> None:
    """Do all jobs, and those that they order."""
    while run_waiting(keys=list(Job.objects.values_list("key", flat=True))):
        pass


def current() -> set[tuple[int, str, int]]:
    rows = Component.objects.filter(superseded_at=None)
    return set(rows.values_list("pk", "component", "fen"))


@pytest.mark.django_db
def test_the_decision_orders_jobs_that_open_compute_and_seal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adjusting_run, "CHUNK_SIZE", 1)
    wang, chen = retired(), retired(of=builders.chen())
    case = a.decided(kind="PENSION_ADJUSTMENT", content=YEARLY_CASE)

    assert cases.check_yearly(case) == 0
    assert cases.decide_yearly(case) == 0
    work()

    run = Run.objects.get(case_id=case.pk)
    assert (run.state, Chunk.objects.count()) == (RunState.SEALED, 2)
    assert run.summary == {
        "adjusted": 2,
        "fixed_fen": 2 * 39_00,
        "linked_fen": 2 * 79_00,
        "supplement_fen": 0,
        "more_fen": 2 * 118_00,
        "left_out": {},
    }
    assert {row.entitlement_id for row in run.row_set.all()} == {wang.pk, chen.pk}
    assert Component.objects.get(entitlement=wang, fen=418_00).case_id == case.pk
    acts = Act.objects.filter(name__startswith="adjusting.").order_by("id")
    assert [act.name for act in acts] == [
        "adjusting.open",
        *["adjusting.chunk"] * 2,
        "adjusting.seal",
    ]


@pytest.mark.django_db
def test_deciding_again_orders_nothing_and_another_case_changes_nothing() -> None:
    m.entitlement()
    case = a.decided(kind="BASIC_PENSION_RAISE", content=RAISE_CASE)
    assert cases.check_basic(case) == 0
    cases.decide_basic(case)
    work()
    before = current()

    cases.decide_basic(case)
    cases.decide_basic(a.decided(kind="BASIC_PENSION_RAISE", content=RAISE_CASE))
    work()

    first, second = Run.objects.order_by("ordinal")
    assert current() == before
    assert (first.row_set.count(), second.row_set.count()) == (1, 0)
    assert second.summary == first.summary


@pytest.mark.django_db
def test_a_decision_is_refused_while_another_run_is_computed() -> None:
    retired()
    m.entitlement(of=builders.chen())
    cases.decide_yearly(a.decided(kind="PENSION_ADJUSTMENT", content=YEARLY_CASE))
    case = a.decided(kind="BASIC_PENSION_RAISE", content=RAISE_CASE)

    with pytest.raises(RunStillOpen):
        cases.decide_basic(case)
    work()
    cases.decide_basic(case)


@pytest.mark.django_db
def test_a_case_says_whose_pensions_and_by_which_document() -> None:
    retired()
    wrong: tuple[dict[str, object], ...] = (
        {"region": "340100"},
        {"year": "2027"},
        {"year": 20270},
        {"document": " "},
    )

    for change in wrong:
        case = a.decided(kind="PENSION_ADJUSTMENT", content={**YEARLY_CASE, **change})
        with pytest.raises(ContentInvalid):
            cases.check_yearly(case)
    early = a.decided(kind="PENSION_ADJUSTMENT", content={**YEARLY_CASE, "year": 2028})
    with pytest.raises(AdjustmentTooEarly):
        cases.check_yearly(early)


@pytest.mark.django_db
def test_what_the_old_system_may_have_adjusted_is_not_adjusted_unasked() -> None:
    retired(paid_through=JANUARY)
    said = {**YEARLY_CASE, "not_by_old_system": True}

    with pytest.raises(cases.PerhapsAdjusted):
        cases.decide_yearly(a.decided(kind="PENSION_ADJUSTMENT", content=YEARLY_CASE))
    cases.decide_yearly(a.decided(kind="PENSION_ADJUSTMENT", content=said))
    work()

    assert Run.objects.get().state == RunState.SEALED


@pytest.mark.django_db
def test_one_proposal_waits_at_a_time() -> None:
    retired()
    cases.check_yearly(a.decided(kind="PENSION_ADJUSTMENT", content=YEARLY_CASE))

    with pytest.raises(ProposalWaits):
        cases.check_yearly(a.decided(kind="PENSION_ADJUSTMENT", content=YEARLY_CASE))


@pytest.mark.django_db
def test_months_are_those_of_the_persons_own_pension() -> None:
    wang = retired()
    content = {"entitlement": wang.pk, "paid_months": 400, "document": "演示台账"}

    for change in ({"paid_months": 721}, {"paid_months": -1}, {"document": ""}):
        with pytest.raises(ContentInvalid):
            cases.check_months(a.decided(kind="PAID_MONTHS", content={**content, **change}))
    with pytest.raises(ContentInvalid):
        cases.check_months(a.decided(kind="PAID_MONTHS", content=content, of=builders.chen()))
    case = a.decided(kind="PAID_MONTHS", content=content)
    assert (cases.decide_months(case), cases.decide_months(case)) == (1, 0)


@pytest.mark.django_db
def test_a_run_is_not_sealed_before_its_ranges_are_there_and_right() -> None:
    wang = m.entitlement()
    run = adjusting_run.open_run(asked=RAISE, case_id=1, today=a.TODAY)

    with pytest.raises(AdjustmentIncomplete, match="1 个分块"):
        adjusting_run.seal_run(run_id=run.pk, now=builders.NOW)
    adjusting_run.run_chunk(run_id=run.pk, chunk=0)
    assert adjusting_run.run_chunk(run_id=run.pk, chunk=0) == 0
    assert adjusting_run.seal_run(run_id=run.pk, now=builders.NOW) == 1
    assert adjusting_run.seal_run(run_id=run.pk, now=builders.NOW) == 0
    assert a.amounts(wang, JANUARY)["BASIC"] == m.PENSION["BASIC"] + RAISE_FEN


@pytest.mark.django_db
def test_nothing_is_added_to_a_sealed_run() -> None:
    wang = m.entitlement()
    run = a.adjusted(RAISE)
    row = a.row(wang, run)
    other = m.entitlement(of=builders.chen())

    with pytest.raises(IntegrityError, match="an open run"), transaction.atomic():
        Row.objects.create(**{**_values(row), "entitlement_id": other.pk})


def _values(row: Row) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in Row._meta.concrete_fields}


@pytest.mark.parametrize("point", ["adjusting.opened", "adjusting.computed", "jobs.worked"])
def test_a_process_that_dies_leaves_the_rest_to_the_next(
    own_database: OwnDatabase, point: str
) -> None:
    retired(of=a.born(1956, 12, 31), components={"BASIC": 2600_00})
    content = {**YEARLY_CASE, "year": 2022, "not_by_old_system": True}
    cases.decide_yearly(a.decided(kind="PENSION_ADJUSTMENT", content=content))

    assert apart(own_database, fault=f"{point}:1:kill") == -9
    Job.objects.exclude(state=JobState.DONE).update(lease_until=None)
    assert apart(own_database) == 0

    run = Run.objects.get()
    assert (run.state, Row.objects.count(), unfinished(keys=_keys())) == (RunState.SEALED, 1, 0)
    added = Component.objects.filter(valid__startswith=date(2022, 1, 1), superseded_at=None)
    assert sorted(added.values_list("component", flat=True)) == ["ADJUSTMENT"]


def test_a_component_that_somebody_changes_meanwhile_is_computed_anew(
    own_database: OwnDatabase,
) -> None:
    wang = m.entitlement()
    run = adjusting_run.open_run(asked=RAISE, case_id=1, today=a.TODAY)
    outcome: list[type[Exception]] = []

    def compute() -> None:
        try:
            with transaction.atomic():
                adjusting_run.run_chunk(run_id=run.pk, chunk=0)
        except FactsMovedError as moved:
            outcome.append(type(moved))
        finally:
            connections.close_all()

    worker = threading.Thread(target=compute)
    with transaction.atomic():
        m.raise_basic(of=wang, to_fen=300_00, since=m.LONG_AGO)
        worker.start()
        worker.join(0.5)
        assert worker.is_alive(), "it waits for who is changing the component"
    worker.join(10)

    assert (outcome, Chunk.objects.count()) == ([FactsMovedError], 0)
    adjusting_run.run_chunk(run_id=run.pk, chunk=0)
    assert a.amounts(wang, JANUARY)["BASIC"] == 300_00 + RAISE_FEN


def apart(database: OwnDatabase, *, fault: str = "") -> int:
    """Do all jobs in a process of their own."""
    environment = {**database.environment, "FAULTPOINTS": fault}
    environment["DJANGO_SETTINGS_MODULE"] = "backend.settings"
    done = subprocess.run([sys.executable, "-c", WORK], cwd=CHECKOUT, env=environment, check=False)
    return done.returncode


def _keys() -> list[str]:
    return list(Job.objects.values_list("key", flat=True))
