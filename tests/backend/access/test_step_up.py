"""A stolen session changes nobody's access: password and one-time code stand in the same call."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from drf_spectacular.settings import spectacular_settings

from backend.access.models import (
    Delegation,
    RoleAssignment,
    Staff,
    StaffReset,
    Terminal,
    TerminalCode,
)
from backend.people import queries
from backend.web import policy
from tests import builders
from tests.backend.access.terminal_builders import machine
from tests.backend.web.routes import ROUTES, methods_of

ACCESS = ("staff-", "terminal-", "delegation-", "role-", "recusal-")
# The first proves who it is, the second only ends, the third takes a code, the fourth says what is,
# the last takes rights from who sends it alone.
OTHERWISE = {
    *("staff-login", "staff-logout", "terminal-enrol", "terminal-heartbeat", "recusal-list")
}
CHANGED = (Staff, RoleAssignment, StaffReset, TerminalCode, Terminal, Delegation)


def test_no_route_that_changes_access_is_opened_by_a_session_alone() -> None:
    changing = {
        (name, "POST")
        for _, name, view in ROUTES
        if name.startswith(ACCESS) and "POST" in methods_of(view)
    }

    assert {name for name, _ in changing - policy.proof_routes()} == OTHERWISE


def test_just_the_routes_that_the_table_names_ask_for_password_and_code() -> None:
    written = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema()
    parts = written["components"]["schemas"]
    asking = set()
    for path, methods in written["paths"].items():
        for method, one in methods.items():
            bodies = one.get("requestBody", {}).get("content", {}).values()
            named = [body.get("schema", {}).get("$ref", "").rsplit("/")[-1] for body in bodies]
            if any(
                {"password", "code"} <= set(parts.get(n, {}).get("required", [])) for n in named
            ):
                route = resolve(re.sub(r"\{[^}]*\}", "1", path)).view_name
                asking.add((route, method.upper()))

    assert asking - {("staff-login", "POST")} == policy.proof_routes()


@pytest.fixture
def thief() -> dict[str, Client]:
    """Whoever took the cookies of two administrators, a leader and a deputy's security officer."""
    roles = ("SECURITY_ADMIN", "SYSTEM_ADMIN", "APPROVER")
    stolen = {}
    for role in roles:
        stolen[role] = Client()
        stolen[role].force_login(builders.staff_with_password(role=role, username=role.lower()))
    return stolen


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proof", "told"),
    [
        ({}, (400, "invalid")),
        ({"password": "cai-de-kouling-1", "code": "000000"}, (401, "credentials_wrong")),
        ({"password": builders.PASSWORD, "code": "000000"}, (401, "credentials_wrong")),
    ],
)
def test_a_stolen_session_changes_nobodys_access(
    thief: dict[str, Client],
    proof: dict[str, str],
    told: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = attacks()
    monkeypatch.setattr("backend.access.attempts.FAILURES_MAX", len(asked))
    before = kept()

    assert set(asked) == {name for name, _ in policy.proof_routes() if name.startswith(ACCESS)} - {
        "staff-password"  # of one's own, by both
    }
    for name, (role, path, body) in asked.items():
        answer = post(thief[role], path, body | proof)
        assert (answer.status_code, answer.json()["code"]) == told, name
    assert kept() == before


def attacks() -> dict[str, tuple[str, str, dict[str, object]]]:
    """Route → whose session, address, and a request that lacks nothing but the proof."""
    li, today = builders.li(), timezone.localdate()
    sight = queries.sights(party_ids=[li.pk], on=today)[li.pk]
    clerk = builders.member(role="CLERK", username="jingban1").staff
    role = RoleAssignment.objects.get(staff=clerk)
    account: dict[str, object] = {
        "username": "li.jianguo", "id_number": sight.number, "name": sight.name,
        "agency": builders.agency().code,
    }  # fmt: skip
    deputy: dict[str, object] = {
        "kind": "DEPUTY", "role": "APPROVER", "level": "LEADER", "staff": "jingban1",
        "acting_for": "approver", "from_date": str(today), "to_date": "2099-01-01",
        "reason": "外出开会", "document": "演示委派书 1号",
    }  # fmt: skip
    code: dict[str, object] = {
        "hall": builders.hall().code,
        "profile": "KIOSK",
        "name": "大厅一号自助机",
    }
    safe = "SECURITY_ADMIN"
    return {
        "staff-list": (safe, "staff/", account),
        "staff-roles": (
            safe, f"staff/{clerk.pk}/roles/", {"role": "VILLAGE", "from_date": str(today)},
        ),
        "staff-role-confirm": (safe, f"staff/{clerk.pk}/roles/asked/1/confirm", {}),
        "staff-role-withdraw": (safe, f"staff/{clerk.pk}/roles/asked/1/withdraw", {}),
        "staff-role-end": (
            safe, f"staff/{clerk.pk}/roles/{role.pk}/end", {"last_day": str(today)},
        ),
        "staff-role-end-at-once": (
            safe, f"staff/{clerk.pk}/roles/{role.pk}/end-at-once", {},
        ),
        "staff-reset": (safe, f"staff/{clerk.pk}/reset", {}),
        "staff-reset-confirm": ("SYSTEM_ADMIN", f"staff/{clerk.pk}/reset/confirm", {}),
        "staff-deactivate": (safe, f"staff/{clerk.pk}/deactivate", {}),
        "terminal-codes": ("SYSTEM_ADMIN", "terminals/codes", code),
        "terminal-revoke": (safe, f"terminals/{machine().row.pk}/revoke", {"reason": "遗失"}),
        "delegation-list": ("APPROVER", "delegations/", deputy),
        "delegation-confirm": (safe, "delegations/1/confirm", {}),
        "delegation-revoke": (safe, "delegations/1/revoke", {"reason": "已回岗"}),
        "recusal-confirm": (safe, "recusals/1/confirm", {}),
        "recusal-end": (safe, "recusals/1/end", {"reason": "已离婚"}),
    }  # fmt: skip


def kept() -> list[list[Any]]:
    """What there is of access, word for word."""
    return [list(model.objects.order_by("pk").values()) for model in CHANGED]


def post(client: Client, path: str, body: dict[str, object]) -> Any:
    return client.post(
        f"/api/v1/{path}", body, content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )  # fmt: skip
