"""A file is written whole or not at all, for its owner alone."""

import os
import stat
from pathlib import Path

import pytest

from backend.feeds.placed import as_csv, place


@pytest.mark.parametrize(("asked", "found"), [({}, 0o600), ({"mode": 0o640}, 0o640)])
def test_a_file_is_for_whom_it_is_meant_whatever_the_umask(
    tmp_path: Path, asked: dict[str, int], found: int
) -> None:
    path = tmp_path / "list.csv"
    before = os.umask(0o077)
    try:
        place(path=path, content=b"x", **asked)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == found


def test_what_stood_there_gives_way_at_once_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"old")
    path.chmod(0o644)
    held = path.open("rb")

    place(path=path, content=as_csv(header=("a", "b"), rows=[(1, "王,秀英")]))

    assert held.read() == b"old"
    held.close()
    assert path.read_bytes() == 'a,b\n1,"王,秀英"\n'.encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
