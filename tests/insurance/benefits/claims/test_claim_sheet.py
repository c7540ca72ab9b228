"""What is granted once is printed for its payees to sign (遗属待遇、一次性待遇核定表)."""

import pytest
from django.test import Client

from insurance.benefits.claims.models import Claim
from insurance.issuing.models import IssuedPaper
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import survivor_builders as s
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
WHY = {"error": "继承人登记有误（演示）", "error_evidence": "继承公证书 演示1号"}


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def signed(**changes: object) -> Claim:
    """Wang's heirs are granted it by three people."""
    m.office()
    content = {"scheme": "110", "heirs": s.three(), **changes}
    case = z.through_hands(kind="SURVIVOR_GRANT", content=content, person=builders.wang())
    return Claim.objects.get(case_id=case.pk)


@pytest.fixture
def claim() -> Claim:
    ours.configured()
    s.pension()
    s.died()
    return signed()


def printed(clerk: Client, claim: Claim) -> str:
    return text(clerk.get(f"/api/v1/claims/{claim.pk}/sheet.pdf").content)


def test_the_sheet_shows_shares_steps_and_the_way_to_object(clerk: Client, claim: Claim) -> None:
    said = printed(clerk, claim)

    for one in ("遗属待遇核定表", "王秀英", "2026年10月20日", "98,014.59", "32,671.53", "1/3"):
        assert one in said
    for one in ("李建国", "配偶", "继承人（签名）", "异议", "行政复议"):
        assert one in said
    for step in claim.steps:
        assert step["name"] in said
    assert IssuedPaper.objects.get().number == "34080001-YCHD-2026-000001"


def test_a_corrected_claim_says_what_was_said_before(clerk: Client, claim: Claim) -> None:
    corrected = signed(corrects=claim.pk, **WHY, heirs=s.heirs(builders.li(), builders.zhao()))

    said = printed(clerk, corrected)

    for one in ("遗属待遇核定表（更正）", "与原核定比较", "陈桂芳", "继承人登记有误"):
        assert one in said
