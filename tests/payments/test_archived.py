"""Where the log is archived, a file waits until its release stands in the archive (INV-18)."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from backend import cluster, wal_archive
from backend.city import month_steps
from backend.city.gates import _sending
from backend.city.month_steps import Jobs
from backend.city.run_month import JOBS
from backend.cluster import Cluster
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue
from backend.jobs.runner import run_job
from payments.bank_folders import bank_folder
from payments.models import Batch, BatchState
from payments.signing import SEND
from payments.tasks import DELIVER_ARCHIVED
from tests.faults import harness
from tests.payments import payment_builders as pay

PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def archiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server that archives its log."""
    server = harness.make_cluster(var=tmp_path_factory.mktemp("archiver") / "var")
    try:
        wal_archive.begin(server, folder=server.home / "kept")
        yield server
    finally:
        cluster.destroy(server)


@pytest.fixture
def archiving(
    archiver: Cluster, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Cluster]:
    """That server, all it has written archived, with this process at work in a fresh database."""
    shutil.rmtree(archiver.var / "bank", ignore_errors=True)
    opened = harness.opened_site(server=archiver, broker_url="filesystem://localhost")
    with django_db_blocker.unblock(), opened:
        archive(archiver)
        yield archiver


def told(server: Cluster, sql: str) -> str:
    return cluster.run_sql(server, database="postgres", sql=sql).strip()


def until(server: Cluster, asked: str, *, database: str = "postgres") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while cluster.run_sql(server, database=database, sql=asked).strip() != "t":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def archive(server: Cluster) -> None:
    """Let what is written by now go into the archive, and wait until it stands there."""
    piece = told(server, "SELECT pg_walfile_name(pg_switch_wal());")
    until(server, f"SELECT coalesce(last_archived_wal, '') >= '{piece}' FROM pg_stat_archiver;")


def archive_when_awaited(server: Cluster) -> None:
    until(server, "SELECT count(*) = 1 FROM jobs_job WHERE error <> '';", database=harness.DATABASE)
    archive(server)


def released() -> Batch:
    """A batch whose release is signed; its first job of delivery is done."""
    batch = pay.sign(pay.approved(), SEND)
    assert run_job(job_id=Job.objects.get(key=f"payments.deliver/{batch.id}").id)
    return batch


def waiting(batch: Batch) -> Job:
    """The job that waits for the archive, its pause over."""
    job = Job.objects.get(key=f"{DELIVER_ARCHIVED}/{batch.id}")
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now())
    return job


def sent(batch: Batch) -> list[str]:
    batch.refresh_from_db()
    return sorted(path.name for path in bank_folder(bank=batch.bank, name="inbox").iterdir())


def test_a_file_leaves_as_soon_as_its_release_is_archived(archiving: Cluster) -> None:
    batch = released()

    too_early = run_job(job_id=waiting(batch).id)
    before = sent(batch), batch.state
    archive(archiving)
    done = run_job(job_id=waiting(batch).id)

    assert (too_early, before) == (False, ([], BatchState.SENDING))
    assert done
    assert len(sent(batch)) == 1
    assert batch.state == BatchState.SENT


def test_who_waits_for_the_archive_says_so(archiving: Cluster) -> None:
    batch = released()

    run_job(job_id=waiting(batch).id)

    job = Job.objects.get(key=f"{DELIVER_ARCHIVED}/{batch.id}")
    assert (job.state, job.attempts, "还没有归档" in job.error) == (JobState.QUEUED, 0, True)
    gate = _sending(pay.PERIOD)
    assert gate is not None
    assert batch.no in gate.detail


def order(batch: Batch, *, through: str) -> int:
    job = enqueue(
        kind=DELIVER_ARCHIVED,
        key=f"{DELIVER_ARCHIVED}/{batch.id}",
        arguments={"batch_id": batch.id, "through": through},
    )
    return job.id


def test_what_another_servers_log_holds_is_not_waited_for(archiving: Cluster) -> None:
    """This one was made of its archive, or of a dump: the release is in it."""
    batch = pay.sign(pay.approved(), SEND)

    assert run_job(job_id=order(batch, through="FFFFFFFF/0"))
    assert len(sent(batch)) == 1


@pytest.mark.django_db
def test_where_nothing_is_archived_any_more_nothing_is_waited_for(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    batch = pay.sign(pay.approved(), SEND)

    assert run_job(job_id=order(batch, through="0/1"))
    assert len(sent(batch)) == 1


def test_a_month_waits_for_the_archive(archiving: Cluster) -> None:
    batch = pay.sign(pay.approved(), SEND)
    keys = [f"{kind}/{batch.id}" for state, kind in JOBS if state == BatchState.SENDING]

    with ThreadPoolExecutor() as others:
        archived = others.submit(archive_when_awaited, archiving)
        for key in keys:
            Jobs().finish(keys=[key])
        archived.result()

    assert len(sent(batch)) == 1


def test_a_month_does_not_wait_for_an_archive_that_stands_still(
    archiving: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month_steps, "OUTSIDE_SECONDS", 0.5)
    batch = pay.sign(pay.approved(), SEND)

    for state, kind in JOBS:
        if state == BatchState.SENDING:
            Jobs().finish(keys=[f"{kind}/{batch.id}"])

    gate = _sending(pay.PERIOD)
    assert (sent(batch), gate is not None) == ([], True)
