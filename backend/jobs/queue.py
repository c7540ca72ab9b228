"""Put work on the job table (登记作业). The broker only rings the bell, after the commit."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from backend.audit.record import current_call, record
from backend.jobs.bell import ring
from backend.jobs.models import Job, JobState
from backend.kernel.errors import Refusal


def enqueue(*, kind: str, key: str, arguments: dict[str, Any]) -> Job:
    """Register a job once for ever under ``key``, in the caller's transaction, and ring for it.

    A second call with the same key gives the job that is there, whatever became of it.
    """
    return enqueue_all(kind=kind, arguments={key: arguments})[0]


def enqueue_all(*, kind: str, arguments: Mapping[str, dict[str, Any]]) -> list[Job]:
    """The same for many jobs, key → arguments, in that order."""
    call = current_call()
    Job.objects.bulk_create(
        [Job(kind=kind, key=key, arguments=given, call=call) for key, given in arguments.items()],
        ignore_conflicts=True,
    )
    known = Job.objects.in_bulk(arguments, field_name="key")
    jobs = [known[key] for key in arguments]
    for job in jobs:
        transaction.on_commit(partial(ring, job_id=job.id))
    return jobs


class JobNotFailed(Refusal):
    """Only a failed job is queued again (没有这个失败的作业)."""

    code = "job_not_failed"


@transaction.atomic
def requeue(*, key: str, staff_id: int | None = None, person_id: int | None = None) -> Job:
    """Queue a failed job again, once its cause is removed, and put on record who did.

    Raises:
        JobNotFailed: there is no failed job of that key.
    """
    job = Job.objects.select_for_update().filter(key=key, state=JobState.FAILED).first()
    if job is None:
        raise JobNotFailed(f"没有名为 {key} 的失败作业。", key=key)
    record(
        name="jobs.requeue",
        subject_kind="jobs.job",
        subject_id=str(job.id),
        rows=1,
        staff_id=staff_id,
        person_id=person_id,
        before={"state": job.state, "attempts": job.attempts, "error": job.error[:200]},
        after={"state": JobState.QUEUED, "attempts": 0},
        details={"key": key},
    )
    job.state, job.attempts, job.lease_until = JobState.QUEUED, 0, None
    job.save(update_fields=["state", "attempts", "lease_until"])
    transaction.on_commit(lambda: ring(job_id=job.id))
    return job
