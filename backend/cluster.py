"""The private PostgreSQL of this checkout (本机专用数据库): found, made, started, stopped.

Standard library only: it runs before anything is installed. Clients come in by a unix socket in a
private folder, known by their operating-system user (peer); there is no TCP and no password.

    python -m backend.cluster start|stop|status|destroy
    python -m backend.cluster create-database NAME [--demo] | drop-database NAME
    python -m backend.cluster bootstrap-sql [--demo] [--roles-only]    for a server elsewhere
"""

import argparse
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.database_roles import DATABASE_SQL, OWNER, PEERS, ROLES_SQL
from backend.server_programs import (
    SERVER_USER,
    ClusterError,
    as_server,
    give_to_server_user,
    program,
    server_uid,
    server_user,
    write_for_server,
)
from backend.server_settings import configuration

CHECKOUT = Path(__file__).resolve().parent.parent
ROOT_HOME = Path("/var/lib/yikatong")
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_MAX = 107
START_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """Where one private server lives; ``var`` is the folder that it belongs to."""

    var: Path
    home: Path
    socket_folder: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket(self) -> Path:
        return self.socket_folder / SOCKET_NAME


def var_folder() -> Path:
    """What this checkout writes (``YIKATONG_VAR``, or ``var`` in the checkout)."""
    return Path(os.environ.get("YIKATONG_VAR") or CHECKOUT / "var").resolve()


def cluster_of(*, var: Path) -> Cluster:
    """The cluster of ``var``, made or not.

    The server refuses to run as root, and its user cannot enter a checkout below a closed home:
    for root the cluster stands under /var/lib and ``var/pg`` only points to it.
    """
    pointer = var / "pg"
    home = _home_for_root(pointer) if os.geteuid() == 0 else pointer
    folder = home / "s"
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_MAX:
        folder = Path("/tmp") / f"yikatong-{os.geteuid()}-{_short_digest(home)}"
    return Cluster(var=var, home=home, socket_folder=folder)


def ensure_started(*, var: Path) -> Cluster:
    """Return the running cluster of ``var``; make and start it when it is not there.

    Safe when several commands do so at once.
    """
    cluster = cluster_of(var=var)
    if is_ready(cluster):
        if _configure(cluster):  # it has run since before an update
            run_sql(cluster, database="postgres", sql="SELECT pg_reload_conf();")
        return cluster
    with _locked(var):
        cluster = cluster_of(var=var)
        if not (cluster.home / "made").exists():
            _make(cluster)
        if not is_ready(cluster):
            _start(cluster)
    return cluster


def is_listening(cluster: Cluster) -> bool:
    """Whether the server is there, be it still recovering: cheap enough for every second."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(cluster.socket))
        except OSError:
            return False
    return True


def is_ready(cluster: Cluster) -> bool:
    """Whether the server answers; one that still recovers does not."""
    if not is_listening(cluster):
        return False
    asked = [program(cluster.data, "pg_isready"), "-q", "-h", str(cluster.socket_folder)]
    return subprocess.run(asked, check=False).returncode == 0


def stop(cluster: Cluster, *, mode: str = "fast") -> None:
    """Stop the server; ``immediate`` is a crash, for fault tests."""
    if (cluster.data / "postmaster.pid").exists():
        as_server(cluster.data, "pg_ctl", "-D", str(cluster.data), "-m", mode, "-w", "stop")


def stop_if_idle(cluster: Cluster) -> bool:
    """Stop the server unless others work in it; say whether it was stopped."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend';"
    if is_ready(cluster) and int(run_sql(cluster, database="postgres", sql=others)) > 1:
        return False
    stop(cluster)
    return True


def destroy(cluster: Cluster) -> None:
    """Stop the server and delete all its data."""
    stop(cluster, mode="immediate")
    shutil.rmtree(cluster.home, ignore_errors=True)
    shutil.rmtree(cluster.socket_folder, ignore_errors=True)
    (cluster.var / "pg").unlink(missing_ok=True)


def database_exists(cluster: Cluster, *, name: str) -> bool:
    found = run_sql(
        cluster,
        database="postgres",
        sql="SELECT count(*) FROM pg_database WHERE datname = :'name';",
        values={"name": name},
    )
    return found.strip() == "1"


