"""What an adjustment brings somebody is printed with its steps; also why it brings nothing."""

import pytest
from django.test import Client

from backend.audit.models import Act
from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.benefits.models import Entitlement
from insurance.issuing.models import IssuedPaper
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.models import Kind, Run
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension.adjusting import adjusting_builders as a

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    ours.configured()
    m.office()
    a.plan(monkeypatch, year=2026)
    a.standards(monkeypatch)


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def decided(kind: str, content: dict[str, object]) -> Case:
    """By a case about Chen: what it adjusts is everybody's."""
    return p.through_hands(kind=kind, content=content, of=builders.chen())


def yearly() -> Run:
    """The plan of 2026, and all old pensions by it."""
    case = decided(
        "PENSION_ADJUSTMENT",
        {"region": "340800", "year": 2026, "document": a.NOTICE, "not_by_old_system": True},
    )
    asked = Asked(Kind.YEARLY, "340800", Month(2026, 1))
    return a.adjusted(asked, case_id=case.pk)


def printed(clerk: Client, run: Run, of: Entitlement) -> str:
    path = f"/api/v1/pension/adjustments/{run.pk}/{of.pk}/sheet.pdf"
    return text(clerk.get(path).content)


def test_the_sheet_shows_each_part_and_its_steps(clerk: Client) -> None:
    wang = a.retired()

    said = printed(clerk, yearly(), wang)

    for one in ("基本养老金年度调整核定表", "王秀英", "企业职工基本养老保险", "2026年1月"):
        assert one in said
    for one in ("缴费年限30年5个月", "定额增加39.00元", "每月共增加118.00元", "壹佰壹拾捌元整"):
        assert one in said
    for one in ("三、计算过程", "2,718.00", "不服本决定怎么办", "本人（签名）"):
        assert one in said
    assert IssuedPaper.objects.get().kind == "ADJUSTMENT"


def test_who_takes_no_part_is_told_why(clerk: Client) -> None:
    wang = a.retired(paid_months=None)

    said = printed(clerk, yearly(), wang)

    assert "不参加调整缴费月数不明，须先查清" in said
    assert "不服本决定怎么办" in said


def test_the_look_is_at_whom_the_sheet_speaks_of(clerk: Client) -> None:
    wang = a.retired()

    printed(clerk, yearly(), wang)

    looked = Act.objects.filter(name="people.looked").values_list("party_id", flat=True)
    assert list(looked) == [wang.person_id]
    assert Person.objects.filter(pk=wang.person_id).exists()


def test_a_run_that_is_being_computed_has_no_sheets(clerk: Client) -> None:
    wang = a.retired()
    run = yearly()
    Run.objects.filter(pk=run.pk).update(state="OPEN", sealed_at=None)

    refused = clerk.get(f"/api/v1/pension/adjustments/{run.pk}/{wang.pk}/sheet.pdf")

    assert refused.json()["code"] == "adjustment_not_sealed"
