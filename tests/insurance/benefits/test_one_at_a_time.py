"""One amount of a component and one account at a time, by plain SQL and however many at once."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connection
from psycopg import errors

from insurance.benefits.models import Component
from payments.models import PayeeAccount
from tests.insurance.benefits import month_builders as m

TABLES = ("benefits_component", "payments_payeeaccount")
Two = tuple[psycopg.Connection, psycopg.Connection]


@dataclass(frozen=True)
class Fact:
    """Wang's basic pension, or Wang's account: one row since 2020."""

    table: str
    promise: str
    insert: str  # takes the days
    id: int

    @property
    def close(self) -> str:
        """The row there is gives way."""
        return f"UPDATE {self.table} SET superseded_at = clock_timestamp() WHERE id = {self.id}"


@pytest.fixture(params=TABLES)
def fact(request: pytest.FixtureRequest) -> Fact:
    """Recorded long ago; committed where two sessions look at it."""
    request.getfixturevalue("own_database" if "two" in request.fixturenames else "db")
    wang = m.entitlement(components={"BASIC": 22_000})
    if request.param == "benefits_component":
        return Fact(
            request.param,
            "benefits_component_one_at_a_time",
            "INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid) "
            f"SELECT {wang.id}, 'BASIC', 1, 'DECIDED', unnest(%s::daterange[])",
            Component.objects.get().pk,
        )
    return Fact(
        request.param,
        "payments_account_one_at_a_time",
        "INSERT INTO payments_payeeaccount (payee_id, bank, account_no, holder_name, valid) "
        f"SELECT {wang.person_id}, 'NSB', '1', '王', unnest(%s::daterange[])",
        PayeeAccount.objects.get().pk,
    )


@pytest.fixture
def one(fact: Fact) -> psycopg.Connection:
    """The session of this test, which is the application's."""
    session: psycopg.Connection = connection.connection
    return session


@pytest.fixture
def two(fact: Fact) -> Iterator[Two]:
    """Two sessions of the application."""
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "user", "dbname")}
    with closing(psycopg.connect(**wanted)) as one, closing(psycopg.connect(**wanted)) as other:
        yield one, other


def refused(session: psycopg.Connection, fact: Fact, *days: str) -> str | None:
    """Insert rows; the promise that was broken."""
    with pytest.raises(errors.IntegrityError) as broken, session.transaction():
        session.execute(fact.insert, [list(days)])
    return broken.value.diag.constraint_name


@pytest.mark.parametrize("days", ["[2019-01-01,2020-01-02)", "[2026-01-01,)", "[2020-01-01,)"])
def test_a_second_row_at_the_same_time_is_refused(
    one: psycopg.Connection, fact: Fact, days: str
) -> None:
    assert refused(one, fact, days) == fact.promise


def test_a_row_until_the_other_begins_is_none_at_the_same_time(
    one: psycopg.Connection, fact: Fact
) -> None:
    one.execute(fact.insert, [["[2019-01-01,2020-01-01)"]])


def test_two_overlapping_rows_of_one_statement_are_refused(
    one: psycopg.Connection, fact: Fact
) -> None:
    days = ("[2018-01-01,2019-01-01)", "[2018-12-01,2019-03-01)")

    assert refused(one, fact, *days) == fact.promise


def test_what_is_closed_gives_way_in_the_same_transaction(
    one: psycopg.Connection, fact: Fact
) -> None:
    one.execute(fact.close)

    one.execute(fact.insert, [["[2020-01-01,2026-11-01)", "[2026-11-01,)"]])

    assert refused(one, fact, "[2030-01-01,)") == fact.promise


def test_what_is_closed_is_not_opened_again_beside_its_successor(
    one: psycopg.Connection, fact: Fact
) -> None:
    one.execute(fact.close)
    one.execute(fact.insert, [["[2026-11-01,)"]])

    with pytest.raises(errors.ExclusionViolation), one.transaction():
        one.execute(f"UPDATE {fact.table} SET superseded_at = NULL WHERE id = {fact.id}")


@pytest.mark.parametrize("closed", [False, True])
def test_a_row_of_nobody_is_refused_at_once(
    one: psycopg.Connection, fact: Fact, closed: bool
) -> None:
    nobody = fact.insert.replace("SELECT ", "SELECT 9", 1)
    if closed:
        nobody = nobody.replace("valid)", "valid, superseded_at)") + ", clock_timestamp()"

    with pytest.raises(errors.ForeignKeyViolation), one.transaction():
        one.execute(nobody, [["[2020-01-01,)"]])


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {table} DISABLE TRIGGER one_at_a_time_insert",
        "DROP TRIGGER one_at_a_time_insert ON {table}",
        "SET session_replication_role = replica",
        "ALTER FUNCTION people_one_at_a_time() RENAME TO gone",
    ],
)
def test_the_application_can_not_take_the_promise_away(
    one: psycopg.Connection, fact: Fact, statement: str
) -> None:
    with pytest.raises(errors.InsufficientPrivilege), one.transaction():
        one.execute(statement.format(table=fact.table))


def test_of_two_writers_at_once_the_second_waits_and_is_refused(two: Two, fact: Fact) -> None:
    one, other = two
    one.execute(fact.close)
    one.commit()
    one.execute(fact.insert, [["[2020-01-01,)"]])
    outcome: list[str | None] = []
    late = ["[2021-01-01,)"]
    writer = threading.Thread(target=lambda: outcome.append(refused(other, fact, *late)))

    writer.start()
    writer.join(0.5)
    assert writer.is_alive(), "the second writer waits for the first"
    one.commit()
    writer.join(10)

    assert outcome == [fact.promise]


def test_the_second_writer_goes_on_when_the_first_gives_up(two: Two, fact: Fact) -> None:
    one, other = two
    one.execute(fact.close)
    one.commit()
    one.execute(fact.insert, [["[2020-01-01,)"]])
    writer = threading.Thread(target=lambda: other.execute(fact.insert, [["[2021-01-01,)"]]))

    writer.start()
    writer.join(0.5)
    one.rollback()
    writer.join(10)
    other.commit()

    assert refused(one, fact, "[2022-01-01,)") == fact.promise


def test_a_writer_who_looks_only_once_is_refused(two: Two, fact: Fact) -> None:
    one, other = two
    one.execute(fact.close)
    one.commit()
    other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    other.execute("SELECT 1")
    one.execute(fact.insert, [["[2020-01-01,)"]])
    one.commit()

    with pytest.raises(psycopg.DatabaseError):
        other.execute(fact.insert, [["[2021-01-01,)"]])


@pytest.mark.django_db
def test_two_components_hold_at_a_time() -> None:
    wang = m.entitlement(components={"BASIC": 22_000})

    m.component(of=wang, name="ACCOUNT", fen=1, start=m.LONG_AGO)
