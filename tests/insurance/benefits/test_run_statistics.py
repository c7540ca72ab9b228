"""When a month opens the planner looks at what changed since it last looked, and only at that."""

from datetime import date, timedelta

import pytest
from django.db import connection

from backend import cluster
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m


def times_looked(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT analyze_count FROM pg_stat_all_tables WHERE relname = %s", [table])
        (times,) = cursor.fetchone()
    return int(times)


def ask(*statements: str) -> None:
    """Run them, and let the server count at once what they did."""
    with connection.cursor() as cursor:
        for statement in (*statements, "SELECT pg_stat_force_next_flush()"):
            cursor.execute(statement)


def forget(database: OwnDatabase) -> None:
    """What a server that died comes back with."""
    ask()
    server = cluster.cluster_of(var=cluster.var_folder())
    cluster.run_sql(server, database=database.name, sql="SELECT pg_stat_reset();")


def look() -> None:
    ask("SELECT benefits_refresh_run_statistics()")


@pytest.mark.usefixtures("own_database")
def test_a_table_is_looked_at_again_only_when_it_changed() -> None:
    pension = m.entitlement()
    ask("SELECT benefits_refresh_statistics()")
    before = times_looked("people_death")

    look()
    unchanged = times_looked("people_death")
    m.death(of=pension, on=date(2026, 10, 3))
    ask()
    look()

    assert unchanged == before
    assert times_looked("people_death") == before + 1


@pytest.mark.usefixtures("own_database")
def test_what_the_run_itself_has_written_is_always_looked_at() -> None:
    before = times_looked("benefits_runchange")

    look()
    look()

    assert times_looked("benefits_runchange") == before + 2


def test_what_grew_is_looked_at_also_where_the_server_forgot_that_it_did(
    own_database: OwnDatabase,
) -> None:
    pension = m.entitlement()
    ask("SELECT benefits_refresh_statistics()")
    for day in range(200):
        m.supersede(m.death(of=pension, on=date(2024, 1, 1) + timedelta(days=day)))
    forget(own_database)

    look()

    assert times_looked("people_death") == 1
