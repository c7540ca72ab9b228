"""A folder that both sides signed (双方签名): its manifest, checked before any row is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.feeds.lines import NO_FILE
from backend.kernel.errors import Refusal

MANIFEST = "manifest.json"
SIDES = ("SOURCE", "BUREAU")
SIZE_MAX = 1_000_000


class ManifestInvalid(Refusal):
    """The manifest can not be read or says what can not be (清单不正确)."""

    code = "baseline_manifest_invalid"


class DigestWrong(Refusal):
    """The manifest was changed after it was digested (清单摘要不符)."""

    code = "baseline_digest_wrong"


class SignatureWrong(Refusal):
    """A side did not sign this manifest with the key we trust (清单签名不符)."""

    code = "baseline_signature_wrong"


@dataclass(frozen=True)
class SignedFile:
    """A file as signed: how many rows, which bytes."""

    name: str
    rows: int
    sha256: str


def read_signed(
    *, folder: Path, wanted: str, fields: frozenset[str], trusted: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """Read and verify ``folder``'s manifest of a format; give its content and digest.

    ``trusted`` gives each side's public key in hex.

    Raises:
        ManifestInvalid, DigestWrong, SignatureWrong: as their sentences say.
    """
    content = read_json(folder / MANIFEST)
    return content, verified(content=content, wanted=wanted, fields=fields, trusted=trusted)


def verified(
    *,
    content: Mapping[str, Any],
    wanted: str,
    fields: frozenset[str],
    trusted: Mapping[str, str],
) -> str:
    """Verify a manifest's content, of a folder or as it is kept; give its digest.

    Raises:
        ManifestInvalid, DigestWrong, SignatureWrong: as their sentences say.
    """
    if content.get("format") != wanted or set(content) != fields:
        raise invalid(f"清单格式应为 {wanted}，项目不能多也不能少。")
    signed = {key: content[key] for key in content if key not in ("digest", "signatures")}
    digest = sha256(canonical(signed)).hexdigest()
    if content["digest"] != digest:
        raise DigestWrong("清单内容与摘要不符，清单在生成后被改动过。", file=MANIFEST)
    _verify(content["signatures"], f"{wanted}\n{digest}".encode(), trusted)
    return digest


def signed_files(*, content: Mapping[str, Any], names: Sequence[str]) -> tuple[SignedFile, ...]:
    """Give the files of a manifest, which are ``names`` in their order.

    Raises:
        ManifestInvalid: when they are not.
    """
    files = tuple(
        SignedFile(str(f["name"]), count(f["rows"]), str(f["sha256"])) for f in content["files"]
    )
    if tuple(file.name for file in files) != tuple(f"{name}.csv" for name in names):
        raise invalid("清单须按固定顺序列出全部文件：" + "、".join(f"{name}.csv" for name in names))
    return files


def read_trusted(path: Path) -> dict[str, str]:
    """Read the public keys that this bureau trusts, by side.

    Raises:
        ManifestInvalid: when a side is missing, or both have one key.
    """
    content = read_json(path)
    try:
        keys = {key["side"]: str(key["public_key"]) for key in content["keys"]}
    except (KeyError, TypeError):
        keys = {}
    if sorted(keys) != sorted(SIDES) or len(set(keys.values())) != len(SIDES):
        raise ManifestInvalid("受信公钥文件须有移交方、接收方各一个不同的公钥。", file=path.name)
    return keys


def read_json(path: Path) -> dict[str, Any]:
    """Read a small JSON object in UTF-8.

    Raises:
        ManifestInvalid: when it is missing, no file, too large, or no such object.
    """
    if not path.is_file():
        raise ManifestInvalid(NO_FILE, file=path.name)
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_MAX + 1)
        content = json.loads(raw.decode()) if len(raw) <= SIZE_MAX else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ManifestInvalid("不是 UTF-8 编码的 JSON 对象，或文件过大。", file=path.name)
    return content


def canonical(content: object) -> bytes:
    """The one spelling of a JSON value that is digested."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode(errors="surrogatepass")


def count(value: object) -> int:
    """Give a count as it stands in a manifest; anything else is a ValueError."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("no count")
    return value


def invalid(detail: str) -> ManifestInvalid:
    """Say what is wrong with the manifest."""
    return ManifestInvalid(detail, file=MANIFEST)


def _verify(signatures: object, message: bytes, trusted: Mapping[str, str]) -> None:
    """Both sides, each once, each by the key trusted for that side."""
    listed = signatures if isinstance(signatures, list) else []
    given = {str(s.get("side")): s for s in listed if isinstance(s, dict)}
    if len(listed) != len(SIDES) or set(given) != set(SIDES):
        raise SignatureWrong("清单须由移交方和接收方各签名一次。", file=MANIFEST)
    for side in SIDES:
        if side not in trusted or given[side].get("public_key") != trusted[side]:
            raise SignatureWrong("签名用的不是受信公钥。", file=MANIFEST, side=side)
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(trusted[side]))
            key.verify(bytes.fromhex(str(given[side].get("signature"))), message)
        except (ValueError, InvalidSignature):
            raise SignatureWrong("签名验证不通过。", file=MANIFEST, side=side) from None
