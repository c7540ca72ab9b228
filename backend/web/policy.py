"""Deny by default (默认拒绝): who may call which route stands in ``routes.toml``, or nobody may."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from django.utils import timezone
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.kernel.errors import Refusal

if TYPE_CHECKING:  # the views import their permission class by name
    from rest_framework.views import APIView

ROUTES_FILE = Path(__file__).with_name("routes.toml")
PROOF = "PROOF"
ANYBODY, ANY_STAFF, TERMINAL, CITIZEN = "ANYBODY", "ANY_STAFF", "TERMINAL", "CITIZEN"
OPEN_STARTS = ("/api/v1/public/", "/api/v1/schema/", "/v/")
OPEN_ENDS = ("/healthz", "/login", "/logout", "/csrf", "/terminals/enrol")


class Member(Protocol):
    """What the policy must know of a caller."""

    is_active: bool
    password_initial: bool
    standing: str  # ANY_STAFF, TERMINAL or CITIZEN
    actor: str  # whose idempotency keys these are

    def roles_on(self, *, day: date) -> frozenset[str]: ...


@cache
def routes() -> dict[str, dict[str, frozenset[str]]]:
    """Route name → method → roles; ANY_STAFF is everybody with an account, ANYBODY strangers,
    TERMINAL a machine that was enrolled, CITIZEN whoever's card lies in it."""
    return {
        name: {method: frozenset(roles) for method, roles in row.items() if method != PROOF}
        for name, row in _table().items()
    }


@cache
def proof_routes() -> frozenset[tuple[str, str]]:
    """Route and method of what password and one-time code in the same call open, and no session."""
    return frozenset(
        (name, method) for name, row in _table().items() for method in row.get(PROOF, ())
    )


def allowed_roles(*, route: str, method: str) -> frozenset[str]:
    """The roles that may call; none for what the table does not list."""
    methods = routes().get(route, {})
    return methods.get("GET" if method in ("HEAD", "OPTIONS") else method, frozenset())


def is_open(*, path: str) -> bool:
    """Whether strangers may call this path at all, whatever the table says."""
    return path.startswith(OPEN_STARTS) or path.endswith(OPEN_ENDS)


def route_of(request: Request) -> str:
    """The name of the route; empty where there is none."""
    return request.resolver_match.view_name if request.resolver_match else ""


def lets_in_strangers(request: Request) -> bool:
    """Whether anybody may make this call: what it shows is public."""
    allowed = allowed_roles(route=route_of(request), method=request.method or "GET")
    return ANYBODY in allowed and is_open(path=request.path)


class RouteNotListed(Refusal):
    """The table does not know this route (接口未列入岗位权限表)."""

    code = "route_not_listed"
    status = 403


class PasswordInitial(Refusal):
    """A password that somebody else issued opens nothing but its own change (初始密码未修改)."""

    code = "password_initial"
    status = 403


class RoutePolicy(BasePermission):
    """The permission of every view."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Look the route up before body, object or precondition is looked at."""
        route, method = route_of(request), request.method or "GET"
        allowed = allowed_roles(route=route, method=method)
        if is_open(path=request.path) and _lets_strangers_in(route):
            if method not in view.allowed_methods:
                raise MethodNotAllowed(method)
            if ANYBODY in allowed:
                return True
        if not request.user.is_authenticated or not request.user.is_active:
            return False
        if route not in routes():
            raise RouteNotListed(f"接口 {route or request.path} 未列入岗位权限表，任何人不得使用。")
        if method not in view.allowed_methods:
            raise MethodNotAllowed(method)
        member = cast(Member, request.user)
        if member.standing in allowed:
            return True
        if member.password_initial:
            raise PasswordInitial("请先修改初始密码，再使用其他功能。")
        return bool(allowed & roles_today(request))


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(ROUTES_FILE.read_text(encoding="utf-8"))


def _lets_strangers_in(route: str) -> bool:
    return any(ANYBODY in roles for roles in routes().get(route, {}).values())


def roles_today(request: Request) -> frozenset[str]:
    """The roles that the caller holds today, read once for the call."""
    known: frozenset[str] | None = getattr(request._request, "roles_today", None)
    if known is None:
        known = cast(Member, request.user).roles_on(day=timezone.localdate())
        vars(request._request)["roles_today"] = known
    return known
