"""Where scans are kept (材料存放): outside of what the server shows, each under a name by chance.

Folders are 0700, files 0600 and written once. A file is on the disk before its row is written, so
that no row stands without its file; what a crash leaves without a row, ``sweep`` finds.
"""

import os
import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from backend.feeds.placed import sync_folder

NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
BLOCK = 1 << 20


def new_name() -> str:
    """Give a name that says nothing."""
    return secrets.token_hex(16)


def keep(*, name: str, source: BinaryIO) -> str:
    """Write a file once, to the disk; give its SHA-256.

    Raises:
        FileExistsError: there is one of that name.
    """
    path = _path(name)
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as kept:
        while block := source.read(BLOCK):
            digest.update(block)
            kept.write(block)
        kept.flush()
        os.fsync(kept.fileno())
    sync_folder(path.parent)
    return digest.hexdigest()


def read(*, name: str) -> bytes | None:
    """Give the bytes of a file; None where it is gone."""
    try:
        return _path(name).read_bytes()
    except FileNotFoundError:
        return None


def size_of(*, name: str) -> int | None:
    """Give how many bytes a file has; None where it is gone."""
    try:
        return _path(name).stat().st_size
    except FileNotFoundError:
        return None


def names(*, before: float) -> list[str]:
    """Give the names of the files that were last written before an instant."""
    return [
        path.name
        for path in Path(settings.MATERIALS_DIR).glob("??/*")
        if NAME.fullmatch(path.name) and path.stat().st_mtime < before
    ]


def forget(*, name: str) -> None:
    """Take back a file whose row was never written."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ValueError(f"no name of ours: {name!r}")
    return Path(settings.MATERIALS_DIR) / name[:2] / name
