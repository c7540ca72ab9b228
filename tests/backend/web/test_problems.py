"""Every error is problem+json with a stable code and a Chinese sentence; bad bodies are a 400."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from backend.web.parsers import BODY_BYTES_MAX, PARTS_MAX


def post(client: Client, body: str | bytes, **options: Any) -> Any:
    options = {"content_type": "application/json", **options}
    headers = {"Idempotency-Key": uuid4().hex}
    return client.post("/api/v1/notes/", body, headers=headers, **options)


def is_problem(answer: Any, status: int, code: str) -> bool:
    body = answer.json()
    return (
        answer["Content-Type"] == "application/problem+json"
        and (answer.status_code, body["status"], body["code"]) == (status, status, code)
        and bool(body["detail"])
        and not body["detail"].isascii()
    )


def test_a_refusal_is_a_problem_with_its_facts(clerk: Client) -> None:
    answer = post(clerk, '{"text": "refuse"}')

    assert is_problem(answer, 422, "note_refused")
    assert answer.json()["detail"] == "不能这样写。"
    assert answer.json()["limit"] == 3


def test_each_wrong_field_is_named(clerk: Client) -> None:
    answer = post(clerk, json.dumps({"text": "字" * 21}))

    assert is_problem(answer, 400, "invalid")
    assert "20" in answer.json()["errors"]["text"][0]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"text": NaN}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}',
        b'{"\\u0000": 1}',
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 5000,
        b"",
        '{"text": "a"}'.encode("utf-16"),
        '{"text": "字"}'.encode("gb18030"),
        b'\xef\xbb\xbf{"text": "a"}',
        b'{"text": "a", "text": "b"}',
    ],
)
def test_an_unreadable_body_is_refused(clerk: Client, body: bytes) -> None:
    assert post(clerk, body).status_code == 400


def test_a_body_that_is_no_object_is_refused(clerk: Client) -> None:
    assert is_problem(post(clerk, "[1]"), 400, "invalid")


def test_a_body_over_ten_megabytes_is_refused(clerk: Client) -> None:
    assert is_problem(post(clerk, b'"' + b"a" * BODY_BYTES_MAX + b'"'), 413, "body_too_large")


def test_a_body_of_too_many_parts_is_refused_before_it_is_read(clerk: Client) -> None:
    assert is_problem(post(clerk, b"[" + b"[]," * PARTS_MAX + b"1]"), 413, "body_too_large")


def test_another_media_type_is_refused(clerk: Client) -> None:
    answer = post(clerk, "<note/>", content_type="text/xml")

    assert is_problem(answer, 415, "media_type_unsupported")


def test_a_method_that_is_not_there_is_refused(clerk: Client) -> None:
    answer = clerk.delete("/api/v1/notes/")

    assert is_problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/notes/", "/nothing", "/static/nothing", "/api/v1/notes"]
)
def test_an_unknown_address_is_a_problem_by_every_method(
    clerk: Client, path: str, method: str
) -> None:
    assert is_problem(clerk.generic(method, path), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW", "OPTIONS"])
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/schema/", "/api/v1/staff/me"])
def test_a_method_that_a_route_has_not_is_a_problem(clerk: Client, path: str, method: str) -> None:
    assert is_problem(clerk.generic(method, path), 405, "method_not_allowed")


def test_a_forged_host_is_a_problem(clerk: Client) -> None:
    answer = clerk.get("/api/v1/notes/", headers={"Host": "evil.example"})

    assert is_problem(answer, 400, "bad_request")


def test_a_form_of_too_many_fields_is_a_problem(clerk: Client) -> None:
    fields = {f"field-{n}": "x" for n in range(1001)}

    answer = clerk.post("/api/v1/notes/upload", fields, headers={"Idempotency-Key": "a"})

    assert is_problem(answer, 400, "bad_request")


def test_a_crash_says_nothing_of_itself(clerk: Client) -> None:
    answer = clerk.get("/api/v1/trouble/crash")

    assert is_problem(answer, 500, "internal_error")
    assert "geheim" not in answer.content.decode()


def test_a_database_that_is_away_is_a_503(clerk: Client) -> None:
    assert is_problem(clerk.get("/api/v1/trouble/database"), 503, "database_away")


def test_a_format_that_we_do_not_have_is_answered_in_ours(clerk: Client) -> None:
    for asked in ({"Accept": "text/xml"}, {}):
        answer = clerk.get("/api/v1/notes/", headers=asked)

        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_every_answer_names_its_call(clerk: Client) -> None:
    first, second = (clerk.get("/api/v1/notes/")["X-Request-ID"] for _ in range(2))

    assert first != second


def test_a_forged_request_is_told_to_reload(clerk: Client) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = clerk.cookies

    assert is_problem(post(browser, '{"text": "a"}'), 403, "csrf_failed")
