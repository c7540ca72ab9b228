"""A database loaded from the dump of the migrations is the one that the migrations made."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import cluster, schema
from backend.cluster import CHECKOUT, Cluster


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cluster]:
    started = cluster.ensure_started(var=tmp_path)
    yield started
    cluster.destroy(started)


def test_what_is_loaded_is_what_the_migrations_made(server: Cluster) -> None:
    schema.make_empty_database(server, name="first")  # of a checkout: migrated, and dumped

    schema.make_empty_database(server, name="loaded")

    (dump,) = schema.DUMPS.glob(f"{schema.digest_of_migrations()}.sql")
    migrated = statements(dump.read_text(encoding="utf-8"))
    assert migrated.count("CREATE TABLE") > 100
    assert statements(cluster.dump_database(server, name="loaded")) == migrated
    assert says_it_is_a_demo(server, name="loaded")


def statements(dump: str) -> str:
    """All of a database as SQL, but for the word each dump is locked with, and for where the
    casts of a list stand: PostgreSQL writes ``x = ANY (ARRAY[…]::text[])`` otherwise once read."""
    unlocked = re.sub(r"\\(un)?restrict .*", "", dump)
    return re.sub(r"::character varying|::text(\[\])?|[()]", "", unlocked)


def says_it_is_a_demo(server: Cluster, *, name: str) -> bool:
    """Whether a process that works there takes it for one, and for up to date."""
    environment = {**os.environ, "YIKATONG_VAR": str(server.var), "YIKATONG_DATABASE": name}
    checked = [sys.executable, "manage.py", "migrate", "--database", "owner", "--check"]
    subprocess.run(checked, cwd=CHECKOUT, env=environment, check=True, capture_output=True)
    asked = "SELECT kind FROM deployment;"
    return cluster.run_sql(server, database=name, sql=asked).strip() == "DEMO"
