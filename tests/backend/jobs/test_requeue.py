"""A failed job goes on once a person removed its cause."""

import pytest

from backend.audit.models import Act
from backend.jobs.models import Job, JobState
from backend.jobs.queue import JobNotFailed, enqueue, requeue

pytestmark = pytest.mark.django_db


def test_a_failed_job_is_queued_again_and_that_is_on_record() -> None:
    job = enqueue(kind="test.write", key="write/again", arguments={})
    Job.objects.filter(id=job.id).update(state=JobState.FAILED, attempts=8, error="file_differs")

    requeue(key="write/again")

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert Act.objects.filter(name="jobs.requeue", subject_id=str(job.id)).exists()


def test_a_job_that_did_not_fail_is_left_alone() -> None:
    enqueue(kind="test.write", key="write/waiting", arguments={})

    with pytest.raises(JobNotFailed):
        requeue(key="write/waiting")
