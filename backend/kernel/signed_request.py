"""A request signed by a terminal (签名请求): RFC 9421 with one fixed list of what is covered.

The canonical form and its headers only; whoever holds a key signs and verifies the bytes. Described
with byte vectors in ``docs/formats/signed-requests.md``.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LABEL = "terminal"
DIGEST, INPUT, SIGNATURE = "Content-Digest", "Signature-Input", "Signature"
SESSION = "Citizen-Session"
# A path as we name them: with nothing that is written in two ways.
PATH = re.compile(r"/[A-Za-z0-9/_.~-]*")
NONCE = r"[A-Za-z0-9_-]{22,43}"  # 16 to 32 random bytes
INPUT_FORM = re.compile(
    rf"{LABEL}=(?P<params>\((?P<covered>[^()]*)\);created=(?P<created>[0-9]{{1,12}})"
    rf';nonce="(?P<nonce>{NONCE})";keyid="(?P<key>[0-9a-f]{{64}})";alg="ed25519")'
)
SIGNATURE_FORM = re.compile(rf"{LABEL}=:(?P<signature>[A-Za-z0-9+/]{{86}}==):")


@dataclass(frozen=True)
class Asked:
    """What is asked for: path and query as sent, the digest of the body, and the session of a
    citizen in which it is asked, or an empty text."""

    method: str
    path: str
    query: str
    digest: str
    session: str = ""

    def components(self) -> tuple[tuple[str, str], ...]:
        """What the signature covers, in its order."""
        covered = (
            ("@method", self.method),
            ("@path", self.path),
            ("@query", f"?{self.query}"),
            ("content-digest", self.digest),
        )
        return (*covered, ("citizen-session", self.session)) if self.session else covered


@dataclass(frozen=True)
class Claim:
    """What the headers claim: by which key, when (seconds since 1970), under which nonce."""

    public_key: bytes
    created: int
    nonce: str
    signature: bytes
    message: bytes


def digest_of(body: bytes) -> str:
    """The Content-Digest of a body (RFC 9530), also of an empty one."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def message_of(components: Iterable[tuple[str, str]], params: str) -> bytes:
    """The signature base of RFC 9421, section 2.5: what is signed, byte for byte."""
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode("ascii")


def params_of(asked: Asked, *, public_key: bytes, created: int, nonce: str) -> str:
    """The signature parameters that a signer states."""
    covered = " ".join(f'"{name}"' for name, _ in asked.components())
    key = public_key.hex()
    return f'({covered});created={created};nonce="{nonce}";keyid="{key}";alg="ed25519"'


def headers_of(asked: Asked, *, params: str, signature: bytes) -> dict[str, str]:
    """The headers that a signer sends."""
    headers = {
        DIGEST: asked.digest,
        INPUT: f"{LABEL}={params}",
        SIGNATURE: f"{LABEL}=:{base64.b64encode(signature).decode()}:",
    }
    return headers | {SESSION: asked.session} if asked.session else headers


def claim_of(asked: Asked, headers: Mapping[str, str]) -> Claim | None:
    """Read the headers of a request; None when they are not exactly of this form."""
    stated = INPUT_FORM.fullmatch(headers.get(INPUT, ""))
    signed = SIGNATURE_FORM.fullmatch(headers.get(SIGNATURE, ""))
    components = asked.components()
    if stated is None or signed is None or not PATH.fullmatch(asked.path):
        return None
    if stated["covered"] != " ".join(f'"{name}"' for name, _ in components):
        return None
    try:
        signature = base64.b64decode(signed["signature"], validate=True)
        message = message_of(components, stated["params"])
    except (binascii.Error, UnicodeEncodeError):
        return None
    return Claim(
        public_key=bytes.fromhex(stated["key"]),
        created=int(stated["created"]),
        nonce=stated["nonce"],
        signature=signature,
        message=message,
    )