def create_database(cluster: Cluster, *, name: str, demo: bool) -> None:
    """Make an empty database that records for ever whether it is a demonstration (演示)."""
    values = {"kind": "DEMO" if demo else "LIVE"}
    _fill_database(cluster, name=name, sql=DATABASE_SQL, values=values)


def dump_database(cluster: Cluster, *, name: str) -> str:
    """All of a small database as SQL, for ``load_database``."""
    return as_server(
        cluster.data, "pg_dump", "-h", str(cluster.socket_folder), "-U", SERVER_USER, _checked(name)
    )


def load_database(cluster: Cluster, *, name: str, sql: str) -> None:
    """Make a database from what ``dump_database`` gave, also of another cluster."""
    _fill_database(cluster, name=name, sql=sql)


def clone_database(cluster: Cluster, *, template: str, name: str) -> None:
    """Copy a database, file by file.

    PostgreSQL's default way of copying leaves a sequence as it found it: numbers that it gives
    before its next entry in the log are given again after a crash.
    """
    statement = (
        f'CREATE DATABASE "{_checked(name)}" OWNER {OWNER} TEMPLATE "{_checked(template)}" '
        "STRATEGY file_copy;"
    )
    run_sql(cluster, database="postgres", sql=statement)


def drop_database(cluster: Cluster, *, name: str) -> None:
    """Delete a database with all its rows, ending the sessions in it."""
    statement = f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE);'
    run_sql(cluster, database="postgres", sql=statement)


def run_sql(
    cluster: Cluster, *, database: str, sql: str, values: dict[str, str] | None = None
) -> str:
    """Run ``sql`` as the server's superuser; ``values`` are psql variables (``:'name'``)."""
    variables = [f"--set={key}={value}" for key, value in (values or {}).items()]
    return as_server(
        cluster.data, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(cluster.socket_folder),
        "-U", SERVER_USER, "-d", database, *variables, feed=sql,
    )  # fmt: skip


@contextmanager
def unfinished_database(cluster: Cluster, *, name: str) -> Iterator[str]:
    """An empty database to be filled, which gets its name once it is, or is not there; with all
    roles."""
    renew_roles(cluster)
    unfinished = _checked(f"{_checked(name)}_unfinished")  # what an interrupted attempt leaves
    drop_database(cluster, name=unfinished)
    statement = f'CREATE DATABASE "{unfinished}" OWNER {OWNER} TEMPLATE template0;'
    run_sql(cluster, database="postgres", sql=statement)
    with ExitStack() as failed:
        failed.callback(drop_database, cluster, name=unfinished)
        yield unfinished
        failed.pop_all()
    renaming = f'ALTER DATABASE "{unfinished}" RENAME TO "{name}";'
    run_sql(cluster, database="postgres", sql=renaming)


def renew_roles(cluster: Cluster) -> None:
    """Make the roles that are not there yet, and let this user come in as them."""
    identities, path = _identities(), cluster.data / "pg_ident.conf"
    if path.read_text(encoding="utf-8") != identities:
        write_for_server(path, identities)
    run_sql(cluster, database="postgres", sql=f"{ROLES_SQL}SELECT pg_reload_conf();")


def _fill_database(
    cluster: Cluster, *, name: str, sql: str, values: dict[str, str] | None = None
) -> None:
    with unfinished_database(cluster, name=name) as unfinished:
        run_sql(cluster, database=unfinished, sql=sql, values=values)


def _home_for_root(pointer: Path) -> Path:
    if pointer.is_symlink() and not _is_of_another(pointer.readlink(), pointer):
        return pointer.readlink()
    name = _short_digest(pointer)
    used = [0, *(_number(path) for path in ROOT_HOME.glob(f"{name}*") if (path / "made").exists())]
    # A cluster without pointer belonged to an earlier checkout at this path: it is left alone.
    return ROOT_HOME / (f"{name}-{max(used) + 1}")


def _is_of_another(home: Path, pointer: Path) -> bool:
    """Whether ``pointer`` came with a copy of a checkout that still uses this cluster."""
    try:
        first = Path((home / "made").read_text(encoding="utf-8"))
    except OSError:
        return False
    return first != pointer and first.is_symlink() and first.readlink() == home


def _number(home: Path) -> int:
    return int(home.name.rpartition("-")[2])


