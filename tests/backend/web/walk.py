"""The walk through all routes (逐个接口): who calls, with what, and whether an answer is within the
policy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from backend.access.models import Agency, Role, Staff
from backend.cases.models import Case
from backend.people.models import Person
from backend.web import policy
from tests import builders
from tests.backend.access.terminal_builders import Machine
from tests.backend.web.bodies import sent
from tests.backend.web.objects import NUMBER, WORD
from tests.backend.web.routes import methods_of
from tests.backend.web.through_steps import Where
from tests.insurance.enrolment.enrolment_builders import village

NO_ROLE, JSON = "NO_ROLE", "application/json"
STAFF = (NO_ROLE, *Role.values)
REFUSED = {"not_authenticated", "not_permitted", "route_not_listed", "route_not_in_profile"}
UNWELL = ("/healthz", 503)  # where acts of a slow test wait to be sealed, it says so
Send = Callable[..., Any]  # method, path, query; to what of ``BODIES``
There = Mapping[str, Where]


@dataclass(frozen=True)
class Route:
    """A route with the names of what stands in its address: name → whether it is a number."""

    name: str
    view: Any
    parts: dict[str, bool]

    def address(self, where: Any) -> str:
        """The address of something."""
        return reverse(self.name, kwargs=where)

    def nowhere(self) -> str:
        """The address of nothing."""
        where = {part: NUMBER if whole else WORD for part, whole in self.parts.items()}
        if "year" in where:
            where["year"] = 2026
        if "paper" in where:
            where |= {"pk": NUMBER, "paper": "notice"}
        return self.address(where)


def _routes(patterns: Any = None) -> Iterator[Route]:
    for pattern in patterns or get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name != "nowhere":
            converters = getattr(pattern.pattern, "converters", {})
            parts = {name: type(one).__name__ == "IntConverter" for name, one in converters.items()}
            if pattern.pattern.regex.groupindex and not parts:
                parts = dict.fromkeys(pattern.pattern.regex.groupindex, False)
            yield Route(str(pattern.name), getattr(pattern.callback, "view_class", None), parts)


ROUTES = sorted(_routes(), key=lambda route: route.name == "staff-logout")  # it ends the walk
CELLS = [(route, method) for route in ROUTES for method in sorted(methods_of(route.view))]


def by_staff(
    role: str, *, at: Agency | None = None, of: Person | None = None, employer: int | None = None
) -> Send:
    staff = member(role, at=at, of=of, employer=employer)
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    if role == Role.VILLAGE:
        helps(staff, builders.wang())
    return by_client(client, role=role)


def member(
    role: str, *, at: Agency | None, of: Person | None, employer: int | None = None
) -> Staff:
    """Of a role, with a password where it is for something; or of none today."""
    if role == NO_ROLE:
        return builders.member(role="CLERK", since=date(2099, 1, 1), at=at, of=of).staff
    if not any(lets_in(route, "POST", role) for route in ROUTES if proof_asked(route)):
        return builders.member(role=role, at=at, of=of, employer_id=employer).staff
    username = f"{role.lower()}-of-matrix-{uuid4().hex[:6]}"
    return builders.staff_with_password(
        role=role, username=username, at=at, of=of, employer_id=employer
    )


def proof_asked(route: Route) -> bool:
    return (route.name, "POST") in policy.proof_routes()


def helps(staff: Staff, resident: Person) -> None:
    """Let somebody help the village in which a person lives."""
    resident.village = village().party
    resident.save()
    staff.village_id = village().pk
    staff.save()


def receiver(there: There) -> Person:
    """Who received the case behind its address."""
    case = Case.objects.get(pk=there["case-one"]["pk"])
    return Person.objects.get(pk=case.received_by)


def by_client(client: Client, *, role: str = "") -> Send:
    """Sends nothing; or to what ``about`` names, what is sent to it, and undoes what came of it."""

    def send(method: str, path: str, query: str, about: str = "") -> Any:
        address, key = f"{path}?{query}" if query else path, {"Idempotency-Key": uuid4().hex}
        with transaction.atomic():
            body, kind = sent(client, route=about, role=role) if about else (b"", JSON)
            answer = client.generic(method, address, body, content_type=kind, headers=key)
            transaction.set_rollback(bool(about))
        return answer

    return send


def by_machine(at: Machine) -> Send:
    def send(method: str, path: str, query: str) -> Any:
        headers = at.headers(method, path, query=query)
        address = f"{path}?{query}" if query else path
        return at.client.generic(
            method, address, b"", content_type="application/json", headers=headers
        )

    return send


def lets_in(route: Route, method: str, *standing: str) -> bool:
    return bool(policy.allowed_roles(route=route.name, method=method) & set(standing))


def asks_nobody(route: Route) -> bool:
    """Whether it is the same to the view who calls."""
    return not route.view.authentication_classes


def about(route: Route, method: str) -> str:
    """Of which route what is sent is sent."""
    return route.name if method == "POST" else ""


def reached(answer: Any, *, nowhere: Any) -> bool:
    """Whether an answer is about what its address names: the body was right, and of nothing
    something else is told."""
    return answer.status_code not in (400, 404) and told(answer) != told(nowhere)


def told(answer: Any) -> tuple[int, str]:
    if answer.status_code < 300 or not answer["Content-Type"].endswith("json"):
        return answer.status_code, ""
    return answer.status_code, answer.json().get("code", "")


def outside(answer: Any, *, allowed: bool) -> bool:
    """Whether an answer is not what the policy says."""
    status, code = told(answer)
    crashed = status >= 500 and (answer.wsgi_request.path, status) != UNWELL
    return crashed or status == 405 or (code in REFUSED) is allowed
