"""Whoever guesses passwords is reported, once, by name or place (口令被猜告警)."""

import pytest

from backend.access import attempts
from backend.access.attempts import ALARM, Attempt, count_failure
from backend.audit.models import Act
from backend.web.source import coming_from

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "address/10.0.0.1", "address/203.0.113.{}"


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FAILURES_MAX", 2)
    monkeypatch.setattr(attempts, "NEW_PLACES_MAX", 4)
    monkeypatch.setattr(attempts, "STRANGERS_MAX", 6)


def guess(username: str, *, place: str = HERE, logged_in: bool = False) -> None:
    with coming_from(place):
        count_failure(Attempt(username=username, logged_in=logged_in, known=logged_in))


def alarms() -> list[tuple[str, str]]:
    rows = Act.objects.filter(name=ALARM).order_by("pk")
    return [(act.details["rule"], act.subject_id) for act in rows]


def test_a_name_that_is_guessed_at_one_place_is_reported() -> None:
    guess("jingban1")
    assert alarms() == []

    guess("jingban1")

    assert alarms() == [("HERE", "jingban1")]


def test_a_name_that_is_guessed_from_many_places_is_reported() -> None:
    for place in range(4):
        guess("jingban1", place=ELSEWHERE.format(place))

    assert alarms() == [("NEW_PLACES", "jingban1")]


def test_a_place_where_many_names_are_tried_is_reported() -> None:
    for name in range(6):
        guess(f"mingzi{name}")

    assert alarms() == [("STRANGERS", HERE)]


def test_what_is_guessed_in_a_stolen_session_is_reported_wherever_it_is_used() -> None:
    for place in range(2):
        guess("jingban1", place=ELSEWHERE.format(place), logged_in=True)

    assert alarms() == [("HERE", "jingban1")]


def test_what_was_reported_is_not_reported_again_and_another_name_is() -> None:
    for _ in range(3):
        guess("jingban1")
    for _ in range(2):
        guess("fuhe1")

    assert alarms() == [("HERE", "jingban1"), ("HERE", "fuhe1")]


def test_the_alarm_is_in_the_log_and_tells_the_place(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        guess("jingban1")

    (line,) = [one.getMessage() for one in caplog.records if "guesses" in one.getMessage()]
    assert HERE in line
    assert "jingban1" not in line
