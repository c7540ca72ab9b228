"""The private PostgreSQL: made once, closed to strangers, up again after a crash."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend import cluster
from backend.cluster import Cluster
from backend.database_roles import APPLICATION, OWNER
from backend.server_programs import ClusterError


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of another checkout, started by two commands at once."""
    var = tmp_path_factory.mktemp("var")
    start = [sys.executable, "-m", "backend.cluster", "start"]
    environment = {**os.environ, "YIKATONG_VAR": str(var)}
    both = [subprocess.Popen(start, cwd=cluster.CHECKOUT, env=environment) for _ in range(2)]
    codes = [one.wait(timeout=120) for one in both]
    made = cluster.cluster_of(var=var)
    yield made
    cluster.destroy(made)
    assert codes == [0, 0]


@pytest.fixture(scope="module")
def city(server: Cluster) -> str:
    cluster.create_database(server, name="city", demo=True)
    return "city"


def _connect(server: Cluster, database: str, role: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(server.socket_folder), dbname=database, user=role)


def test_two_commands_at_once_start_one_server(server: Cluster) -> None:
    assert cluster.is_ready(server)
    assert cluster.ensure_started(var=server.var) == server


def test_nobody_comes_in_by_network(server: Cluster) -> None:
    listens_on = cluster.run_sql(server, database="postgres", sql="SHOW listen_addresses;")

    assert listens_on.strip() == ""
    assert server.socket_folder.stat().st_mode & 0o077 == 0


def test_data_are_checked_and_synced(server: Cluster) -> None:
    asked = "SELECT current_setting('data_checksums') || current_setting('fsync');"

    assert cluster.run_sql(server, database="postgres", sql=asked).strip() == "onon"


def test_the_log_tells_nothing_of_what_was_to_be_written(server: Cluster, city: str) -> None:
    with _connect(server, city, OWNER) as connection:
        connection.execute("CREATE TEMP TABLE numbers (number text CONSTRAINT once UNIQUE)")
        connection.execute("INSERT INTO numbers VALUES ('34080019500101123X')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO numbers VALUES ('34080019500101123X')")

    log = server.log.read_text()
    assert '"once"' in log
    assert "34080019500101123X" not in log


def test_a_program_that_fails_quotes_no_row(server: Cluster, city: str) -> None:
    """A restore, above all: what it cannot put in is people's data."""
    twice = "CREATE TEMP TABLE t (n text UNIQUE); INSERT INTO t VALUES ('3408'), ('3408');"

    with pytest.raises(ClusterError) as failed:
        cluster.run_sql(server, database=city, sql=twice)

    assert "duplicate key value violates unique constraint" in str(failed.value)
    assert "3408" not in str(failed.value)


def test_a_server_that_runs_on_after_an_update_is_configured_anew(server: Cluster) -> None:
    path = server.data / "yikatong.conf"
    path.write_text(path.read_text().replace("terse", "verbose"))
    cluster.run_sql(server, database="postgres", sql="SELECT pg_reload_conf();")

    cluster.ensure_started(var=server.var)

    assert "terse" in path.read_text()


def test_root_is_no_superuser_of_the_database(server: Cluster) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's server runs as that user")

    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        _connect(server, "postgres", "postgres")


def test_a_demo_database_says_so_and_the_application_cannot_deny_it(
    server: Cluster, city: str
) -> None:
    with _connect(server, city, APPLICATION) as connection:
        assert connection.execute("SELECT kind FROM deployment").fetchall() == [("DEMO",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE deployment SET kind = 'LIVE'")


def test_a_database_is_live_unless_asked_otherwise(server: Cluster) -> None:
    cluster.create_database(server, name="live", demo=False)

    with _connect(server, "live", APPLICATION) as connection:
        assert connection.execute("SELECT kind FROM deployment").fetchall() == [("LIVE",)]


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE mine (n int)", "DELETE FROM held", "TRUNCATE held", "DROP TABLE held"],
)
def test_the_application_adds_rows_but_cannot_delete_or_define(
    server: Cluster, city: str, statement: str
) -> None:
    with _connect(server, city, OWNER) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS held (n int)")

    with _connect(server, city, APPLICATION) as connection:
        connection.execute("INSERT INTO held VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_after_a_crash_the_server_recovers_what_was_committed(server: Cluster, city: str) -> None:
    with _connect(server, city, OWNER) as connection:
        connection.execute("CREATE TABLE paid AS SELECT 17000 AS fen")

    cluster.stop(server, mode="immediate")
    cluster.ensure_started(var=server.var)

    with _connect(server, city, OWNER) as connection:
        assert connection.execute("SELECT fen FROM paid").fetchall() == [(17000,)]


def test_after_a_crash_a_copied_database_gives_no_number_twice(server: Cluster) -> None:
    cluster.create_database(server, name="copied", demo=True)
    with _connect(server, "copied", OWNER) as connection:
        connection.execute("CREATE SEQUENCE numbers; SELECT nextval('numbers')")
    cluster.clone_database(server, template="copied", name="copy")
    with _connect(server, "copy", OWNER) as connection:
        given = connection.execute("SELECT nextval('numbers')").fetchall()

    cluster.stop(server, mode="immediate")
    cluster.ensure_started(var=server.var)

    with _connect(server, "copy", OWNER) as connection:
        assert connection.execute("SELECT nextval('numbers')").fetchall() > given


def test_a_dropped_database_is_gone(server: Cluster) -> None:
    cluster.create_database(server, name="gone", demo=True)

    cluster.drop_database(server, name="gone")

    assert not cluster.database_exists(server, name="gone")


@pytest.mark.parametrize("name", ["", 'x"; DROP ROLE y; --', "Größe", "x" * 64])
def test_a_database_name_is_plain(server: Cluster, name: str) -> None:
    with pytest.raises(ClusterError, match="数据库名不合规则"):
        cluster.create_database(server, name=name, demo=True)


def test_a_copied_checkout_does_not_share_the_cluster(server: Cluster, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / "pg").symlink_to((server.var / "pg").readlink())

    assert cluster.cluster_of(var=tmp_path).home != server.home


def test_a_socket_path_that_is_too_long_moves_to_a_short_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    made = cluster.cluster_of(var=tmp_path / ("x" * 120))

    assert len(os.fsencode(made.socket)) <= cluster.SOCKET_PATH_MAX
