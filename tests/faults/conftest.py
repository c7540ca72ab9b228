"""Fixtures of the fault tests: a private cluster for the session, a site for each test."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from backend import cluster
from backend.cluster import Cluster
from tests.faults import harness, month
from tests.faults.harness import Site


@pytest.fixture(scope="session")
def private_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL that may crash, with a migrated template."""
    var = tmp_path_factory.mktemp("faults")
    try:
        yield harness.make_cluster(var=var)
    finally:
        cluster.destroy(cluster.cluster_of(var=var))


@pytest.fixture(scope="module", params=["filesystem", "redis"])
def broker_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Both brokers in turn; Redis where it is installed."""
    with harness.broker(request.param, folder=tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture
def twice() -> bool:
    """Whether every message is sent twice; ``parametrize("twice", [True])`` asks for it."""
    return False


@pytest.fixture
def site(
    private_cluster: Cluster,
    broker_url: str,
    twice: bool,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Site]:
    """A fresh database and an empty broker; servers start when the test says so.

    Whatever a test breaks there, all promises hold at its end.
    """
    opened = harness.opened_site(server=private_cluster, broker_url=broker_url, twice=twice)
    with django_db_blocker.unblock(), opened as site:
        yield site
        assert site.keeps_its_promises()


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest,
    private_cluster: Cluster,
    broker_url: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Site]:
    """Servers that go on from test to test, for to start them takes longer than most tests: those
    that the module names as ``RUNNING``, with the jobs of ``INCLUDED``."""
    opened = harness.opened_site(server=private_cluster, broker_url=broker_url)
    with django_db_blocker.unblock(), opened as site:
        site.start(*request.module.RUNNING, include=request.module.INCLUDED)
        yield site


@pytest.fixture
def renewed(running: Site) -> Site:
    """A fresh database under the running servers."""
    running.renew()
    return running


@pytest.fixture(scope="session")
def city_cluster(private_cluster: Cluster) -> Cluster:
    """The private cluster with a city taken over."""
    month.take_city_over(private_cluster)
    return private_cluster


@pytest.fixture
def bureau(city_cluster: Cluster, site: Site) -> Site:
    """A city that has not paid yet, no server running."""
    month.open_month(site)
    return site
