"""Whatever a file makes its reader do, the reader ends and we go on."""

import logging
from pathlib import Path

import pytest

from backend.uploads.limited import ReadingError, read_limited
from tests.backend.uploads.misbehaving import LIMITS

MODULE = "tests.backend.uploads.misbehaving"


def _read(folder: Path, order: str) -> bytes:
    file = folder / "given"
    file.write_text(order)
    return read_limited(module=MODULE, file=file, limits=LIMITS)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("MEMORY", "MEMORY"),
        ("TURN", "TIME"),
        ("SLEEP", "TIME"),
        ("SPEAK", "BROKEN"),
        ("BREAK", "BROKEN"),
        ("ABORT", "BROKEN"),
    ],
)
def test_a_reader_that_goes_wrong_is_ended(tmp_path: Path, order: str, why: str) -> None:
    with pytest.raises(ReadingError) as ended:
        _read(tmp_path, order)

    assert ended.value.why == why


def test_a_reader_knows_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")

    # The interpreter itself sets the locale.
    assert _read(tmp_path, "SHOW") in (b"[]", b"['LC_CTYPE']")


def test_the_log_tells_where_a_reader_broke_and_nothing_of_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(ReadingError):
        _read(tmp_path, "BREAK")

    assert "misbehaving.py" in caplog.text
    assert "王小明" not in caplog.text
