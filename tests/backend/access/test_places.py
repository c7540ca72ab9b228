"""Wrong passwords lock out whoever gives them, at the place where they were given, and no other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client, RequestFactory
from pytest_django import Settings

from backend.access import attempts, credentials
from backend.access.attempts import TooManyAttempts
from backend.access.models import Staff
from backend.audit.models import Act
from backend.web.source import address_of, coming_from
from tests import builders
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db
HALL, HOME, ABROAD = "10.0.0.1", "10.0.0.2", "203.0.113.{}"
MOST, MOST_NEW, MOST_STRANGERS = 2, 4, 6
Clock = time_machine.Traveller


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer wrong passwords, for each takes as long as a right one."""
    monkeypatch.setattr(attempts, "FAILURES_MAX", MOST)
    monkeypatch.setattr(attempts, "NEW_PLACES_MAX", MOST_NEW)
    monkeypatch.setattr(attempts, "STRANGERS_MAX", MOST_STRANGERS)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def clerk() -> Staff:
    """With a password, and no key that it opens."""
    staff = builders.member(role="CLERK", username="jingban1").staff
    staff.set_password(PASSWORD)
    staff.save()
    return staff


def log_in(address: str, *, password: str = PASSWORD, username: str = "jingban1") -> int:
    code = builders.code(now=datetime.now(UTC))
    body = {"username": username, "password": password, "code": code}
    client = Client(REMOTE_ADDR=address)
    answer = client.post("/api/v1/staff/login", body, content_type="application/json")
    return answer.status_code


def guess(address: str, *, times: int = MOST, username: str = "jingban1") -> None:
    for _ in range(times):
        assert log_in(address, password="wrong", username=username) == 401


def test_who_guesses_at_one_place_does_not_lock_the_clerk_at_another(clerk: Staff) -> None:
    guess(HOME)

    assert log_in(HOME) == 429
    assert log_in(HALL) == 200


def test_guesses_from_everywhere_do_not_lock_the_clerk_where_he_works(
    clerk: Staff, clock: Clock
) -> None:
    log_in(HALL)
    clock.shift(60)
    for place in range(MOST_NEW):
        guess(ABROAD.format(place), times=1)

    assert log_in(ABROAD.format(99)) == 429
    assert log_in(HALL) == 200


def test_who_tries_all_names_at_one_place_locks_out_nobody_who_works_there(
    clerk: Staff, clock: Clock
) -> None:
    log_in(HALL)
    clock.shift(60)
    for name in range(MOST_STRANGERS):
        guess(HALL, times=1, username=f"mingzi{name}")

    assert log_in(HALL, username="mingzi99") == 429
    assert log_in(HALL) == 200


def test_the_one_who_waits_may_try_again_after_a_quarter_of_an_hour(
    clerk: Staff, clock: Clock
) -> None:
    guess(HALL)
    assert log_in(HALL) == 429

    clock.shift(timedelta(minutes=16))

    assert log_in(HALL) == 200


@pytest.mark.parametrize(("days", "known"), [(89, True), (91, False)])
def test_a_place_is_known_for_three_months(
    clerk: Staff, clock: Clock, days: int, known: bool
) -> None:
    log_in(HALL)
    clock.shift(timedelta(days=days))

    with coming_from(f"address/{HALL}"):
        attempt = attempts.allowed_attempt(
            username="jingban1", logged_in=False, now=datetime.now(UTC)
        )

    assert attempt.known is known


def test_what_is_guessed_in_a_stolen_session_counts_wherever_it_is_used(clerk: Staff) -> None:
    def prove(address: str) -> None:
        with coming_from(f"address/{address}"):
            with pytest.raises(credentials.CredentialsWrong) as wrong:
                credentials.prove(
                    username="jingban1", password="wrong", code="000000",
                    now=datetime.now(UTC), logged_in=True,
                )  # fmt: skip
            wrong.value.aftermath()

    for place in range(MOST):
        prove(ABROAD.format(place))

    with coming_from("address/10.9.9.9"), pytest.raises(TooManyAttempts):
        credentials.prove(
            username="jingban1", password=PASSWORD, code=builders.code(now=datetime.now(UTC)),
            now=datetime.now(UTC), logged_in=True,
        )  # fmt: skip
    assert log_in(HALL) == 200


def test_the_audit_says_from_where_it_was_tried(clerk: Staff) -> None:
    guess(HOME, times=1)
    log_in(HALL)

    tried, logged_in = Act.objects.filter(name__in=(attempts.NAME, "access.login")).order_by("pk")

    assert tried.details == {"source": f"address/{HOME}", "known": False, "logged_in": False}
    assert logged_in.details == {"source": f"address/{HALL}"}


@pytest.mark.parametrize(
    ("proxies", "told", "place"),
    [
        (0, "198.51.100.7", "address/10.0.0.1"),
        (1, "198.51.100.7, 10.0.0.9", "address/10.0.0.9"),
        (2, "198.51.100.7, 10.0.0.9", "address/198.51.100.7"),
        (1, "nonsense", "address/unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "address/2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.9", "address/203.0.113.9"),
        (3, "10.0.0.9", "address/10.0.0.9"),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: Settings, proxies: int, told: str, place: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=HALL, headers={"X-Forwarded-For": told})

    assert address_of(request) == place


def test_a_server_without_a_proxy_believes_no_header() -> None:
    assert settings.PROXIES == 0
