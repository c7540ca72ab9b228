"""A scan is what its content says; what runs, hides or swells is refused, each with its reason."""

from pathlib import Path

import pytest

from backend.uploads import document
from backend.uploads.document import Document, DocumentRefused, look_at
from tests.backend.uploads import scans


def laid(folder: Path, content: bytes, name: str = "scan") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", scans.TAKEN)
def test_a_scan_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    content, content_type, pages = scans.TAKEN[name]

    assert look_at(path=laid(tmp_path, content)) == Document(content_type, pages)


@pytest.mark.parametrize("name", scans.REFUSED)
def test_what_is_no_scan_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    content, fault = scans.REFUSED[name]

    with pytest.raises(DocumentRefused) as refused:
        look_at(path=laid(tmp_path, content))

    assert refused.value.facts == {"fault": fault}
    assert refused.value.detail == document.SENTENCES[fault]


def test_a_name_changes_nothing(tmp_path: Path) -> None:
    assert look_at(path=laid(tmp_path, scans.image("PNG"), "a.pdf")).content_type == "image/png"
    with pytest.raises(DocumentRefused):
        look_at(path=laid(tmp_path, b"MZ" + bytes(200), "a.jpg"))


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = laid(tmp_path, b"")
    with path.open("wb") as file:
        file.truncate(document.FILE_BYTES_MAX + 1)

    with pytest.raises(DocumentRefused, match="超过 20 MB"):
        look_at(path=path)


def test_all_that_is_packed_counts_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "UNPACKED_BYTES_MAX", 5_000_000)
    one, two = scans.pdf(scans.holding(4_000_000)), scans.pdf(scans.holding(4_000_000, 4_000_000))

    with laid(tmp_path, one).open("rb") as file:
        assert b"fault" not in document._look(file)
    with laid(tmp_path, two).open("rb") as file:
        assert b"too_large_unpacked" in document._look(file)
