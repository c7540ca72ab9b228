"""PostgreSQL's own programs (数据库程序), run as the user of the server: root may run few of them.

Standard library only.
"""

import os
import pwd
import subprocess
from pathlib import Path
from typing import IO

BINARIES = Path("/usr/lib/postgresql")
VERSION_MIN = 15
SERVER_USER = "postgres"
QUOTES_ROWS = ("DETAIL:", "CONTEXT:")


class ClusterError(Exception):
    """PostgreSQL is missing or does not start; the text is for the operator."""


def program(data: Path, name: str) -> str:
    """The path of a PostgreSQL program: of the version that made the ``data``, else the newest."""
    versions = {
        int(folder.name): folder / "bin"
        for folder in BINARIES.glob("[0-9]*")
        if folder.name.isdigit() and (folder / "bin" / "initdb").exists()
    }
    usable = [version for version in versions if version >= VERSION_MIN]
    try:
        wanted = int((data / "PG_VERSION").read_text())
    except OSError:
        wanted = max(usable, default=0)
    if wanted not in usable:
        needed = wanted or f"{VERSION_MIN} 或更高版本"
        raise ClusterError(f"没有找到 PostgreSQL {needed}：apt-get install postgresql")
    return str(versions[wanted] / name)


def as_server(
    data: Path, name: str, *arguments: str, feed: str = "", file: IO[bytes] | None = None
) -> str:
    """Run a PostgreSQL program as the server's user, from a folder which that user can read; it
    reads ``feed``, or else a ``file``."""
    command = [program(data, name), *arguments]
    if os.geteuid() == 0:
        switch = f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--init-groups"
        command = ["setpriv", *switch, "--", *command]
    done = subprocess.run(
        command, stdin=file, input=None if file else feed,
        capture_output=True, text=True, check=False, cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if done.returncode:
        raise ClusterError(f"{name}: {_without_rows(done.stderr or done.stdout)}")
    return done.stdout


def _without_rows(text: str) -> str:
    """What a program says of an error, without the lines in which it quotes rows: people's data."""
    told = (line for line in text.strip().splitlines() if not line.startswith(QUOTES_ROWS))
    return "\n".join(told)


def server_user() -> str:
    """As whom it runs: never as root."""
    return SERVER_USER if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def server_uid() -> int:
    return pwd.getpwnam(server_user()).pw_uid


def give_to_server_user(path: Path) -> None:
    """Let the server have what root has made."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(SERVER_USER)
        os.chown(path, account.pw_uid, account.pw_gid)


def write_for_server(path: Path, text: str) -> None:
    """Write a file that the server reads."""
    path.write_text(text, encoding="utf-8")
    give_to_server_user(path)
