"""The tax bureau's own books (税务局账簿): what it answered, sent, still owes, got wrong."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from backend.city.tax.layouts import Receipt

TABLES = """
CREATE TABLE IF NOT EXISTS answered (
    stem TEXT NOT NULL, serial INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (stem, serial)
);
CREATE TABLE IF NOT EXISTS treasury (scheme TEXT PRIMARY KEY, fen INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS kept (
    scheme TEXT NOT NULL, period TEXT NOT NULL, fen INTEGER NOT NULL, PRIMARY KEY (scheme, period)
);
CREATE TABLE IF NOT EXISTS told (what TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outgoing (
    number INTEGER PRIMARY KEY, csv TEXT NOT NULL, json TEXT NOT NULL, stem TEXT NOT NULL,
    held INTEGER NOT NULL, delivered INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS later (
    number INTEGER PRIMARY KEY, due TEXT NOT NULL, payers TEXT NOT NULL, pay_by TEXT NOT NULL,
    tax_no TEXT NOT NULL, receipt TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS mistake (number INTEGER PRIMARY KEY, said TEXT NOT NULL);
"""


class Outgoing(NamedTuple):
    """A file that goes out: its bytes in the desk, the name it gets."""

    number: int
    csv: str
    json: str
    stem: str


class Later(NamedTuple):
    """Money that is told later: ``tax_no`` is empty while it has not come in."""

    payers: str
    pay_by: str
    tax_no: str
    receipt: Receipt


class Books:
    """One bureau's books; everything of one call is one transaction."""

    def __init__(self, *, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "books.sqlite3", isolation_level=None)
        self._base.executescript("PRAGMA synchronous = FULL;" + TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @contextmanager
    def one_call(self) -> Iterator[None]:
        """All that follows is kept together or not at all."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def following(self, stem: str) -> int:
        """The serial that the next file of a kind must carry."""
        (last,) = self._base.execute(
            "SELECT coalesce(max(serial), 0) FROM answered WHERE stem = ?", (stem,)
        ).fetchone()
        return int(last) + 1

    def digest_of(self, stem: str, serial: int) -> str | None:
        """The digest of the file that was answered under ``serial``."""
        row = self._base.execute(
            "SELECT digest FROM answered WHERE stem = ? AND serial = ?", (stem, serial)
        ).fetchone()
        return row[0] if row else None

    def answer(self, stem: str, serial: int, digest: str) -> None:
        """Remember a file as answered."""
        self._base.execute("INSERT INTO answered VALUES (?, ?, ?)", (stem, serial, digest))

    def hold(self, scheme: str, more: int) -> int:
        """Let the treasury hold so much more of a scheme, or less; what it holds then, below zero
        what it paid back and has not kept of what came since."""
        return self._add(
            "INSERT INTO treasury VALUES (?, ?) ON CONFLICT (scheme) DO UPDATE"
            " SET fen = fen + excluded.fen RETURNING fen",
            (scheme, more),
        )

    def held(self) -> list[str]:
        """Schemes of which the treasury holds something."""
        return [scheme for (scheme,) in self._base.execute("SELECT scheme FROM treasury")]

    def keep(self, scheme: str, period: str, more: int) -> int:
        """Let so much more of what came in a period stay until the next; how much that is."""
        return self._add(
            "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (scheme, period) DO UPDATE"
            " SET fen = fen + excluded.fen RETURNING fen",
            (scheme, period, more),
        )

    def _add(self, statement: str, values: tuple[str | int, ...]) -> int:
        (fen,) = self._base.execute(statement, values).fetchone()
        return int(fen)

    def is_told(self, what: str) -> bool:
        """Whether that was told in an earlier call."""
        row = self._base.execute("SELECT 1 FROM told WHERE what = ?", (what,)).fetchone()
        return row is not None

    def tell(self, what: str) -> None:
        """Remember that it was told."""
        self._base.execute("INSERT INTO told VALUES (?)", (what,))

    def count(self, name: str, more: int = 1) -> int:
        """Give ``more`` numbers of a kind away; the first of them, from 1."""
        self._base.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
            " SET value = value + excluded.value",
            (name, more),
        )
        (value,) = self._base.execute(
            "SELECT value FROM counter WHERE name = ?", (name,)
        ).fetchone()
        return int(value) - more + 1

    def send(self, *, csv: str, described: str, stem: str, held: bool = False) -> None:
        """Two files of the desk go out under a name; when ``held``, with the next call."""
        self._base.execute(
            "INSERT INTO outgoing (csv, json, stem, held) VALUES (?, ?, ?, ?)",
            (csv, described, stem, held),
        )

    def release(self) -> None:
        """What earlier calls held back goes out now."""
        self._base.execute("UPDATE outgoing SET held = 0 WHERE held = 1")

    def undelivered(self) -> list[Outgoing]:
        """What is to go out, in order; a crash may have kept it from the outbox."""
        found = self._base.execute(
            "SELECT number, csv, json, stem FROM outgoing WHERE NOT delivered AND NOT held"
            " ORDER BY number"
        )
        return [Outgoing(*row) for row in found]

    def waits(self, name: str) -> bool:
        """Whether a file of the desk has still to go out, now or with the next call."""
        row = self._base.execute(
            "SELECT 1 FROM outgoing WHERE NOT delivered AND ? IN (csv, json)", (name,)
        ).fetchone()
        return row is not None

    def deliver(self, number: int) -> None:
        """It lies in the outbox."""
        self._base.execute("UPDATE outgoing SET delivered = 1 WHERE number = ?", (number,))

    def put_off(self, *, due: str, later: Later) -> None:
        """Tell this in the first call of ``due`` or after it."""
        self._base.execute(
            "INSERT INTO later (due, payers, pay_by, tax_no, receipt) VALUES (?, ?, ?, ?, ?)",
            (due, later.payers, later.pay_by, later.tax_no, json.dumps(later.receipt)),
        )

    def take_due(self, *, period: str) -> list[Later]:
        """What was put off to ``period`` or before it, once."""
        found = self._base.execute(
            "DELETE FROM later WHERE due <= ? RETURNING number, payers, pay_by, tax_no, receipt",
            (period,),
        ).fetchall()
        return [
            Later(payers, pay_by, tax_no, Receipt(*json.loads(receipt)))
            for _, payers, pay_by, tax_no, receipt in sorted(found)
        ]

    def lessen_later(self, *, left_of: Callable[[Receipt], int]) -> None:
        """Let less come in later of what has not: ``left_of`` says how much."""
        found = self._base.execute(
            "SELECT number, receipt FROM later WHERE tax_no = '' ORDER BY number"
        ).fetchall()
        for number, told in found:
            receipt = Receipt(*json.loads(told))
            fen = left_of(receipt)
            if not fen:
                self._base.execute("DELETE FROM later WHERE number = ?", (number,))
            elif fen != receipt.fen:
                less = json.dumps(receipt._replace(fen=fen))
                self._base.execute("UPDATE later SET receipt = ? WHERE number = ?", (less, number))

    def confess(self, said: dict[str, Any]) -> None:
        """Remember a planted mistake."""
        self._base.execute(
            "INSERT INTO mistake (said) VALUES (?)", (json.dumps(said, ensure_ascii=False),)
        )

    def mistakes(self) -> list[str]:
        """All planted mistakes, as JSON, in the order of planting."""
        return [said for (said,) in self._base.execute("SELECT said FROM mistake ORDER BY number")]
