"""A failed job goes on once a person removed its cause."""

import pytest
from django.test import Client

from backend.audit.models import Act
from backend.jobs.models import Job, JobState
from backend.jobs.queue import JobNotFailed, enqueue, requeue
from tests import builders

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


def test_an_operator_queues_it_again_over_the_api(client: Client) -> None:
    job = enqueue(kind="test.write", key="write/again", arguments={})
    Job.objects.filter(id=job.id).update(state=JobState.FAILED, attempts=8, error="file_differs")
    operator = builders.member(role="SYSTEM_ADMIN").staff
    client.force_login(operator)

    def ask(key: str) -> int:
        headers = {"Idempotency-Key": f"requeue {key}"}
        body = {"key": key}
        path = "/api/v1/jobs/requeue"
        return client.post(path, body, content_type="application/json", headers=headers).status_code

    assert (ask("write/again"), ask("write/other")) == (200, 422)
    assert Act.objects.get(name="jobs.requeue").staff_id == operator.pk
