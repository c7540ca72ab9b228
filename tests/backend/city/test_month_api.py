"""A month is asked for over the API, in order, and says where it stands."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from backend.audit.models import Act
from backend.city import api
from backend.city.gates import Gate
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, NOVEMBER

pytestmark = pytest.mark.django_db
WAITS = Gate("SEAL", "财务、审批", "缺少死亡比对结果。")


@pytest.fixture
def finance(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(api, "gate_of", lambda *, period: WAITS)
    client = Client()
    client.force_login(builders.member(role="FINANCE").staff)
    return client


def ask(client: Client, month: str) -> tuple[int, dict[str, Any]]:
    headers = {"Idempotency-Key": uuid4().hex}
    answer = client.post(
        f"/api/v1/months/{month}/", {}, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def test_the_next_month_is_asked_for_once_and_by_somebody(finance: Client) -> None:
    m.entitlement()
    m.sealed(NOVEMBER)

    assert ask(finance, str(DECEMBER))[0] == 200
    status, shown = ask(finance, str(DECEMBER))

    assert (status, shown["asked"], shown["opened"]) == (200, True, False)
    assert shown["gate"] == {"step": "SEAL", "role": "财务、审批", "detail": WAITS.detail}
    (act,) = Act.objects.filter(name="city.month_asked")
    assert act.staff_id is not None


def test_months_are_asked_for_in_order(finance: Client) -> None:
    m.entitlement()
    m.sealed(NOVEMBER)

    status, answer = ask(finance, str(DECEMBER.next))

    assert (status, answer["code"]) == (422, "month_not_next")
    assert not Act.objects.filter(name="city.month_asked").exists()


def test_to_look_asks_for_nothing(finance: Client) -> None:
    m.entitlement()

    shown = finance.get(f"/api/v1/months/{NOVEMBER}/").json()

    assert (shown["asked"], shown["opened"]) == (False, False)
    assert finance.get("/api/v1/months/2026-13/").json()["code"] == "month_invalid"


def test_a_reviewer_looks_but_does_not_ask(finance: Client) -> None:
    reviewer = Client()
    reviewer.force_login(builders.member(role="REVIEWER").staff)

    assert ask(reviewer, str(NOVEMBER))[0] == 403
    assert reviewer.get(f"/api/v1/months/{NOVEMBER}/").status_code == 200
