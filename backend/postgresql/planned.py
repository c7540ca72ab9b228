"""Statements that every call runs are planned once (计划只做一次), not at each call."""

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

from backend.postgresql.base import DatabaseWrapper


def planned_once() -> CursorWrapper:
    """Give a cursor whose statements the server plans once for a connection, and runs with the
    values of each call. For what is the same at every call: each statement keeps its plan. They
    share one cursor: what one gives is fetched before the next is run."""
    connection = connections[DEFAULT_DB_ALIAS]
    assert isinstance(connection, DatabaseWrapper), "settings name another engine"
    return connection.planned_cursor()
