"""Where the benchmark is run (测速环境): a private cluster of its own, dropped afterwards."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend import cluster, schema
from backend.cluster import Cluster

TAKEN = "bench_taken"  # the database just after the take-over; each repetition clones it
CLONE = "bench"


class BenchBusyError(Exception):
    """Another benchmark of this checkout is running."""


@dataclass(frozen=True)
class Place:
    """A folder and the server in it."""

    var: Path
    server: Cluster

    def environment(self, *, database: str) -> dict[str, str]:
        """For a child process that shall work in one of its databases."""
        return {**os.environ, "YIKATONG_VAR": str(self.var), "YIKATONG_DATABASE": database}

    def prepare(self) -> None:
        """Make the database of the take-over, with all tables, empty."""
        for name in (CLONE, TAKEN):
            cluster.drop_database(self.server, name=name)
        schema.make_empty_database(self.server, name=TAKEN)

    def settle(self, *, database: str = TAKEN) -> None:
        """Leave a database as it would be the next morning."""
        cluster.run_sql(self.server, database=database, sql="VACUUM ANALYZE;")

    def clone(self) -> str:
        """A fresh copy of the city just taken over; no bank has heard of it."""
        cluster.drop_database(self.server, name=CLONE)
        shutil.rmtree(self.var / "bank", ignore_errors=True)
        cluster.clone_database(self.server, template=TAKEN, name=CLONE)
        return CLONE

    def rest(self) -> None:
        """Write all dirty pages, so that nobody pays for those of the one before."""
        cluster.run_sql(self.server, database="postgres", sql="CHECKPOINT;")


@contextmanager
def own_place(*, var: Path) -> Iterator[Place]:
    """A folder ``bench`` in ``var`` with its own cluster, for one benchmark at a time.

    Raises:
        BenchBusyError: another one is there.
    """
    own = var / "bench"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (own / "bench.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchBusyError("另一个测速正在进行，请等它结束。") from None
        server = cluster.ensure_started(var=own)
        try:
            yield Place(var=own, server=server)
        finally:
            cluster.destroy(server)
            for folder in ("audit", "bank", "broker", "city"):
                shutil.rmtree(own / folder, ignore_errors=True)
