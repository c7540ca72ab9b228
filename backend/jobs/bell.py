"""Ring for a job (响铃): one message with an id. A lost message costs a sweep, never a job."""

import time
from contextlib import suppress

from django.conf import settings
from kombu.exceptions import ChannelError, OperationalError

from backend.celery import app

RUN_TASK = "backend.jobs.tasks.run"
KEPT_SECONDS = 60.0


def ring(*, job_id: int) -> None:
    """Send the id to whoever works; a broker that is away is left to the sweeper."""
    with suppress(OperationalError, ChannelError, OSError):
        app.send_task(RUN_TASK, args=[job_id], retry_policy={"max_retries": 1})


def empty_processed() -> None:
    """Remove the messages that the filesystem broker has handed out and keeps for nothing."""
    before = time.time() - KEPT_SECONDS
    for message in (settings.BROKER_DIR / "processed").glob("*.msg"):
        with suppress(FileNotFoundError):  # the other workers sweep too
            if message.stat().st_mtime < before:
                message.unlink()
