"""Whatever is killed, lost or doubled: the servers come back and each job is done once."""

import json
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from backend.jobs.models import Job, JobState
from tests.backend.jobs.tiny import times_done
from tests.faults.harness import Site

TINY = "tests.backend.jobs.tiny"
RUNNING, INCLUDED = ("worker", "beat", "web"), TINY
JOBS = range(8)
# Whoever can write to the broker sends what no job asked for, and rings for what is done.
FORGED = """
from backend.celery import app
from backend.jobs.models import Job
for name, given in (
    ("os.system", ["touch forged"]),
    ("payments.bank_files.deliver", [1]),
    ("backend.jobs.tasks.run", [2**40]),
    ("backend.jobs.tasks.run", [1, "payments.deliver"]),
    ("backend.jobs.tasks.run", ["1; DROP TABLE jobs_job"]),
    *(("backend.jobs.tasks.run", [job]) for job in Job.objects.values_list("id", flat=True)),
):
    app.send_task(name, args=given)
app.send_task("backend.jobs.tasks.run", args=[1], serializer="pickle")
"""


@pytest.fixture
def site(renewed: Site) -> Iterator[Site]:
    """Whatever breaks in it, the fresh database keeps its promises."""
    yield renewed
    assert renewed.keeps_its_promises()


def order_jobs(site: Site, *, seconds: float = 0.1) -> None:
    """Put jobs on the table from another process, which rings for them."""
    site.run("-m", TINY, "put", *[f"{n}:{seconds}" for n in JOBS])


def is_healthy(site: Site) -> bool:
    """Whether web answers, and the database behind it."""
    try:
        with urlopen(f"{site.address}/healthz", timeout=5) as answer:  # noqa: S310 - our own
            return bool(json.load(answer)["database"] == "ok")
    except OSError:
        return False


def all_done() -> bool:
    return Job.objects.exclude(state=JobState.DONE).count() == 0


def each_once(site: Site) -> bool:
    """Wait for all jobs; whether each has its effect exactly once."""
    site.until(all_done)
    return [times_done(n) for n in JOBS] == [1] * len(JOBS)


def test_a_quiet_day(site: Site) -> None:
    order_jobs(site)

    assert each_once(site)


@pytest.mark.parametrize("point", ["jobs.claimed", "jobs.worked", "jobs.committed"])
def test_a_process_dies_at_a_fault_point(site: Site, point: str) -> None:
    site.arm(f"{point}:2:kill")

    order_jobs(site)

    assert each_once(site)
    assert site.struck(f"{point}:2:kill")


def test_worker_and_beat_die_with_all_their_children(site: Site) -> None:
    order_jobs(site, seconds=0.4)
    site.until(lambda: times_done(0))

    site.kill("worker")
    site.kill("beat")

    assert each_once(site)


def test_the_broker_loses_every_message(site: Site) -> None:
    order_jobs(site, seconds=0.4)
    site.until(lambda: times_done(0))

    site.wipe_broker()

    assert each_once(site)


def test_a_forged_message_does_nothing_and_stops_nobody(site: Site) -> None:
    order_jobs(site)
    assert each_once(site)

    site.run("-c", f"import django; django.setup(){FORGED}")
    site.run("-m", TINY, "put", "8:0")

    site.until(lambda: times_done(8))
    assert each_once(site)
    assert Job.objects.count() == len(JOBS) + 1


def test_web_dies_and_answers_again(site: Site) -> None:
    site.until(lambda: is_healthy(site))

    site.kill("web")

    site.until(lambda: is_healthy(site))


def test_postgresql_crashes(site: Site) -> None:
    order_jobs(site, seconds=0.4)
    site.until(lambda: times_done(0))

    site.crash_database()

    assert each_once(site)


def test_every_message_comes_twice(site: Site) -> None:
    site.stop()
    site.twice = True
    site.start("worker", "beat", include=TINY)

    order_jobs(site)

    assert each_once(site)
