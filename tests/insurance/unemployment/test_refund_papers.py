"""Employers that get nothing are told why, and who objects to the list is answered on paper."""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from backend.kernel.money import Money
from backend.papers.figures import figure
from insurance.issuing.models import IssuedPaper
from insurance.policy.kept_steps import read
from insurance.unemployment import print_refund
from insurance.unemployment.models import RefundEntry, RefundList, RefundObjection
from tests.backend.cases import objection_builders
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.issuing_builders import text
from tests.insurance.unemployment import refund_builders as r
from tests.insurance.unemployment.refund_paper_builders import answered, granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(settings: LazySettings, tmp_path: Path) -> Client:
    settings.VAR_DIR = tmp_path
    ours.configured()
    client = Client()
    client.force_login(ours.printer().staff)
    return client


def asked(client: Client, found: RefundList, payer: int, paper: str) -> HttpResponse:
    entry = RefundEntry.objects.get(list=found, payer=payer)
    answer = client.get(f"/api/v1/unemployment/refund-entries/{entry.pk}/{paper}.pdf")
    assert isinstance(answer, HttpResponse)
    return answer


def refusal(client: Client, found: RefundList, payer: int) -> bytes:
    return asked(client, found, payer, "refusal").content


def test_an_employer_that_is_paid_is_told_how_the_amount_comes_about(clerk: Client) -> None:
    payer = r.employer(serial=1)
    found = r.listed()
    granted(found)
    fen = RefundEntry.objects.get(list=found).fen

    said = text(asked(clerk, found, payer, "decision").content)

    amount = figure(amount=Money(fen))
    for one in ("稳岗返还决定书", amount, "上年实际缴费×返还比例", "裁员人数×12", "公示期已满"):
        assert one in said
    for one in ("不服本决定怎么办", "行政复议", "人民币"):
        assert one in said
    assert IssuedPaper.objects.get().party_id == payer


def test_a_decision_to_pay_is_verified_and_its_delivery_put_down(clerk: Client) -> None:
    payer = r.employer(serial=1)
    found = r.listed()
    granted(found)
    asked(clerk, found, payer, "decision")
    paper = IssuedPaper.objects.get()

    seen = Client().get(f"/api/v1/public/papers/{paper.number}/{paper.check_code}").json()
    record = clerk.get(f"/api/v1/papers/{paper.pk}/delivery.pdf")

    assert seen["kind"] == "稳岗返还决定书"
    assert "稳岗返还决定书" in text(record.content)


def test_an_amount_that_its_steps_do_not_give_is_not_printed(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = r.employer(serial=1)
    found = r.listed()
    granted(found)
    monkeypatch.setattr(print_refund, "read", lambda rows: read(rows=rows)[:-1])

    refused = asked(clerk, found, payer, "decision")

    assert json.loads(refused.content)["code"] == "award_amount_unexplained"


@pytest.mark.parametrize("decided", [False, True])
def test_who_is_refused_or_waits_has_no_decision_to_pay(clerk: Client, decided: bool) -> None:
    payer, short = r.employer(serial=1), r.employer(serial=2, paid=3)
    found = r.listed()
    if decided:
        granted(found)

    refused = asked(clerk, found, short if decided else payer, "decision")

    assert json.loads(refused.content)["code"] == "refund_not_paid"


def test_who_was_taken_off_has_no_decision_to_pay(clerk: Client) -> None:
    r.employer(serial=1)
    off = r.employer(serial=2)
    found = r.listed()
    RefundObjection.objects.create(list=found, payer_id=off, effect="EXCLUDE", case_id=1)
    granted(found)

    refused = asked(clerk, found, off, "decision")

    assert json.loads(refused.content)["code"] == "refund_not_paid"


def test_an_employer_that_gets_nothing_is_told_why_and_how_to_object(clerk: Client) -> None:
    r.employer(serial=1)
    short = r.employer(serial=2, paid=3)
    found = r.listed()
    granted(found)

    said = text(refusal(clerk, found, short))

    for one in ("不予稳岗返还决定书", "上年没有足额缴费满规定月数", "裁员率", "不服本决定怎么办"):
        assert one in said
    assert IssuedPaper.objects.get().party_id == short


def test_who_was_taken_off_the_list_is_told_that_an_objection_was_right(clerk: Client) -> None:
    r.employer(serial=1)
    off = r.employer(serial=2)
    found = r.listed()
    RefundObjection.objects.create(list=found, payer_id=off, effect="EXCLUDE", case_id=1)
    granted(found)

    assert "经核实异议成立" in text(refusal(clerk, found, off))


@pytest.mark.parametrize("decided", [False, True])
def test_who_is_paid_or_waits_has_no_such_paper(clerk: Client, decided: bool) -> None:
    payer = r.employer(serial=1)
    found = r.listed()
    if decided:
        granted(found)

    entry = RefundEntry.objects.get(list=found, payer=payer)
    refused = clerk.get(f"/api/v1/unemployment/refund-entries/{entry.pk}/refusal.pdf")

    assert refused.json()["code"] == "refund_not_refused"


def test_an_objection_that_was_right_is_answered(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upheld = {**objection_builders.ACTS, "STABILITY_OBJECTION": lambda _: 0}
    monkeypatch.setattr(objection_builders, "ACTS", upheld)
    payer = r.employer(serial=1)
    case = answered(r.listed(), payer, approve=True)

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/refund-answer.pdf").content)

    for one in ("公示异议答复书", "异议成立：该单位不予返还", "去年裁员很多", "行政复议"):
        assert one in said


def test_an_objection_that_was_not_right_is_answered_with_the_reason(clerk: Client) -> None:
    payer = r.employer(serial=1)
    case = answered(r.listed(), payer, approve=False)

    said = text(clerk.get(f"/api/v1/cases/{case.pk}/refund-answer.pdf").content)

    assert "异议不成立：名单维持不变" in said
    assert "材料不足" in said


def test_an_objection_that_waits_has_no_answer(clerk: Client) -> None:
    payer = r.employer(serial=1)
    case = r.objecting(r.listed(), payer)

    refused = clerk.get(f"/api/v1/cases/{case.pk}/refund-answer.pdf")

    assert refused.json()["code"] == "refund_no_objection"
