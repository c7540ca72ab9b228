"""A transfer holds nobody up until it is decided (受理时不锁定): then, enrolment before account."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from insurance.accounts import transfer_money
from insurance.accounts.models import Direction
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    HEFEI,
    at_the_letter,
    last_step,
    nothing_billed,
    receive,
    send,
)

pytestmark = pytest.mark.django_db
LOCK = re.compile(r"'(enrolment)'|SELECT (accounts)_lock")


def locked(queries: CaptureQueriesContext) -> list[str]:
    """What was locked, in its order."""
    said = " ".join(query["sql"] for query in queries.captured_queries)
    return ["".join(found) for found in LOCK.findall(said)]


def test_a_request_to_move_away_locks_nobody_at_its_receipt() -> None:
    case = last_step(at_the_letter())

    with CaptureQueriesContext(connection) as queries:
        transfer_money.check_sending(case, draws=lambda **_: False, known_base=nothing_billed)

    assert locked(queries) == []


def test_a_request_to_come_here_locks_nobody_at_its_receipt() -> None:
    case = last_step(at_the_letter(direction=Direction.IN, other=HEFEI))

    with CaptureQueriesContext(connection) as queries:
        transfer_money.check_receiving(case, known_months=nothing_billed)

    assert locked(queries) == []


def test_who_moves_away_is_locked_where_it_is_decided() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    case = last_step(at_the_letter())

    with CaptureQueriesContext(connection) as queries:
        send(case)

    assert locked(queries)[:2] == ["enrolment", "accounts"]


def test_who_comes_here_is_locked_where_it_is_decided() -> None:
    case = last_step(at_the_letter(direction=Direction.IN, other=HEFEI))

    with CaptureQueriesContext(connection) as queries:
        receive(case)

    assert locked(queries) == ["accounts"]
