"""Calls use one connection to the database after the other has done, and mend it when it broke."""

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory

from tests.conftest import OwnDatabase


def call() -> int:
    """Answer as the web server does; tell which connection did it."""
    environ = RequestFactory().get("/healthz").environ
    answer = WSGIHandler()(environ, lambda status, headers, info=None: lambda body: None)
    answer.close()  # ends the call
    assert connection.connection is not None
    return int(connection.connection.info.backend_pid)


def test_a_call_opens_no_connection_of_its_own(own_database: OwnDatabase) -> None:
    assert call() == call()


def test_a_connection_that_broke_between_two_calls_is_opened_anew(
    own_database: OwnDatabase,
) -> None:
    before = call()
    assert connection.connection is not None
    connection.connection.close()

    assert call() != before
