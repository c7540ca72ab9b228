"""The sheet of an award is printed as it was decided, with every step (打印待遇核定表)."""

import pytest
from django.test import Client

from backend.kernel.money import Money
from insurance.issuing.models import IssuedPaper
from insurance.issuing.office import tell
from insurance.pension.award_steps import steps_of
from insurance.pension.models import Award, RetirementApproval
from tests.insurance.benefits import month_builders
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import test_resident_award as residents

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(ours.printer().staff)
    return client


@pytest.fixture
def award() -> Award:
    ours.configured()
    return p.retired_by_law()


def test_it_shows_what_was_decided_and_by_whom(clerk: Client, award: Award) -> None:
    month_builders.account(of=p.man().pk)

    said = text(clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf").content)

    amount = f"{Money(award.total_fen).fen // 100:,}"
    for one in ("胡德胜", "法定退休", "2026年7月", "37年6个月", "开始领取2026年8月", amount):
        assert one in said
    for one in ("经办人：石玉兰", "复核人：查明德", "审批人：查明德", "经办机构（盖章）"):
        assert one in said
    assert f"尾号{p.man().pk % 10_000:04d}" in said


def test_the_departments_paper_is_another_of_another_body(clerk: Client, award: Award) -> None:
    tell(agency=p.department(), facts=ours.FACTS)
    approval = RetirementApproval.objects.get()
    address = f"/api/v1/pension/approvals/{approval.pk}/sheet.pdf"
    assert clerk.get(address).status_code == 404

    clerk.force_login(ours.printer(at=p.department()).staff)
    said = text(clerk.get(address).content)

    for one in ("企业职工退休审批表", "演示市人社局", "胡德胜", "法定退休", approval.document_no):
        assert one in said
    for one in (
        "准予退休2026年7月",
        "三、退休年月怎样算出来",
        "不服本决定怎么办",
        "行政部门（盖章）",
    ):
        assert one in said
    for step in approval.steps:
        assert step["name"] in said
    assert IssuedPaper.objects.get().number.startswith("34080003-TXSP-")


def test_without_an_account_it_says_so(clerk: Client, award: Award) -> None:
    said = text(clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf").content)

    assert "尚未登记，请尽快到窗口登记" in said


def test_every_amount_of_the_steps_is_on_it(clerk: Client, award: Award) -> None:
    said = text(clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf").content)

    for step in steps_of(award=award):
        assert step.name in said


def test_printed_twice_it_is_one_paper(clerk: Client, award: Award) -> None:
    first, again = (
        clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf").content for _ in range(2)
    )

    assert again == first
    assert IssuedPaper.objects.get().case_id == award.case_id


def test_an_agency_that_is_not_set_up_prints_nothing(clerk: Client) -> None:
    award = p.retired_by_law()

    answer = clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf")

    assert (answer.status_code, answer.json()["code"]) == (422, "issuing_office_not_configured")


def test_a_resident_has_a_sheet_too(clerk: Client) -> None:
    ours.configured()
    month_builders.office()
    case = p.through_hands(kind="RESIDENT_AWARD", content=residents.asked(), of=residents.cheng())
    award = Award.objects.get(case_id=case.pk)

    said = text(clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf").content)

    for one in ("城乡居民基本养老保险待遇核定表", "程桂芳", "迎江区340802", "15年", "230.00"):
        assert one in said


def test_a_recalculation_has_a_sheet_of_its_own(
    clerk: Client, award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = text(clerk.get(f"/api/v1/pension/awards/{award.pk}/sheet.pdf").content)
    p.publish_base(monkeypatch)
    p.recalculated()
    again = Award.objects.get(previous=award)

    said = text(clerk.get(f"/api/v1/pension/awards/{again.pk}/sheet.pdf").content)

    for one in ("核定表（重算）", "与原核定比较", "计发基数", "7,999.00元8,200.00元", "每月补差"):
        assert one in said
    assert "重算依据：2026年的计发基数已公布（演示基数通知" in said
    assert "与原核定比较" not in first
    numbers = IssuedPaper.objects.order_by("ordinal").values_list("about", "ordinal")
    assert list(numbers) == [(f"award/{award.pk}", 1), (f"award/{again.pk}", 2)]


def test_a_correction_says_what_changed_and_why(clerk: Client, award: Award) -> None:
    c.archive_corrected()
    content = p.award(corrects=award.pk, **c.FOUND)
    case = p.through_hands(kind="PENSION_AWARD", content=content)
    after = Award.objects.get(case_id=case.pk)

    said = text(clerk.get(f"/api/v1/pension/awards/{after.pk}/sheet.pdf").content)

    for one in ("核定表（更正）", "37年6个月39年6个月", "10年10个月12年10个月"):
        assert one in said
    assert "更正依据：经办机构自行发现：漏认视同缴费期间；依据：职工档案复核记录演示5号" in said
    compared = said[said.index("与原核定比较") : said.index("更正依据")]
    assert "个人账户养老金" not in compared
