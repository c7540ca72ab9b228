"""Where the log is archived, a file waits until its release stands in the archive (INV-18)."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from backend import cluster, wal_archive
from backend.cluster import Cluster
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_job
from payments.bank_folders import bank_folder
from payments.models import Batch, BatchState
from payments.signing import SEND
from payments.tasks import DELIVER_ARCHIVED
from tests.faults import harness
from tests.payments import payment_builders as pay

PATIENCE_SECONDS = 60.0


@pytest.fixture
def archiving(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Cluster]:
    """A server that archives its log, with this process at work in a database there."""
    server = harness.make_cluster(var=tmp_path / "var")
    try:
        wal_archive.begin(server, folder=server.home / "kept")
        with (
            django_db_blocker.unblock(),
            harness.opened_site(server=server, broker_url="filesystem://localhost"),
        ):
            yield server
    finally:
        cluster.destroy(server)


def told(server: Cluster, sql: str) -> str:
    return cluster.run_sql(server, database="postgres", sql=sql).strip()


def archive(server: Cluster) -> None:
    """Let what is written by now go into the archive, and wait until it stands there."""
    piece = told(server, "SELECT pg_walfile_name(pg_switch_wal());")
    deadline = time.monotonic() + PATIENCE_SECONDS
    asked = f"SELECT coalesce(last_archived_wal, '') >= '{piece}' FROM pg_stat_archiver;"
    while told(server, asked) != "t":
        assert time.monotonic() < deadline
        time.sleep(0.1)


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
    archive(archiving)  # something is archived, but nothing of this release
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
    assert (job.state, "还没有归档" in job.error) == (JobState.QUEUED, True)
