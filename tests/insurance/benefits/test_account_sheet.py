"""What an account pays to heirs is on a sheet for them to sign, with what it comes from."""

from decimal import Decimal

import pytest
from django.test import Client

from insurance.accounts.leaving_sheet import LeavingSheet, Share
from insurance.accounts.models import AccountEntry, EntryKind
from insurance.issuing.models import IssuedPaper
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits import inheritance_builders as of
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import survivor_builders as survivors

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Client:
    ours.configured()
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def test_heirs_are_told_what_was_there_and_what_it_bore(clerk: Client) -> None:
    of.died_with_account()
    m.office()
    content = {
        "scheme": "110",
        "month": "2026-07",
        "evidence": "继承公证书 演示1号",
        "heirs": survivors.heirs(builders.li(), builders.zhao()),
    }
    case = p.through_hands(kind="ACCOUNT_INHERITANCE", content=content, of=builders.wang())
    left = AccountEntry.objects.get(source_id=case.pk, kind=EntryKind.INHERITED)
    assert left.fen == -of.WHOLE_FEN

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/account-sheet.pdf").content)

    for one in ("个人账户余额继承核定表", "逝者姓名王秀英", "支付前账户余额", "10,000.00"):
        assert one in said
    for one in (
        "记账利率：2026年1.5%",
        "2026年结算利息",
        "75.00",
        "10,075.00",
        "李建国5,037.50",
        "赵志强5,037.50",
    ):
        assert one in said
    for one in ("继承公证书演示1号", "不服本决定怎么办", "继承人（签名）"):
        assert one in said
    assert IssuedPaper.objects.get().kind == "ACCOUNT_PAID_OUT"


def test_who_emigrates_is_told_why_and_signs_for_himself(clerk: Client) -> None:
    accounts.entry(person_id=builders.li().pk, month="2026-01", fen=of.PAID_IN_FEN)
    m.office()
    content = {
        "scheme": "110",
        "month": "2026-07",
        "reason": "EMIGRATED",
        "evidence": "退籍证书 演示1号",
    }
    case = p.through_hands(kind="ACCOUNT_LUMP_SUM", content=content, of=builders.li())

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/account-sheet.pdf").content)

    for one in (
        "个人账户一次性支付核定表",
        "姓名李建国",
        "出国（境）定居并丧失国籍",
        "10,075.00",
        "本人（签名）",
    ):
        assert one in said
    assert "逝者" not in said


def test_a_case_that_pays_no_account_out_has_no_such_sheet(clerk: Client) -> None:
    case = builders.case()

    refused = clerk.get(f"/api/v1/cases/{case.pk}/account-sheet.pdf")

    assert refused.json()["code"] == "account_nothing_paid_out"


def test_what_the_pool_has_is_taken_off() -> None:
    sheet = LeavingSheet(
        title="个人账户余额继承核定表",
        person_name="王秀英",
        id_number="",
        insurance="企业职工基本养老保险",
        of_the_dead=True,
        reason="",
        month=m.NOVEMBER,
        before_fen=100_000,
        interest=((2025, 1_500), (2026, -20)),
        rates=((2025, Decimal("0.015")),),
        to_pool_fen=1_480,
        shares=(Share("李建国", 60_000, 3), Share("赵志强", 40_000, 2)),
        document="演示",
    )

    assert first_wrong(steps=sheet.steps) is None
    assert [step.result for step in sheet.steps] == ["14.80", "1000.00", "600.00", "400.00"]
