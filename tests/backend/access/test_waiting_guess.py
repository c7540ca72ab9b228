"""Guesses that wait for each other are counted one after the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from backend.access import attempts
from backend.access.models import Staff
from backend.web.source import coming_from
from tests import builders
from tests.builders import PASSWORD
from tests.conftest import OwnDatabase

LOOKS_MAX = 20_000


def log_in() -> int:
    code = builders.code(now=timezone.now())
    body = {"username": "jingban1", "password": PASSWORD, "code": code}
    try:
        answer = Client().post("/api/v1/staff/login", body, content_type="application/json")
    finally:
        connections.close_all()
    return answer.status_code


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_who_waited_for_the_last_wrong_guess_is_refused_after_it(
    own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FAILURES_MAX", 1)
    builders.staff_with_password(role="CLERK", username="jingban1")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Staff.objects.select_for_update(of=("self",)).get(username="jingban1")
            waiting = pool.submit(log_in)
            assert any(somebody_waits() for _ in range(LOOKS_MAX))
            with coming_from("address/127.0.0.1"):
                attempts.count_failure(attempts.Attempt(username="jingban1"))
        refused = waiting.result()

    assert refused == 429
