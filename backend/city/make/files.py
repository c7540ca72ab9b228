"""Writing files row by row with count and digest, in memory that does not grow."""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

ROWS_AT_ONCE = 4096
NEEDS_QUOTES = frozenset(',"\r\n')


class RowFile:
    """A CSV file (RFC 4180, UTF-8, LF) that counts its rows and digests its bytes."""

    def __init__(self, *, path: Path, header: str) -> None:
        self.path = path
        self.rows = 0
        self._digest = sha256()
        self._waiting = [header + "\n"]
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write_waiting()
        self._file.close()

    def add(self, row: str) -> None:
        """Add one row whose fields are known to need no quotes."""
        self.rows += 1
        self._waiting.append(row + "\n")
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._write_waiting()

    def sha256(self) -> str:
        """The digest of all bytes; asked after the file is closed."""
        return self._digest.hexdigest()

    def _write_waiting(self) -> None:
        written = "".join(self._waiting).encode()
        self._waiting.clear()
        self._digest.update(written)
        self._file.write(written)


def csv_row(fields: Iterable[str]) -> str:
    """A row whose fields are quoted where RFC 4180 asks for it."""
    return ",".join(
        '"' + field.replace('"', '""') + '"' if NEEDS_QUOTES.intersection(field) else field
        for field in fields
    )


def write_json(*, path: Path, content: object) -> None:
    """Write ``content`` as people read it: indented, one line end at the end."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
