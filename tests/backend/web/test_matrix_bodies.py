"""Every role × every act on what a body names: own, another agency's, what all agencies share, and
what is not there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from backend.access.models import Agency
from tests import builders
from tests.backend.web import named
from tests.backend.web.named import NAMED, Named
from tests.backend.web.objects import NUMBER
from tests.backend.web.shared import SHARED
from tests.backend.web.through_steps import medical
from tests.backend.web.walk import (
    CELLS,
    JSON,
    ROUTES,
    STAFF,
    Route,
    There,
    lets_in,
    member,
    outside,
    proof_asked,
    reached,
    told,
)

pytestmark = pytest.mark.django_db
ALL: Mapping[str, Named] = {**NAMED, **SHARED}


def test_every_act_on_what_a_body_names_is_in_the_table() -> None:
    without = {route.name for route, method in CELLS if method == "POST" and not route.parts}

    parts = [set(NAMED), set(SHARED), named.NEW, set(named.MADE_ELSEWHERE)]
    assert without == set.union(*parts)
    assert sum(map(len, parts)) == len(without)
    assert all(
        (Path(settings.BASE_DIR) / place).exists() for place in named.MADE_ELSEWHERE.values()
    )


@pytest.mark.parametrize("role", STAFF)
def test_what_a_body_names_is_acted_on_by_whom_the_policy_names(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    send, wrong, cells = by_body(role), [], _naming(NAMED)
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
    send, wrong, cells = by_body(role, at=medical()), [], _naming(NAMED)
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


@pytest.mark.parametrize("role", STAFF)
def test_what_a_body_names_of_what_all_share_is_acted_on_by_whom_the_policy_names(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    send, wrong, cells = by_body(role), [], _naming(SHARED)
    for route, what in cells:
        answer, gone = send(route, what.found(there)), send(route, NUMBER)
        allowed = lets_in(route, "POST", role)
        does = allowed and (route.name, role) not in named.NOT_BY
        done = (told(answer), told(gone)) == ((what.done, ""), what.gone)
        if outside(answer, allowed=allowed) or outside(gone, allowed=allowed) or done is not does:
            wrong.append((route.name, told(answer), told(gone)))

    request.node.user_properties.append(("own", len(cells)))
    assert wrong == []


@pytest.mark.parametrize("role", STAFF)
def test_what_another_agency_does_with_what_all_share_is_as_the_table_says(
    role: str, there: There, request: pytest.FixtureRequest
) -> None:
    send, wrong, cells = by_body(role, at=medical()), [], _naming(SHARED)
    for route, what in cells:
        pk, allowed = what.found(there), lets_in(route, "POST", role)
        before = list(what.rows.objects.filter(pk=pk).values())
        answer = send(route, pk)
        refused = what.elsewhere != (what.done, "")
        does = allowed and (route.name, role) not in named.NOT_BY
        right = (told(answer) == what.elsewhere) is does
        kept = not refused or vars(answer)["left"] == before
        if outside(answer, allowed=allowed) or not (right and kept):
            wrong.append((route.name, told(answer)))

    request.node.user_properties.append(("foreign", len(cells)))
    assert wrong == []


def _naming(table: Mapping[str, Named]) -> list[tuple[Route, Any]]:
    by_name = {route.name: route for route in ROUTES}
    return [(by_name[name], what) for name, what in table.items()]


def by_body(role: str, *, at: Agency | None = None) -> Callable[..., Any]:
    """Sends a body that names something; notes what it left of that, and undoes it."""
    client = Client(raise_request_exception=False)
    client.force_login(member(role, at=at, of=None))

    def send(route: Route, pk: int) -> Any:
        path, headers = route.address({}), {"Idempotency-Key": uuid4().hex}
        with transaction.atomic():
            what = ALL[route.name]
            headers |= named.seen(client, view=route.view, path=path, pk=pk)
            body = {**what.body(pk, role)}
            if proof_asked(route):
                body |= builders.proof_of(client)
            answer = client.post(path, body, content_type=JSON, headers=headers)
            vars(answer)["left"] = list(what.rows.objects.filter(pk=pk).values())
            transaction.set_rollback(True)
        return answer

    return send
