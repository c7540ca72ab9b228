"""What a relation takes along is explained on its sheet, and comes out again from it alone."""

from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from backend.cases.models import Case
from insurance.accounts.models import LeftAccount, Outgoing
from insurance.issuing.models import IssuedPaper
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    BASES,
    HANGZHOU,
    HEFEI,
    POOLED,
    at_the_letter,
)
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
ACCOUNT_FEN = 1_012_500  # 10,000.00 since January with ten months' interest at 1.5 %


@pytest.fixture
def clerk() -> Client:
    ours.configured()
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def sent(*, other: str = HANGZHOU, bases: list[dict[str, object]] = BASES) -> Case:
    """Wang's relation goes: received, checked and decided."""
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    transfer = at_the_letter(other=other)
    m.office()
    content = {
        "transfer": transfer.pk,
        "scheme": "110",
        "month": "2026-11",
        "on": date(2026, 11, 2).isoformat(),
        "document_no": "XX-1",
        "bases": bases,
    }
    return p.through_hands(kind="TRANSFER_OUT", content=content, of=builders.wang())


def test_who_moves_sees_what_goes_along_and_how_to_object(clerk: Client) -> None:
    case = sent()

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/transfer-sheet.pdf").content)

    for one in (
        "关系转移接续信息表",
        "2026年11月2日",
        "王秀英",
        "演示市社保中心",
        "PZ-1",
        "LX-1",
        "XX-1",
    ):
        assert one in said
    for one in ("2026年月积数", "100,000.00", "2026年结算利息", "125.00", "10,125.00"):
        assert one in said
    for one in (
        "2025年1260,000.00",
        "统筹基金转移额",
        "13,200.01",
        "23,325.01",
        "国办发〔2009〕66号",
    ):
        assert one in said
    assert "不服本决定怎么办" in said
    assert IssuedPaper.objects.get().kind == "TRANSFER_SHEET"


def test_the_money_comes_out_again_from_the_printed_steps(clerk: Client) -> None:
    case = sent()
    steps = read(rows=LeftAccount.objects.get(case_id=case.pk).steps)

    assert first_wrong(steps=steps) is None
    results = {step.name: step.result for step in steps}
    out = Outgoing.objects.get()
    assert (out.fen, out.pooled_fen) == (ACCOUNT_FEN, POOLED)
    assert results["个人账户储存额"] == "10125.00"
    assert results["统筹基金转移额"] == "13200.01"
    assert results["转移资金合计"] == "23325.01"


def test_the_same_steps_are_in_the_answer_about_the_transfer(clerk: Client) -> None:
    case = sent()

    (row,) = clerk.get("/api/v1/transfers/").json()["results"]

    last = next(step for step in row["steps"] if step["stage"] == 4)
    assert last["steps"] == LeftAccount.objects.get(case_id=case.pk).steps
    assert not any(step["steps"] for step in row["steps"] if step["stage"] < 4)


def test_within_the_province_the_sheet_tells_account_and_years_and_no_money_of_the_pool(
    clerk: Client,
) -> None:
    case = sent(other=HEFEI)

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/transfer-sheet.pdf").content)

    assert "省内转移，只转记录" in said
    assert "10,125.00" in said
    assert "2025年1260,000.00" in said  # twelve months
    assert "统筹基金转移额" not in said


def test_no_step_of_many_years_is_torn_by_the_end_of_a_page(clerk: Client) -> None:
    years = [{"year": year, "months": 12, "amount": "60000.00"} for year in range(2001, 2026)]
    case = sent(bases=years)

    pdf = clerk.get(f"/api/v1/cases/{case.pk}/transfer-sheet.pdf").content

    found = ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
    assert "180,000.00" in found[-1] + found[-2]  # 12 % of 1,500,000
    assert len(found) > 2
    for said in found:
        assert said.count("算式：") == said.count("依据：")


def test_a_case_that_sends_nothing_away_has_no_such_sheet(clerk: Client) -> None:
    case = builders.case()

    refused = clerk.get(f"/api/v1/cases/{case.pk}/transfer-sheet.pdf")

    assert refused.json()["code"] == "transfer_nothing_sent"
