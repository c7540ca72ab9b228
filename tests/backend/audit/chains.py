"""What tests of the chain share: acts by the dozen, a sealer's surroundings, the superuser."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from backend import cluster
from backend.audit.head_keys import SoftwareKeys
from backend.audit.heads_file import HeadsFile
from backend.audit.record import record
from backend.audit.seal import seal_waiting

DAY = datetime(2026, 11, 10, 8, tzinfo=UTC)
# A superuser stops the triggers that stop everybody else.
UNSTOPPED = "SET session_replication_role = replica;"


@dataclass
class Chain:
    """A folder with keys and heads, and a clock that goes on a minute at each look."""

    folder: Path
    at: datetime = DAY
    keys: SoftwareKeys = field(init=False)
    heads: HeadsFile = field(init=False)

    def __post_init__(self) -> None:
        self.keys = SoftwareKeys(self.folder / "keys")
        self.heads = HeadsFile(self.folder / "heads.jsonl")

    def now(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def seal(self) -> int | None:
        return seal_waiting(now=self.now, keys=self.keys, heads=self.heads)

    def grown(self, *, blocks: int, rows: int, act: Callable[[int], None] | None = None) -> None:
        """Let acts happen and be sealed, so many blocks of so many rows."""
        for block in range(blocks):
            for row in range(rows):
                (act or acted)(block * rows + row)
            self.seal()


def acted(number: int) -> None:
    """Somebody did something to somebody."""
    record(
        name="test.act",
        subject_kind="test",
        subject_id=str(number),
        rows=number,
        staff_id=7,
        person_id=70,
        party_id=number + 100,
        before={"状态": "此前", "n": number},
        after={"状态": "此后", "n": number + 1},
        details={"甲": [number, "x" * (number % 40)]},
    )


def as_superuser(*statements: str) -> None:
    """Do what a database administrator can do."""
    server = cluster.cluster_of(var=settings.VAR_DIR)
    name = str(connection.settings_dict["NAME"])
    cluster.run_sql(server, database=name, sql="\n".join([UNSTOPPED, *statements]))
