"""The bank's own books: which serials it answered, which refs it paid (银行账簿)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS answered (
    serial TEXT PRIMARY KEY, digest TEXT NOT NULL, size INTEGER NOT NULL, touched INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS outgoing (name TEXT PRIMARY KEY, delivered INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS paid (ref TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lie (number INTEGER PRIMARY KEY, said TEXT NOT NULL);
"""
PAY = "INSERT OR IGNORE INTO paid VALUES (?)"


class Books:
    """One bank's books; everything that answers one file is one transaction."""

    def __init__(self, *, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "books.sqlite3", isolation_level=None)
        self._base.executescript("PRAGMA synchronous = FULL; PRAGMA cache_size = -32000;" + TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @contextmanager
    def one_file(self) -> Iterator[None]:
        """All that follows is kept together or not at all."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def next_serial(self) -> str:
        """The serial that the next file must carry."""
        (last,) = self._base.execute("SELECT coalesce(max(serial), '0') FROM answered").fetchone()
        return f"{int(last) + 1:08d}"

    def digest_of(self, serial: str) -> str | None:
        """The digest of the file that was answered under ``serial``."""
        row = self._base.execute(
            "SELECT digest FROM answered WHERE serial = ?", (serial,)
        ).fetchone()
        return row[0] if row else None

    def has_seen(self, serial: str, size: int, touched: int) -> bool:
        """Whether that very file, by size and time of change, was answered."""
        row = self._base.execute(
            "SELECT 1 FROM answered WHERE (serial, size, touched) = (?, ?, ?)",
            (serial, size, touched),
        ).fetchone()
        return row is not None

    def answer(self, serial: str, digest: str, size: int, touched: int) -> None:
        """Remember the file as answered."""
        self._base.execute(
            "INSERT OR REPLACE INTO answered VALUES (?, ?, ?, ?)", (serial, digest, size, touched)
        )

    def pay(self, refs: Sequence[str]) -> set[int]:
        """Pay each ref once for ever; gives the places of those that were paid before."""
        before = self._base.total_changes
        self._base.execute("SAVEPOINT chunk")
        self._base.executemany(PAY, ((ref,) for ref in refs))
        if self._base.total_changes - before == len(refs):
            self._base.execute("RELEASE chunk")
            return set()
        self._base.execute("ROLLBACK TO chunk")
        self._base.execute("RELEASE chunk")
        return {
            place for place, ref in enumerate(refs) if self._base.execute(PAY, (ref,)).rowcount == 0
        }

    def send(self, name: str) -> None:
        """A return file is ready and has still to be delivered."""
        self._base.execute("INSERT OR REPLACE INTO outgoing VALUES (?, 0)", (name,))

    def undelivered(self) -> list[str]:
        """Return files that a crash may have kept from the outbox."""
        found = self._base.execute("SELECT name FROM outgoing WHERE delivered = 0 ORDER BY name")
        return [name for (name,) in found]

    def deliver(self, name: str) -> None:
        """The return file lies in the outbox."""
        self._base.execute("UPDATE outgoing SET delivered = 1 WHERE name = ?", (name,))

    def confess(self, said: str) -> None:
        """Remember a planted lie, as JSON."""
        self._base.execute("INSERT INTO lie (said) VALUES (?)", (said,))

    def lies(self) -> list[str]:
        """All planted lies, as JSON, in the order of planting."""
        return [said for (said,) in self._base.execute("SELECT said FROM lie ORDER BY number")]
