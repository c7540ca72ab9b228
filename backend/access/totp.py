"""One-time codes (动态口令, RFC 6238): six digits, thirty seconds, SHA-1. Time is passed in."""

import base64
import binascii
import hmac
import os
import re
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from backend.kernel.errors import Refusal

STEP_SECONDS, DIGITS, SECRET_BYTES = 30, 6, 20
DRIFT_STEPS = (-1, 0, 1)
CODE_PATTERN = re.compile("[0-9]{6}")


class TotpSecretInvalid(Refusal):
    """The text is no secret of at least 16 bytes in base32 (动态口令密钥不正确)."""

    code = "totp_secret_invalid"


def new_secret() -> bytes:
    """Draw a secret for an authenticator."""
    return os.urandom(SECRET_BYTES)


def secret_from_text(text: str) -> bytes:
    """Read a secret as authenticators show it (base32).

    Raises:
        TotpSecretInvalid: when it is not base32 or too short.
    """
    try:
        secret = base64.b32decode(text, casefold=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < 16:
        raise TotpSecretInvalid("动态口令密钥应为 base32 文本，至少16字节。")
    return secret


def step_of(*, now: datetime) -> int:
    """Count the thirty-second steps since 1970."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(*, secret: bytes, step: int) -> str:
    """Give the code of a step."""
    generator = TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - authenticators know no other
    return generator.generate(step * STEP_SECONDS).decode()


def matching_step(*, secret: bytes, code: str, now: datetime, used_step: int) -> int | None:
    """Give the earliest step around ``now``, later than ``used_step``, whose code this is."""
    if not CODE_PATTERN.fullmatch(code):
        return None
    steps = [step_of(now=now) + drift for drift in DRIFT_STEPS]
    found = [s for s in steps if hmac.compare_digest(code_at(secret=secret, step=s), code)]
    return next((step for step in found if step > used_step), None)
