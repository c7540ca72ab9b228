"""One name and one number of a kind at a time, whoever writes, and however many at once."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access.constraints import violated
from backend.people.models import PartyIdentifier, PartyName
from tests import builders
from tests.conftest import OwnDatabase

NAME = "INSERT INTO people_partyname (party_id, name, search_name, valid) VALUES (%s, %s, %s, %s)"
SINCE_2020 = "[2020-01-01,)"


def add_name(party_id: int, valid: SqlRange) -> None:
    with transaction.atomic():
        PartyName.objects.create(party_id=party_id, name="王英", search_name="王英", valid=valid)


@pytest.mark.django_db
def test_a_second_name_at_the_same_time_is_refused() -> None:
    wang = builders.wang()

    with pytest.raises(IntegrityError) as refused:
        add_name(wang.pk, SqlRange(date(2020, 1, 1), None))

    assert violated(refused.value) == "people_name_one_at_a_time"


@pytest.mark.django_db
def test_a_name_before_birth_does_not_overlap() -> None:
    add_name(builders.wang().pk, SqlRange(date(1957, 1, 1), date(1958, 3, 12)))


@pytest.mark.django_db
def test_two_overlapping_names_in_one_statement_are_refused() -> None:
    wang = builders.wang()
    days = [SqlRange(date(1950, 1, 1), date(1951, 1, 2)), SqlRange(date(1951, 1, 1), None)]

    with pytest.raises(IntegrityError), transaction.atomic():
        PartyName.objects.bulk_create(
            PartyName(party_id=wang.pk, name="王英", search_name="王英", valid=valid)
            for valid in days
        )


@pytest.mark.django_db
def test_a_closed_name_is_not_opened_again_beside_its_successor() -> None:
    wang = builders.wang()
    PartyName.objects.filter(party=wang.pk).update(superseded_at=builders.NOW)
    add_name(wang.pk, SqlRange(date(2020, 1, 1), None))

    with pytest.raises(IntegrityError), transaction.atomic():
        PartyName.objects.filter(party=wang.pk).update(superseded_at=None)


@pytest.mark.django_db
def test_two_kinds_of_numbers_hold_at_a_time_but_not_two_of_a_kind() -> None:
    wang, valid = builders.wang(), SqlRange(date(2020, 1, 1), None)
    PartyIdentifier.objects.create(party_id=wang.pk, kind="PASSPORT", number="E1", valid=valid)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        PartyIdentifier.objects.create(
            party_id=wang.pk, kind="PASSPORT", number="E2", valid=SqlRange(date(2021, 1, 1), None)
        )

    assert violated(refused.value) == "people_identifier_one_at_a_time"


@pytest.mark.django_db
def test_a_name_of_nobody_is_refused_at_once() -> None:
    with pytest.raises(IntegrityError):
        add_name(987654321, SqlRange(date(2020, 1, 1), None))


@pytest.fixture
def two(own_database: OwnDatabase) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    """Two sessions of the application in one database."""
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "user", "dbname")}
    with closing(psycopg.connect(**wanted)) as one, closing(psycopg.connect(**wanted)) as other:
        yield one, other


def nameless() -> int:
    """A person whose name was closed and not yet replaced."""
    party_id: int = builders.wang().pk
    PartyName.objects.filter(party=party_id).update(superseded_at=builders.NOW)
    return party_id


def test_of_two_writers_at_once_the_second_waits_and_is_refused(
    two: tuple[psycopg.Connection, psycopg.Connection],
) -> None:
    one, other = two
    party_id = nameless()
    one.execute(NAME, [party_id, "王一", "王一", SINCE_2020])
    outcome: list[str] = []

    def write() -> None:
        try:
            other.execute(NAME, [party_id, "王二", "王二", "[2021-01-01,)"])
            outcome.append("written")
        except psycopg.IntegrityError as error:
            outcome.append(str(error.diag.constraint_name))

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.5)
    assert writer.is_alive(), "the second writer waits for the first"
    one.commit()
    writer.join(10)

    assert outcome == ["people_name_one_at_a_time"]


def test_two_writers_of_two_persons_do_not_wait(
    two: tuple[psycopg.Connection, psycopg.Connection],
) -> None:
    one, other = two
    party_id, li = nameless(), builders.li().pk
    other.execute("SET lock_timeout = '2s'")

    one.execute(NAME, [party_id, "王一", "王一", SINCE_2020])
    other.execute(NAME, [li, "李二", "李二", "[1970-01-01,1985-07-01)"])


def test_a_writer_who_looks_only_once_is_refused(
    two: tuple[psycopg.Connection, psycopg.Connection],
) -> None:
    one, other = two
    party_id = nameless()
    other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    other.execute("SELECT 1")
    one.execute(NAME, [party_id, "王一", "王一", SINCE_2020])
    one.commit()

    with pytest.raises(psycopg.DatabaseError):
        other.execute(NAME, [party_id, "王二", "王二", "[2021-01-01,)"])
