"""The folders by which files come from a bank and go to it (银行往来文件夹)."""

import hashlib
import os
from itertools import chain, count
from pathlib import Path

from django.conf import settings

from backend.feeds.placed import sync_folder

COPY_BYTES = 1 << 20


def bank_folder(*, bank: str, name: str) -> Path:
    """A folder of the exchange with a bank: prepared, inbox, archive, returns, received, refused,
    statements.

    All stand on one file system: files go from one to another by rename or link.
    """
    folder = Path(settings.VAR_DIR) / "bank" / bank / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def set_aside(*, bank: str, path: Path) -> Path:
    """Move a refused file out of ``returns`` into ``refused``; where it is now."""
    return move_beside(folder=bank_folder(bank=bank, name="refused"), path=path)


def move_beside(*, folder: Path, path: Path, name: str = "") -> Path:
    """Move a file into another folder of the same file system, or give it another ``name``; where
    it is now.

    It keeps its mode. Another file of that name stays as it is: the newcomer gets a number.
    """
    wanted = name or path.name
    names = chain([wanted], (f"{wanted}.{number}" for number in count(2)))
    for target in (folder / name for name in names):
        try:
            os.link(path, target)  # unlike a rename, never in the place of another
        except FileExistsError:
            if not target.samefile(path):
                continue
        path.unlink()
        sync_folder(folder)
        sync_folder(path.parent)
        break
    return target


def copy_digested(*, source: Path, target: Path) -> tuple[int, str]:
    """Copy a file while its SHA-256 is taken; size and digest of the copy, which lasts."""
    digest = hashlib.sha256()
    size = 0
    with source.open("rb") as there, target.open("xb") as here:
        while block := there.read(COPY_BYTES):
            digest.update(block)
            size += here.write(block)
        here.flush()
        os.fsync(here.fileno())
    return size, digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
