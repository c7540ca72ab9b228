"""Look at a scan or photograph that a stranger hands in (材料影像) in a process of its own.

    python -m backend.uploads.document < scan

is that process. What it is, its content says, never its name: JPEG, PNG or PDF, decoded to its end,
bounded also unpacked, and nothing in it that runs, opens something else or holds another file.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from backend.kernel.errors import Refusal
from backend.uploads.limited import Limits, ReadingError, answer, read_limited

MODULE = "backend.uploads.document"
LIMITS = Limits(memory_bytes=1024 * 1024 * 1024, seconds=60, answer_bytes=64 * 1024)
FILE_BYTES_MAX = 20 * 1024 * 1024
PIXELS_MAX = 80_000_000  # A3 at 600 dpi
PAGES_MAX = 200
OBJECTS_MAX = 20_000
UNPACKED_BYTES_MAX = 512 * 1024 * 1024  # a single stream: what the library allows
IMAGES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
PDF, PDF_MARK = "application/pdf", b"%PDF-"
# An image's own format: its pixels are counted by what it says of itself, not unpacked.
PICTURES = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"}
# What runs, opens something else, or holds another file.
ACTIVE = {
    *("/JS", "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/XFA"),
    *("/EmbeddedFile", "/EmbeddedFiles", "/Filespec", "/FileAttachment", "/RichMedia", "/Movie"),
    *("/Sound", "/Rendition", "/URI", "/EF", "/3D", "/OnInstantiate", "/Thread", "/Ref"),
}
ELSEWHERE = "/F"  # a stream whose bytes stand in another file
DAMAGED = (PyPdfError, OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, IndexError)

SENTENCES = {
    "empty": "文件是空的。",
    "too_large": f"文件超过 {FILE_BYTES_MAX // 1024 // 1024} MB。",
    "not_allowed": "只收 JPEG、PNG 图片和 PDF；文件内容不是其中一种。",
    "broken": "文件已损坏，无法读取，请重新扫描后再上传。",
    "too_large_unpacked": "文件展开后过大，请降低扫描分辨率或分成几份。",
    "too_many_pages": f"页数超过 {PAGES_MAX} 页，请分成几份。",
    "encrypted": "文件设有密码，请取消密码后再上传。",
    "active": "PDF 中有脚本、附件或会打开其他内容的动作，请打印成图片再上传。",
    "too_demanding": "文件在规定的时间和内存内读不完，请降低扫描分辨率或分成几份。",
}


class DocumentRefused(Refusal):
    """A scan is taken as it is or refused, for what it holds (材料影像拒收)."""

    code = "material_refused"

    def __init__(self, fault: str) -> None:
        super().__init__(SENTENCES[fault], fault=fault)


@dataclass(frozen=True)
class Document:
    """What a scan is, by its content."""

    content_type: str
    pages: int


def look_at(*, path: Path) -> Document:
    """Look at a scan within a gigabyte and a minute, whatever it holds.

    Raises:
        DocumentRefused: ``fault`` says for what.
    """
    size = path.stat().st_size
    if not size:
        raise DocumentRefused("empty")
    if size > FILE_BYTES_MAX:
        raise DocumentRefused("too_large")
    try:
        said = json.loads(read_limited(module=MODULE, file=path, limits=LIMITS))
    except ReadingError as ended:
        raise DocumentRefused("broken" if ended.why == "BROKEN" else "too_demanding") from ended
    if "fault" in said:
        raise DocumentRefused(said["fault"])
    return Document(**said)


class _FaultError(Exception):
    """What is wrong with it, as ``SENTENCES`` names it."""


def _look(file: BinaryIO) -> bytes:
    mark = file.read(len(PDF_MARK))
    file.seek(0)
    try:
        said: dict[str, Any] = asdict(_pdf(file) if mark == PDF_MARK else _image(file))
    except _FaultError as fault:
        said = {"fault": str(fault)}
    return json.dumps(said).encode()


def _image(file: BinaryIO) -> Document:
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        image = Image.open(file, formats=("JPEG", "PNG"))
    except Image.DecompressionBombError as error:
        raise _FaultError("too_large_unpacked") from error
    except UnidentifiedImageError as error:
        raise _FaultError("not_allowed") from error
    except DAMAGED as error:
        raise _FaultError("broken") from error
    if image.width * image.height > PIXELS_MAX:
        raise _FaultError("too_large_unpacked")
    try:
        image.load()
    except DAMAGED as error:
        raise _FaultError("broken") from error
    return Document(IMAGES[str(image.format)], 1)


def _pdf(file: BinaryIO) -> Document:
    try:
        reader = PdfReader(file)
        if reader.is_encrypted:
            raise _FaultError("encrypted")
        pages = len(reader.pages)
        if not pages:
            raise _FaultError("broken")
        if pages > PAGES_MAX:
            raise _FaultError("too_many_pages")
        _look_through(reader)
    except LimitReachedError as error:
        raise _FaultError("too_large_unpacked") from error
    except DAMAGED as error:
        raise _FaultError("broken") from error
    return Document(PDF, pages)


def _look_through(reader: PdfReader) -> None:
    """Refuse what is active, or swells."""
    unpacked = 0
    for thing in _reached(reader):
        if isinstance(thing, NameObject) and thing in ACTIVE:
            raise _FaultError("active")
        if isinstance(thing, StreamObject):
            unpacked += _unpacked(thing)
        if unpacked > UNPACKED_BYTES_MAX:
            raise _FaultError("too_large_unpacked")


def _reached(reader: PdfReader) -> Iterator[PdfObject]:
    """Everything that stands in the file, reached from its trailer or not, names too; once each.

    A number may be given twice, in two generations: another reader may take the other one.
    """
    waiting: list[PdfObject] = [reader.trailer, *_listed(reader)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        thing: PdfObject | None = waiting.pop()
        if isinstance(thing, IndirectObject):
            if (thing.idnum, thing.generation) in seen:
                continue
            seen.add((thing.idnum, thing.generation))
            thing = thing.get_object()
        if len(seen) > OBJECTS_MAX:
            raise _FaultError("too_large_unpacked")
        if isinstance(thing, ArrayObject):
            waiting += thing
        if isinstance(thing, DictionaryObject):
            waiting += [*thing.keys(), *thing.values()]
        if thing is not None:
            yield thing


def _listed(reader: PdfReader) -> Iterator[IndirectObject]:
    """Every object of which the file says where it stands."""
    for generation, places in reader.xref.items():
        for number in places:
            yield IndirectObject(number, generation, reader)
    for number in reader.xref_objStm:
        yield IndirectObject(number, 0, reader)


def _unpacked(stream: StreamObject) -> int:
    """How many bytes a stream has, or pixels the picture in it, whichever is more."""
    if ELSEWHERE in stream:
        raise _FaultError("active")
    pixels = _side(stream, "/Width") * _side(stream, "/Height") if "/Width" in stream else 0
    if pixels > PIXELS_MAX:
        raise _FaultError("too_large_unpacked")
    named = stream["/Filter"] if "/Filter" in stream else ArrayObject()
    filters = [one.get_object() for one in named] if isinstance(named, list) else [named]
    packing = ArrayObject(takewhile(lambda one: one not in PICTURES, filters))
    # Unpacked by a stand-in without parameters: a list of them too short would end the work early.
    packed = EncodedStreamObject()
    packed._data = stream._data
    packed[NameObject("/Filter")] = packing
    return max(pixels, len(packed.get_data()))


def _side(picture: StreamObject, name: str) -> int:
    side = picture[name]
    if not isinstance(side, NumberObject):
        raise TypeError(name)
    return abs(side)


if __name__ == "__main__":
    answer(read=_look, limits=LIMITS)
