"""Parts of an upload as files in a folder of their own (上传暂存), while they are looked at.

What a process leaves that was killed meanwhile, a later upload on the same host takes away.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import Protocol

from django.conf import settings

LEFT_SECONDS = 24 * 3600  # no call takes as long


class Uploaded(Protocol):
    """A part of an upload, as Django gives it."""

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, block by block."""


@contextmanager
def laid_down(*, parts: Mapping[str, Uploaded]) -> Iterator[Path]:
    """Give the folder in which each part stands under its name; at the end all of it goes."""
    folder = Path(settings.VAR_DIR) / "uploads" / uuid.uuid4().hex
    folder.mkdir(mode=0o700, parents=True)
    _take_left(folder.parent, before=time.time() - LEFT_SECONDS)
    try:
        for name, part in parts.items():
            with (folder / name).open("wb") as kept:
                for block in part.chunks():
                    kept.write(block)
        yield folder
    finally:
        rmtree(folder)


def _take_left(uploads: Path, *, before: float) -> None:
    for left in list(uploads.iterdir()):
        with suppress(FileNotFoundError):  # another upload ends, or sweeps too
            if left.stat().st_mtime < before:
                rmtree(left)
