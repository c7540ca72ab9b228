"""An error of the database is told by what it was, not by whom it was about."""

import logging
import sys

import psycopg
import pytest
from django.db import DataError, Error, IntegrityError, connection, transaction

from backend.postgresql.told import WithoutValues, told, told_with_lines

NUMBER = "34080019500101123X"
TWICE = f"""
CREATE TEMP TABLE numbers (number text CONSTRAINT numbers_once UNIQUE) ON COMMIT DROP;
INSERT INTO numbers VALUES ('{NUMBER}'), ('{NUMBER}')
"""


@pytest.fixture
def refused(db: None) -> IntegrityError:
    """What comes of two rows with one number."""
    with (
        pytest.raises(IntegrityError, match=NUMBER) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(TWICE)
    return caught.value


def test_a_refused_row_is_told_by_the_constraint(refused: IntegrityError) -> None:
    assert told(refused) == "IntegrityError 23505 numbers_once"


def test_an_error_that_the_driver_raised_itself_is_told_alike(refused: IntegrityError) -> None:
    assert isinstance(refused.__cause__, psycopg.Error)

    assert told(refused.__cause__) == "UniqueViolation 23505 numbers_once"


def test_an_error_of_no_constraint_is_told_by_its_state(db: None) -> None:
    with (
        pytest.raises(DataError, match=NUMBER) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT %s::boolean", [NUMBER])

    assert told(caught.value) == "DataError 22P02"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT nothing FROM deployment", '42703 column "nothing" does not exist'),
        ("SELECT * FROM nowhere", '42P01 relation "nowhere" does not exist'),
        ("DELETE FROM deployment", "42501 permission denied for table deployment"),
        ("DO $$ BEGIN RAISE EXCEPTION '请先补角色。'; END $$", "P0001 请先补角色。"),
    ],
)
def test_what_speaks_of_no_row_is_told_in_words(db: None, statement: str, said: str) -> None:
    with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert told(caught.value).endswith(f"Error {said}")


def test_an_error_of_the_database_without_a_source_is_told_by_its_name() -> None:
    assert told(Error(NUMBER)) == "Error"


def test_all_other_errors_are_told_by_their_text() -> None:
    assert told(ValueError("一行三栏")) == "ValueError: 一行三栏"


def test_a_traceback_tells_what_an_error_came_from(refused: IntegrityError) -> None:
    try:
        raise ValueError("同一号码") from refused
    except ValueError:
        text = told_with_lines(sys.exc_info())  # type: ignore[arg-type]

    assert "cursor.execute(TWICE)" in text
    assert text.endswith("ValueError: 同一号码")
    assert "IntegrityError 23505 numbers_once" in text
    assert NUMBER not in text


def test_a_log_of_celery_is_told_without_values(refused: IntegrityError) -> None:
    """Its message names the error, and its traceback follows."""
    message = "Task %(name)s raised unexpected: %(exc)s"
    told_of = {"name": "sweep", "exc": repr(refused)}
    info = (type(refused), refused, refused.__traceback__)
    record = logging.LogRecord("celery", logging.ERROR, "", 1, message, (told_of,), info)

    assert WithoutValues().filter(record)

    text = logging.Formatter().format(record)
    assert text.startswith("Task sweep raised unexpected: IntegrityError 23505 numbers_once\n")
    assert NUMBER not in text
