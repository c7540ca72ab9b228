"""Connections to PostgreSQL (数据库连接): Django's own, with two things of ours (ADR 0038).

Whether a connection that was kept open still stands is seen at its socket, and asked of the server
only now and then. And a cursor can be had whose statements are planned once for a connection.
"""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

ASKED_EVERY_SECONDS = 5.0  # of a connection in use; what closes it says so at its socket before


class DatabaseOperations(operations.DatabaseOperations):
    """What is told of statements, also of those whose values the server binds."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Give a statement with its values, for a log."""
        if isinstance(cursor, psycopg.ClientCursor):
            return super().last_executed_query(cursor, sql, params)
        return str(self.compose_sql(sql, params))


class PlannedCursor(psycopg.Cursor[Any]):
    """A cursor whose values the server binds. Its connection keeps it: how values are read and
    written is looked up once, which takes as long as a small statement."""

    def close(self) -> None:
        """Stay open for the next statement; the connection ends it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    ops_class = DatabaseOperations
    _planned: PlannedCursor | None = None
    _asked_at: float | None = None  # by the monotonic clock; never yet, or it was not usable

    def is_usable(self) -> bool:
        """Whether the next call can use it: after an error, after some seconds, or when the server
        said something unasked, it is asked; else a silent socket is enough."""
        now = time.monotonic()
        lately = self._asked_at is not None and now - self._asked_at < ASKED_EVERY_SECONDS
        if lately and not self.errors_occurred and self._silent:
            return True
        usable = super().is_usable()
        self._asked_at = now if usable else None
        return usable

    def planned_cursor(self) -> CursorWrapper:
        """Give a cursor for statements that many calls run: the server plans them once."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_thread_sharing()
        if self._planned is None or self._planned.connection is not self.connection:
            with self.wrap_database_errors:
                self._planned = PlannedCursor(self.connection)
        cursor: Any = self._planned
        return self.make_debug_cursor(cursor) if self.queries_logged else self.make_cursor(cursor)

    @property
    def _silent(self) -> bool:
        """Whether nothing came over the socket since the last answer: a server that goes away, or
        ends the connection, sends its end. In a transaction, that may have failed, who knows."""
        if self.connection is None or self.connection.closed:
            return False
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
