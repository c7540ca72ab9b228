"""How a card shows that it holds its key (内部认证): keys diversified to it, and its answer. Pure.

Keys and factors as public sources describe cards of LB 002 and LD/T 32. The text of LD/T 32.5 was
not seen: how the 16 bytes of INTERNAL AUTHENTICATION are used is taken from EXTERNAL
AUTHENTICATION, and with SM4 it is a guess (未核实). Byte vectors: ``tests/vectors/card_keys.toml``.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import reduce

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES, FACTOR_BYTES, CHALLENGE_BYTES, ANSWER_BYTES = 16, 8, 16, 8
ENVIRONMENT = "sx"  # the begin of the name of 社会保障系统环境, in the factor of the city
# 卡识别码: region, the registered application provider, version and serial.
IDENTIFICATION = r"[0-9]{6}D156000005[0-9A-F]{16}"
RESET_INFO = r"[0-9A-F]{26}"  # 卡复位信息: the 13 historical bytes of the answer to reset


class Algorithm(StrEnum):
    """What a card reckons with (密码算法); it says so when it is selected."""

    TDES = "3DES"
    SM4 = "SM4"


def factors_of(*, identification: str, reset_info: str) -> tuple[bytes, bytes]:
    """Give the factors of the two levels, 8 bytes each: of the city, of the card.

    ``identification``: 卡识别码, 32 hexadecimal digits. ``reset_info``: 26 of them.
    """
    if not re.fullmatch(IDENTIFICATION, identification) or not re.fullmatch(RESET_INFO, reset_info):
        raise ValueError("no identification of a card with its reset information")
    city = (identification[:6] + ENVIRONMENT).encode("ascii")
    return city, bytes.fromhex(reset_info)[-FACTOR_BYTES:]


def child_key(*, algorithm: Algorithm, parent: bytes, factor: bytes) -> bytes:
    """Diversify a key by one level (分散): the factor and its complement, enciphered."""
    return _enciphered(algorithm, parent, factor + _complement(factor))


def card_key(*, algorithm: Algorithm, master: bytes, factors: Iterable[bytes]) -> bytes:
    """Diversify a master key level by level."""
    return reduce(
        lambda parent, factor: child_key(algorithm=algorithm, parent=parent, factor=factor),
        factors,
        master,
    )


def answer_of(*, algorithm: Algorithm, key: bytes, challenge: bytes) -> bytes:
    """Give the 8 bytes with which a card of ``key`` answers the 16 of ``challenge``.

    The first half of the challenge makes the key of this one time (过程密钥), the second half is
    enciphered under it.
    """
    if len(challenge) != CHALLENGE_BYTES:
        raise ValueError(f"a challenge has {CHALLENGE_BYTES} bytes")
    once, asked = challenge[:FACTOR_BYTES], challenge[FACTOR_BYTES:]
    return child_key(
        algorithm=algorithm,
        parent=child_key(algorithm=algorithm, parent=key, factor=once),
        factor=asked,
    )[:ANSWER_BYTES]


def _complement(factor: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in factor)


def _enciphered(algorithm: Algorithm, key: bytes, blocks: bytes) -> bytes:
    """Encipher whole blocks each by itself, as cards diversify."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    cipher = TripleDES(key + key[:8]) if algorithm is Algorithm.TDES else SM4(key)
    encryptor = Cipher(cipher, ECB()).encryptor()  # noqa: S305 - as the cards do it
    return encryptor.update(blocks) + encryptor.finalize()
