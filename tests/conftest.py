"""Real PostgreSQL for the tests, and no network.

All migrations are applied once to a template database, named by a digest of what made it. Each
test process clones it; ordinary ``db`` tests roll back in the clone, as the application role. What
needs committed rows (workers, a live server, ``on_commit``) asks for ``own_database``: append-only
tables rightly refuse the TRUNCATE of ``transaction=True``.
"""

import fcntl
import gc
import hashlib
import itertools
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, ObjectInUse
from pytest_django.plugin import DjangoDbBlocker

from backend import cluster, database_roles, schema
from backend.celery import app as celery
from tests.quick_passwords import quick_passwords

PREFIX = "yktest_"
TEMPLATE_PREFIX = f"{PREFIX}template_"
TEMPLATE_KEPT = timedelta(hours=2)
# It would look at tables whose rows only the test's own transaction sees, find none, and have the
# planner read all of them for each row; or it would come too late: other plans at each run.
NO_AUTOVACUUM = """
DO $$
DECLARE tab regclass;
BEGIN
    FOR tab IN SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', tab);
    END LOOP;
END $$
"""
ALIASES = ("default", "owner", "sealer")
# Minutes each: what begins last would keep one core idle at the end.
LONG = ("tests/faults/", "tests/flows/", "test_bench", "_twin")
T = TypeVar("T")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class OwnDatabase:
    """A database that one test has to itself; its rows are committed, and all go at the end."""

    name: str

    @property
    def environment(self) -> dict[str, str]:
        """For a child process that shall work in this database."""
        return {
            **os.environ,
            "YIKATONG_DATABASE": self.name,
            "AUDIT_DIR": str(settings.AUDIT_DIR),
        }


def pytest_configure(config: pytest.Config) -> None:
    if "DATABASE_URL" in os.environ:
        raise pytest.UsageError("tests make databases of their own: unset DATABASE_URL")
    # The same examples at each run, however busy the machine is.
    hypothesis.settings.register_profile("yikatong", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("yikatong")
    monkeypatch = pytest.MonkeyPatch()
    config.add_cleanup(monkeypatch.undo)
    monkeypatch.setattr(socket.socket, "connect", _local_only(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", _local_only(socket.socket.connect_ex))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG))


def pytest_collection_finish() -> None:
    """Look for cycles only among what the tests make: modules and tests stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def template_database(django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a migrated, empty demo database, made when it is not there."""
    server = cluster.ensure_started(var=settings.VAR_DIR)
    name = TEMPLATE_PREFIX + _digest()
    with _locked(settings.VAR_DIR / "test-template.lock"):
        _drop_stale(keep=name)
        if not cluster.database_exists(server, name=name):
            with django_db_blocker.unblock():
                _build_template(server, name)
    return name


@pytest.fixture(scope="session")
def django_db_setup(template_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this process (of several, with xdist) a clone, and point Django at it."""
    with clone(template_database) as name, django_db_blocker.unblock(), pointed_at(name):
        django_db_blocker.block()
        yield
        django_db_blocker.restore()


@pytest.fixture(autouse=True, scope="session")
def silent_bell() -> None:
    """Ring for no worker of this checkout: the jobs of a test stand in another database."""
    celery.conf.update(broker_url="memory://", broker_transport_options={})


@pytest.fixture(autouse=True, scope="session")
def audit_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Heads and keys of the tests' chains stand beside none of this checkout's own."""
    with override_settings(AUDIT_DIR=str(tmp_path_factory.mktemp("audit"))):
        yield


@pytest.fixture(autouse=True, scope="session")
def materials_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tests hand in is kept beside none of this checkout's own."""
    with override_settings(MATERIALS_DIR=str(tmp_path_factory.mktemp("materials"))):
        yield


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """Nobody waits for a password."""
    with quick_passwords():
        yield


@pytest.fixture
def own_database(
    template_database: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[OwnDatabase]:
    """Instead of ``db``: a fresh database in which this test may commit."""
    with clone(template_database) as name, django_db_blocker.unblock(), pointed_at(name):
        yield OwnDatabase(name)


def _local_only(connect: Callable[..., T]) -> Callable[..., T]:
    def guarded(this: socket.socket, address: Any) -> T:
        if this.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise PermissionError(f"a test wants the network: {address}")
        return connect(this, address)

    return guarded


def _digest() -> str:
    made_by = schema.digest_of_migrations() + NO_AUTOVACUUM
    return hashlib.sha256(made_by.encode()).hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build_template(server: cluster.Cluster, name: str) -> None:
    """Build under another name: an interrupted build is not taken for a template."""
    unfinished = f"{PREFIX}unfinished"
    cluster.drop_database(server, name=unfinished)
    schema.make_empty_database(server, name=unfinished)
    with pointed_at(unfinished), connections["owner"].cursor() as cursor:
        cursor.execute(NO_AUTOVACUUM)
    _as_owner(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(unfinished), sql.Identifier(name)
        ),
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(name), sql.Literal(datetime.now(UTC).isoformat())
        ),
    )


@contextmanager
def clone(template: str) -> Iterator[str]:
    name = f"{PREFIX}{os.getpid()}_{next(_numbers)}"
    _as_owner(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    try:
        yield name
    finally:
        _drop(name)


def _drop(name: str) -> None:
    """Drop a database; an autovacuum worker in it, which only a superuser may end, soon leaves."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for seconds in (0.5, 1, 2, 4, 8):
        try:
            _as_owner(statement)
        except (InsufficientPrivilege, ObjectInUse):
            time.sleep(seconds)
        else:
            return
    _as_owner(statement)


def _drop_stale(*, keep: str) -> None:
    """Drop clones of processes that are gone, and templates of older migrations."""
    found = _as_owner(
        sql.SQL("SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database")
    )
    oldest = (datetime.now(UTC) - TEMPLATE_KEPT).isoformat()
    for name, made_at in found:
        of_process = re.fullmatch(rf"{PREFIX}(\d+)_\d+", name)
        gone = of_process and not Path(f"/proc/{of_process[1]}").exists()
        outdated = name.startswith(TEMPLATE_PREFIX) and name != keep and (made_at or "") < oldest
        if gone or outdated:
            _drop(name)


def _as_owner(*statements: sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
    """Run statements on the server itself, as the owner, who may create databases."""
    host = settings.DATABASES["owner"]["HOST"]
    with closing(
        psycopg.connect(host=host, dbname="postgres", user=database_roles.OWNER, autocommit=True)
    ) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ALIASES}
    try:
        _point(dict.fromkeys(ALIASES, name))
        yield
    finally:
        _point(before)


def _point(names: dict[str, str]) -> None:
    connections.close_all()
    for alias, name in names.items():
        connections[alias].settings_dict["NAME"] = name
