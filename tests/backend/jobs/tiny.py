"""Tiny kinds of job (演示作业) for tests; each writes one act where a real one would pay.

python -m tests.backend.jobs.tiny do JOB_ID        do one job in a process of its own
python -m tests.backend.jobs.tiny put N:SECONDS …  put jobs on the table and ring for them
"""

import os
import sys
import time
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()

from django.db import connection

from backend.audit.models import Act
from backend.audit.record import record
from backend.jobs.queue import enqueue
from backend.jobs.registry import handler
from backend.jobs.runner import run_job
from backend.kernel.errors import Refusal

DONE = "test.done"


class NotToday(Refusal):
    """A rule that always says no."""

    code = "not_today"


@handler("test.write")
def write(*, arguments: dict[str, Any]) -> int:
    """Write one act, slowly when asked."""
    record(name=DONE, subject_kind="test", subject_id=str(arguments["n"]), rows=1)
    time.sleep(arguments.get("seconds", 0))
    return 1


@handler("test.refuse")
def refuse(*, arguments: dict[str, Any]) -> int:
    """Write one act, then say no."""
    record(name=DONE, subject_kind="test", subject_id=str(arguments["n"]))
    raise NotToday("今天不办理。")


@handler("test.stumble")
def stumble(*, arguments: dict[str, Any]) -> int:
    """Break in a way that we did not foresee."""
    record(name=DONE, subject_kind="test", subject_id=str(arguments["n"]))
    raise ValueError(str(arguments["n"]))


@handler("test.full_disk")
def full_disk(*, arguments: dict[str, Any]) -> int:
    """Find the disk full."""
    raise OSError(28, "No space left on device")


@handler("test.bad_sql")
def bad_sql(*, arguments: dict[str, Any]) -> int:
    """Break the transaction itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    return 0


def times_done(n: int) -> int:
    """How often the effect of job ``n`` is there."""
    return Act.objects.filter(name=DONE, subject_id=str(n)).count()


if __name__ == "__main__":
    if sys.argv[1] == "do":
        run_job(job_id=int(sys.argv[2]))
    for order in sys.argv[2:] if sys.argv[1] == "put" else []:
        n, seconds = order.split(":")
        wanted = {"n": int(n), "seconds": float(seconds)}
        enqueue(kind="test.write", key=f"tiny/{n}", arguments=wanted)
