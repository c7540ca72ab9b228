"""An upload stands in a folder of its own while it is looked at, and nothing of it stays."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from backend.web.laid_down import LEFT_SECONDS, laid_down


class Part:
    """A part of an upload."""

    def chunks(self) -> Iterator[bytes]:
        yield b"half"
        yield b" and half"


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[Path]:
    """A folder of this test's own."""
    with override_settings(VAR_DIR=str(tmp_path)):
        yield tmp_path / "uploads"


def test_an_upload_is_laid_down_and_goes(uploads: Path) -> None:
    with laid_down(parts={"scan": Part()}) as folder:
        assert (folder / "scan").read_bytes() == b"half and half"
        assert folder.stat().st_mode & 0o777 == 0o700

    assert list(uploads.iterdir()) == []


def test_what_a_killed_process_left_goes_with_a_later_upload(uploads: Path) -> None:
    for name in ("left", "read by another call"):
        (uploads / name).mkdir(parents=True)
        (uploads / name / "scan").write_bytes(b"x")
    then = (uploads / "left").stat().st_mtime - LEFT_SECONDS - 60
    os.utime(uploads / "left", (then, then))

    with laid_down(parts={"scan": Part()}):
        pass

    assert [folder.name for folder in uploads.iterdir()] == ["read by another call"]
