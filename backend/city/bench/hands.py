"""One more worker beside the measured process (第二个工作进程): ``bin/run`` has two, a month too.

It is there before the clock starts, as workers are, and does those of the jobs that nobody has
taken. What it uses is counted with the rest.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.db import connection

from backend.celery import app, settle
from backend.city.bench.inside import watched
from backend.city.bench.meter import OPEN_STEP, Meter, session_of
from backend.jobs import runner
from insurance.policy import parameters as policy
from payments.banks.profile import bank_codes


@dataclass(frozen=True)
class Hand:
    """A process that waits for keys of jobs, one list a line, and answers each."""

    asked: IO[str]
    answers: IO[str]

    def together(self, *, keys: Collection[str], meter: Meter) -> int:
        """Let both do these jobs; how many were done. It counts towards the step that is open."""
        self._ask(keys)
        done = runner.run_waiting(keys=keys)
        told = json.loads(self.answers.readline())
        for step, spent in told["spent"].items():
            meter.add(step=step, cpu_seconds=spent["cpu_seconds"], peak_mb=spent["peak_mb"])
        return done + int(told["done"])

    def _ask(self, keys: Collection[str]) -> None:
        self.asked.write(json.dumps(list(keys)) + "\n")
        self.asked.flush()


@contextmanager
def second_hand() -> Iterator[Hand]:
    """Give a worker that is ready; it ends with the ``with``."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench", "hand"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        hand = Hand(process.stdin, process.stdout)
        hand._ask([])
        hand.answers.readline()
        yield hand
        process.stdin.close()


def be_ready() -> None:
    """Read what a worker has read long before its next job: figures, layouts, the way to ring."""
    policy.version()
    bank_codes(demo=True)
    with app.producer_pool.acquire(block=True):
        pass
    settle()


def lend_a_hand() -> None:
    """Be that worker, until nobody asks any more."""
    session = session_of(connection)
    be_ready()
    for line in sys.stdin:
        meter = Meter(session=session, with_ended=False)
        with watched(meter), meter.step(OPEN_STEP):
            done = runner.run_waiting(keys=json.loads(line))
        sys.stdout.write(json.dumps({"done": done, "spent": meter.figures()}) + "\n")
        sys.stdout.flush()
