"""What no month passes dies at its fault points too, and is there once, with nobody's help."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from backend.city.promises import broken_promises
from backend.jobs.faultpoint import POINTS
from backend.jobs.models import Job, JobState
from backend.jobs.runner import run_waiting
from tests.faults import harness, seldom, test_signatures
from tests.faults.harness import Site
from tests.faults.seldom import SELDOM, Seldom
from tests.faults.test_month import ELSEWHERE

RUNNING, INCLUDED = ("worker", "beat"), "tests.faults.seldom_jobs"


@pytest.fixture(scope="module", params=harness.brokers())
def broker_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Redis too where ``bin/evidence`` asks for it: it is the worker that dies here."""
    with harness.broker(request.param, folder=tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture
def site(renewed: Site) -> Site:
    """No promise is asked for at the end: what is broken before is told by ``undisturbed``."""
    return renewed


def broken() -> set[str]:
    """The promises that do not hold: builders sign nothing, and no month was paid before."""
    return {one.promise for one in broken_promises()}


def undisturbed(of: Seldom) -> tuple[object, set[str]]:
    """What is there, and what is broken, where nothing dies; and nothing of it stays."""
    with transaction.atomic():
        of.happens()
        while run_waiting(keys=list(Job.objects.values_list("key", flat=True))):
            pass
        found = of.found(), broken()
        transaction.set_rollback(True)
    return found


def all_done() -> bool:
    return not Job.objects.exclude(state=JobState.DONE).exists()


@pytest.mark.parametrize("of", SELDOM, ids=lambda of: of.points[0])
def test_a_worker_dies_where_no_month_comes_by(site: Site, of: Seldom) -> None:
    wanted, orders = undisturbed(of), [f"{point}:1:kill" for point in of.points]
    for order in orders:
        site.arm(order)

    with transaction.atomic():
        of.happens()
    site.until(all_done)

    assert [order for order in orders if not site.struck(order)] == []
    assert (of.found(), broken()) == wanted
    assert wanted[0] == of.expected


def test_every_fault_point_is_struck_somewhere_here() -> None:
    others = {order.partition(":")[0] for order in test_signatures.WITHIN_A_DECISION}

    assert set(ELSEWHERE) <= set(seldom.POINTS) | others
    assert set(seldom.POINTS) <= set(ELSEWHERE) <= set(POINTS)
