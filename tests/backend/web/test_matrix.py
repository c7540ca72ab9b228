"""Every role × every route × what is there and what is not: no answer outside the policy.

Made from ``routes.toml``, the profiles of terminals and the routes themselves: a new route is in
it, or fails for want of something behind its address, or of a body to send there.
"""

from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from backend.access import citizens
from backend.access.models import Profile, Role
from backend.web.own import own_routes
from backend.web.policy import ANY_STAFF, ANYBODY, CITIZEN, TERMINAL
from backend.web.profiles import lets_call
from tests import builders
from tests.backend.access.terminal_builders import machine
from tests.backend.web.bodies import BODIES
from tests.backend.web.objects import ASKED, MADE_ELSEWHERE
from tests.backend.web.through_steps import medical
from tests.backend.web.walk import (
    CELLS,
    ROUTES,
    STAFF,
    There,
    about,
    asks_nobody,
    by_client,
    by_machine,
    by_staff,
    lets_in,
    outside,
    reached,
    receiver,
    told,
)
from tests.insurance.pension import pension_builders

pytestmark = pytest.mark.django_db
AGENT = Role.EMPLOYER_AGENT  # of one employer, or of another
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
    "overdue-report-notice",
    *("employer-deregister", "staff-one", "staff-roles", "staff-role-end", "staff-reset"),
    *("staff-role-confirm", "staff-role-withdraw", "staff-reset-confirm", "staff-deactivate"),
    *("terminal-revoke", "staff-role-end-at-once"),
    *("baseline-one", "baseline-refused", "mandate-end", "delegation-confirm"),
    *("delegation-revoke", "card-loss", "recusal-confirm", "recusal-end"),
}
# What one body keeps, and no other agency: its own staff are asked.
KEPT_BY = {"retirement-approval-sheet": pension_builders.department}
RECEIVED_BY_ANOTHER = {"case-receipt"}  # not by who helps the village


def test_every_address_with_a_name_in_it_has_something_behind_it(there: There) -> None:
    named = {route.name for route in ROUTES if route.parts}

    assert named == set(there) | set(MADE_ELSEWHERE)
    assert not set(there) & set(MADE_ELSEWHERE)
    assert all((Path(settings.BASE_DIR) / place).exists() for place in MADE_ELSEWHERE.values())


def test_every_act_on_what_an_address_names_has_a_body_to_send(there: There) -> None:
    assert {route.name for route, method in CELLS if method == "POST"} & set(there) == set(BODIES)


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
