"""Secrets that are let go through the house, and where they are looked for afterwards (金丝雀)."""

import base64
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from backend.cluster import Cluster
from backend.server_programs import program

# A one-time code has six digits only: as long as nothing of a number, a digest or a time adjoins.
SHORT = 8
Secrets = Mapping[str, bytes]


def traces(*, secrets: Secrets, place: str, found: bytes) -> Iterator[str]:
    """Name each secret that stands in what was found somewhere, whichever way it is written."""
    for name, secret in secrets.items():
        for way, spelling in _spellings(secret):
            if _stands_in(spelling, found):
                yield f"{name} ({way}) in {place}"


def text_of_dump(server: Cluster, file: Path) -> bytes:
    """All of a dump as the SQL that it stands for."""
    command = [program(server.data, "pg_restore"), "--file=-", str(file)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def text_of_pdf(pdf: bytes) -> bytes:
    """All of a paper: its bytes, and what is copied from it."""
    pages = PdfReader(BytesIO(pdf)).pages
    return pdf + "\n".join(page.extract_text() for page in pages).encode()


def text_of_files(paths: Iterable[Path]) -> bytes:
    """All files below some folders, with their names."""
    files = (file for path in paths for file in sorted(path.rglob("*")) if file.is_file())
    return b"\n".join(str(file).encode() + b"\n" + file.read_bytes() for file in files)


def _spellings(secret: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", secret
    if len(secret) < SHORT:
        return
    yield "hexadecimal", secret.hex().encode()
    yield "hexadecimal, capitals", secret.hex().upper().encode()
    yield "base32", base64.b32encode(secret).rstrip(b"=")
    for shift in range(3):  # wherever in a longer text it begins
        inner = base64.b64encode(b"\0" * shift + secret)[4 * (shift > 0) : -4]
        yield "base64", inner
        yield "base64url", inner.replace(b"+", b"-").replace(b"/", b"_")


def _stands_in(spelling: bytes, found: bytes) -> bool:
    if len(spelling) >= SHORT:
        return spelling in found
    return (
        re.search(rb"(?<![0-9A-Fa-f.])" + re.escape(spelling) + rb"(?![0-9A-Fa-f])", found)
        is not None
    )
