"""Archive what the private PostgreSQL writes, restore it to a point in time (归档、按时间点恢复).

Standard library only. An option of operations: once begun, each piece of the log (WAL) is copied
into a folder, better on another disk, a minute after it began at the latest. From a base and the
pieces after it a second cluster is made as of any instant since; the first is not touched.

    python -m backend.wal_archive begin FOLDER              restarts the server
    python -m backend.wal_archive base FOLDER
    python -m backend.wal_archive restore FOLDER INSTANT VAR
"""

import argparse
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from backend import cluster
from backend.cluster import Cluster
from backend.server_programs import SERVER_USER, ClusterError, as_server, give_to_server_user

PIECES, BASES = "wal", "bases"
CONFIGURED = "archive.conf"
INCLUDED = f"include_if_exists '{CONFIGURED}'\n"
ADMITTED = f"local replication {SERVER_USER} peer map=yikatong\n"
NAMED = "%Y%m%dT%H%M%SZ"
# A piece that is there already is right only if it is the same.
ARCHIVE = (
    "if test -e {to}/%f; then cmp -s %p {to}/%f;"
    " else cp %p {to}/.%f && sync {to}/.%f && mv {to}/.%f {to}/%f; fi"
)
RECOVERED_WITHIN_SECONDS = 3600


def begin(server: Cluster, *, folder: Path) -> None:
    """Archive into ``folder`` from now on; the server is restarted.

    Raises:
        ClusterError: others work in the database, or its user cannot write there.
    """
    where = _plain(folder)
    for part in (where / PIECES, where / BASES):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
        give_to_server_user(part)
    cluster.run_sql(server, database="postgres", sql=f"SELECT pg_ls_dir('{where / PIECES}');")
    if not cluster.stop_if_idle(server):
        raise ClusterError("数据库正在使用，请先停服务，再开始归档。")
    command = ARCHIVE.format(to=where / PIECES)
    settings = f"archive_mode = on\narchive_timeout = 60\narchive_command = '{command}'\n"
    (server.data / CONFIGURED).write_text(settings, encoding="utf-8")
    give_to_server_user(server.data / CONFIGURED)
    _have(server.data / "postgresql.conf", INCLUDED)
    _have(server.data / "pg_hba.conf", ADMITTED)
    cluster.ensure_started(var=server.var)


def base(server: Cluster, *, folder: Path) -> Path:
    """Copy the whole cluster while it works; what is restored begins with the last copy before."""
    bases = _plain(folder) / BASES
    unfinished = bases / f"unfinished-{os.getpid()}"
    as_server(
        server.data, "pg_basebackup", "-h", str(server.socket_folder), "-U", SERVER_USER,
        "-D", str(unfinished), "--checkpoint=fast", "--wal-method=fetch",
    )  # fmt: skip
    done = bases / datetime.now(UTC).strftime(NAMED)
    unfinished.rename(done)
    return done


def restore(*, folder: Path, at: datetime, var: Path) -> Cluster:
    """Make the cluster of ``var`` as the archived one was at an instant, and start it.

    Raises:
        ClusterError: ``var`` has a cluster; or no base is that old, it cannot be copied, or the
            archive does not reach so far: then no cluster is left there.
    """
    made = cluster.cluster_of(var=var)
    if made.home.exists():
        raise ClusterError(f"{var} 已经有数据库，不覆盖。")
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as failed:
        failed.callback(cluster.destroy, made)
        try:
            _lay_down(made, _base_before(_plain(folder) / BASES, at), _plain(folder) / PIECES, at)
        except OSError as error:
            raise _not_restored(str(error)) from None
        cluster.ensure_started(var=var)
        _wait_until_recovered(made)
        failed.pop_all()
    return made


def _lay_down(made: Cluster, source: Path, pieces: Path, at: datetime) -> None:
    """What ``_start`` expects of a cluster that was made, and where its log goes on."""
    made.home.mkdir(parents=True, mode=0o700)
    give_to_server_user(made.home)
    copying = ["cp", "-a", str(source), str(made.data)]
    copied = subprocess.run(copying, capture_output=True, text=True, check=False)
    if copied.returncode:
        raise _not_restored(copied.stderr.strip())
    (made.data / CONFIGURED).unlink(missing_ok=True)  # its own log goes nowhere yet
    with (made.data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write(
            f"restore_command = 'cp {pieces}/%f %p'\n"
            f"recovery_target_time = '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}'\n"
            "recovery_target_action = 'promote'\n"
        )
    (made.data / "recovery.signal").touch()
    give_to_server_user(made.data / "recovery.signal")
    if os.geteuid() == 0:
        (made.var / "pg").symlink_to(made.home)
    (made.home / "made").write_text(str(made.var / "pg"), encoding="utf-8")


def _not_restored(why: str) -> ClusterError:
    return ClusterError(f"没有恢复成，不留下一半：{why}")


def _wait_until_recovered(made: Cluster) -> None:
    deadline = time.monotonic() + RECOVERED_WITHIN_SECONDS
    asked = "SELECT pg_is_in_recovery();"
    while cluster.run_sql(made, database="postgres", sql=asked).strip() != "f":
        if time.monotonic() > deadline:
            raise ClusterError(f"恢复没有在一小时内完成，日志见 {made.log}。")
        time.sleep(0.2)


def _base_before(bases: Path, at: datetime) -> Path:
    found = [path for path in sorted(bases.iterdir()) if path.name[0].isdigit()]
    before = [path for path in found if _taken(path) <= at]
    if not before:
        raise ClusterError(f"{at} 以前没有基础备份，不能恢复到那时。")
    return before[-1]


def _taken(path: Path) -> datetime:
    return datetime.strptime(path.name, NAMED).replace(tzinfo=UTC)


def _plain(folder: Path) -> Path:
    """A path that needs no quoting in a command of the server's."""
    where = folder.resolve()
    if not re.fullmatch(r"/[A-Za-z0-9/._-]+", str(where)):
        raise ClusterError(f"归档文件夹的路径只能用字母、数字和 / . _ -：{where}")
    return where


def _have(path: Path, line: str) -> None:
    """Add a line once."""
    if line not in path.read_text(encoding="utf-8"):
        with path.open("a", encoding="utf-8") as there:
            there.write(line)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.wal_archive")
    acts = parser.add_subparsers(dest="act", required=True)
    for act, told in (("begin", "开始连续归档"), ("base", "做一份基础备份")):
        acts.add_parser(act, help=told).add_argument("folder", type=Path)
    restoring = acts.add_parser("restore", help="按时间点恢复成另一个数据库")
    restoring.add_argument("folder", type=Path)
    restoring.add_argument("at", type=datetime.fromisoformat, help="如 2026-11-20T09:30:00+08:00")
    restoring.add_argument("var", type=Path)
    asked = parser.parse_args(arguments)
    try:
        if asked.act == "restore":
            if asked.at.tzinfo is None:
                raise ClusterError("时刻须写时区，如 2026-11-20T09:30:00+08:00。")
            restore(folder=asked.folder, at=asked.at, var=asked.var.resolve())
        else:
            server = cluster.ensure_started(var=cluster.var_folder())
            (begin if asked.act == "begin" else base)(server, folder=asked.folder)
    except (ClusterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
