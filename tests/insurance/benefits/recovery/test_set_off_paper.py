"""Whoever has something kept of his benefit is told so on paper (抵扣决定书)."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases.models import Case
from backend.kernel.months import Month
from insurance.benefits.models import Entitlement
from insurance.benefits.recovery import print_set_off
from insurance.benefits.recovery.models import Recovery, SetOff
from insurance.issuing.models import IssuedPaper
from insurance.policy.kept_steps import read
from tests import builders
from tests.flows.stories import decided_at_api
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits.recovery import recovery_builders as of
from tests.insurance.benefits.recovery.test_api import served_at_api
from tests.insurance.issuing import issuing_builders as issuing

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> Entitlement:
    """Ordered to give 360.00 back; the order was served today."""
    issuing.configured()
    wang = of.overpaid()
    served_at_api()
    return wang


def set_off(wang: Entitlement, **asked: object) -> Case:
    content: dict[str, Any] = {
        "recovery": Recovery.objects.get().pk,
        "decided_on": timezone.localdate().isoformat(),
        "document": "抵扣决定书 演示1号",
        "from_month": str(Month.of(timezone.localdate())),
        **asked,
    }
    return decided_at_api(kind="RECOVERY_SET_OFF", party_id=wang.person_id, content=content)


def printed(client: Client, case: Case) -> str:
    client.force_login(builders.member(role="CLERK").staff)
    return issuing.text(client.get(f"/api/v1/cases/{case.pk}/notice.pdf").content)


def test_what_is_kept_of_each_month_is_told(client: Client, wang: Entitlement) -> None:
    case = set_off(wang, entitlement=wang.pk, monthly="20.00")

    said = printed(client, case)

    for one in ("抵扣决定书", "每月抵扣（元）20.00", "责令退回金额（元）360.00", "当月待遇的20%"):
        assert one in said
    for one in ("抵完为止", "不服本决定怎么办", "异议", "行政复议"):
        assert one in said
    for one in ("金额怎样得来", "月待遇×最高比例", "较小（决定的金额，每月最多抵扣）"):
        assert one in said
    assert [row.kind for row in IssuedPaper.objects.all()] == ["SET_OFF"]


def test_what_is_kept_of_the_account_is_told(client: Client, wang: Entitlement) -> None:
    accounts.entry(person_id=wang.person_id, scheme="170", month="2026-01", fen=50_000)
    month = str(Month.of(timezone.localdate()))
    case = set_off(wang, own_account=True, amount="300.00", month=month)

    said = printed(client, case)

    for one in ("抵扣金额（元）300.00", "个人账户余额中一次抵扣", "第四十六条", "行政复议"):
        assert one in said


def test_that_no_more_is_kept_is_told(client: Client, wang: Entitlement) -> None:
    set_off(wang, entitlement=wang.pk, monthly="20.00")
    case = set_off(wang, ends=SetOff.objects.get().pk)

    said = printed(client, case)

    for one in ("终止抵扣决定书", "起不再抵扣", "还应退回的（元）360.00"):
        assert one in said


def test_what_is_not_approved_has_no_paper(client: Client, wang: Entitlement) -> None:
    case = of.case("RECOVERY_SET_OFF", entitlement=wang.pk, monthly="20.00")
    client.force_login(builders.member(role="CLERK").staff)

    refused = client.get(f"/api/v1/cases/{case.pk}/notice.pdf")

    assert refused.json()["code"] == "recovery_no_paper"


def test_an_amount_that_its_steps_do_not_give_is_not_printed(
    client: Client, wang: Entitlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = set_off(wang, entitlement=wang.pk, monthly="20.00")
    monkeypatch.setattr(print_set_off, "read", lambda rows: read(rows=rows)[:-3])
    client.force_login(builders.member(role="CLERK").staff)

    refused = client.get(f"/api/v1/cases/{case.pk}/notice.pdf")

    assert refused.json()["code"] == "award_amount_unexplained"


def test_steps_are_shown_where_the_recovery_is(client: Client, wang: Entitlement) -> None:
    case = set_off(wang, entitlement=wang.pk, monthly="20.00")
    client.force_login(builders.member(role="CLERK").staff)

    shown = client.get(f"/api/v1/recoveries/{Recovery.objects.get().pk}/").json()

    (decision,) = shown["set_off_decisions"]
    assert decision["case_id"] == case.pk
    assert [step["result"] for step in decision["reckoned"][-3:]] == ["20.00", "18", "0.00"]
    assert (shown["rest"][-1]["name"], shown["rest"][-1]["result"]) == ("还应退回的", "360.00")
