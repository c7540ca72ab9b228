"""What was decided is printed: the sheet to be signed, the notice that the benefit ends."""

import pytest
from django.test import Client

from backend.cases.models import Case
from insurance.issuing.models import IssuedPaper
from insurance.unemployment.models import AmountChange, Claim
from insurance.unemployment.sweep import sweep
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment.amount_tree import with_amounts

pytestmark = pytest.mark.django_db
CHANGES = "/api/v1/unemployment/amount-changes/"
RAISE: dict[str, object] = {
    "region": "340800",
    "from_month": "2026-12",
    "document": "演示人社秘〔2026〕9号",
    "received_date": "2027-01-05",
}
IN_JANUARY = builders.NOW.replace(year=2027, month=1)


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(ours.printer().staff)
    return client


@pytest.fixture
def claim() -> Claim:
    ours.configured()
    z.out_of_work()
    m.office()
    m.account(of=builders.zhao().pk)
    case = z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=z.claim_content())
    return Claim.objects.get(case_id=case.pk)


def test_the_sheet_shows_months_amount_and_how_the_job_ended(clerk: Client, claim: Claim) -> None:
    said = text(clerk.get(f"/api/v1/unemployment/claims/{claim.pk}/sheet.pdf").content)

    for one in ("失业保险金核定表", "赵志强", "演示商贸1号有限公司", "用人单位裁减人员"):
        assert one in said
    for one in ("70个月", "14个月", "2026年11月至2027年12月", "1,737.00"):
        assert one in said
    assert IssuedPaper.objects.get().number == "34080001-SYHD-2026-000001"


def test_every_step_is_on_the_sheet(clerk: Client, claim: Claim) -> None:
    said = text(clerk.get(f"/api/v1/unemployment/claims/{claim.pk}/sheet.pdf").content)

    for step in claim.steps:
        assert step["name"] in said


def test_who_works_again_is_told_why_the_benefit_ends(clerk: Client, claim: Claim) -> None:
    second = of.employer(serial=2)
    of.enrolment(
        person_id=builders.zhao().pk, scheme="110", payer_id=second.pk, valid=of.months("2026-12")
    )
    sweep(period=m.DECEMBER)
    case = Case.objects.get(kind="UNEMPLOYMENT_STOP")
    z.decided(case, roles=("REVIEWER",))

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/notice.pdf").content)

    for one in ("停止失业保险待遇告知书", "失业保险金", "2026年12月", "重新就业的"):
        assert one in said
    for one in ("第五十一条第一项", "演示商贸2号有限公司自2026-12起为此人参保", "接着领"):
        assert one in said


def test_another_amount_is_told_with_what_it_was(
    clerk: Client, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_amounts(monkeypatch, {"2026-12-01": 1_854})
    case = z.through_hands(kind="UNEMPLOYMENT_AMOUNT", content=RAISE, on=IN_JANUARY)
    change = AmountChange.objects.get(case_id=case.pk)

    said = text(clerk.get(f"{CHANGES}{change.pk}/claims/{claim.pk}/notice.pdf").content)
    (listed,) = clerk.get(f"{CHANGES}?region=340800").json()["results"]

    for one in ("失业保险金标准调整告知书", "赵志强", "2026年12月", "1,737.00元", "1,854.00元"):
        assert one in said
    for one in ("每月增减", "117.00", "不服本决定怎么办"):
        assert one in said
    assert [one["amount"] for one in listed["amounts"]] == ["1854.00"]
    assert listed["amounts"][0]["steps"][0]["result"] == "1854.00"


def test_who_is_paid_as_before_gets_no_notice_of_another_amount(
    clerk: Client, claim: Claim
) -> None:
    change = AmountChange.objects.create(
        region="340800",
        since=m.DECEMBER.first_day,
        document="演示人社秘〔2026〕9号",
        figures={},
        policy_version="",
        component_count=0,
        case_id=builders.case(kind="UNEMPLOYMENT_AMOUNT", content=RAISE).pk,
    )

    refused = clerk.get(f"{CHANGES}{change.pk}/claims/{claim.pk}/notice.pdf")

    assert refused.json()["code"] == "unemployment_amount_not_changed"
