"""The heads outside the database (库外链头): a file of lines that only grows, without gaps.

Each line is written once and reaches the disk before the next. What a crash cut short is the
beginning of the line that is due: it is completed, never taken back.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection

from backend.audit.chain import SignedHead, parsed
from backend.kernel.errors import Refusal

TAIL_BYTES = 1 << 18  # more than the longest line, with that of a new key before it


class HeadsDiffer(Refusal):
    """Inside and outside are not of one chain: somebody must look (库外链头与库内不符)."""

    code = "audit_heads_differ"


@dataclass(frozen=True)
class Tail:
    """The end of the file: its last head, and what stands behind it."""

    last: SignedHead | None
    unfinished: bytes


class HeadsFile:
    """One database's heads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether there is such a file, be it empty."""
        return self.path.exists()

    def size(self) -> int:
        """How many bytes there are now."""
        return self.path.stat().st_size if self.exists() else 0

    def tail(self) -> Tail:
        """Read the last head; of no file or an empty one None.

        Raises:
            HeadsDiffer: a line is none of ours.
        """
        if not self.exists():
            return Tail(None, b"")
        with self.path.open("rb") as file:
            return self._tail(file)

    def append(self, signed: Iterable[tuple[int, str]]) -> int | None:
        """Write the text of every block that follows on the last one there; its number now.

        Raises:
            HeadsDiffer: a block is left out, or what was begun is another line.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked() as file:
            tail = self._tail(file)
            number = tail.last.head.number if tail.last else 0
            unfinished = tail.unfinished
            for block, text in signed:
                if block <= number:
                    continue
                line = text.encode()
                if block != number + 1 or not line.startswith(unfinished):
                    raise HeadsDiffer(f"库外链头文件 {self.path} 的末尾与数据库不相接。")
                file.write(line[len(unfinished) :])
                number, unfinished = block, b""
            file.flush()
            os.fsync(file.fileno())
        return number

    def lines(self, *, size: int) -> Iterator[str]:
        """Read the whole lines within the first ``size`` bytes."""
        if not self.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                size -= len(line)
                if size < 0 or not line.endswith(b"\n"):
                    return
                yield line.decode(errors="replace")

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _tail(self, file: BinaryIO) -> Tail:
        start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
        file.seek(start)
        *lines, unfinished = file.read().split(b"\n")
        if start:
            del lines[:1]  # it begins before what was read
        while lines:
            line = lines.pop()
            try:
                found = parsed(line.decode())
            except (ValueError, KeyError, TypeError):
                raise HeadsDiffer(f"库外链头文件 {self.path} 末尾的一行无法读取。") from None
            if isinstance(found, SignedHead):
                return Tail(found, unfinished)
            unfinished = line + b"\n" + unfinished
        return Tail(None, unfinished)


def heads_file() -> HeadsFile:
    """The heads of the database that this process works in."""
    name = connection.settings_dict["NAME"]
    return HeadsFile(Path(settings.AUDIT_DIR) / f"heads-{name}.jsonl")
