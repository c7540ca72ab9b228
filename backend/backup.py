"""Back a database up, and restore it (备份与恢复). Standard library only.

The dump is taken by a role that reads everything and writes nothing, of one instant, while others
work. Beside it lie the heads of the audit chain as they stood outside just before: what is restored
is verified against them. Files and keys under ``var`` are backed up apart (docs/operations.md).

    python -m backend.backup dump NAME FILE
    python -m backend.backup restore FILE NAME
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from backend import cluster
from backend.cluster import Cluster
from backend.database_roles import BACKUP
from backend.server_programs import SERVER_USER, ClusterError, as_server, program

HEADS_SUFFIX = ".heads"
NO_HEADS = (
    "已备份，但没有库外链头 heads-{}.jsonl（见 AUDIT_DIR），旁边没有 .heads："
    "恢复以后须用审计机构另存的链头核验。"
)


def dump(server: Cluster, *, name: str, file: Path) -> bool:
    """Write a dump of a database, and its heads beside; nothing is written over. Tell whether there
    were heads: without them nothing beside the dump proves it.

    Raises:
        ClusterError: there is such a file, or the database is not read to its end.
    """
    if file.exists():
        raise ClusterError(f"{file} 已经有了，不覆盖。")
    heads = _audit_folder(server) / f"heads-{name}.jsonl"
    proven = heads.exists()
    if proven:
        shutil.copyfile(heads, _private(file.with_name(file.name + HEADS_SUFFIX)))
    unfinished = _private(file.with_name(file.name + ".unfinished"))
    with unfinished.open("wb") as target:
        done = subprocess.run(
            [program(server.data, "pg_dump"), "--format=custom", "--no-password",
             "-h", str(server.socket_folder), "-U", BACKUP, name],
            stdout=target, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        os.fsync(target.fileno())
    if done.returncode:
        unfinished.unlink()
        raise ClusterError(f"pg_dump: {done.stderr.strip()}")
    unfinished.rename(file)
    return proven


def restore(server: Cluster, *, file: Path, name: str) -> None:
    """Make a database of a dump, under a name that is free.

    Raises:
        ClusterError: the name is taken, or the dump is damaged: then there is no such database.
    """
    if cluster.database_exists(server, name=name):
        raise ClusterError(f"数据库 {name} 已经有了，不覆盖。")
    with file.open("rb") as source, cluster.unfinished_database(server, name=name) as unfinished:
        as_server(
            server.data, "pg_restore", "--exit-on-error", "-h", str(server.socket_folder),
            "-U", SERVER_USER, "-d", unfinished, file=source,
        )  # fmt: skip


def _audit_folder(server: Cluster) -> Path:
    return Path(os.environ.get("AUDIT_DIR") or server.var / "audit")


def _private(path: Path) -> Path:
    """All of it is personal data: nobody else may read it."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    return path


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.backup")
    acts = parser.add_subparsers(dest="act", required=True)
    dumping = acts.add_parser("dump", help="备份一个数据库")
    dumping.add_argument("name")
    dumping.add_argument("file", type=Path)
    restoring = acts.add_parser("restore", help="恢复成一个新的数据库")
    restoring.add_argument("file", type=Path)
    restoring.add_argument("name")
    asked = parser.parse_args(arguments)
    try:
        server = cluster.ensure_started(var=cluster.var_folder())
        if asked.act == "dump":
            if not dump(server, name=asked.name, file=asked.file):
                print(NO_HEADS.format(asked.name), file=sys.stderr)
        else:
            restore(server, file=asked.file, name=asked.name)
    except (ClusterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
