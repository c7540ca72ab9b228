"""Recoveries over the API: who reads them, and all that their papers say (追回接口)."""

import pytest
from django.test import Client

from tests import builders
from tests.insurance.benefits.recovery import recovery_builders as of

pytestmark = pytest.mark.django_db


def test_a_recovery_is_shown_with_steps_receipts_and_months_masked(client: Client) -> None:
    of.overpaid()
    recovery = of.served()
    of.done("RECOVERY_RECEIPT")
    client.force_login(builders.member(role="CLERK").staff)

    (listed,) = client.get("/api/v1/recoveries/", {"debtor": builders.wang().pk}).json()["results"]
    shown = client.get(f"/api/v1/recoveries/{recovery.pk}/").json()

    assert (listed["stage"], listed["debtor_name"]) == ("送达", "王*英")
    assert listed["standing"]["open"] == "240.00"
    assert [step["stage_label"] for step in shown["steps"]] == ["告知", "责令退回决定", "送达"]
    assert [month["amount"] for month in shown["months"]] == ["120.00"] * 3
    assert shown["receipts"][0]["amount"] == "120.00"


@pytest.mark.parametrize("role", ["VILLAGE", "CASHIER", "SYSTEM_ADMIN"])
def test_others_read_none(client: Client, role: str) -> None:
    client.force_login(builders.member(role=role).staff)

    assert client.get("/api/v1/recoveries/").status_code == 403
