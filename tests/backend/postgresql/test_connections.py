"""Calls use one connection to the database after the other has done, and mend it when it broke."""

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import DataError, connection
from django.db.backends.postgresql.base import DatabaseWrapper as Usual
from django.test import RequestFactory

from backend import cluster
from backend.postgresql import base
from backend.postgresql.planned import planned_once
from tests.conftest import OwnDatabase


def call() -> int:
    """Answer as the web server does; tell which connection did it."""
    environ = RequestFactory().get("/healthz").environ
    answer = WSGIHandler()(environ, lambda status, headers, info=None: lambda body: None)
    answer.close()  # ends the call
    assert connection.connection is not None
    return int(connection.connection.info.backend_pid)


@pytest.fixture
def asked(own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a server is asked whether its connection stands."""
    times: list[int] = []
    usual = Usual.is_usable

    def counted(self: Usual) -> bool:
        times.append(1)
        return usual(self)

    monkeypatch.setattr(Usual, "is_usable", counted)
    return times


def test_a_call_opens_no_connection_of_its_own(own_database: OwnDatabase) -> None:
    assert call() == call()


def test_a_connection_that_broke_between_two_calls_is_opened_anew(
    own_database: OwnDatabase,
) -> None:
    before = call()
    assert connection.connection is not None
    connection.connection.close()

    assert call() != before


def test_a_connection_that_the_server_ended_between_two_calls_is_opened_anew(
    own_database: OwnDatabase,
) -> None:
    call()
    before = call()
    ended = f"SELECT pg_terminate_backend({before}, 5000);"
    cluster.run_sql(cluster.cluster_of(var=settings.VAR_DIR), database="postgres", sql=ended)

    assert call() != before


def test_a_call_soon_after_another_asks_nothing_of_the_server(asked: list[int]) -> None:
    call()
    call()
    asked.clear()

    call()

    assert asked == []


def test_a_call_some_time_after_another_asks_whether_the_connection_stands(
    asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    call()
    call()
    asked.clear()
    monkeypatch.setattr(base, "ASKED_EVERY_SECONDS", 0.0)

    call()

    assert asked == [1]


@pytest.mark.django_db
def test_a_transaction_that_failed_is_nothing_to_go_on_with() -> None:
    assert connection.is_usable()

    with connection.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT 1 / 0")

    assert not connection.is_usable()


def test_a_statement_that_is_planned_once_is_prepared_and_takes_the_values_of_each_call(
    own_database: OwnDatabase,
) -> None:
    found = []
    for number in (1, 2, 3):
        with planned_once() as cursor:
            cursor.execute("SELECT %(number)s::integer", {"number": number})
            found += cursor.fetchall()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::integer'"
        )
        prepared = cursor.fetchall()

    assert (found, prepared) == ([(1,), (2,), (3,)], [(1,)])


def test_the_cursor_of_such_statements_stays_with_its_connection_and_ends_with_it(
    own_database: OwnDatabase,
) -> None:
    cursors = []
    for ends in (False, True, False):
        with planned_once() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchall() == [(1,)]
            cursors.append(cursor.cursor)
        if ends:
            connection.close()

    assert cursors[0] is cursors[1]
    assert cursors[1] is not cursors[2]
