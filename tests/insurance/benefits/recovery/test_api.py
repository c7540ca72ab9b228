"""Recoveries over the API: who reads them, and all that their papers say (追回接口)."""

import pytest
from django.test import Client
from django.utils import timezone

from backend.papers.figures import spoken_day
from insurance.benefits.recovery.models import Recovery, RecoveryStep
from insurance.issuing.models import IssuedPaper
from tests import builders
from tests.flows.stories import decided_at_api
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.issuing import issuing_builders as issuing

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


def test_the_notice_and_the_order_are_printed_and_registered(client: Client) -> None:
    issuing.configured()
    of.overpaid()
    recovery = told_and_ordered()
    client.force_login(builders.member(role="CLERK").staff)

    notice = issuing.text(client.get(f"/api/v1/recoveries/{recovery.pk}/notice.pdf").content)
    order = issuing.text(client.get(f"/api/v1/recoveries/{recovery.pk}/order.pdf").content)

    assert "追回多发待遇告知书" in notice
    until = RecoveryStep.objects.get(recovery=recovery, stage=1).until
    assert until is not None
    assert f"{spoken_day(day=until)}以前" in notice
    assert "360.00" in notice
    assert "责令退回多发待遇决定书" in order
    assert "确实领多了，同意退回" in order
    assert "行政复议" in order
    assert [row.kind for row in IssuedPaper.objects.order_by("pk")] == [
        "RECOVERY_NOTICE",
        "RECOVERY_ORDER",
    ]


def test_the_end_is_printed_and_says_why(client: Client) -> None:
    issuing.configured()
    of.overpaid()
    recovery = told_and_ordered()
    content = {
        **of.DEFAULTS["RECOVERY_CLOSE"],
        "recovery": recovery.pk,
        "closed_on": timezone.localdate().isoformat(),
    }
    decided_at_api(kind="RECOVERY_CLOSE", party_id=builders.wang().pk, content=content)
    client.force_login(builders.member(role="CLERK").staff)

    said = issuing.text(client.get(f"/api/v1/recoveries/{recovery.pk}/closing.pdf").content)
    (listed,) = client.get("/api/v1/recoveries/", {"debtor": builders.wang().pk}).json()["results"]

    for one in ("撤销追回通知书", "不再据以要求退回", "申辩成立，没有多发", "360.00", "行政复议"):
        assert one in said
    assert (listed["stage"], listed["standing"]["open"]) == ("撤销或终结", "0.00")


def test_what_was_not_ordered_has_no_paper(client: Client) -> None:
    issuing.configured()
    of.overpaid()
    recovery = of.noticed()
    client.force_login(builders.member(role="CLERK").staff)

    refused = client.get(f"/api/v1/recoveries/{recovery.pk}/order.pdf")

    assert refused.json()["code"] == "recovery_no_paper"


def told_and_ordered() -> Recovery:
    """Decided at the API, so that there are hands to name."""
    of_notice, of_order = of.told_and_ordered_today()
    wang = builders.wang().pk
    decided_at_api(
        kind="RECOVERY_NOTICE", party_id=wang, content=of_notice, hands=("CLERK", "REVIEWER")
    )
    recovery = Recovery.objects.get()
    content = {**of_order, "recovery": recovery.pk}
    decided_at_api(kind="RECOVERY_ORDER", party_id=wang, content=content)
    return recovery
