"""Who calls without end is told to wait, alone; what is counted all web workers share."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client
from pytest_django import Settings

from backend.audit.models import Act
from backend.web import policy, throttles
from backend.web.lookups import lookups, seen
from backend.web.models import CallCount
from backend.web.policy import ANYBODY
from backend.web.tasks import forget_calls
from backend.web.throttles import Limit, Per, limits
from tests import builders
from tests.backend.web.routes import ROUTES, methods_of
from tests.conftest import OwnDatabase

NOTES = "/api/v1/notes/"
OPEN = "/api/v1/staff/csrf"
NOON = datetime(2026, 11, 23, 12, 0, 20, tzinfo=UTC)


def limited(monkeypatch: pytest.MonkeyPatch, *these: Limit) -> None:
    monkeypatch.setattr(throttles, "limits", lambda: these)
    throttles.limits_of.cache_clear()


def limit(per: Per, *routes: str, most: int = 3) -> Limit:
    return Limit(f"test-{per}", "试用", per, most, 60, frozenset(routes))


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
    throttles.limits_of.cache_clear()


def codes(client: Client, *, calls: int, path: str = NOTES, **options: Any) -> list[int]:
    return [client.get(path, **options).status_code for _ in range(calls)]


def logged_in(person: Any) -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK", of=person).staff)
    return client


def test_a_caller_is_told_when_to_come_again(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, limit(Per.CALLER))

    assert codes(clerk, calls=3) == [200] * 3
    answer = clerk.get(NOTES)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_calls")
    assert answer["Retry-After"] == "40"
    assert answer.json()["detail"] == "试用过于频繁（每 60 秒最多 3 次），请 40 秒后再试。"


def test_the_next_minute_is_a_new_one(
    clerk: Client, monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    limited(monkeypatch, limit(Per.CALLER))
    assert codes(clerk, calls=4)[-1] == 429

    at_noon.shift(timedelta(seconds=40))

    assert codes(clerk, calls=4) == [200, 200, 200, 429]


def test_nobody_waits_for_another(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, limit(Per.CALLER))

    assert codes(clerk, calls=4)[-1] == 429
    assert codes(logged_in(builders.chen()), calls=1) == [200]


def test_a_place_is_counted_whoever_calls(
    clerk: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    limited(monkeypatch, limit(Per.PLACE))

    assert codes(clerk, calls=3) == [200] * 3
    assert codes(logged_in(builders.chen()), calls=1) == [429]
    assert codes(clerk, calls=1, REMOTE_ADDR="10.1.2.3") == [200]


def test_strangers_of_a_place_do_not_hold_up_those_who_are_known(
    clerk: Client, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, limit(Per.STRANGER))

    assert codes(stranger, calls=4, path="/api/v1/schema/")[-1] == 429
    assert codes(clerk, calls=4) == [200] * 4


def test_only_the_calls_that_are_meant_count(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, limit(Per.CALLER, "note-list POST", "note-one", most=1))

    assert codes(clerk, calls=3) == [200] * 3
    assert codes(clerk, calls=2, path=f"{NOTES}one") == [200, 429]
    assert clerk.post(NOTES).status_code == 429


def test_whoever_supervises_sees_the_first_call_too_many(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, limit(Per.CALLER))

    codes(clerk, calls=9)

    act = Act.objects.get(name="web.calls_refused")
    assert (act.subject_id, act.details["limit"], act.details["seconds"]) == ("test-CALLER", 3, 60)
    assert act.details["who"] == f"staff/{act.staff_id}"


def test_a_refused_call_has_no_effect(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, limit(Per.CALLER, most=0))

    clerk.post(NOTES, {"text": "a"}, content_type="application/json")

    assert not Act.objects.filter(name="test.note").exists()


def test_workers_count_together(
    own_database: OwnDatabase, practising: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, limit(Per.CALLER, most=20), limit(Per.PLACE, most=1000))
    staff = builders.member(role="CLERK").staff
    start = threading.Barrier(4)

    def ten_calls() -> list[int]:
        client = Client()
        client.force_login(staff)
        start.wait()
        try:
            return codes(client, calls=10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = [code for one in [pool.submit(ten_calls) for _ in range(4)] for code in one.result()]

    assert sorted(done) == [200] * 20 + [429] * 20


def test_old_counts_are_forgotten(clerk: Client, at_noon: time_machine.Traveller) -> None:
    codes(clerk, calls=1)
    assert forget_calls() == 0

    at_noon.shift(throttles.longest() + timedelta(minutes=1))

    assert forget_calls() > 0
    assert not CallCount.objects.exists()


def test_limits_name_routes_that_there_are() -> None:
    there = {name for _, name, _ in ROUTES} | {
        f"{name} {method}" for _, name, view in ROUTES for method in methods_of(view)
    }

    assert {route for one in limits() for route in one.routes} <= there
    assert len({one.name for one in limits()}) == len(limits())


def test_every_route_but_the_look_at_health_has_a_limit_for_whom_it_lets_in() -> None:
    unlimited = {
        name
        for name, methods in policy.routes().items()
        for method, roles in methods.items()
        if not throttles.limits_of(route=name, method=method, known=ANYBODY not in roles)
    }

    assert unlimited == {"healthz"}


def test_whatever_shows_something_of_one_person_has_an_end_for_the_day() -> None:
    of_a_day = {
        route.split()[0]
        for one in limits()
        if one.seconds == 86400 and one.per is Per.CALLER
        for route in one.routes
    }

    assert set(lookups()) | set(seen()) <= of_a_day


def test_every_upload_and_every_paper_has_a_limit_of_its_own() -> None:
    named = {one.name: one.routes for one in limits()}
    uploads = {name for _, name, view in ROUTES if any(
        parser.media_type.startswith("multipart") for parser in getattr(view, "parser_classes", ())
    )}  # fmt: skip

    assert {route.split()[0] for route in named["uploads"]} == uploads
    printed = {name for address, name, _ in ROUTES if address.endswith(".pdf")}
    assert printed <= named["papers"]
