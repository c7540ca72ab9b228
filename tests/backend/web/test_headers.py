"""Every answer forbids scripts, frames and copies, whatever became of the request."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

ANSWERS = (
    ("/api/v1/notes/", 200),
    ("/api/v1/notes/1/a", 200),
    ("/api/v1/notes/?x=1", 400),
    ("/api/v1/nothing", 404),
    ("/nothing", 404),
    ("/api/v1/trouble/crash", 500),
    ("/healthz", 200),
)


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_an_answer_runs_nothing_and_is_kept_nowhere(clerk: Client, path: str, status: int) -> None:
    answer: Any = clerk.get(path)

    assert answer.status_code == status
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_another_site_is_told_nothing(clerk: Client) -> None:
    answer = clerk.get("/api/v1/notes/", headers={"Origin": "https://evil.example"})

    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


def test_what_is_reached_by_https_stays_there(clerk: Client, settings: Settings) -> None:
    assert "Strict-Transport-Security" not in clerk.get("/healthz")

    settings.PUBLIC_ORIGIN = "https://sb.example.gov.cn"

    assert clerk.get("/healthz")["Strict-Transport-Security"] == "max-age=31536000"
