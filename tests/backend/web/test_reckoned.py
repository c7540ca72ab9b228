"""Lists that are reckoned come in pages like all others."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.people import queries
from tests import builders

pytestmark = pytest.mark.django_db
LIST = "/api/v1/persons/double-changes/"


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Five persons changed both name and number."""
    now = timezone.now()
    found = [
        queries.DoubleChange(number, now, now + timedelta(days=number)) for number in range(1, 6)
    ]
    monkeypatch.setattr(queries, "double_changes", lambda **_: found)
    client = Client()
    client.force_login(builders.member(role="SUPERVISOR").staff)
    return client


def parties(page: dict[str, Any]) -> list[int]:
    return [row["party_id"] for row in page["results"]]


def test_one_walks_forth_and_back_and_meets_each_row_once(supervisor: Client) -> None:
    first = supervisor.get(LIST, {"page_size": 2}).json()
    second = supervisor.get(first["next"]).json()
    last = supervisor.get(second["next"]).json()

    assert [parties(one) for one in (first, second, last)] == [[1, 2], [3, 4], [5]]
    assert (first["previous"], last["next"]) == (None, None)
    assert parties(supervisor.get(second["previous"]).json()) == [1, 2]


def test_nobody_gets_more_than_a_page_or_a_place_of_his_own_making(supervisor: Client) -> None:
    assert supervisor.get(LIST, {"page_size": 201}).json()["code"] == "page_size_invalid"
    assert supervisor.get(LIST, {"cursor": "x"}).json()["code"] == "cursor_invalid"
