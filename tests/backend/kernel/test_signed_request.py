"""The canonical form of a signed request, byte for byte: RFC 9421's own example, and ours."""

import tomllib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.cluster import CHECKOUT
from backend.kernel import signed_request
from backend.kernel.signed_request import Asked

VECTORS = tomllib.loads(
    (CHECKOUT / "tests" / "vectors" / "signed_request.toml").read_text(encoding="utf-8")
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["private_key"]))
PUBLIC = KEY.public_key().public_bytes_raw()
ASKED = Asked("POST", "/api/v1/terminals/heartbeat", "", signed_request.digest_of(b"{}"))


def headers(asked: Asked = ASKED) -> dict[str, str]:
    """The headers of a request."""
    params = signed_request.params_of(asked, public_key=PUBLIC, created=1762308000, nonce="A" * 22)
    return signed_request.headers_of(asked, params=params, signature=bytes(64))


def test_the_example_of_the_standard_has_the_signature_of_the_standard() -> None:
    example = VECTORS["rfc9421_b_2_6"]

    message = signed_request.message_of(map(tuple, example["components"]), example["params"])

    assert KEY.sign(message).hex() == example["signature"]


@pytest.mark.parametrize("vector", VECTORS["request"], ids=lambda vector: vector["name"])
def test_a_request_is_signed_byte_for_byte_as_documented(vector: dict[str, Any]) -> None:
    digest = signed_request.digest_of(vector["body"].encode())
    asked = Asked(vector["method"], vector["path"], vector["query"], digest, vector["session"])

    params = signed_request.params_of(
        asked, public_key=PUBLIC, created=vector["created"], nonce=vector["nonce"]
    )
    message = signed_request.message_of(asked.components(), params)
    sent = signed_request.headers_of(asked, params=params, signature=KEY.sign(message))

    assert message.decode() == vector["message"].strip()
    assert sent == vector["headers"]


def test_what_is_sent_is_read_again() -> None:
    claim = signed_request.claim_of(ASKED, headers())

    assert claim is not None
    assert (claim.public_key, claim.created, claim.nonce) == (PUBLIC, 1762308000, "A" * 22)


@pytest.mark.parametrize(
    ("header", "before", "after"),
    [
        ("Signature-Input", "ed25519", "rsa-v1_5-sha256"),
        ("Signature-Input", ' "content-digest"', ""),
        ("Signature-Input", '"@method" "@path"', '"@path" "@method"'),
        ("Signature-Input", "created=1762308000", "created=-1"),
        ("Signature-Input", "A" * 22, "A" * 21),
        ("Signature-Input", "A" * 22, "A" * 21 + "/"),
        ("Signature-Input", "terminal=", "other="),
        ("Signature", "==:", "==:, terminal=:"),
        ("Signature", "AAAA", "AAA"),
    ],
)
def test_other_forms_are_none(header: str, before: str, after: str) -> None:
    changed = headers()[header].replace(before, after, 1)
    assert changed != headers()[header]

    assert signed_request.claim_of(ASKED, headers() | {header: changed}) is None


def test_a_session_that_is_not_signed_is_none() -> None:
    asked = Asked(ASKED.method, ASKED.path, ASKED.query, ASKED.digest, session="other")

    assert signed_request.claim_of(asked, headers()) is None
    assert signed_request.claim_of(ASKED, headers(asked)) is None


@pytest.mark.parametrize("path", ["/api/v1/人", "/a%2Fb", "/a b", "a", "/a\n/b", ""])
def test_a_path_that_is_written_in_two_ways_is_none(path: str) -> None:
    asked = Asked("GET", path, "", signed_request.digest_of(b""))

    assert signed_request.claim_of(asked, headers(asked)) is None


def test_a_query_that_is_no_ascii_is_none() -> None:
    asked = Asked("GET", "/a", "姓名", signed_request.digest_of(b""))

    assert signed_request.claim_of(asked, headers(asked)) is None
