"""Parts of an upload as files in a folder of their own (上传暂存), while they are looked at."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Protocol

from django.conf import settings


class Uploaded(Protocol):
    """A part of an upload, as Django gives it."""

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, block by block."""


@contextmanager
def laid_down(*, parts: Mapping[str, Uploaded]) -> Iterator[Path]:
    """Give the folder in which each part stands under its name; at the end all of it goes."""
    folder = Path(settings.VAR_DIR) / "uploads" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        for name, part in parts.items():
            with (folder / name).open("wb") as kept:
                for block in part.chunks():
                    kept.write(block)
        yield folder
    finally:
        rmtree(folder)
