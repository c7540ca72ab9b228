"""What administrators of accounts ask over the API (账号管理), with the proof of each act."""

import base64
import re
from datetime import date
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from backend.access.models import Staff
from backend.access.totp import code_at, step_of
from backend.people import queries
from tests import builders


def post(
    client: Client, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    answer = client.post(
        f"/api/v1/staff/{path}",
        {**builders.proof_of(client), **(body or {})},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    return answer.status_code, answer.json() if answer.content else {}


def refusal(client: Client, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    status, answer = post(client, path, body)
    return status, answer["code"]


def li(**other: object) -> dict[str, object]:
    """Li is to work at the bureau."""
    sight = queries.sights(party_ids=[builders.li().pk], on=timezone.localdate())[builders.li().pk]
    return {
        "username": "li.jianguo",
        "id_number": sight.number,
        "name": sight.name,
        "agency": builders.agency().code,
        **other,
    }


def proof(issued: dict[str, Any], *, password: str = "", drift: int = 0) -> dict[str, str]:
    """What its owner types: the password, and the code that his authenticator shows."""
    found = re.search("secret=([A-Z2-7]+)", issued["totp_uri"])
    assert found is not None
    secret = base64.b32decode(found[1])
    step = step_of(now=timezone.now()) + drift
    return {
        "password": password or issued["password"],
        "code": code_at(secret=secret, step=step),
    }


def log_in(issued: dict[str, Any], **how: Any) -> Client:
    client = Client()
    status, _ = post(client, "login", {"username": issued["username"], **proof(issued, **how)})
    assert status == 200
    return client


def role_of(staff: Staff) -> int:
    return int(staff.roleassignment_set.values_list("pk", flat=True)[0])


def open_by_two(first: Client, second: Client, body: dict[str, Any]) -> dict[str, Any]:
    """What both together are told of a new account."""
    status, opened = post(first, "", body)
    assert status == 201, opened
    _, confirmed = post(second, f"{opened['id']}/reset/confirm")
    return {**confirmed, "password": opened["password"]}


def give_by_two(
    first: Client, second: Client, account: int, wanted: dict[str, Any]
) -> dict[str, Any]:
    """A role that one asks for and the other confirms."""
    status, waits = post(first, f"{account}/roles/", wanted)
    assert status == 202, waits
    status, given = post(second, f"{account}/roles/asked/{waits['id']}/confirm")
    assert status == 201, given
    return given


def reset_by_two(first: Client, second: Client, account: Staff) -> dict[str, Any]:
    """What both together are told; its owner gets one half from each."""
    _, asked = post(first, f"{account.pk}/reset")
    _, confirmed = post(second, f"{account.pk}/reset/confirm")
    return {**confirmed, "password": asked["password"]}


def today() -> str:
    day: date = timezone.localdate()
    return str(day)
