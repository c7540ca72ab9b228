"""What an adjustment brings somebody is printed with its steps; also why it brings nothing."""

from datetime import date

import pytest
from django.test import Client

from backend.audit.models import Act
from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.benefits.models import Entitlement
from insurance.issuing.models import IssuedPaper
from insurance.pension.adjusting import print_sheet
from insurance.pension.adjusting.adjusting_run import Asked
from insurance.pension.adjusting.basic_raise import STANDARD
from insurance.pension.adjusting.explain import steps_of
from insurance.pension.adjusting.models import Kind, Run
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.life.life_builders import happened
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
    for one in ("缴费年限30年5个月", "固定增加额39.00元", "月增加额118.00元", "壹佰壹拾捌元整"):
        assert one in said
    for one in ("三、计算过程", "2,718.00", "不服本决定怎么办", "本人（签名）"):
        assert one in said
    assert IssuedPaper.objects.get().kind == "ADJUSTMENT"


def test_by_a_plan_that_rounds_them_apart_years_and_share_stand_apart(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    a.plan(monkeypatch, year=2026, without=("linked_rounding",))
    wang = a.retired()

    said = printed(clerk, yearly(), wang)

    for one in ("年限增加额65.60元", "比例增加额13.00元", "月增加额117.60元"):
        assert one in said


def test_an_amount_that_is_not_that_of_its_step_is_not_printed(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = a.retired()
    run = yearly()
    other = a.row(wang, run)
    other.before_fen += 200_000  # its steps are sound, and of another pension
    steps = steps_of(row=other)
    monkeypatch.setattr(print_sheet, "steps_of", lambda *, row: steps)

    refused = clerk.get(f"/api/v1/pension/adjustments/{run.pk}/{wang.pk}/sheet.pdf")

    assert refused.json()["code"] == "award_amount_unexplained"
    assert "“挂钩增加额”79.00 元" in refused.json()["detail"]
    assert not IssuedPaper.objects.exists()


def test_a_step_that_does_not_come_out_is_not_printed(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = a.retired()
    run = yearly()
    first, *rest = steps_of(row=a.row(wang, run))
    steps = (first, rest[0]._replace(result="32"), *rest[1:])
    monkeypatch.setattr(print_sheet, "steps_of", lambda *, row: steps)

    refused = clerk.get(f"/api/v1/pension/adjustments/{run.pk}/{wang.pk}/sheet.pdf")

    assert refused.json()["code"] == "step_does_not_hold"


@pytest.fixture
def standard_of_november(monkeypatch: pytest.MonkeyPatch) -> None:
    a.with_rows(
        monkeypatch,
        STANDARD,
        a.value(210, since=date(2024, 7, 1), until=m.NOVEMBER.first_day),
        a.value(230, since=m.NOVEMBER.first_day),
    )


def raised() -> Run:
    """The residents' standard rises in November."""
    content: dict[str, object] = {
        "region": "340800",
        "from_month": str(m.NOVEMBER),
        "document": a.NOTICE,
    }
    case = decided("BASIC_PENSION_RAISE", content)
    return a.adjusted(Asked(Kind.BASIC, "340800", m.NOVEMBER), case_id=case.pk)


@pytest.mark.usefixtures("standard_of_november")
def test_a_resident_s_raise_is_printed_with_its_steps(clerk: Client) -> None:
    wang = m.entitlement()

    said = printed(clerk, raised(), wang)

    for one in ("基础养老金增加额20.00元", "贰拾元整", "由220.00元调整为240.00元"):
        assert one in said


@pytest.mark.usefixtures("standard_of_november")
def test_who_serves_a_sentence_reads_what_follows_after_it(clerk: Client) -> None:
    wang = m.entitlement()
    happened("PROBATION", "2026-09-20", of=builders.wang())

    said = printed(clerk, raised(), wang)

    assert "不参加调整服刑期间不参加调整" in said
    assert "这次提高的不补，只参加期满以后的提高" in said


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
