"""Strangers learn whether a paper is genuine and nothing of whom it is about."""

from typing import Any

import pytest
from django.test import Client

from backend.audit.models import Act
from tests.backend.cases import objection_builders as objections
from tests.insurance.issuing import issuing_builders as ours

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _configured() -> None:
    ours.configured()


def asked(client: Client, number: str, check: str, *, under: str = "/api/v1/public/papers") -> Any:
    answer = client.get(f"{under}/{number}/{check}")
    assert answer.status_code == 200
    return answer.json()


def test_a_genuine_paper_is_known_to_strangers(client: Client) -> None:
    paper = ours.printed(ours.decided()).paper

    assert asked(client, paper.number, paper.check_code) == {
        "genuine": True,
        "kind": "暂停待遇告知书",
        "agency": "演示市社保中心",
        "issued_on": paper.issued_on.isoformat(),
        "newest": True,
        "demo": True,
    }


def test_the_address_of_the_code_answers_too(client: Client) -> None:
    paper = ours.printed(ours.decided()).paper

    assert asked(client, paper.number, paper.check_code, under="/v")["genuine"] is True


def test_a_check_may_be_typed_as_it_was_read_out(client: Client) -> None:
    paper = ours.printed(ours.decided()).paper
    check = paper.check_code.lower()

    assert asked(client, paper.number, f"{check[:4]}-{check[4:]}")["genuine"] is True


def test_a_wrong_check_and_an_unknown_number_answer_the_same(client: Client) -> None:
    paper = ours.printed(ours.decided()).paper

    wrong = asked(client, paper.number, "A" * 16)

    assert wrong["genuine"] is False
    assert (wrong["kind"], wrong["agency"], wrong["issued_on"]) == ("", "", None)
    assert asked(client, "34080001-ZTGZ-2026-999999", paper.check_code) == wrong


def test_of_a_paper_that_was_written_anew_it_is_said(client: Client) -> None:
    case = ours.decided()
    paper = ours.printed(case).paper
    ours.printed(case, said="另一内容")

    assert asked(client, paper.number, paper.check_code)["newest"] is False


def test_the_register_counts_reprints(client: Client) -> None:
    case, by = ours.decided(), ours.printer()
    for _ in range(3):
        ours.printed(case, by=by)
    client.force_login(by.staff)

    (row,) = client.get(f"/api/v1/papers/?case={case.pk}").json()["results"]

    assert (row["reprints"], row["kind_label"]) == (2, "暂停待遇告知书")
    assert "check_code" not in row


def test_strangers_do_not_read_the_register(client: Client) -> None:
    assert client.get("/api/v1/papers/").status_code == 401


def answered(*, grant: bool, **content: object) -> Any:
    hands = objections.hands()
    case = objections.objection(objections.decided(hands.decider), **content)
    case = objections.reviewed(case, hands.reviewer, note="调阅了存折复印件")
    if grant:
        objections.decided(hands.reviewer, objection=case.pk)
    objections.answered(case, hands.approver, grant=grant, answer="账号与存折一致")
    client = Client()
    client.force_login(ours.printer().staff)
    return client.get(f"/api/v1/objections/{case.pk}/answer.pdf")


def test_an_upheld_decision_is_answered_on_paper() -> None:
    answer = answered(grant=False)

    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    text = ours.text(answer.content)
    for said in (
        *("异议答复书", "王秀英", "收款账户变更", "账号少了一位", "调阅了存折复印件"),
        *("维持原决定", "账号与存折一致", "复核人：赵志强", "审批人：李建国", "一、行政复议"),
    ):
        assert said in text
    assert "一、异议" not in text
    assert Act.objects.filter(name="people.looked", details__purpose="打印异议答复书").exists()


def test_a_correction_is_named_in_the_answer() -> None:
    assert "异议成立，已经更正，见业务件" in ours.text(answered(grant=True).content)


def test_an_heir_who_objected_is_answered_not_the_dead() -> None:
    text = ours.text(answered(grant=False, objector="王小明").content)

    assert "王小明：" in text
    assert "王秀英：" not in text


def test_an_open_objection_has_no_answer_yet() -> None:
    case = objections.objection(objections.decided(objections.hands().decider))
    client = Client()
    client.force_login(ours.printer().staff)

    answer = client.get(f"/api/v1/objections/{case.pk}/answer.pdf")

    assert (answer.status_code, answer.json()["code"]) == (422, "issuing_not_decided")
