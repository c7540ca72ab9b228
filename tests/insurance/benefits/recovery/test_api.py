"""Recoveries over the API: who reads them, and all that their papers say (追回接口)."""

from datetime import timedelta

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
    for paper in (notice, order):
        assert "2026年9月至2026年11月，每月发了251.50元，应发131.50元。" in "".join(paper.split())
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


def test_the_agreement_is_printed_with_its_instalments(client: Client) -> None:
    issuing.configured()
    of.overpaid()
    recovery = served_at_api()
    today = timezone.localdate()
    content = {
        **of.DEFAULTS["RECOVERY_PLAN"],
        "recovery": recovery.pk,
        "agreed_on": today.isoformat(),
        "instalments": [
            {"due_on": (today + timedelta(days=30 * n)).isoformat(), "amount": "180.00"}
            for n in (1, 2)
        ],
    }
    decided_at_api(kind="RECOVERY_PLAN", party_id=builders.wang().pk, content=content)
    client.force_login(builders.member(role="CLERK").staff)

    said = issuing.text(client.get(f"/api/v1/recoveries/{recovery.pk}/agreement.pdf").content)

    for one in ("多发待遇还款协议", "乙方", "共360.00元", "第2期", "180.00", "本协议不影响"):
        assert one in said
    assert "不服本决定怎么办" not in said
    assert IssuedPaper.objects.get().kind == "RECOVERY_AGREEMENT"


def test_what_the_court_is_asked_is_printed(client: Client) -> None:
    issuing.configured()
    of.overpaid()
    recovery = served_at_api(pay_by=1)
    filed_on = (timezone.localdate() + timedelta(days=3)).isoformat()
    content = {
        **of.DEFAULTS["RECOVERY_COURT"],
        "recovery": recovery.pk,
        "filed_on": filed_on,
        "received_date": filed_on,
    }
    decided_at_api(kind="RECOVERY_COURT", party_id=builders.wang().pk, content=content)
    client.force_login(builders.member(role="CLERK").staff)

    said = issuing.text(client.get(f"/api/v1/recoveries/{recovery.pk}/court.pdf").content)

    for one in ("强制执行申请书", "演示区人民法院：", "直接送达", "责令退回金额（元）360.00"):
        assert one in said


def test_what_was_not_ordered_has_no_paper(client: Client) -> None:
    issuing.configured()
    of.overpaid()
    recovery = of.noticed()
    client.force_login(builders.member(role="CLERK").staff)

    refused = client.get(f"/api/v1/recoveries/{recovery.pk}/order.pdf")

    assert refused.json()["code"] == "recovery_no_paper"


def served_at_api(*, pay_by: int = 30) -> Recovery:
    """And the order was served today; it is paid within so many days."""
    recovery = told_and_ordered(pay_by=pay_by)
    content = {
        **of.DEFAULTS["RECOVERY_SERVICE"],
        "recovery": recovery.pk,
        "served_on": timezone.localdate().isoformat(),
    }
    decided_at_api(
        kind="RECOVERY_SERVICE",
        party_id=builders.wang().pk,
        content=content,
        hands=("CLERK", "REVIEWER"),
    )
    return recovery


def told_and_ordered(*, pay_by: int = 30) -> Recovery:
    """Decided at the API, so that there are hands to name."""
    of_notice, of_order = of.told_and_ordered_today()
    of_order["pay_by"] = (timezone.localdate() + timedelta(days=pay_by)).isoformat()
    wang = builders.wang().pk
    decided_at_api(
        kind="RECOVERY_NOTICE", party_id=wang, content=of_notice, hands=("CLERK", "REVIEWER")
    )
    recovery = Recovery.objects.get()
    content = {**of_order, "recovery": recovery.pk}
    decided_at_api(kind="RECOVERY_ORDER", party_id=wang, content=content)
    return recovery
