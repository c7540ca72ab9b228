"""Whose amount of the old system was wrong is told so on paper, with the steps (更正决定书)."""

from collections.abc import Mapping, Sequence

import pytest
from django.test import Client

from backend.cases.models import Case
from insurance.benefits.baseline.invariants import broken_promises
from insurance.benefits.correction_notice import Amount, CorrectionNotice
from insurance.benefits.items import component_label, item_ordinals
from insurance.benefits.models import AmountCorrection, Entitlement
from insurance.issuing.models import IssuedPaper
from insurance.policy.recompute import first_wrong
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.pension import correction_builders as c
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db
TOLD = [
    {"component": "BASIC", "amount": "225.00"},
    {"component": "ACCOUNT", "amount": "0.00"},
]


@pytest.fixture
def wang() -> Entitlement:
    ours.configured()
    return m.entitlement(components={"BASIC": 22_000, "ACCOUNT": 3_150})


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def corrected(wang: Entitlement, told: Sequence[Mapping[str, str]] = TOLD) -> Case:
    content = {
        "entitlement": wang.pk,
        "from_month": "2026-09",
        "components": told,
        "document": "演核更〔2026〕1号",
        "evidence": "原核定表 演示1号",
        **c.FOUND,
    }
    return p.through_hands(kind="COMPONENT_CORRECTION", content=content, of=builders.wang())


def test_the_paper_says_what_was_and_what_is_and_how_to_object(
    clerk: Client, wang: Entitlement
) -> None:
    case = corrected(wang)

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/notice.pdf").content)

    for one in ("养老保险待遇更正决定书", "王秀英", "2026年9月", "演核更〔2026〕1号"):
        assert one in said
    for one in ("基础养老金220.00225.00", "个人账户养老金31.500.00", "漏认视同缴费期间"):
        assert one in said
    for one in ("每月补差", "−26.50", "不服本决定怎么办", "异议", "行政复议", "审批人"):
        assert one in said
    assert IssuedPaper.objects.get().number == "34080001-DYGZ-2026-000001"


def test_the_same_steps_are_shown_by_the_api(clerk: Client, wang: Entitlement) -> None:
    case = corrected(wang)

    rows = clerk.get(f"/api/v1/amount-corrections/?case_id={case.pk}").json()["results"]

    found = {row["component_label"]: row["steps"][0]["result"] for row in rows}
    assert found == {"基础养老金": "5.00", "个人账户养老金": "-31.50"}


def test_what_is_corrected_stays_as_it_was_told(wang: Entitlement) -> None:
    corrected(wang)

    rows = AmountCorrection.objects.order_by("pk").values_list("component", "before_fen", "fen")

    assert list(rows) == [("BASIC", 22_000, 22_500), ("ACCOUNT", 3_150, 0)]


def test_a_correction_that_says_another_amount_breaks_a_promise(wang: Entitlement) -> None:
    case = corrected(wang)
    assert [one for one in broken_promises() if "更正明细" in one.promise] == []

    AmountCorrection.objects.create(
        entitlement=wang,
        component="EXTRA_YEARS",
        from_month=m.NOVEMBER.first_day,
        before_fen=0,
        fen=100,
        document="演示",
        evidence="演示",
        because="演示",
        case_id=case.pk,
    )

    found = [one.subject for one in broken_promises() if "更正明细" in one.promise]
    assert found == [f"{case.pk}/EXTRA_YEARS"]


def test_the_steps_come_out_again() -> None:
    notice = CorrectionNotice(
        insurance="养老保险",
        benefit="城乡居民基本养老金",
        person_name="王秀英",
        id_number="",
        from_month=m.NOVEMBER,
        document="演核更〔2026〕1号",
        evidence="演示",
        because="演示",
        amounts=(Amount("基础养老金", 22_000, 22_500), Amount("高龄补贴", 500, 0)),
    )

    assert first_wrong(steps=notice.steps) is None
    assert notice.steps[-1].result == "0.00"


def test_every_component_has_a_name_that_people_read() -> None:
    assert all(component_label(component) for _, component in item_ordinals())
