"""Write a file whole or not at all (整份写出): aside first, then by one rename."""

import csv
import io
import os
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

OWNER_ONLY = 0o600  # names and numbers: for nobody else on this machine


def as_csv(*, header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Give a table as the bytes of a CSV: UTF-8, lines that end with LF."""
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    return text.getvalue().encode()


def place(*, path: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Let these bytes stand at ``path``; who looks meanwhile finds what stood there before."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask took of it
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
