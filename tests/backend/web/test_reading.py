"""Pages, tags, health and the schema."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS

from backend.audit.record import record
from backend.jobs.models import Job


def numbers(answer: Any) -> list[str]:
    return [row["subject_id"] for row in answer.json()["results"]]


@pytest.fixture
def seven_notes(clerk: Client) -> Client:
    for n in range(7):
        record(name="test.note", subject_kind="test", subject_id=str(n))
    return clerk


def test_pages_follow_each_other_while_rows_are_added(seven_notes: Client) -> None:
    first = seven_notes.get("/api/v1/notes/?page_size=3")
    record(name="test.note", subject_kind="test", subject_id="new")
    second = seven_notes.get(first.json()["next"])

    assert numbers(first) == ["6", "5", "4"]
    assert numbers(second) == ["3", "2", "1"]
    assert numbers(seven_notes.get(second.json()["previous"])) == ["6", "5", "4"]


def test_a_page_holds_at_most_two_hundred(clerk: Client) -> None:
    for n in range(201):
        record(name="test.note", subject_kind="test", subject_id=str(n))

    assert len(numbers(clerk.get("/api/v1/notes/?page_size=200"))) == 200


@pytest.mark.parametrize("size", ["201", "0", "-1", "x", "1e2", "２", "99999999999999999999"])
def test_a_page_of_another_size_is_refused_not_cut(clerk: Client, size: str) -> None:
    answer = clerk.get("/api/v1/notes/", {"page_size": size})

    assert (answer.status_code, answer.json()["code"]) == (400, "page_size_invalid")


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "WzAsMCwiMSJd:forged"])
def test_a_cursor_that_we_did_not_give_is_refused(clerk: Client, cursor: str) -> None:
    answer = clerk.get("/api/v1/notes/", {"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def edit(client: Client, *, match: str, **fields: str) -> Any:
    headers = {"If-Match": match} if match else {}
    return client.put("/api/v1/notes/one", fields, content_type="application/json", headers=headers)


def test_what_was_seen_may_be_changed(clerk: Client) -> None:
    seen = clerk.get("/api/v1/notes/one")

    changed = edit(clerk, match=seen["ETag"], text="new")

    assert changed.json()["text"] == "new"
    assert changed["ETag"] != seen["ETag"]


def test_a_clash_answers_with_the_difference(clerk: Client) -> None:
    answer = edit(clerk, match='"stale"', text="mine", month="2026-11")

    assert (answer.status_code, answer.json()["code"]) == (412, "record_changed")
    assert answer.json()["difference"] == {"text": {"yours": "mine", "current": "old"}}
    assert answer.json()["current"] == {"text": "old", "month": "2026-11"}


def test_whoever_has_seen_nothing_changes_nothing(clerk: Client) -> None:
    assert edit(clerk, match="*", text="mine").status_code == 412


def test_an_edit_must_say_what_it_changes(clerk: Client) -> None:
    assert edit(clerk, match="", text="mine").status_code == 428


@pytest.mark.django_db
def test_health_is_open_to_all() -> None:
    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == answer.json()["database"] == "ok"
    assert answer.json()["cluster"] == "ok"


@pytest.mark.django_db
def test_a_job_that_lies_about_is_seen() -> None:
    Job.objects.create(kind="test", key="old", queued_at=timezone.now() - timedelta(minutes=2))

    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (503, "late")
    assert answer.json()["oldest_job_seconds"] >= 120


@pytest.mark.django_db
def test_a_database_that_is_down_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)

    assert Client().get("/healthz").json()["database"] == "down"


@pytest.mark.django_db
def test_the_schema_is_open_and_names_keys_and_problems() -> None:
    schema = Client().get("/api/v1/schema/?format=json").json()

    sign = schema["paths"]["/api/v1/batches/sign"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in sign["parameters"]]
    assert "application/problem+json" in sign["responses"]["409"]["content"]
    assert set(sign["responses"]) == {
        *("200", "400", "401", "403", "404", "409", "413", "415", "422", "429", "503"),
    }


def test_the_schema_is_made_without_warnings(tmp_path: Any) -> None:
    options = {"validate": True, "fail_on_warn": True, "file": str(tmp_path / "schema.yml")}

    GENERATOR_STATS.reset()  # the practice views were counted too

    call_command("spectacular", **options)
