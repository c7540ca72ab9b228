# ruff: noqa: E501
"""SM3 and Ed25519 are those of the standards, in the application and in the stand-alone checker."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.audit.chain import Head, SignedHead, sm3
from tests.backend.audit import checker

# GB/T 32905-2016, appendix A.
SM3 = [
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
]
# RFC 8032, section 7.1: public key, message, signature.
ED25519 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("message", "digest"), SM3)
def test_sm3_is_that_of_the_standard(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest
    assert checker.loaded().sm3_plain(message).hex() == digest


def test_the_checkers_sm3_is_the_same_at_every_length_of_the_padding() -> None:
    plain = checker.loaded().sm3_plain

    for length in (0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 300):
        message = hashlib.sha256(bytes([length % 256])).digest() * 10
        assert plain(message[:length]) == sm3(message[:length])


@pytest.mark.parametrize(("public", "message", "signature"), ED25519)
def test_ed25519_is_that_of_the_standard(public: str, message: str, signature: str) -> None:
    verifies = checker.loaded().ed25519_verifies
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert verifies(key, text, signed)
    assert not verifies(key, text + b"\0", signed)
    assert not verifies(key, text, bytes([signed[0] ^ 1]) + signed[1:])
    assert not verifies(key, text, signed[:63] + bytes([signed[63] ^ 0x20]))
    assert not verifies(bytes([key[0] ^ 1]) + key[1:], text, signed)
    assert not verifies(key[:31], text, signed)


def test_a_signature_with_a_number_beyond_the_order_is_none() -> None:
    """The same s plus the order of the group would verify by the equation alone (RFC 8032, 5.1.7)."""
    module = checker.loaded()
    public, message, signature = (bytes.fromhex(part) for part in ED25519[1])
    s = int.from_bytes(signature[32:], "little") + module.ORDER

    assert not module.ed25519_verifies(public, message, signature[:32] + s.to_bytes(32, "little"))


def test_both_verify_what_the_application_signs() -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    head = Head(1, 1, 2, "00", "11", "2026-11-10T00:00:00.000000+00:00", "key", "00112233")
    signature = private.sign(head.statement())

    assert SignedHead(head, signature).verifies(public=public)
    assert checker.loaded().ed25519_verifies(public, head.statement(), signature)
    assert not SignedHead(head, signature[:-1]).verifies(public=public)
