"""Whatever the schema allows or forbids is sent as each role: nothing crashes, and every answer has
a status that the schema tells.

``API_CASES`` says how many cases at least in all; ``manage.py evidence`` sends many. Each case is
undone.
"""

import json
import math
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from drf_spectacular.settings import spectacular_settings
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from backend.access import citizens
from backend.access.models import Profile, Role
from backend.web import policy
from backend.web.own import own_routes
from backend.web.policy import ANY_STAFF, ANYBODY, CITIZEN, TERMINAL
from backend.web.profiles import lets_call
from tests import builders
from tests.backend.access.terminal_builders import Machine, machine
from tests.backend.web.through_steps import Where

pytestmark = pytest.mark.django_db
CASES = int(os.environ.get("API_CASES", "600"))
SEED = int(os.environ.get("API_SEED", "1"))
ROUNDS_MAX = 20
STRANGER = "STRANGER"
TERMINALS = {f"{TERMINAL} {profile.value}": profile for profile in Profile}
CALLERS = (STRANGER, CITIZEN, *TERMINALS, *Role.values)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@cache
def operations() -> list[Any]:
    """All operations of the schema, each with the name of its route."""
    written = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema()
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(written)))
    found: Any = schema.get_all_operations()
    return [one.ok() for one in found]


def route_of(operation: Any) -> str:
    return str(resolve(re.sub(r"\{[^}]*\}", "1", operation.path)).url_name)


@cache
def operations_of(caller: str) -> list[Any]:
    """Those that the policy lets this caller reach."""
    standing = {ANYBODY, TERMINAL if caller in TERMINALS else caller}
    if caller in Role.values:
        standing.add(ANY_STAFF)
    profile = Profile.KIOSK if caller == CITIZEN else TERMINALS.get(caller)
    return [one for one in operations() if _lets_in(one, standing, profile)]


def _lets_in(operation: Any, standing: set[str], profile: Profile | None) -> bool:
    route, method = route_of(operation), operation.method.upper()
    listed = profile is None or lets_call(profile=profile, route=route, method=method)
    return listed and bool(policy.allowed_roles(route=route, method=method) & standing)


def pairs() -> int:
    """How many operations there are, each once for each caller and mode."""
    return sum(len(operations_of(one)) for one in CALLERS) * len(MODES)


def quota_of(caller: str) -> int:
    """How many cases this caller sends at least: all callers together ``API_CASES``."""
    return math.ceil(CASES * len(operations_of(caller)) * len(MODES) / pairs())


def turns_of(caller: str) -> Iterator[tuple[int, Any]]:
    """Operations with a seed: all of them in each round; but of a few cases each caller sends what
    is its turn. A round is over soon where little can be different, so there are more."""
    mine, every = operations_of(caller), max(1, round(pairs() / CASES))
    for round_ in range(ROUNDS_MAX):
        for n, one in enumerate(mine):
            if (n + CALLERS.index(caller) + round_) % every == 0:
                yield round_, one


def send(client: Client, case: Any, *, at: Machine | None = None) -> Any:
    """Send a case as it would go over the network, signed by a machine, and undo what it did."""
    asked = case.as_transport_kwargs(base_url="http://testserver")
    asked["headers"].pop("User-Agent", None)
    if "Idempotency-Key" in asked["headers"]:
        asked["headers"]["Idempotency-Key"] = uuid.uuid4().hex
    known = {name: asked[name] for name in KNOWN if name in asked}
    request: Any = requests.Request(**known).prepare()
    body = request.body or b""
    headers = {name: str(value) for name, value in request.headers.items()}
    headers.pop("Content-Length", None)
    body = body if isinstance(body, bytes) else body.encode()
    address = request.url.removeprefix("http://testserver")
    if at is not None:
        path, _, query = address.partition("?")
        headers |= at.headers(request.method, path, query=query, body=body)
    with transaction.atomic():
        answer: Any = client.generic(
            request.method,
            address,
            body,
            content_type=headers.pop("Content-Type", ""),
            headers=headers,
        )
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer


KNOWN = ("method", "url", "headers", "params", "data", "json", "files", "cookies")


@dataclass
class Sent:
    """What a caller has sent, and what was wrong with the answers."""

    cases: int = 0
    errors_5xx: int = 0
    undocumented: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    def note(self, answer: Any, case: Any) -> None:
        """Count one answer: no status of 500 and above, but a 503 that is told; none untold."""
        status, told = answer.status_code, case.operation.definition.raw["responses"]
        self.cases += 1
        crashed = status >= 500 and not (status == 503 and "503" in told)
        untold = str(status) not in told
        self.errors_5xx += crashed
        self.undocumented += untold
        if crashed or untold:
            said = f"{case.method} {case.path} {status}: {getattr(answer, 'exc_info', None)}"
            self.wrong.setdefault(said[:300], case.as_curl_command()[:600])


def each(strategy: Any, *, number: int, turn: int, check: Callable[[Any], None]) -> None:
    @seed(SEED + turn)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def one(case: Any) -> None:
        check(case)

    with suppress(Unsatisfiable):  # nothing can be wrong with an operation that takes nothing
        one()


def before(kiosk: Machine) -> Machine:
    """Wang stands before it, her ID card in it; no second passes."""
    citizens.open_with_id_card(
        terminal_id=kiosk.row.pk,
        hall_id=builders.hall().pk,
        person_id=builders.wang().pk,
        clerk=builders.member(role="CLERK").staff,
        now=timezone.now(),
    )
    kiosk.beat()
    return kiosk


def machine_of(caller: str) -> Machine | None:
    """Where a caller stands."""
    if caller == CITIZEN:
        return before(machine(profile=Profile.KIOSK))
    profile = TERMINALS.get(caller)
    return machine(profile=profile) if profile else None


@pytest.fixture
def at_rest() -> Iterator[None]:
    """The clock stands: a session lasts as long as its cases are sent."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.parametrize("caller", CALLERS)
def test_no_case_crashes_or_answers_what_is_not_told(
    caller: str, there: Mapping[str, Where], at_rest: None, request: pytest.FixtureRequest
) -> None:
    client = Client(raise_request_exception=False)
    at = machine_of(caller)
    if caller in Role.values:
        client.force_login(builders.member(role=caller).staff)
    sent = Sent()

    def check(case: Any) -> None:
        named = own_routes().get(route_of(case.operation))
        if caller == CITIZEN and named and sent.cases % 2:
            case.query[named] = str(builders.wang().pk)
        sent.note(send(client, case, at=at), case)

    for turn, operation in turns_of(caller):
        if turn and sent.cases >= quota_of(caller):
            break
        for mode in MODES:
            where = there.get(route_of(operation)) if mode is GenerationMode.POSITIVE else None
            strategy = operation.as_strategy(
                generation_mode=mode, path_parameters=dict(where) if where else None
            )
            each(strategy, number=max(1, CASES // pairs()), turn=turn, check=check)

    request.node.user_properties += [
        *(("cases", sent.cases), ("errors_5xx", sent.errors_5xx)),
        ("undocumented", sent.undocumented),
    ]
    assert sent.wrong == {}
    assert sent.cases >= quota_of(caller)
