"""Whoever tries the demo city learns how to log in; of a live one nobody does."""

import json
from base64 import b32encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from backend.access.models import Staff
from backend.access.totp import STEP_SECONDS
from backend.city import demo_logins as module
from backend.city.demo_logins import NoDemo, OfficeMissing, demo_logins
from tests import builders
from tests.builders import PASSWORD, TOTP_SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """One of finance, and one who has no account yet."""
    builders.staff_with_password(role="FINANCE", username="caiwu1")
    staff = [
        {
            "username": name,
            "password": PASSWORD,
            "totp_secret": b32encode(TOTP_SECRET).decode(),
            "roles": ["FINANCE"],
        }
        for name in ("caiwu1", "caiwu2")
    ]
    path = tmp_path / "office.json"
    path.write_text(json.dumps({"staff": staff}), encoding="utf-8")
    return path


def test_what_is_told_opens_a_session(client: Client, office: Path) -> None:
    now = datetime.now(tz=UTC).timestamp()

    (told,) = demo_logins(office=office, role="FINANCE", seconds=now)

    body = {"username": told.username, "password": told.password, "code": told.code}
    answer = client.post("/api/v1/staff/login", body, content_type="application/json")
    assert (answer.status_code, told.roles) == (200, "财务")


def test_only_those_of_the_role_are_told(office: Path) -> None:
    assert demo_logins(office=office, role="CASHIER", seconds=0.0) == []


def test_a_used_code_is_not_told_again(office: Path) -> None:
    now = datetime.now(tz=UTC).timestamp()
    Staff.objects.update(totp_last_step=int(now) // STEP_SECONDS + 2)

    (told,) = demo_logins(office=office, role="", seconds=now)

    assert told.code is None


def test_nothing_is_told_where_the_city_is_not(tmp_path: Path) -> None:
    with pytest.raises(OfficeMissing):
        demo_logins(office=tmp_path / "office.json", role="", seconds=0.0)


def test_nobodys_password_is_told_of_a_live_city(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_demo", lambda: False)

    with pytest.raises(NoDemo):
        demo_logins(office=office, role="", seconds=0.0)
