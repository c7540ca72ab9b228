"""A job is done once, by whoever lives; a rule's no is final, a broken world is tried again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.audit.models import Act
from backend.audit.record import calling
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue, enqueue_all
from backend.jobs.runner import (
    MAX_ATTEMPTS,
    MAX_INTERRUPTIONS,
    JobFailed,
    run_job,
    run_waiting,
    unfinished,
)
from tests.backend.jobs.tiny import times_done

pytestmark = pytest.mark.django_db


def put(kind: str = "test.write", *, n: int = 1) -> Job:
    return enqueue(kind=kind, key=f"{kind}/{n}", arguments={"n": n})


def now_is_later(job: Job) -> None:
    """Let the lease, or the pause, of a job run out."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_job_is_done_with_its_effect() -> None:
    job = put()

    assert run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.rows, job.attempts, job.error) == (JobState.DONE, 1, 1, "")
    assert job.finished_at is not None
    assert times_done(1) == 1


def test_a_done_job_is_not_done_again() -> None:
    job = put()
    run_job(job_id=job.id)

    assert not run_job(job_id=job.id)
    assert times_done(1) == 1


def test_many_jobs_are_put_at_once_each_key_once_and_in_their_order() -> None:
    known = put(n=2)

    jobs = enqueue_all(
        kind="test.write", arguments={f"test.write/{n}": {"n": n} for n in (3, 2, 1)}
    )

    assert [job.arguments["n"] for job in jobs] == [3, 2, 1]
    assert jobs[1] == known
    assert [job.pk for job in Job.objects.order_by("pk")] == [known.pk, jobs[0].pk, jobs[2].pk]


def test_a_message_for_nothing_does_nothing() -> None:
    assert not run_job(job_id=987654321)


def test_the_same_key_is_one_job_whatever_became_of_it() -> None:
    first = put()
    run_job(job_id=first.id)

    again = enqueue(kind="test.write", key=first.key, arguments={"n": 2})

    assert (again.pk, again.state, again.arguments) == (first.pk, JobState.DONE, {"n": 1})


def test_a_job_works_under_the_call_that_ordered_it() -> None:
    call = uuid4()
    with calling(call):
        job = put()

    run_job(job_id=job.id)

    assert job.call == call
    assert Act.objects.get(subject_id="1").call == call


def test_a_rule_that_says_no_fails_the_job_and_leaves_nothing() -> None:
    job = put("test.refuse")

    assert not run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "not_today: 今天不办理。")
    assert times_done(1) == 0
    with pytest.raises(JobFailed, match="今天不办理"):
        unfinished(keys=[job.key])


@pytest.mark.parametrize("kind", ["test.stumble", "test.bad_sql"])
def test_our_own_mistake_is_tried_eight_times_then_fails(kind: str) -> None:
    job = put(kind)

    for _ in range(MAX_ATTEMPTS + 1):
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.FAILED, MAX_ATTEMPTS)
    assert job.error
    assert times_done(1) == 0


def test_a_kind_without_handler_fails_and_is_named() -> None:
    job = put("test.nobody_does_this")

    for _ in range(MAX_ATTEMPTS):
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "KeyError: 'test.nobody_does_this'")


def test_a_full_disk_is_waited_for() -> None:
    job = put("test.full_disk")

    run_job(job_id=job.id)
    run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert "No space left" in job.error
    now_is_later(job)
    run_job(job_id=job.id)
    job.refresh_from_db()
    assert job.attempts == 2


def test_a_job_that_is_worked_on_is_left_alone() -> None:
    job = put()
    in_a_while = timezone.now() + timedelta(seconds=3)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=1, lease_until=in_a_while)

    assert not run_job(job_id=job.id)
    assert times_done(1) == 0


def test_a_dead_workers_job_is_done_when_its_lease_has_run_out() -> None:
    job = put()
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=1)
    now_is_later(job)

    assert run_job(job_id=job.id)
    assert times_done(1) == 1


def test_a_job_that_always_kills_its_worker_ends_before_a_person() -> None:
    job = put()
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=MAX_INTERRUPTIONS)
    now_is_later(job)

    assert not run_job(job_id=job.id)

    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "中断" in job.error


def test_what_nobody_took_is_done_in_this_process() -> None:
    keys = [put(n=n).key for n in (1, 2, 3)]

    assert unfinished(keys=keys) == 3
    assert run_waiting(keys=keys) == 3
    assert unfinished(keys=keys) == 0


def test_one_that_always_kills_its_worker_keeps_no_other_from_being_done() -> None:
    fatal = put(n=1)
    Job.objects.filter(pk=fatal.pk).update(state=JobState.RUNNING, attempts=MAX_INTERRUPTIONS)
    now_is_later(fatal)

    assert run_waiting(keys=[fatal.key, put(n=2).key]) == 1
    assert times_done(2) == 1


def test_what_fails_for_now_is_tried_once_in_a_round() -> None:
    failing = put("test.stumble")

    assert run_waiting(keys=[failing.key, put(n=2).key]) == 1

    failing.refresh_from_db()
    assert (failing.state, failing.attempts) == (JobState.QUEUED, 1)
