"""The one spelling of a content in bytes (规范形式), and its digest (内容摘要)."""

import hashlib
import json
from collections.abc import Mapping


def canonical(content: object) -> bytes:
    """Spell JSON one way: sorted keys, no blanks, UTF-8; a float or a date is our own mistake."""
    _require_plain(content)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest_of(content: object) -> str:
    """Give the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def case_digest(*, kind: str, party_id: int, content: Mapping[str, object]) -> str:
    """Give the digest that stands for what is asked, and for whom."""
    return digest_of({"content": dict(content), "kind": kind, "party_id": party_id})


def _require_plain(value: object) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _require_plain(key)
            _require_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _require_plain(item)
    elif value is not None and not isinstance(value, str | int | bool):
        raise TypeError(f"a case holds text and whole numbers, not {type(value).__name__}")
