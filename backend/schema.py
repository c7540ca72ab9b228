"""Empty demo databases with all tables (空库), for tests and benchmarks.

The migrations run once for each state of the code; from then on their dump is loaded, which takes
a second instead of twenty. The dump depends on the code alone: it stands in ``var`` of the
checkout, wherever the cluster is that it is loaded into.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend import cluster, database_roles
from backend.cluster import CHECKOUT, Cluster

DUMPS = CHECKOUT / "var" / "schema"
MIGRATE = ("manage.py", "migrate", "--database", "owner", "--no-input", "--verbosity", "0")


def digest_of_migrations() -> str:
    """What the tables are made from: roles, migrations, the supervision's views, the libraries
    whose tables we use."""
    digest = hashlib.sha256((database_roles.ROLES_SQL + database_roles.DATABASE_SQL).encode())
    packages = (path.parent for path in CHECKOUT.glob("*/__init__.py"))
    migrations = (path for package in packages for path in package.glob("**/migrations/**/*.*"))
    views = (CHECKOUT / "backend" / "privacy").glob("*.*")
    for path in sorted([CHECKOUT / "requirements.txt", *migrations, *views]):
        if path.suffix in (".py", ".sql", ".toml", ".txt"):
            digest.update(f"{path.relative_to(CHECKOUT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def make_empty_database(server: Cluster, *, name: str) -> None:
    """Make a demo database with all tables and no rows of ours; it must not be there yet."""
    with _locked():
        dump = DUMPS / f"{digest_of_migrations()}.sql"
        if not dump.exists():
            _migrate(server, name=name)
            for outdated in DUMPS.glob("*.sql"):
                outdated.unlink()
            unfinished = dump.with_suffix(".unfinished")
            unfinished.write_text(cluster.dump_database(server, name=name), encoding="utf-8")
            unfinished.rename(dump)
            return
        statements = dump.read_text(encoding="utf-8")
    cluster.load_database(server, name=name, sql=statements)


def _migrate(server: Cluster, *, name: str) -> None:
    cluster.create_database(server, name=name, demo=True)
    environment = {**os.environ, "YIKATONG_VAR": str(server.var), "YIKATONG_DATABASE": name}
    subprocess.run([sys.executable, *MIGRATE], cwd=CHECKOUT, env=environment, check=True)


@contextmanager
def _locked() -> Iterator[None]:
    DUMPS.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Path(DUMPS / "lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
