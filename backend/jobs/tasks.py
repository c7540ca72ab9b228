"""The two messages there are (消息): do this job; look for jobs that were left lying."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from backend.celery import app
from backend.jobs.bell import empty_processed, ring
from backend.jobs.models import Job, JobState
from backend.jobs.runner import claimable, run_job

QUIET = timedelta(seconds=2)
RINGS_MAX = 500  # sweeps are messages too: they wait their turn behind these


@app.task(name="backend.jobs.tasks.run")
def run(job_id: int) -> None:
    """Do one job."""
    run_job(job_id=job_id)


@app.task(name="backend.jobs.tasks.sweep")
def sweep() -> int:
    """Ring again for every job that waits too long or whose worker died (its row is free)."""
    lying = claimable() & ~Q(state=JobState.QUEUED, queued_at__gte=Now() - QUIET)
    with transaction.atomic():
        free = Job.objects.select_for_update(skip_locked=True).filter(lying).order_by("id")
        ids = list(free.values_list("id", flat=True)[:RINGS_MAX])
    for job_id in ids:
        ring(job_id=job_id)
    empty_processed()
    return len(ids)
