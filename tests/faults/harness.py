"""A place with real servers to break (故障试验场), far from the checkout's own.

It has a PostgreSQL cluster, a broker and logs of its own in a temporary folder. The servers are
those of ``bin/run``, kept running by the same supervisor: what a test kills comes back by itself.
"""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import DatabaseError, InterfaceError
from django.test import override_settings

from backend import cluster, schema
from backend.cluster import CHECKOUT, Cluster
from backend.jobs.faultpoint import STRUCK, VARIABLE
from backend.supervisor import HOST, free_port

TEMPLATE = "faults_template"
DATABASE = "faults"
TWICE = Path(__file__).parent / "twice"
WAIT_SECONDS = 240.0
ALIASES = ("default", "owner", "sealer")


@dataclass
class Site:
    """One database and one broker in a private cluster, and the servers that work there."""

    server: Cluster
    broker_url: str
    twice: bool = False
    _keeper: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def var(self) -> Path:
        """Everything that the servers write: ``log``, ``run``, ``broker``, ``faults``."""
        return self.server.var

    @property
    def environment(self) -> dict[str, str]:
        """For any process that shall work here."""
        own = {"BROKER_URL": self.broker_url, VARIABLE: f"@{self.var / 'faults'}"}
        if self.twice:
            own["PYTHONPATH"] = str(TWICE)
        return {**surroundings(var=self.var, database=DATABASE), **own}

    @property
    def address(self) -> str:
        """Where ``web`` answers."""
        port = (self.var / "run" / "port").read_text().strip()
        return f"http://{HOST}:{port}"

    def start(self, *names: str, include: str = "") -> None:
        """Start ``worker``, ``beat``, ``web``; they are started again whenever they end."""
        command = [sys.executable, "-m", "tests.faults.keep", *names, "--include", include]
        with (self.var / "log" / "keeper.log").open("ab") as log:
            self._keeper = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.environment, stderr=log, stdout=log
            )
        self.until(lambda: all(self.pid(name) for name in names))

    def stop(self) -> None:
        """End all servers, each by its id."""
        if self._keeper is not None:
            self._keeper.terminate()
            self._keeper.wait(timeout=WAIT_SECONDS)
            self._keeper = None

    def run(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a Python module or script to its end: ``run("manage.py", "run_month", …)``."""
        return subprocess.run(
            [sys.executable, *arguments], cwd=CHECKOUT, env=self.environment, check=check,
            capture_output=True, text=True,
        )  # fmt: skip

    def pid(self, name: str) -> int:
        """The process of a server; 0 while it is down."""
        try:
            return int((self.var / "run" / f"{name}.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return 0

    def kill(self, name: str) -> None:
        """Kill a server with all its children at once, and wait until it is back."""
        before = self.pid(name)
        with suppress(ProcessLookupError):
            os.killpg(before, signal.SIGKILL)
        self.until(lambda: self.pid(name) not in (0, before))

    def arm(self, order: str) -> None:
        """Lay an order there for all processes together: ``jobs.worked:1:kill`` strikes once."""
        (self.var / "faults" / order).touch()

    def struck(self, order: str) -> bool:
        """Whether some process has carried the order out."""
        return (self.var / "faults" / STRUCK / order).exists()

    def wipe_broker(self) -> None:
        """Lose every message."""
        if self.broker_url.startswith("redis"):
            port = self.broker_url.rpartition(":")[2].partition("/")[0]
            subprocess.run(["redis-cli", "-p", port, "FLUSHALL"], check=True, capture_output=True)
        else:
            shutil.rmtree(self.var / "broker", ignore_errors=True)

    def crash_database(self) -> None:
        """Let PostgreSQL crash; the supervisor, or else this, starts it again.

        ``pg_ctl -m immediate`` sends the same signal, but then waits for no server to be there at
        all: where the supervisor is quicker, it waits for the next one's end.
        """
        before = self._postmaster()
        os.kill(before, signal.SIGQUIT)
        self.until(lambda: self._postmaster() != before)
        cluster.ensure_started(var=self.var)
        connections.close_all()

    def renew(self, *, template: str = TEMPLATE) -> None:
        """A fresh database and no order to strike, under servers that go on running."""
        connections.close_all()
        _fresh_database(self.server, template=template)
        for of_the_old in ("faults", "audit"):
            shutil.rmtree(self.var / of_the_old, ignore_errors=True)
        (self.var / "faults" / STRUCK).mkdir(parents=True)

    def until(self, condition: Callable[[], object], *, seconds: float = WAIT_SECONDS) -> None:
        """Wait until the condition holds, also through a crash of the database."""
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            if time.monotonic() > deadline:
                raise TimeoutError(self.last_words())
            time.sleep(0.05)

    def keeps_its_promises(self) -> bool:
        """Whether ``check_invariants`` ends well, on the database and the folders of the site."""
        said = io.StringIO()
        try:
            call_command("check_invariants", stdout=said)
        except SystemExit:
            raise AssertionError(said.getvalue()) from None
        return True

    def last_words(self) -> str:
        """The end of each log, for the report of a failed test."""
        logs = sorted((self.var / "log").glob("*.log"))
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in logs)

    def _postmaster(self) -> int:
        """The database server's process, 0 when there is none or it is only starting."""
        with suppress(FileNotFoundError):
            return int((self.server.data / "postmaster.pid").read_text().partition("\n")[0] or 0)
        return 0

    def _holds(self, condition: Callable[[], object]) -> bool:
        try:
            return bool(condition())
        except (DatabaseError, InterfaceError):
            connections.close_all()
            return False


def surroundings(*, var: Path, database: str) -> dict[str, str]:
    """The environment of a process far from the checkout's own; with the key of this process,
    which verifies here what was signed there."""
    own = {"YIKATONG_VAR": str(var), "YIKATONG_DATABASE": database}
    return {**os.environ, **own, "SECRET_KEY": settings.SECRET_KEY}


def make_cluster(*, var: Path) -> Cluster:
    """A private cluster with a migrated demo database to clone."""
    server = cluster.ensure_started(var=var)
    schema.make_empty_database(server, name=TEMPLATE)
    return server


@contextmanager
def opened_site(*, server: Cluster, broker_url: str, twice: bool = False) -> Iterator[Site]:
    """A site with a fresh database, Django in this process pointed at it; all ends with it."""
    for folder in ("log", "run"):
        (server.var / folder).mkdir(exist_ok=True)
    site = Site(server=server, broker_url=broker_url, twice=twice)
    site.renew()
    with _pointed_at(server):
        try:
            yield site
        finally:
            site.stop()
            cluster.ensure_started(var=server.var)
            shutil.rmtree(server.var / "broker", ignore_errors=True)


def brokers() -> list[str]:
    """On which brokers those tests run to which it matters little: both where ``bin/evidence``
    asks for every one."""
    return ["filesystem", "redis"] if os.environ.get("EVERY_BROKER") else ["filesystem"]


@contextmanager
def broker(name: str, *, folder: Path) -> Iterator[str]:
    """A broker by its name, ``filesystem`` or ``redis``; gives its address."""
    if name == "filesystem":
        yield "filesystem://localhost"
        return
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server: apt-get install redis-server")
    with redis_server(folder=folder) as url:
        yield url


@contextmanager
def redis_server(*, folder: Path) -> Iterator[str]:
    """A Redis of one's own on 127.0.0.1 that keeps nothing; gives its address."""
    port = free_port(0)
    lines = [f"bind {HOST}", f"port {port}", 'save ""', "appendonly no", f"dir {folder}"]
    (folder / "redis.conf").write_text("\n".join(lines) + "\n")
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(
            ["redis-server", str(folder / "redis.conf")], stdout=log, stderr=log
        )
    try:
        yield f"redis://{HOST}:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _fresh_database(server: Cluster, *, template: str) -> None:
    cluster.drop_database(server, name=DATABASE)
    cluster.clone_database(server, template=template, name=DATABASE)


@contextmanager
def _pointed_at(server: Cluster) -> Iterator[None]:
    wanted = {"HOST": str(server.socket_folder), "NAME": DATABASE}
    before = {
        alias: {key: connections[alias].settings_dict[key] for key in wanted} for alias in ALIASES
    }
    connections.close_all()
    try:
        for alias in ALIASES:
            connections[alias].settings_dict.update(wanted)
        with override_settings(VAR_DIR=server.var, AUDIT_DIR=str(server.var / "audit")):
            yield
    finally:
        connections.close_all()
        for alias in ALIASES:
            connections[alias].settings_dict.update(before[alias])