def _short_digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (var / "cluster.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make(cluster: Cluster) -> None:
    """Run initdb and make the roles; half-made remains of an interrupted attempt go first."""
    stop(cluster, mode="immediate")
    shutil.rmtree(cluster.home, ignore_errors=True)
    cluster.home.mkdir(parents=True, mode=0o700)
    give_to_server_user(cluster.home)
    as_server(
        cluster.data, "initdb", "-D", str(cluster.data), "-U", SERVER_USER, "--auth=peer",
        "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
    )  # fmt: skip
    write_for_server(cluster.data / "pg_hba.conf", "local all all peer map=yikatong\n")
    write_for_server(cluster.data / "pg_ident.conf", _identities())
    with (cluster.data / "postgresql.conf").open("a") as handle:
        handle.write("include 'yikatong.conf'\n")
    _start(cluster)
    renew_roles(cluster)
    if os.geteuid() == 0:
        pointer = cluster.var / "pg"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(cluster.home)
    (cluster.home / "made").write_text(str(cluster.var / "pg"), encoding="utf-8")


def _identities() -> str:
    """Which operating-system user may come in as which role; only the server's is superuser."""
    caller = pwd.getpwuid(os.geteuid()).pw_name
    pairs = [*((caller, role) for role in PEERS), (server_user(), SERVER_USER)]
    return "".join(f'yikatong "{user}" {role}\n' for user, role in pairs)


def _start(cluster: Cluster) -> None:
    cluster.socket_folder.mkdir(mode=0o700, exist_ok=True)
    if cluster.socket_folder.stat().st_uid not in (os.geteuid(), server_uid()):
        raise ClusterError(f"{cluster.socket_folder} 属于其他用户，不能使用。")
    give_to_server_user(cluster.socket_folder)
    _configure(cluster)
    as_server(cluster.data, "pg_ctl", "-D", str(cluster.data), "-l", str(cluster.log),
               "-t", str(START_TIMEOUT_SECONDS), "-w", "start")  # fmt: skip
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_ready(cluster):
        if time.monotonic() > deadline:
            raise ClusterError(f"数据库没有启动，日志见 {cluster.log}。")
        time.sleep(0.05)


def _configure(cluster: Cluster) -> bool:
    """Write what this version asks of the server; say whether that is new."""
    path = cluster.data / "yikatong.conf"
    wanted = configuration(home=cluster.home, socket_folder=cluster.socket_folder)
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return False
    write_for_server(path, wanted)
    return True


def _checked(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ClusterError(f"数据库名不合规则：{name}")
    return name


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.cluster")
    acts = parser.add_subparsers(dest="act", required=True)
    for plain in ("start", "status", "destroy"):
        acts.add_parser(plain)
    acts.add_parser("stop").add_argument(
        "--mode", choices=["smart", "fast", "immediate"], default="fast"
    )
    create = acts.add_parser("create-database")
    create.add_argument("name")
    create.add_argument("--demo", action="store_true", help="永久标记为演示库")
    acts.add_parser("drop-database").add_argument("name")
    bootstrap = acts.add_parser("bootstrap-sql")
    bootstrap.add_argument("--demo", action="store_true")
    bootstrap.add_argument("--roles-only", action="store_true", help="已有数据库的，只补角色")
    asked = parser.parse_args(arguments)
    cluster = cluster_of(var=var_folder())
    try:
        return _perform(asked, cluster)
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1


def _perform(asked: argparse.Namespace, cluster: Cluster) -> int:
    if asked.act == "status":
        ready = is_ready(cluster)
        print(f"{'运行中' if ready else '未运行'} {cluster.socket_folder}")
        return 0 if ready else 3
    if asked.act == "bootstrap-sql":
        kind = "DEMO" if asked.demo else "LIVE"
        print(ROLES_SQL if asked.roles_only else f"\\set kind {kind}\n{ROLES_SQL}{DATABASE_SQL}")
    elif asked.act == "stop":
        stop(cluster, mode=asked.mode)
    elif asked.act == "destroy":
        destroy(cluster)
    else:
        cluster = ensure_started(var=cluster.var)
        if asked.act == "create-database":
            renew_roles(cluster)
            if not database_exists(cluster, name=asked.name):
                create_database(cluster, name=asked.name, demo=asked.demo)
        elif asked.act == "drop-database":
            drop_database(cluster, name=asked.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
