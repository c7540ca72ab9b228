"""How anybody checks a paper (文书核验): its number and a check that only the agency can make."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict

from backend.papers.paper import Paper

PATH = "/v"
CHECK_LENGTH = 16  # of base 32: 80 bits


def content_of(*, paper: Paper) -> bytes:
    """Give all that stands on a paper, in one spelling."""
    content = json.dumps(asdict(paper), default=str, ensure_ascii=False, sort_keys=True)
    return content.encode()


def check_of(*, paper: Paper, key: bytes) -> str:
    """Give the check of a paper (核验码): a keyed digest of all that stands on it.

    It is kept with the paper and compared; a later version may lay out the same content anew.
    """
    digest = hmac.digest(key, content_of(paper=paper), hashlib.sha256)
    return base64.b32encode(digest).decode()[:CHECK_LENGTH]


def address_of(*, origin: str, number: str, check: str) -> str:
    """Give the public address that the QR code names."""
    return f"{origin}{PATH}/{number}/{check}"


def spoken_check(*, check: str) -> str:
    """The check in groups of four, to be read out."""
    return "-".join(check[start : start + 4] for start in range(0, len(check), 4))
