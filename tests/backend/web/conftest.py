"""A clerk before the practice views; a city in which something stands behind every address."""

from collections.abc import Iterator, Mapping

import pytest
from django.db import transaction
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker, Settings

from backend.audit.sealer import seal_now
from backend.web import policy
from tests import builders
from tests.backend.web import objects, practice
from tests.backend.web.through_steps import Where
from tests.conftest import clone, pointed_at


@pytest.fixture
def practising(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the practice views under a table of their own."""
    settings.ROOT_URLCONF = practice.__name__
    table = {
        name: {method: frozenset(roles) for method, roles in methods.items()}
        for name, methods in practice.TABLE.items()
    }
    monkeypatch.setattr(policy, "routes", lambda: table)


@pytest.fixture
def clerk(db: None, practising: None) -> Client:
    """A clerk's browser."""
    client = Client(raise_request_exception=False)
    client.force_login(builders.member(role="CLERK").staff)
    return client


@pytest.fixture
def stranger(db: None, practising: None) -> Client:
    """A browser that nobody logged in with."""
    return Client()


@pytest.fixture(scope="module")
def there(
    template_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, Where]]:
    """What stands behind each address, by the name of its route: made once, for all tests of a
    module; what a test does with it is undone."""
    with (
        django_db_blocker.unblock(),
        clone(template_database) as name,
        pointed_at(name),
        override_settings(VAR_DIR=tmp_path_factory.mktemp("there")),
    ):
        with transaction.atomic():
            made = objects.everything()
        seal_now()
        yield made
