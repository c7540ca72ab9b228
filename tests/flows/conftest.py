"""The small city, made and taken over once per session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.conftest import clone, pointed_at
from tests.flows.flow_city import Bureau, City, opened, take_city_over


@pytest.fixture(scope="session")
def city(
    template_database: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:
    files = tmp_path_factory.mktemp("city")
    with clone(template_database) as name:
        with django_db_blocker.unblock(), pointed_at(name):
            take_city_over(files=files)
        yield City(files=files, database=name)


@pytest.fixture
def bureau(city: City, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[Bureau]:
    with django_db_blocker.unblock(), opened(city=city, var=tmp_path / "var") as bureau:
        yield bureau
