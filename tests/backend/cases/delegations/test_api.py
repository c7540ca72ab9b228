"""Delegations over the API: appointed and confirmed with one's own key, revoked at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency, Staff
from tests import builders
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader() -> Staff:
    return builders.staff_with_password(
        role="APPROVER", username="fenguan", of=builders.person(name="方永庆")
    )


@pytest.fixture
def security() -> Staff:
    return builders.staff_with_password(
        role="SECURITY_ADMIN", username="anquan", of=builders.person(name="吴鹏飞")
    )


@pytest.fixture
def helper() -> Staff:
    """Somebody with no role of today."""
    return builders.member(
        role="VILLAGE", username="bangshou", of=builders.person(name="查明德"),
        since=timezone.localdate() + timedelta(days=99),
    ).staff  # fmt: skip


def asked(**changes: object) -> dict[str, object]:
    today = timezone.localdate()
    told: dict[str, object] = {
        "kind": "DEPUTY",
        "role": "APPROVER",
        "level": "LEADER",
        "staff": "bangshou",
        "acting_for": "fenguan",
        "from_date": str(today),
        "to_date": str(today + timedelta(days=7)),
        "reason": "外出开会",
        "document": "演示委派书 1号",
    }
    return {**told, **changes}


def post(staff: Staff, path: str, body: dict[str, object], *, drift: int = 0) -> tuple[int, Any]:
    client = Client()
    client.force_login(staff)
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now(), drift=drift)}
    answer = client.post(
        f"/api/v1/delegations/{path}",
        {**body, **proof},
        content_type="application/json",
        headers={"Idempotency-Key": f"{staff.username}{path}{drift}"},
    )
    return answer.status_code, answer.json()


def me(staff: Staff) -> Any:
    client = Client()
    client.force_login(staff)
    return client.get("/api/v1/staff/me").json()


def test_two_sign_and_the_deputy_may_call_at_once(
    leader: Staff, security: Staff, helper: Staff
) -> None:
    status, proposed = post(leader, "", asked())
    assert (status, proposed["confirmed_at"], me(helper)["roles"]) == (201, None, [])

    status, confirmed = post(security, f"{proposed['id']}/confirm", {})

    assert (status, confirmed["confirmed_by"]) == (200, "anquan")
    assert me(helper)["acting"] == [
        {"role": "APPROVER", "level": "LEADER", "acting_for": "fenguan",
         "to_date": proposed["to_date"]}
    ]  # fmt: skip
    assert me(helper)["roles"] == ["APPROVER"]


def test_revoked_it_is_gone_at_the_next_call(leader: Staff, security: Staff, helper: Staff) -> None:
    _, proposed = post(leader, "", asked())
    post(security, f"{proposed['id']}/confirm", {})

    status, revoked = post(leader, f"{proposed['id']}/revoke", {"reason": "已回岗"}, drift=1)

    assert (status, revoked["revoked_by"]) == (200, "fenguan")
    assert (me(helper)["roles"], me(helper)["acting"]) == ([], [])


def test_current_delegations_are_listed(leader: Staff, security: Staff, helper: Staff) -> None:
    _, first = post(leader, "", asked())
    post(leader, f"{first['id']}/revoke", {"reason": "改期"}, drift=1)
    client = Client()
    client.force_login(security)

    def listed(query: str) -> list[int]:
        rows = client.get(f"/api/v1/delegations/{query}").json()["results"]
        return [row["id"] for row in rows]

    assert (listed(""), listed("?current=true")) == ([first["id"]], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"acting_for": None},
        {"agency": "34080001"},
        {"kind": "SUPERIOR"},
        {"to_date": str(timezone.localdate())},
        {"staff": "meiyouren"},
    ],
)
def test_what_is_half_said_is_refused(
    changes: dict[str, object], leader: Staff, helper: Staff
) -> None:
    builders.agency()

    status, answer = post(leader, "", asked(**changes))

    assert (status, answer["code"]) == (400, "invalid")


def test_the_superior_helps_an_agency(leader: Staff, security: Staff) -> None:
    Agency.objects.create(
        code="34082801", name="演示县社保中心", region="340828", parent=builders.agency()
    )
    told = asked(
        kind="SUPERIOR", role="REVIEWER", level="", staff=None, acting_for=None, agency="34082801"
    )

    status, row = post(leader, "", told)

    assert (status, row["agency"], row["superior"]) == (201, "34082801", "34080001")
    assert post(security, f"{row['id']}/confirm", {})[0] == 200
