"""Log-in is one call; what was wrong is not said; the session's key is a new one."""

import os
import subprocess
import sys
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backend.access.models import Staff
from tests import builders
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Staff:
    return builders.staff_with_password(role="CLERK", username="jingban1")


def post(client: Client, path: str, body: dict[str, str]) -> tuple[int, dict[str, object]]:
    answer = client.post(f"/api/v1/staff/{path}", body, content_type="application/json")
    return answer.status_code, answer.json() if answer.content else {}


def log_in(
    client: Client, *, password: str = PASSWORD, drift: int = 0, now: datetime | None = None
) -> tuple[int, dict[str, object]]:
    code = builders.code(now=now or timezone.now(), drift=drift)
    return post(client, "login", {"username": "jingban1", "password": password, "code": code})


def test_password_and_code_open_a_session(client: Client, clerk: Staff) -> None:
    status, body = log_in(client)

    assert (status, body["roles"]) == (200, ["CLERK"])
    assert client.get("/api/v1/staff/me").json()["username"] == "jingban1"


def test_a_stranger_is_nobody(client: Client) -> None:
    assert client.get("/api/v1/staff/me").status_code in (401, 403)


def test_a_page_learns_first_what_it_shows_and_whether_somebody_is_there(
    client: Client, clerk: Staff
) -> None:
    shown = client.get("/api/v1/staff/csrf").json()
    log_in(client)
    after = client.get("/api/v1/staff/csrf").json()

    assert (shown["demo"], shown["logged_in"], after["logged_in"]) == (True, False, True)


def test_the_session_key_is_new_at_login(client: Client, clerk: Staff) -> None:
    client.get("/api/v1/staff/csrf")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key

    log_in(client)

    assert client.session.session_key != before


def test_a_wrong_password_and_an_unknown_name_answer_alike(client: Client, clerk: Staff) -> None:
    code = builders.code(now=timezone.now())
    wrong = {"username": "jingban1", "password": "wrong", "code": code}
    unknown = {"username": "nobody", "password": PASSWORD, "code": code}

    assert post(client, "login", wrong) == post(client, "login", unknown)
    assert post(client, "login", wrong)[0] == 401


def test_a_code_logs_in_once(client: Client, clerk: Staff) -> None:
    now = timezone.now()
    assert log_in(client, now=now)[0] == 200

    assert log_in(Client(), now=now)[0] == 401


def test_logout_ends_the_session(client: Client, clerk: Staff) -> None:
    log_in(client)

    assert post(client, "logout", {})[0] == 204
    assert client.get("/api/v1/staff/me").status_code in (401, 403)


def test_an_account_that_is_closed_is_out_at_once(client: Client, clerk: Staff) -> None:
    log_in(client)
    Staff.objects.filter(pk=clerk.pk).update(is_active=False)

    assert client.get("/api/v1/staff/me").status_code in (401, 403)


def test_login_needs_the_token_against_forged_requests(clerk: Staff) -> None:
    browser = Client(enforce_csrf_checks=True)
    body = {"username": "jingban1", "password": PASSWORD, "code": "000000"}

    assert post(browser, "login", body)[0] == 403

    token = browser.get("/api/v1/staff/csrf").json()["token"]
    answer = browser.post(
        "/api/v1/staff/login",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 401


ORIGIN = "https://sb.example.gov.cn"


@pytest.mark.parametrize(
    ("origin", "status"), [(ORIGIN, 401), ("https://evil.example", 403), ("null", 403)]
)
def test_behind_https_the_forms_of_our_own_pages_are_taken(
    settings: Settings, clerk: Staff, origin: str, status: int
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [ORIGIN]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["sb.example.gov.cn"]
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="sb.example.gov.cn")
    by_https = {"X-Forwarded-Proto": "https"}
    token = browser.get("/api/v1/staff/csrf", headers=by_https).json()["token"]

    answer = browser.post(
        "/api/v1/staff/login",
        {"username": "jingban1", "password": PASSWORD, "code": "000000"},
        content_type="application/json",
        headers={"X-CSRFToken": token, "Origin": origin, **by_https},
    )

    assert answer.status_code == status


@pytest.mark.parametrize(("proxies", "believed"), [("0", None), ("1", "HTTP_X_FORWARDED_PROTO")])
def test_what_the_server_is_called_and_by_which_way_is_set_once(
    proxies: str, believed: str | None
) -> None:
    told = (
        "from django.conf import settings as s; print(*s.CSRF_TRUSTED_ORIGINS, "
        "s.SECURE_PROXY_SSL_HEADER and s.SECURE_PROXY_SSL_HEADER[0], s.CSRF_COOKIE_SECURE)"
    )
    around = {**os.environ, "PUBLIC_ORIGIN": ORIGIN, "PROXIES": proxies}

    said = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", told],
        env=around, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert said.stdout.split() == [ORIGIN, str(believed), "True"]


def test_a_password_is_changed_with_the_old_one_and_a_code(client: Client, clerk: Staff) -> None:
    log_in(client)
    body = {
        "password": PASSWORD,
        "new_password": "ling-yi-kouling-2026",
        "code": builders.code(now=timezone.now(), drift=1),
    }

    assert post(client, "password", body)[0] == 204
    clerk.refresh_from_db()
    assert clerk.check_password("ling-yi-kouling-2026")


def test_agencies_and_halls_are_listed(client: Client, clerk: Staff) -> None:
    client.force_login(clerk)

    halls = client.get("/api/v1/halls/").json()["results"]
    agencies = client.get("/api/v1/agencies/").json()["results"]

    assert [hall["code"] for hall in halls] == [builders.hall().code]
    assert [agency["code"] for agency in agencies] == [builders.agency().code]
