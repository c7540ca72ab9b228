"""What was deleted comes back as of the instant before, in a cluster of its own (按时间点恢复)."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend import cluster, wal_archive
from backend.cluster import Cluster
from backend.server_programs import ClusterError

PATIENCE_SECONDS = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of this test's own, with one table."""
    made = cluster.ensure_started(var=tmp_path / "var")
    told(made, "CREATE TABLE paid (fen bigint); INSERT INTO paid VALUES (25150);")
    yield made
    cluster.destroy(made)


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "restored"
    cluster.destroy(cluster.cluster_of(var=tmp_path / "restored"))


def told(server: Cluster, sql: str) -> str:
    return cluster.run_sql(server, database="postgres", sql=sql).strip()


def archived(server: Cluster) -> None:
    """Wait until what is written by now stands in the archive."""
    piece = told(server, "SELECT pg_walfile_name(pg_switch_wal());")
    deadline = time.monotonic() + PATIENCE_SECONDS
    asked = f"SELECT coalesce(last_archived_wal, '') >= '{piece}' FROM pg_stat_archiver;"
    while told(server, asked) != "t":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_bad_delete_is_undone_as_of_the_instant_before(server: Cluster, restored: Path) -> None:
    folder = server.home / "kept"
    wal_archive.begin(server, folder=folder)
    wal_archive.base(server, folder=folder)
    told(server, "INSERT INTO paid VALUES (150000);")  # after the base: only the log has it
    before = datetime.fromisoformat(told(server, "SELECT clock_timestamp();"))
    told(server, "DELETE FROM paid;")
    archived(server)

    made = wal_archive.restore(folder=folder, at=before, var=restored)

    assert told(made, "SELECT count(*), sum(fen) FROM paid;") == "2|175150"
    assert told(made, "SHOW archive_mode;") == "off"
    assert told(server, "SELECT count(*) FROM paid;") == "0"


def test_what_no_base_reaches_is_refused_and_leaves_nothing(
    server: Cluster, restored: Path
) -> None:
    folder = server.home / "kept"
    wal_archive.begin(server, folder=folder)
    wal_archive.base(server, folder=folder)

    with pytest.raises(ClusterError, match="以前没有基础备份"):
        wal_archive.restore(folder=folder, at=datetime.now(UTC) - timedelta(days=1), var=restored)

    assert not cluster.cluster_of(var=restored).home.exists()


def test_a_copy_that_fails_leaves_no_half_of_a_cluster(
    server: Cluster,
    restored: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = server.home / "kept"
    wal_archive.begin(server, folder=folder)
    wal_archive.base(server, folder=folder)
    full = '#!/bin/sh\nmkdir -p "$3"; echo 15 > "$3/PG_VERSION"; echo "cp: disk full" >&2; exit 1\n'
    (tmp_path / "cp").write_text(full, encoding="utf-8")
    (tmp_path / "cp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    code = wal_archive.main(["restore", str(folder), datetime.now(UTC).isoformat(), str(restored)])

    assert code == 1
    assert capsys.readouterr().err == "没有恢复成，不留下一半：cp: disk full\n"
    assert not cluster.cluster_of(var=restored).home.exists()


def test_a_folder_without_an_archive_is_told_and_leaves_nothing(
    restored: Path, tmp_path: Path
) -> None:
    with pytest.raises(ClusterError, match=r"没有恢复成，不留下一半：.*bases"):
        wal_archive.restore(folder=tmp_path, at=datetime.now(UTC), var=restored)

    assert not cluster.cluster_of(var=restored).home.exists()


def test_a_cluster_that_is_there_is_not_written_over(server: Cluster) -> None:
    with pytest.raises(ClusterError, match="不覆盖"):
        wal_archive.restore(folder=server.home, at=datetime.now(UTC), var=server.var)


def test_a_path_that_a_command_would_misread_is_refused(server: Cluster, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="只能用字母"):
        wal_archive.begin(server, folder=tmp_path / "a b'c")
