"""Damaged, disguised and hostile files: none is taken, and what is good is not refused.

Seeded: the same files each time; ``bin/evidence --parts damaged`` tries some thousand.
"""

import io
import os
import random
import zipfile
from collections.abc import Callable, Iterator

import pytest

from payments.banks.read import ReturnReader
from payments.banks.refusal import BankFileRefused
from payments.banks.statement import read_statement, statement_profiles
from tests.payments.banks.carrier_builders import BANKS, Told, answer, own
from tests.payments.statement_builders import Month, Moved, camt, digest, text

SEED = 20_261_128
NAMES = ("王秀英", "阿依古丽·买买提", "𠮷野家", "䶮㛃")
LINES = tuple(Moved(1_000 * n + 7, our_ref=f"{n}-1", name=NAMES[n % 4]) for n in range(1, 9))


def read_return(bank: str) -> Callable[[bytes], object]:
    def read(content: bytes) -> object:
        reader = ReturnReader(profile=own(bank), file=io.BytesIO(content))
        return (reader.head, list(reader.answers()))

    return read


def read_as_statement(bank: str) -> Callable[[bytes], object]:
    profiles = statement_profiles(bank, demo=True)
    return lambda content: read_statement(profiles=profiles, file=io.BytesIO(content))


def returned(bank: str) -> bytes:
    profile = own(bank)
    codes = [profile.paid_codes[0], *profile.reasons]
    return answer(
        profile,
        [Told(f"{n}-1", "9900", NAMES[n % 4], 100 * n, codes[n % 3]) for n in range(1, 9)],
    )


FILES: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    **{f"return {bank}": (read_return(bank), returned(bank)) for bank in BANKS},
    "statement NSB": (read_as_statement("NSB"), text(Month(LINES))),
    "statement CSB": (read_as_statement("CSB"), camt(Month(LINES))),
}
FLIPS = int(os.environ.get("DAMAGES", "200")) // len(FILES)
BILLION = b"".join(
    b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"laugh") for n in range(10)
)
TYPES = {
    "an entity bomb": b"<!DOCTYPE Document [" + BILLION + b"]>",
    "a quadratic bomb": b'<!DOCTYPE Document [<!ENTITY a "' + b"a" * 50_000 + b'">]>',
    "a file of ours": b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "an address": b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">',
    "a parameter entity": b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>',
    "an empty type": b"<!DOCTYPE Document>",
}
CALLS = {"an entity bomb": b"&l9;", "a quadratic bomb": b"&a;" * 1_000, "a file of ours": b"&x;"}


def flipped(content: bytes, chance: random.Random) -> bytes:
    """One bit, one byte, one piece moved, left out or twice."""
    at, kind = chance.randrange(len(content)), chance.randrange(5)
    end = min(len(content), at + chance.randrange(1, 40))
    if kind == 0:
        return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    if kind == 1:
        return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
    if kind == 2:
        return content[:at] + content[end:]
    if kind == 3:
        return content[:at] + content[at:end] * 2 + content[end:]
    return content[:at]


def recoded(content: bytes) -> Iterator[bytes]:
    """In other encodings, with marks, with other line ends, packed."""
    word = content.decode("gb18030" if b"<?xml" not in content else "utf-8")
    for encoding in ("utf-8", "gbk", "gb18030", "utf-16", "utf-8-sig", "big5", "latin-1"):
        yield word.encode(encoding, "replace")
    yield b"\x84\x31\x95\x33" + content
    yield content.replace(b"\r\n", b"\n")
    yield content.replace(b"\n", b"\r\n")
    yield content + b"\n"
    yield b"\n" + content
    yield content * 2
    yield bytes(len(content))
    yield b""
    yield packed(content)
    yield packed(bytes(1_000_000))
    yield b"A" * 3_000_000


def packed(content: bytes) -> bytes:
    """As somebody sends it who means well, or a bomb."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f.txt", content)
    return kept.getvalue()


@pytest.mark.parametrize("name", FILES)
def test_nothing_damaged_is_taken_and_the_good_one_is(
    name: str, request: pytest.FixtureRequest
) -> None:
    read, content = FILES[name]
    chance = random.Random(f"{SEED}/{name}")
    good = read(content)
    damaged = [*(flipped(content, chance) for _ in range(FLIPS)), *recoded(content)]
    tried = [one for one in damaged if one != content]

    for one in tried:
        with pytest.raises(BankFileRefused) as refused:
            read(one)
        assert refused.value.detail

    assert read(content) == good
    request.node.user_properties.append(("damages", len(tried)))


@pytest.mark.parametrize("name", ["return XSB", "statement CSB"])
@pytest.mark.parametrize("what", TYPES)
def test_a_document_type_is_refused_whatever_it_says(name: str, what: str) -> None:
    read, content = FILES[name]
    start, rest = content.split(b"\n", 1)
    rest = rest.replace("王秀英".encode(), CALLS.get(what, "王秀英".encode()), 1)
    hostile = resealed(start + b"\n" + TYPES[what] + rest)

    with pytest.raises(BankFileRefused) as refused:
        read(hostile)

    assert refused.value.fault in ("forbidden", "wrong_frame")  # a type hides where ours begins


@pytest.mark.parametrize("name", ["return XSB", "statement CSB"])
def test_what_is_too_deep_or_too_long_is_refused(name: str) -> None:
    read, content = FILES[name]
    place = "王秀英".encode()

    for much in (b"<a>" * 50_000, b"A" * 3_000_000, b"<a>" * 30 + b"</a>" * 30):
        with pytest.raises(BankFileRefused):
            read(resealed(content.replace(place, much, 1)))


def resealed(content: bytes) -> bytes:
    """With the digest that belongs to it, as an attacker would reckon it."""
    ends = [content.rfind(mark) for mark in (b"</OrgnlPmtInfAndSts>", b"</Stmt>")]
    body, end = content[: max(ends)], content[max(ends) :]
    at = end.index(b"<SHA256>") + len(b"<SHA256>")
    return body + end[:at] + digest(body).encode() + end[at + 64 :]
