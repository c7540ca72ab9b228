"""Wrong passwords and codes are counted at log-in and at signing, whatever else is undone."""

from itertools import count
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from backend.access import attempts
from backend.access.models import Staff
from backend.audit.models import Act
from backend.cases.models import Approval
from backend.web.models import KeptAnswer
from tests import builders
from tests.builders import PASSWORD

REFUSED = "access.credentials_refused"
MOST = 3
_keys = count(1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong password costs the time of a right one."""
    monkeypatch.setattr(attempts, "FAILURES_MAX", MOST)


@pytest.fixture
def reviewer() -> Staff:
    return builders.staff_with_password(role="REVIEWER", username="fuhe1")


@pytest.fixture
def desk(reviewer: Staff) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    headers = {"Idempotency-Key": f"attempt-{next(_keys)}"}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def log_in(client: Client, *, password: str = PASSWORD) -> Any:
    code = builders.code(now=timezone.now())
    return post(client, "staff/login", {"username": "fuhe1", "password": password, "code": code})


def sign(client: Client, *, password: str = PASSWORD, code: str = "") -> Any:
    """Approve a case, all by the way of the API."""
    body = {"cases": [builders.case().pk], "approve": False, "reason": "证据不足"}
    proof = {"password": password, "code": code or builders.code(now=timezone.now())}
    return post(client, "cases/decide", {**body, "role": "REVIEWER", **proof})


def failures() -> int:
    return Act.objects.filter(name=REFUSED, subject_id="fuhe1").count()


def test_a_wrong_log_in_is_written_down_without_any_secret(reviewer: Staff) -> None:
    log_in(Client(), password="geheim-geheim-geheim")

    act = Act.objects.get(name=REFUSED)
    assert act.subject_id == "fuhe1"
    assert "geheim" not in str(act.details)


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}])
def test_a_wrong_signing_is_undone_and_its_failure_stays(
    desk: Client, wrong: dict[str, str]
) -> None:
    answer = sign(desk, **wrong)

    assert (answer.status_code, answer.json()["code"]) == (401, "credentials_wrong")
    assert failures() == 1
    assert not Approval.objects.exists()
    assert not KeptAnswer.objects.exists()


def test_whoever_signs_wrongly_too_often_waits_as_at_log_in(desk: Client) -> None:
    for _ in range(MOST):
        assert sign(desk, password="wrong").status_code == 401

    refused, at_log_in = sign(desk), log_in(Client())

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert refused.json() == at_log_in.json()
    assert failures() == MOST
    assert not Approval.objects.exists()


def test_wrong_signings_count_at_log_in_too(desk: Client) -> None:
    log_in(Client(), password="wrong")
    for _ in range(MOST - 1):
        sign(desk, password="wrong")

    assert log_in(Client()).status_code == 429


def test_who_guesses_at_the_same_address_holds_up_no_signing(desk: Client) -> None:
    for _ in range(MOST):
        log_in(Client(), password="wrong")

    assert log_in(Client()).status_code == 429
    assert sign(desk).status_code == 200


def test_a_used_code_is_told_and_is_no_guess(desk: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        assert sign(desk).status_code == 200

        again = [sign(desk).json() for _ in range(MOST)]

    assert {one["code"] for one in again} == {"code_used"}
    assert again[0]["detail"] == "动态口令已用过，请等下一个。"
    assert failures() == 0


def test_a_wrong_old_password_counts_too(desk: Client) -> None:
    body = {"password": "wrong", "new_password": "ling-yi-kouling-2026", "code": "000000"}

    assert post(desk, "staff/password", body).status_code == 401

    assert failures() == 1


def test_others_sign_meanwhile(desk: Client) -> None:
    other = Client()
    of = builders.chen()
    other.force_login(builders.staff_with_password(role="REVIEWER", username="fuhe2", of=of))
    for _ in range(MOST):
        sign(desk, password="wrong")

    assert sign(other).status_code == 200


def test_no_transaction_of_the_request_undoes_the_count() -> None:
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False
