"""A terminal of the hall (终端): it signs what it sends, and keeps what it is told. Pure."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.city.bench.hall.asks import Answer, Ask
from backend.kernel import signed_request
from backend.kernel.signed_request import Asked

NONCE_BYTES = 16
CSRF = "csrftoken"


@dataclass
class Machine:
    """Its key, the cookies of who is logged in at it, the session of who stands before it."""

    private: Ed25519PrivateKey
    cookies: dict[str, str] = field(default_factory=dict)
    session: str = ""

    def __post_init__(self) -> None:
        self.public_key = self.private.public_key().public_bytes_raw()

    @classmethod
    def of(cls, key: str) -> "Machine":
        """Give the machine that has this private key (hexadecimal)."""
        return cls(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)))

    def headers(self, ask: Ask, *, at_second: int) -> dict[str, str]:
        """Sign a request; give all headers of it. ``at_second`` counts since 1970."""
        asked = Asked(
            *(ask.method, ask.path, ask.query),
            digest=signed_request.digest_of(ask.body),
            session=self.session,
        )
        params = signed_request.params_of(
            asked,
            public_key=self.public_key,
            created=at_second,
            nonce=secrets.token_urlsafe(NONCE_BYTES),
        )
        signature = self.private.sign(signed_request.message_of(asked.components(), params))
        signed = signed_request.headers_of(asked, params=params, signature=signature)
        return {**signed, **ask.headers, **self._body(ask), **self._who()}

    def keep(self, answer: Answer) -> None:
        """Keep the cookies that an answer sets."""
        self.cookies.update(answer.cookies)

    def _body(self, ask: Ask) -> Mapping[str, str]:
        if ask.method == "GET":
            return {}
        token = {"X-CSRFToken": self.cookies[CSRF]} if CSRF in self.cookies else {}
        return {"Content-Type": "application/json", "Content-Length": str(len(ask.body)), **token}

    def _who(self) -> Mapping[str, str]:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": told} if told else {}
