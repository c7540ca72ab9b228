"""Scans and PDFs as people hand them in, and as nobody should (演示): bytes by name."""

import base64
import os
import zlib
from collections.abc import Callable
from io import BytesIO
from math import isqrt
from zipfile import ZipFile

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)


def image(kind: str = "JPEG", *, size: tuple[int, int] = (620, 877), mode: str = "RGB") -> bytes:
    """A white page."""
    out = BytesIO()
    Image.new(mode, size, "white").save(out, kind)
    return out.getvalue()


def noise(size: int) -> bytes:
    """A picture that no packing makes smaller: at least so many bytes."""
    side, out = isqrt(size // 3) + 1, BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(out, "PNG")
    return out.getvalue()


def pdf(*change: Callable[[PdfWriter], object], pages: int = 1) -> bytes:
    """Blank pages, with something done to them."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    for one in change:
        one(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def opening(kind: str) -> Callable[[PdfWriter], object]:
    """Let something happen as it is opened."""
    action = DictionaryObject(
        {NameObject("/S"): NameObject(kind), NameObject("/F"): TextStringObject("x")}
    )

    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/OpenAction")] = action

    return change


def launching_by_reference(writer: PdfWriter) -> None:
    """What it does stands in an object of its own."""
    named = writer._add_object(NameObject("/Launch"))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): named})


def linking(writer: PdfWriter) -> None:
    """A page with a link in it."""
    link = DictionaryObject({NameObject("/URI"): TextStringObject("https://example.invalid")})
    note = DictionaryObject({NameObject("/A"): link})
    writer.pages[0][NameObject("/Annots")] = ArrayObject([note])


def holding_named(name: str) -> Callable[[PdfWriter], object]:
    """Something of a name in the catalogue."""

    def change(writer: PdfWriter) -> None:
        held = DictionaryObject({NameObject(name): DictionaryObject()})
        writer.root_object[NameObject("/Held")] = held

    return change


def unnamed_script(writer: PdfWriter) -> None:
    """A script to which nothing leads."""
    writer._add_object(DictionaryObject({NameObject("/S"): NameObject("/JavaScript")}))


def two_generations() -> bytes:
    """One number for two objects: harmless in the first generation, a script in the second."""
    objects = (
        b"1 0 obj\n<</Type/Catalog/Pages 2 0 R/First 4 0 R/OpenAction 4 1 R>>\nendobj\n",
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n",
        b"4 0 obj\n<</Held 1>>\nendobj\n",
    )
    body, table = b"%PDF-1.4\n", b"xref\n0 5\n0000000000 65535 f \n"
    for one in objects:
        table += b"%010d 00000 n \n" % len(body)
        body += one
    first = len(body)
    body += table + b"trailer\n<</Size 5/Root 1 0 R>>\n"
    later = b"4 1 obj\n<</S/JavaScript>>\nendobj\n"
    place, start = len(body), len(body) + len(later)
    table = b"xref\n4 1\n%010d 00001 n \n" % place
    trailer = b"trailer\n<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return body + later + table + trailer % (first, start)


def escaped(content: bytes, name: str) -> bytes:
    """The same name, written as no search for it would find."""
    last = f"#{ord(name[-1]):02x}"
    return content.replace(name.encode(), f"{name[:-1]}{last}".encode())


def stream(content: bytes, **entries: PdfObject) -> Callable[[PdfWriter], object]:
    """A stream as it is written, with what it says of itself."""

    def change(writer: PdfWriter) -> None:
        one = EncodedStreamObject()
        one._data = content
        for name, value in entries.items():
            one[NameObject(f"/{name}")] = value
        writer.root_object[NameObject("/Held")] = writer._add_object(one)

    return change


def names(*listed: str) -> ArrayObject:
    """Filters, in their order."""
    return ArrayObject(NameObject(f"/{name}") for name in listed)


def picture(width: int, height: int) -> Callable[[PdfWriter], object]:
    """A fax of few bytes that says how large it is."""
    return stream(
        bytes(100),
        Subtype=NameObject("/Image"),
        Width=NumberObject(width),
        Height=NumberObject(height),
        Filter=NameObject("/CCITTFaxDecode"),
    )


def macros(name: str) -> bytes:
    """An office file of today with a macro in it."""
    out = BytesIO()
    with ZipFile(out, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr(name, b"Sub AutoOpen()")
    return out.getvalue()


def talking(size: int) -> bytes:
    """A small picture whose words unpack to so many bytes."""
    words, out = PngImagePlugin.PngInfo(), BytesIO()
    words.add_text("Comment", "x" * size, zip=True)
    Image.new("1", (8, 8)).save(out, "PNG", pnginfo=words)
    return out.getvalue()


def holding(*streams: int) -> Callable[[PdfWriter], object]:
    """Streams of so many bytes, packed."""

    def change(writer: PdfWriter) -> None:
        for number, size in enumerate(streams):
            stream = DecodedStreamObject()
            stream.set_data(bytes(size))
            packed = writer._add_object(stream.flate_encode())
            writer.root_object[NameObject(f"/Held{number}")] = packed

    return change


BOMB = zlib.compress(bytes(90_000_000), 9)
TAKEN = {
    "a photograph": (image("JPEG"), "image/jpeg", 1),
    "a scan": (image("PNG", mode="1"), "image/png", 1),
    "a PDF": (pdf(pages=3), "application/pdf", 3),
    "a scan as PDF": (image("PDF"), "application/pdf", 1),
}
REFUSED = {
    "nothing": (b"", "empty"),
    "a web page": (b"<html><script>alert(1)</script></html>", "not_allowed"),
    "a program": (b"MZ" + bytes(200), "not_allowed"),
    "an archive": (b"PK\x03\x04" + bytes(200), "not_allowed"),
    "a workbook with macros": (macros("xl/vbaProject.bin"), "not_allowed"),
    "a document with macros": (macros("word/vbaProject.bin"), "not_allowed"),
    "an old document": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "not_allowed"),
    "a drawing with a script": (b"<svg><script>alert(1)</script></svg>", "not_allowed"),
    "a page of a server": (b"\xff\xd8\xff\xe0<?php system($_GET['x']);", "broken"),
    "another kind of picture": (image("GIF"), "not_allowed"),
    "a fax": (image("TIFF"), "not_allowed"),
    "half a photograph": (image("JPEG")[:-300], "broken"),
    "half a scan": (image("PNG")[:-40], "broken"),
    "no PDF after all": (b"%PDF-1.7\nnothing of the kind", "broken"),
    "a picture that unpacks to a gigabyte": (
        image("PNG", size=(12_000, 8_000), mode="1"),
        "too_large_unpacked",
    ),
    "a PDF that unpacks to a gigabyte": (pdf(holding(90_000_000)), "too_large_unpacked"),
    "a picture with words that unpack to more than all its points": (
        talking(70_000_000),
        "broken",
    ),
    "a PDF whose bomb is written in letters": (
        pdf(stream(base64.a85encode(BOMB) + b"~>", Filter=names("ASCII85Decode", "FlateDecode"))),
        "too_large_unpacked",
    ),
    "a PDF whose bomb has a parameter too few": (
        pdf(stream(BOMB, Filter=names("FlateDecode"), DecodeParms=ArrayObject())),
        "too_large_unpacked",
    ),
    "a PDF whose bomb is called a photograph": (
        pdf(stream(BOMB, Filter=names("FlateDecode", "DCTDecode"))),
        "too_large_unpacked",
    ),
    "a PDF with a fax as large as a house": (pdf(picture(10_000, 10_000)), "too_large_unpacked"),
    "a PDF with a password": (pdf(lambda writer: writer.encrypt("x")), "encrypted"),
    "a PDF with a script": (pdf(opening("/JavaScript")), "active"),
    "a PDF that starts a program": (pdf(opening("/Launch")), "active"),
    "a PDF that starts a program by reference": (pdf(launching_by_reference), "active"),
    "a PDF that hides the name of what it does": (
        escaped(pdf(opening("/Launch")), "/Launch"),
        "active",
    ),
    "a PDF whose bytes stand elsewhere": (
        pdf(stream(b"x", F=TextStringObject("other.bin"))),
        "active",
    ),
    "a PDF with a script to which nothing leads": (pdf(unnamed_script), "active"),
    "a PDF with a script of another generation": (two_generations(), "active"),
    "a PDF with a file in a specification without a type": (pdf(holding_named("/EF")), "active"),
    "a PDF with a solid": (pdf(holding_named("/3D")), "active"),
    "a PDF with a script for when a solid is shown": (
        pdf(holding_named("/OnInstantiate")),
        "active",
    ),
    "a PDF with a link": (pdf(linking), "active"),
    "a PDF that opens another": (pdf(opening("/GoToR")), "active"),
    "a PDF that reads on in another": (pdf(opening("/Thread")), "active"),
    "a PDF that shows a page of another": (pdf(holding_named("/Ref")), "active"),
    "a PDF that holds a file": (
        pdf(lambda writer: writer.add_attachment("a.txt", b"x")),
        "active",
    ),
    "a book": (pdf(pages=201), "too_many_pages"),
    "a PDF without pages": (pdf(pages=0), "broken"),
}
