"""What is told of an error of the database (数据库错误): never the values that it was about.

PostgreSQL puts the row that it refuses into what it says, and with it numbers and names of people.
Logs and rows of jobs are read by others than those who may see these.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType

import psycopg
from django.db import Error
from structlog.typing import ExcInfo

# What speaks of tables and rights alone, or is a sentence of ours, is told in words.
IN_WORDS = frozenset({"42501", "42703", "42P01", "P0001"})


def told(error: BaseException) -> str:
    """Tell an error: one of the database by its SQLSTATE and the constraint that refused, any other
    by its text."""
    name = type(error).__name__
    if not isinstance(error, Error | psycopg.Error):
        return f"{name}: {error}"
    source = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(source, psycopg.Error):
        return name
    words = source.diag.message_primary if source.sqlstate in IN_WORDS else None
    return " ".join(filter(None, (name, source.sqlstate, source.diag.constraint_name, words)))


def told_with_lines(exc_info: ExcInfo) -> str:
    """Tell an error with the lines that it passed, below those it came from: a traceback."""
    _, error, _ = exc_info
    lines = "".join(traceback.format_tb(error.__traceback__))
    text = f"Traceback (most recent call last):\n{lines}{told(error)}"
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is None:
        return text
    return f"{told_with_lines((type(earlier), earlier, earlier.__traceback__))}\n\n{text}"


def tell_what_ends_us() -> None:
    """Let what nobody caught, in any thread of this process, be told like this on its way out."""
    sys.excepthook = _tell
    threading.excepthook = lambda ended: _tell(
        ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback
    )


def _tell(kind: type[BaseException], error: BaseException, lines: TracebackType | None) -> None:
    sys.stderr.write(f"{told_with_lines((kind, error, lines))}\n")


class WithoutValues(logging.Filter):
    """Has whatever writes a log of others (Django's, Celery's) tell errors like this."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, its traceback told already."""
        if record.exc_info and record.exc_info[1]:
            _, error, _ = info = record.exc_info
            record.exc_text, record.exc_info = told_with_lines(info), None
            if isinstance(record.args, dict) and "exc" in record.args:  # Celery's message names it
                record.args = {**record.args, "exc": told(error)}
        return True
