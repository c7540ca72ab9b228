"""A machine before the API (终端): it holds a key and signs what it sends."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.utils import timezone

from backend.access import terminals
from backend.access.models import Profile, Staff, Terminal
from backend.kernel import signed_request
from backend.kernel.signed_request import Asked
from tests import builders

STATE = {"version": "1.0", "reader": "OK", "printer": "OK", "card_present": True}


@dataclass
class Machine:
    """A terminal and its browser."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    client: Client = field(default_factory=Client)
    session: str = ""  # of the citizen who stands before it

    @property
    def public_key(self) -> bytes:
        """Its public key."""
        return self.private.public_key().public_bytes_raw()

    @property
    def row(self) -> Terminal:
        """As the server knows it."""
        return Terminal.objects.get(public_key=self.public_key)

    def headers(
        self, method: str, path: str, *, query: str = "", body: bytes = b"", created: int = 0,
        nonce: str = "",
    ) -> dict[str, str]:  # fmt: skip
        """Sign a request; give its headers."""
        asked = Asked(method, path, query, signed_request.digest_of(body), self.session)
        params = signed_request.params_of(
            asked,
            public_key=self.public_key,
            created=created or int(timezone.now().timestamp()),
            nonce=nonce or secrets.token_urlsafe(16),
        )
        message = signed_request.message_of(asked.components(), params)
        return signed_request.headers_of(asked, params=params, signature=self.private.sign(message))

    def get(self, path: str, *, query: str = "") -> Any:
        """Ask, signed."""
        address = f"{path}?{query}" if query else path
        return self.client.get(address, headers=self.headers("GET", path, query=query))

    def post(self, path: str, content: Any, **headers: str) -> Any:
        """Act, signed."""
        body = json.dumps(content).encode()
        signed = self.headers("POST", path, body=body) | headers
        return self.client.post(path, body, content_type="application/json", headers=signed)

    def beat(self, *, present: bool = True) -> Any:
        """Send a heartbeat; take the session that waits."""
        answer = self.post("/api/v1/terminals/heartbeat", STATE | {"card_present": present})
        fetched = answer.json().get("citizen_session")
        if fetched:
            self.session = fetched["key"]
        return answer


def operator() -> Staff:
    """A system administrator."""
    return builders.member(role="SYSTEM_ADMIN").staff


def machine(*, profile: Profile = Profile.DESK, by: Staff | None = None) -> Machine:
    """A machine, enrolled."""
    made, now = Machine(), timezone.now()
    issued = terminals.issue_code(
        hall=builders.hall(), profile=profile, name="3号窗口", by=by or operator(), now=now
    )
    enrol(made, issued.code)
    return made


def enrol(made: Machine, code: str) -> Terminal:
    """Let a machine enrol itself with a code."""
    proof = made.private.sign(terminals.proof_message(code=code, public_key=made.public_key))
    return terminals.enrol(code=code, public_key=made.public_key, proof=proof, now=timezone.now())


def enrolment(of: Machine, code: str, **changed: str) -> dict[str, str]:
    """What it sends to be enrolled."""
    proof = of.private.sign(terminals.proof_message(code=code, public_key=of.public_key))
    given = {"code": code, "public_key": of.public_key.hex(), "proof": proof.hex()}
    return given | changed
