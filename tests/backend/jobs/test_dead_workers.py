"""Two at once, a worker killed at each point, messages lost or doubled: done once."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from backend.celery import app
from backend.cluster import CHECKOUT
from backend.jobs import tasks
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue, enqueue_all
from backend.jobs.runner import run_job
from tests.backend.jobs.tiny import times_done
from tests.conftest import OwnDatabase


def put(*, n: int = 1, seconds: float = 0) -> Job:
    return enqueue(kind="test.write", key=f"write/{n}", arguments={"n": n, "seconds": seconds})


def worker(database: OwnDatabase, job: Job, *, faults: str = "") -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.backend.jobs.tiny", "do", str(job.id)]
    environment = {**database.environment, "FAULTPOINTS": faults}
    return subprocess.Popen(command, cwd=CHECKOUT, env=environment)


def at_the_same_time(*acts: Callable[[], object]) -> None:
    def act_and_close(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act_and_close, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)


def age(job: Job, *, seconds: int) -> None:
    ago = timezone.now() - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(queued_at=ago, lease_until=None)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids that the sweeper rings for."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "ring", lambda *, job_id: ids.append(job_id))
    return ids


@pytest.mark.parametrize("point", ["jobs.claimed", "jobs.worked"])
def test_a_killed_workers_job_is_done_by_the_next(own_database: OwnDatabase, point: str) -> None:
    job = put()

    assert worker(own_database, job, faults=f"{point}:1:kill").wait(timeout=30) == -9

    job.refresh_from_db()
    assert (job.state, times_done(1)) == (JobState.RUNNING, 0)
    age(job, seconds=60)
    assert run_job(job_id=job.id)
    assert times_done(1) == 1


def test_a_worker_killed_after_its_commit_has_done_its_job(own_database: OwnDatabase) -> None:
    job = put()

    worker(own_database, job, faults="jobs.committed:1:kill").wait(timeout=30)

    job.refresh_from_db()
    assert (job.state, times_done(1)) == (JobState.DONE, 1)
    assert not run_job(job_id=job.id)


def test_of_two_at_once_the_second_leaves(own_database: OwnDatabase) -> None:
    job = put(seconds=0.3)

    at_the_same_time(*[lambda: run_job(job_id=job.id)] * 4)

    job.refresh_from_db()
    assert (job.state, job.attempts, times_done(1)) == (JobState.DONE, 1, 1)


def test_a_lock_is_proof_of_life_even_without_a_lease(own_database: OwnDatabase) -> None:
    job = put(seconds=1)

    def second() -> None:
        time.sleep(0.4)
        age(job, seconds=0)  # waits for the lock, so it runs out only when all is done
        run_job(job_id=job.id)

    def late() -> None:
        time.sleep(0.4)
        with transaction.atomic():
            free = Job.objects.select_for_update(skip_locked=True).filter(pk=job.pk)
            assert not free.exists()

    at_the_same_time(lambda: run_job(job_id=job.id), second, late)

    assert times_done(1) == 1


def test_the_bell_rings_only_after_the_commit(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[list[int]] = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **_: sent.append(args))

    with transaction.atomic():
        jobs = enqueue_all(kind="test.write", arguments={str(n): {"n": n} for n in range(3)})
        assert sent == []

    assert sent == [[job.id] for job in jobs]


def test_a_broker_that_is_gone_stops_nobody(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(app, "send_task", refuse)

    assert put().state == JobState.QUEUED


def test_the_sweeper_rings_for_what_waits_too_long(
    own_database: OwnDatabase, rung: list[int]
) -> None:
    waiting, fresh, dead, done = (put(n=n) for n in range(4))
    age(waiting, seconds=10)
    age(dead, seconds=10)
    Job.objects.filter(pk=dead.pk).update(state=JobState.RUNNING)
    run_job(job_id=done.id)

    tasks.sweep()

    assert rung == [waiting.id, dead.id]
    assert fresh.id not in rung


def test_the_sweeper_leaves_alone_what_is_worked_on(
    own_database: OwnDatabase, rung: list[int]
) -> None:
    job = put()
    age(job, seconds=10)

    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        at_the_same_time(tasks.sweep)

    assert rung == []
