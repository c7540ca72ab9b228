"""The arithmetic of the chain (审计链): what is hashed, signed and written outside, to the byte.

``docs/formats/audit-chain.md`` says the same, and ``docs/formats/check_chain.py`` reckons it again
without a line of this module.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SM3, Hash

HASH_BYTES, MARK_BYTES = 32, 4
ROW_PREFIX = b"yikatong-audit/1\n"
HEAD_PREFIX = b"yikatong-head/1\n"
HEAD, KEY = "head", "key"
COUNTED = ("number", "first", "last")
Row = Mapping[str, str | int | None]


def sm3(content: bytes) -> bytes:
    """Give the SM3 (GB/T 32905) of ``content``."""
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize()


GENESIS = sm3(ROW_PREFIX)


def canonical(content: object) -> str:
    """Spell JSON one way: sorted keys, no blanks, every character as itself."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of_posted(entry: Mapping[str, Any]) -> str:
    """Give the SHA-256 under which the act of a posting names its voucher with all its lines."""
    return hashlib.sha256(canonical(entry).encode()).hexdigest()


def chained(*, before: bytes, row: Row) -> bytes:
    """Give the hash of the link that puts ``row`` behind the hash ``before``."""
    return sm3(before + sm3(ROW_PREFIX + canonical(row).encode()))


def marks_of(hashes: Iterable[bytes]) -> str:
    """Give the first bytes of each hash: enough to tell outside at which row a chain departs."""
    return "".join(link[:MARK_BYTES].hex() for link in hashes)


def mark_at(*, marks: str, index: int) -> str:
    """Give one mark; empty when there are not so many."""
    return marks[index * 2 * MARK_BYTES : (index + 1) * 2 * MARK_BYTES]


def instant(at: datetime) -> str:
    """Spell an instant in UTC with microseconds: its order as text is its order in time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class PublicKey:
    """A key under which heads are signed, in use since an instant (链头公钥)."""

    key: str
    public: bytes
    since: str

    def line(self) -> str:
        """Spell it as it stands outside the database."""
        shown = {"kind": KEY, "key": self.key, "public": self.public.hex(), "since": self.since}
        return canonical(shown) + "\n"


@dataclass(frozen=True)
class Head:
    """The head of a block (链头): what the signature covers."""

    number: int
    first: int
    last: int
    prev: str
    head: str
    sealed_at: str
    key: str
    marks: str

    def statement(self) -> bytes:
        """Give the bytes that are signed."""
        return HEAD_PREFIX + canonical(vars(self)).encode()


@dataclass(frozen=True)
class SignedHead:
    """A head and its Ed25519 signature."""

    head: Head
    signature: bytes

    def line(self) -> str:
        """Spell it as it stands outside the database."""
        shown = {"kind": HEAD, **vars(self.head), "signature": self.signature.hex()}
        return canonical(shown) + "\n"

    def verifies(self, *, public: bytes) -> bool:
        """Tell whether the signature is right; a malformed one is not."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, self.head.statement())
        except (InvalidSignature, ValueError):
            return False
        return True


def parsed(line: str) -> PublicKey | SignedHead:
    """Read a line that stands outside the database.

    Raises:
        ValueError: when it is none of ours; also KeyError or TypeError.
    """
    given = json.loads(line)
    if not isinstance(given, dict) or not all(isinstance(given.get(n, 0), int) for n in COUNTED):
        raise ValueError(line)
    kind = given.pop("kind")
    if kind == KEY:
        return PublicKey(str(given["key"]), bytes.fromhex(given["public"]), str(given["since"]))
    if kind != HEAD:
        raise ValueError(kind)
    signature = bytes.fromhex(given.pop("signature"))
    return SignedHead(Head(**given), signature)
