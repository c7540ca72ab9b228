"""Every role × every route × what is there and what is not: no answer outside the policy.

Made from ``routes.toml``, the profiles of terminals and the routes themselves: a new route is in
it, or fails for want of something behind its address, or of a body to send there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from backend.access import citizens
from backend.access.models import Agency, Profile, Role, Staff
from backend.cases.models import Case
from backend.people.models import Person
from backend.web import policy
from backend.web.own import own_routes
from backend.web.policy import ANY_STAFF, ANYBODY, CITIZEN, TERMINAL
from backend.web.profiles import lets_call
from tests import builders
from tests.backend.access.terminal_builders import Machine, machine
from tests.backend.web import named
from tests.backend.web.bodies import BODIES, sent
from tests.backend.web.named import NAMED
from tests.backend.web.objects import ASKED, MADE_ELSEWHERE, NUMBER, WORD
from tests.backend.web.routes import methods_of
from tests.backend.web.through_steps import Where, medical
from tests.insurance.enrolment.enrolment_builders import village
from tests.insurance.pension import pension_builders

pytestmark = pytest.mark.django_db
NO_ROLE, JSON = "NO_ROLE", "application/json"
AGENT = Role.EMPLOYER_AGENT  # of one employer, or of another
REFUSED = {"not_authenticated", "not_permitted", "route_not_listed", "route_not_in_profile"}
STAFF = (NO_ROLE, *Role.values)
# What no object's name can be is said so; a paper that was never issued is told to be no paper.
NOT_THERE = {
    "month-one": (422, "month_invalid"),
    "paper-check": (200, ""),
    "paper-check-short": (200, ""),
}
# What all agencies share, and machines to who runs the house; ``scope.toml`` says why.
SHARED = {
    *(
        "bill-run-one",
        "refund-notice",
        "retirement-check",
        "month-one",
        "person-one",
        "person-report",
        "account-of-payee",
        "chosen-base",
        "person-gaps",
        "employer-roster",
    ),
    *("enrolment-certificate", "adjustments-of-person", "employer-one", "employer-arrears"),
    *("employer-deregister", "staff-one", "staff-roles", "staff-role-end", "staff-reset"),
    *("staff-role-confirm", "staff-role-withdraw", "staff-reset-confirm", "staff-deactivate"),
    "terminal-revoke",
    *("baseline-one", "baseline-refused", "mandate-end", "delegation-confirm"),
    *("delegation-revoke", "card-loss"),
}
# What one body keeps, and no other agency: its own staff are asked.
KEPT_BY = {"retirement-approval-sheet": pension_builders.department}
RECEIVED_BY_ANOTHER = {"case-receipt"}  # not by who helps the village
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


def test_every_address_with_a_name_in_it_has_something_behind_it(there: There) -> None:
    named = {route.name for route in ROUTES if route.parts}

    assert named == set(there) | set(MADE_ELSEWHERE)
    assert not set(there) & set(MADE_ELSEWHERE)
    assert all((Path(settings.BASE_DIR) / place).exists() for place in MADE_ELSEWHERE.values())


def test_every_act_on_what_an_address_names_has_a_body_to_send(there: There) -> None:
    assert {route.name for route, method in CELLS if method == "POST"} & set(there) == set(BODIES)


def test_every_act_on_what_a_body_names_is_in_the_table() -> None:
    without = {route.name for route, method in CELLS if method == "POST" and not route.parts}

    parts = [set(NAMED), named.SHARED, named.NEW, set(named.MADE_ELSEWHERE)]
    assert without == set.union(*parts)
    assert sum(map(len, parts)) == len(without)
    assert all(
        (Path(settings.BASE_DIR) / place).exists() for place in named.MADE_ELSEWHERE.values()
    )


def test_no_route_deletes_or_overwrites() -> None:
    assert {method for _, method in CELLS} == {"GET", "POST"}


@pytest.mark.parametrize("role", STAFF)
def test_a_member_of_staff_gets_what_the_role_may(role: str) -> None:
    send = by_staff(role)
    wrong, not_hidden = [], []
    for route, method in CELLS:
        allowed = lets_in(route, method, ANYBODY, ANY_STAFF, role)
        query = ASKED.get(route.name, "") if method == "GET" else ""
        answer = send(method, route.nowhere(), query)
        if outside(answer, allowed=allowed):
            wrong.append((route.name, method, told(answer)))
        if allowed and route.parts and method == "GET" and answer.status_code != 404:
            not_hidden.append((route.name, told(answer)))

    assert wrong == []
    assert [(name, answer) for name, answer in not_hidden if NOT_THERE.get(name) != answer] == []


@pytest.mark.parametrize("role", STAFF)
def test_what_is_there_is_shown_to_whom_the_policy_names(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    send = by_staff(role, of=receiver(there) if role == Role.VILLAGE else None)
    of_bodies = {name: by_staff(role, at=body()) for name, body in KEPT_BY.items()}
    wrong, cells = [], [cell for cell in CELLS if cell[0].name in there]
    for route, method in cells:
        allowed = lets_in(route, method, ANYBODY, ANY_STAFF, role)
        query = ASKED.get(route.name, "") if method == "GET" else ""
        ask, what = of_bodies.get(route.name, send), about(route, method)
        answer = ask(method, route.address(there[route.name]), query, what)
        shown = answer.status_code == 200
        if what:
            shown = reached(answer, nowhere=ask(method, route.nowhere(), query, what))
        hidden = role == Role.VILLAGE and route.name in RECEIVED_BY_ANOTHER
        if outside(answer, allowed=allowed) or (allowed and shown is hidden):
            wrong.append((route.name, method, told(answer)))

    request.node.user_properties.append(("own", len(cells)))
    assert wrong == []


@pytest.mark.parametrize("role", STAFF)
def test_what_another_agency_or_employer_keeps_is_answered_as_what_is_not_there(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    other = builders.employer(serial=2).pk
    send, sees_all = by_staff(role, at=medical(), employer=other), role == "SUPERVISOR"
    wrong, cells = [], [cell for cell in CELLS if cell[0].name in there]
    for route, method in cells:
        query = ASKED.get(route.name, "") if method == "GET" else ""
        what = about(route, method)
        answer = send(method, route.address(there[route.name]), query, what)
        gone = send(method, route.nowhere(), query, what)
        foreign, nowhere = told(answer), told(gone)
        shared = route.name in SHARED and (role != AGENT or lets_in(route, method, ANYBODY))
        seen = shared or sees_all
        if not lets_in(route, method, ANYBODY, ANY_STAFF, role):
            right = foreign == nowhere
        elif not seen:
            right = foreign == nowhere and foreign[0] != 400
        else:
            right = reached(answer, nowhere=gone) if what else foreign[0] != 404
        if not right:
            wrong.append((route.name, method, foreign, nowhere))

    request.node.user_properties.append(("foreign", len(cells)))
    assert wrong == []


@pytest.mark.parametrize("role", STAFF)
def test_what_a_body_names_is_acted_on_by_whom_the_policy_names(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    send, wrong, cells = by_body(role), [], _naming()
    for route, what in cells:
        allowed = lets_in(route, "POST", role)
        answer, gone = send(route, what.found(there)), send(route, NUMBER)
        acts = reached(answer, nowhere=gone) or (route.name, role) in named.NOT_BY
        if outside(answer, allowed=allowed) or (allowed and not acts):
            wrong.append((route.name, told(answer), told(gone)))

    request.node.user_properties.append(("own", len(cells)))
    assert wrong == []


@pytest.mark.parametrize("role", STAFF)
def test_what_a_body_names_of_another_agency_is_refused_and_stays_as_it_was(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    send, wrong, cells = by_body(role, at=medical()), [], _naming()
    for route, what in cells:
        pk = what.found(there)
        before = list(what.rows.objects.filter(pk=pk).values())
        answer, gone = send(route, pk), send(route, NUMBER)
        status, code = told(answer)
        refused = 400 <= status < 500 and code
        if (
            not refused
            or vars(answer)["left"] != before
            or (status == 400 and told(gone) != told(answer))
        ):
            wrong.append((route.name, told(answer), told(gone)))

    request.node.user_properties.append(("foreign", len(cells)))
    assert wrong == []


def _naming() -> list[tuple[Route, named.Named]]:
    by_name = {route.name: route for route in ROUTES}
    return [(by_name[name], what) for name, what in NAMED.items()]


def by_body(role: str, *, at: Agency | None = None) -> Callable[..., Any]:
    """Sends a body that names something; notes what it left of that, and undoes it."""
    client = Client(raise_request_exception=False)
    client.force_login(member(role, at=at, of=None))

    def send(route: Route, pk: int) -> Any:
        path, headers = route.address({}), {"Idempotency-Key": uuid4().hex}
        with transaction.atomic():
            headers |= named.seen(client, view=route.view, path=path, pk=pk)
            body = {**NAMED[route.name].body(pk, role)}
            if proof_asked(route):
                body |= builders.proof_of(client)
            answer = client.post(path, body, content_type=JSON, headers=headers)
            vars(answer)["left"] = list(NAMED[route.name].rows.objects.filter(pk=pk).values())
            transaction.set_rollback(True)
        return answer

    return send


@pytest.mark.parametrize("profile", Profile.values)
def test_a_terminal_gets_what_its_profile_and_the_policy_both_say(profile: str) -> None:
    send = by_machine(machine(profile=Profile(profile)))
    wrong = []
    for route, method in CELLS:
        listed = lets_call(profile=profile, route=route.name, method=method)
        allowed = (listed and lets_in(route, method, ANYBODY, TERMINAL)) or asks_nobody(route)
        answer = send(method, route.nowhere(), "")
        if outside(answer, allowed=allowed):
            wrong.append((route.name, method, told(answer)))

    assert wrong == []


@time_machine.travel("2026-11-05T00:30:00Z", tick=False)
def test_a_citizen_gets_his_own_and_what_is_anothers_is_not_there() -> None:
    kiosk, wang, chen = machine(profile=Profile.KIOSK), builders.wang(), builders.chen()
    citizens.open_with_id_card(
        terminal_id=kiosk.row.pk,
        hall_id=builders.hall().pk,
        person_id=wang.pk,
        clerk=builders.member(role="CLERK").staff,
        now=timezone.now(),
    )
    kiosk.beat()
    send = by_machine(kiosk)
    wrong = []
    for route, method in CELLS:
        if route.name == "citizen-session-end":
            continue
        listed = lets_call(profile=Profile.KIOSK, route=route.name, method=method)
        allowed = (listed and lets_in(route, method, ANYBODY, CITIZEN)) or asks_nobody(route)
        named = own_routes().get(route.name, "")
        own, foreign = (f"{named}={person.pk}" if named else "" for person in (wang, chen))
        answer = send(method, route.nowhere(), own)
        if outside(answer, allowed=allowed) or (named and answer.status_code != 200):
            wrong.append((route.name, method, told(answer)))
        if named and told(send(method, route.nowhere(), foreign)) != (404, "not_found"):
            wrong.append((route.name, "another's", told(answer)))

    assert wrong == []


def test_a_stranger_gets_what_is_public() -> None:
    send = by_client(Client(raise_request_exception=False))
    wrong = []
    for route, method in CELLS:
        answer = send(method, route.nowhere(), "")
        if outside(answer, allowed=lets_in(route, method, ANYBODY)):
            wrong.append((route.name, method, told(answer)))

    assert wrong == []
