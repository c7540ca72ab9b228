"""Do jobs (执行作业): claimed in a short transaction, worked in one that also marks them done.

While a job is worked its row is locked: that lock, not the lease, is the proof of life. A lease
only bridges the moment between claim and lock. Whoever finds an expired lease and a free row may
do the job again; the effects of the dead worker were rolled back with its transaction.
"""

import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.models import Channel
from backend.audit.record import calling
from backend.jobs.faultpoint import faultpoint
from backend.jobs.models import Job, JobState
from backend.jobs.registry import handler_of
from backend.kernel.errors import Refusal
from backend.postgresql.told import told

LEASE = timedelta(seconds=3)
MAX_ATTEMPTS = 8
MAX_INTERRUPTIONS = 40  # a job that kills its worker, or a disk that stays full
PAUSE_SECONDS_MAX = 60
PAUSE_WAITING = timedelta(seconds=5)
log = structlog.get_logger(__name__)


class NotYetError(Exception):
    """What a job waits for is not there yet: it is tried again in a while, however often."""


@dataclass(frozen=True)
class Claim:
    """A job taken for one attempt."""

    job_id: int
    attempt: int


def claimable() -> Q:
    """Jobs nobody holds: queued and not pausing, or running with a lease that has run out."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return Q(state__in=[JobState.QUEUED, JobState.RUNNING]) & free


def run_job(*, job_id: int) -> bool:
    """Do this job unless somebody else has it; True when it was done here and now."""
    claim = _claim(job_ids=[job_id])
    return claim is not None and _done(claim)


def run_waiting(*, keys: Collection[str]) -> int:
    """Do those of these jobs that nobody has taken, each once; give how many were done here.

    Several processes share them: each claims the next that is free.
    """
    left = list(Job.objects.filter(claimable(), key__in=keys).values_list("id", flat=True))
    done = 0
    while left and (claim := _claim(job_ids=left)) is not None:
        left.remove(claim.job_id)
        done += _done(claim)
    return done


def _done(claim: Claim) -> bool:
    """Work a claimed job, or say why not; True when it was done here and now."""
    faultpoint("jobs.claimed")
    try:
        done = _work(claim)
    except Refusal as refusal:
        _give_back(claim, state=JobState.FAILED, error=f"{refusal.code}: {refusal.detail}")
        log.warning("job refused", job=claim.job_id, code=refusal.code)
        return False
    except (OperationalError, InterfaceError) as error:
        connection.close()  # the database went away: the sweeper comes back to this job
        log.warning("job lost its database", job=claim.job_id, error=told(error))
        return False
    except NotYetError as wait:
        _wait(claim, reason=str(wait))
        return False
    except OSError as error:
        _try_later(claim, error=error, attempts_max=MAX_INTERRUPTIONS, pause=True)
        return False
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        _try_later(claim, error=error, attempts_max=MAX_ATTEMPTS, pause=False)
        return False
    faultpoint("jobs.committed")
    return done


def unfinished(*, keys: Collection[str]) -> int:
    """How many of these jobs are not done.

    Raises:
        JobFailed: one of them failed for good.
    """
    failed = Job.objects.filter(key__in=keys, state=JobState.FAILED).order_by("id").first()
    if failed is not None:
        raise JobFailed(f"作业 {failed.key} 失败：{failed.error}", job=failed.key)
    return Job.objects.filter(key__in=keys).exclude(state=JobState.DONE).count()


def waiting(*, keys: Collection[str]) -> int:
    """How many of these jobs have found that what they wait for is not there yet."""
    queued = Job.objects.filter(key__in=keys, state=JobState.QUEUED)
    return queued.filter(attempts=0, lease_until__isnull=False).count()


class JobFailed(Refusal):
    """A job failed for good: a person must look (作业失败,须人工处理)."""

    code = "job_failed"


def _claim(*, job_ids: Collection[int]) -> Claim | None:
    """Take the first of these jobs that nobody holds; what was interrupted too often fails."""
    while (job := _next(job_ids=job_ids)) is not None:
        if job.state == JobState.RUNNING:
            return Claim(job_id=job.id, attempt=job.attempts)
    return None


def _next(*, job_ids: Collection[int]) -> Job | None:
    """Hold the first free job until it runs here, or has failed.

    Nobody waits for the disk at the first attempt: a claim that is lost with the server is made
    once more. Later ones are counted whatever happens.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        free = Job.objects.select_for_update(skip_locked=True).filter(claimable(), id__in=job_ids)
        job = free.order_by("id").first()
        if job is None:
            return None
        if not job.attempts:
            cursor.execute("SET LOCAL synchronous_commit = off")
        job.attempts += 1
        mine = Job.objects.filter(id=job.id)
        if job.attempts <= MAX_INTERRUPTIONS:
            job.state = JobState.RUNNING
            mine.update(state=job.state, attempts=job.attempts, lease_until=Now() + LEASE)
        else:
            job.state = JobState.FAILED
            why = job.error or f"{MAX_INTERRUPTIONS} 次执行均中断，未留下原因。"
            mine.update(state=job.state, error=why)
    return job


def _work(claim: Claim) -> bool:
    started = time.perf_counter()
    with transaction.atomic():
        # Waits: somebody who tries to claim it too may hold the row for an instant.
        mine = Job.objects.select_for_update().filter(
            id=claim.job_id, state=JobState.RUNNING, attempts=claim.attempt
        )
        job = mine.first()
        if job is None:
            return False
        with calling(job.call, channel=Channel.JOB, place=socket.gethostname()):
            rows = handler_of(job.kind)(arguments=job.arguments)
        faultpoint("jobs.worked")
        Job.objects.filter(id=job.id).update(
            state=JobState.DONE,
            finished_at=timezone.now(),
            lease_until=None,
            rows=rows,
            error="",
            seconds=Decimal(str(round(time.perf_counter() - started, 3))),
        )
    return True


def _wait(claim: Claim, *, reason: str) -> None:
    """Queue the job again for a while later; that it had to wait is no attempt."""
    log.info("job waits", job=claim.job_id, reason=reason)
    mine = Job.objects.filter(id=claim.job_id, attempts=claim.attempt, state=JobState.RUNNING)
    mine.update(
        state=JobState.QUEUED,
        attempts=claim.attempt - 1,
        error=reason[:2000],
        lease_until=Now() + PAUSE_WAITING,
    )


def _try_later(claim: Claim, *, error: Exception, attempts_max: int, pause: bool) -> None:
    """Queue the job again, after a growing pause when the world failed and may mend."""
    log.error("job failed", job=claim.job_id, attempt=claim.attempt, exc_info=error)
    state = JobState.FAILED if claim.attempt >= attempts_max else JobState.QUEUED
    seconds = min(PAUSE_SECONDS_MAX, 2 ** (claim.attempt - 1)) if pause else 0
    _give_back(claim, state=state, error=told(error), pause_seconds=seconds)


def _give_back(claim: Claim, *, state: JobState, error: str, pause_seconds: int = 0) -> None:
    mine = Job.objects.filter(id=claim.job_id, attempts=claim.attempt, state=JobState.RUNNING)
    pause = Now() + timedelta(seconds=pause_seconds) if pause_seconds else None
    mine.update(state=state, error=error[:2000], lease_until=pause)
