"""Deny by default: every route stands in the table, strangers come nowhere else."""

from typing import Any

import pytest
from django.test import Client

from backend.access.models import Profile, Role
from backend.web import policy
from backend.web.own import own_routes
from backend.web.policy import ANY_STAFF, ANYBODY, CITIZEN, TERMINAL
from backend.web.profiles import lets_call, profiles
from tests import builders
from tests.backend.web.routes import METHODS, ROUTES, methods_of

# Uploads: the bytes of the file are the key, and a refused one is kept as refused. What holds a
# password or a code in its request or answer is kept nowhere. A heartbeat says what is now. A card
# is asked anew by each call, and answers once.
KEYED_BY_CONTENT = {
    "return-files",
    "bank-statement-list",
    "account-corrections",
    "notice-call-backs",
    "death-matches",
    "enrolment-files",
    "tax-files",
    "wage-declarations",
    "staff-list",
    "staff-password",
    "staff-reset",
    "staff-reset-confirm",
    "terminal-codes",
    "terminal-heartbeat",
    "citizen-session-end",
    "card-session-challenge",
    "card-session-open",
    "export-fetch",
}


def test_every_route_and_method_stands_in_the_table() -> None:
    asked = {(name, method) for _, name, view in ROUTES for method in methods_of(view)}
    listed = {(name, method) for name, methods in policy.routes().items() for method in methods}

    assert asked - listed == set(), "not in routes.toml"
    assert listed - asked == set(), "in routes.toml, but there is no such route"


def test_the_table_knows_no_other_roles() -> None:
    named = {role for row in policy.routes().values() for roles in row.values() for role in roles}

    assert named <= {*Role.values, ANY_STAFF, ANYBODY, TERMINAL, CITIZEN}


def test_profiles_of_terminals_name_routes_that_there_are() -> None:
    asked = {(name, method) for _, name, view in ROUTES for method in methods_of(view)}
    listed = {
        (name, method)
        for profile in profiles().values()
        for name, methods in profile.listed.items()
        for method in methods
    }

    assert listed - asked == set(), "in profiles.toml, but there is no such route"
    assert set(profiles()) == set(Profile.values)


def test_every_terminal_may_say_that_it_lives_and_only_a_desk_may_sign() -> None:
    assert all(lets_call(profile=p, route="terminal-heartbeat", method="POST") for p in profiles())
    signing = {p for p in profiles() if lets_call(profile=p, route="batch-sign", method="POST")}
    assert signing == {"DESK"}


def test_at_a_desk_one_may_call_whatever_those_may_who_work_there_and_no_more() -> None:
    at_desks = {"CLERK", "REVIEWER", "ANY_STAFF"}
    asked = {(name, method) for _, name, view in ROUTES for method in methods_of(view)}
    listed = {(n, method) for n, methods in profiles()["DESK"].listed.items() for method in methods}

    let_through = {
        (name, method)
        for name, method in asked
        if lets_call(profile="DESK", route=name, method=method)
    }

    theirs = {
        (name, method)
        for name, method in asked
        if at_desks & policy.allowed_roles(route=name, method=method)
    }
    assert theirs <= let_through
    assert let_through - theirs == listed - theirs
    for name, method in let_through - theirs:
        assert policy.allowed_roles(route=name, method=method) & {"ANYBODY", "TERMINAL"}


def test_a_kind_of_terminal_names_roles_that_there_are_and_says_what_to_do_elsewhere() -> None:
    assert {role for one in profiles().values() for role in one.roles} <= set(Role.values)
    assert all(one.elsewhere.endswith("。") for one in profiles().values())


def test_a_citizen_may_call_only_what_says_how_it_names_him() -> None:
    for_citizens = {
        (name, method)
        for name, methods in policy.routes().items()
        for method, roles in methods.items()
        if CITIZEN in roles
    }
    nobody_named = {name for name, parameter in own_routes().items() if not parameter}

    assert {name for name, _ in for_citizens} == set(own_routes())
    assert {(name, "GET") for name in set(own_routes()) - nobody_named} <= for_citizens
    assert nobody_named == {"terminal-heartbeat", "citizen-session-end"}


def test_names_of_routes_are_unique() -> None:
    names = [name for _, name, _ in ROUTES]

    assert len(names) == len(set(names))


def test_strangers_are_listed_only_where_the_design_lets_them_in() -> None:
    open_to_all = {
        address
        for address, name, view in ROUTES
        for method in methods_of(view)
        if ANYBODY in policy.allowed_roles(route=name, method=method)
    }

    assert all(policy.is_open(path=address) for address in open_to_all)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "view"),
    [(address, view) for address, name, view in ROUTES if not policy.is_open(path=address)],
)
def test_a_stranger_is_stopped_before_anything_is_looked_at(address: str, view: Any) -> None:
    for method in METHODS:
        answer = Client().generic(
            method.upper(),
            address,
            "{broken",
            content_type="text/nonsense",
            headers={"Accept": "text/nonsense", "If-Match": '"x"'},
        )

        assert answer.status_code in (401, 403), (method, address)
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "view"),
    [
        (name, view)
        for address, name, view in ROUTES
        if "POST" in methods_of(view) and not policy.is_open(path=address)
    ],
)
def test_a_post_that_changes_anything_needs_a_key(name: str, view: Any) -> None:
    assert name in KEYED_BY_CONTENT or view.post.needs_key


def test_a_route_without_policy_is_denied_and_named(clerk: Client) -> None:
    answer = clerk.get("/api/v1/notes/unlisted")

    assert (answer.status_code, answer.json()["code"]) == (403, "route_not_listed")
    assert "note-unlisted" in answer.json()["detail"]


def test_a_stranger_learns_nothing_of_what_is_there(stranger: Client) -> None:
    paths = ("/api/v1/notes/", "/api/v1/notes/unlisted", "/api/v1/nothing", "/api/v9/")
    answers = [stranger.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert {answer.json()["code"] for answer in answers} == {"not_authenticated"}


def test_a_row_alone_does_not_let_strangers_in(stranger: Client) -> None:
    assert stranger.get("/api/v1/notes/open").status_code == 401


def test_another_role_is_refused(practising: None, db: None) -> None:
    client = Client()
    client.force_login(builders.member(role="AUDIT_ADMIN").staff)

    assert client.get("/api/v1/notes/").json()["code"] == "not_permitted"


def test_a_role_that_has_ended_is_gone_at_once(clerk: Client) -> None:
    assert clerk.get("/api/v1/notes/").status_code == 200

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.access.models.Staff.roles_on", lambda self, *, day: frozenset())
        assert clerk.get("/api/v1/notes/").status_code == 403
