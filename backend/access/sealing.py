"""Sealed secrets (加密保存): AES-GCM under a key of this host or under a person's password."""

import os
from collections.abc import Iterator
from functools import lru_cache

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
# argon2id: 64 MiB, two passes. Whoever changes this gives the sealed form a new first byte.
FORM = b"\x01"
MEMORY_KIB, PASSES, LANES = 65536, 2, 1


class SealBroken(Exception):  # noqa: N818 - what was found, not who failed
    """The secret does not open: another key or password, or altered bytes."""


def host_keys(*, purpose: str) -> Iterator[bytes]:
    """Give the keys derived for ``purpose``: of SECRET_KEY first, then of its predecessors."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _derived(str(secret), purpose)


@lru_cache(maxsize=32)
def _derived(secret: str, purpose: str) -> bytes:
    """Each call asks for some."""
    derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"yikatong {purpose}".encode())
    return derivation.derive(secret.encode())


def seal_for_host(*, secret: bytes, purpose: str, about: str) -> bytes:
    """Seal a secret that the server itself must read again; ``about`` ties it to its owner."""
    return _sealed(secret, next(host_keys(purpose=purpose)), about)


def open_for_host(*, sealed: bytes, purpose: str, about: str) -> bytes:
    """Open what ``seal_for_host`` sealed.

    Raises:
        SealBroken: when no key of this host opens it.
    """
    for key in host_keys(purpose=purpose):
        try:
            return _opened(sealed, key, about)
        except InvalidTag:
            continue
    raise SealBroken(purpose)


def seal_under_password(*, secret: bytes, password: str, about: str) -> bytes:
    """Seal a secret that only the owner's password opens (argon2id)."""
    salt = _salt()
    return FORM + salt + _sealed(secret, _password_key(password, salt), about)


def open_under_password(*, sealed: bytes, password: str, about: str) -> bytes:
    """Open what ``seal_under_password`` sealed.

    Raises:
        SealBroken: for another password, another owner or altered bytes.
    """
    salt, rest = sealed[1 : 1 + SALT_BYTES], sealed[1 + SALT_BYTES :]
    try:
        if sealed[:1] != FORM:
            raise SealBroken("form")
        return _opened(rest, _password_key(password, salt), about)
    except InvalidTag:
        raise SealBroken("password") from None


def _salt() -> bytes:
    return os.urandom(SALT_BYTES)


def _password_key(password: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        password.encode(), salt, PASSES, MEMORY_KIB, LANES, KEY_BYTES, type=Type.ID
    )


def _sealed(secret: bytes, key: bytes, about: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, about.encode())


def _opened(sealed: bytes, key: bytes, about: str) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
