"""The files of the web app: only their own scripts run, and only what never changes is kept."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(tmp_path: Path, settings: Settings) -> Client:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "index-B1a2c3d4.js").write_text("'use strict'")
    settings.WHITENOISE_ROOT = tmp_path
    return Client()


def headers(browser: Client, path: str) -> Any:
    """Those of a file, which is read to its end."""
    answer: Any = browser.get(path)
    assert b"".join(answer.streaming_content)
    answer.close()
    return answer.headers


@pytest.mark.parametrize("path", ["/", "/assets/index-B1a2c3d4.js"])
def test_a_page_runs_what_this_server_gives_and_nothing_else(browser: Client, path: str) -> None:
    answer = headers(browser, path)

    policy = dict(one.split(" ", 1) for one in answer["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_page_is_asked_for_each_time(browser: Client) -> None:
    assert headers(browser, "/")["Cache-Control"] == "max-age=0, public"


def test_what_carries_its_digest_is_kept_for_good(browser: Client) -> None:
    kept = headers(browser, "/assets/index-B1a2c3d4.js")["Cache-Control"]

    assert kept == "max-age=315360000, public, immutable"


def test_an_address_without_a_file_is_answered_by_the_server(browser: Client) -> None:
    answer = browser.get("/assets/other.js")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "script-src" not in answer["Content-Security-Policy"]
