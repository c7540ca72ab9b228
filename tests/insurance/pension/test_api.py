"""What a pension rests on is shown over the API, persons masked (养老待遇接口)."""

import pytest
from django.test import Client

from insurance.pension.archive_facts import decide
from insurance.pension.models import Award
from tests import builders
from tests.insurance.pension import pension_builders as p

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


def test_what_was_recognised_is_shown_with_its_papers(clerk: Client) -> None:
    decide(p.decided(kind="ARCHIVE_FACTS", content=p.archive()))

    (row,) = clerk.get(f"/api/v1/pension/archive-facts/?person={p.man().pk}").json()["results"]

    assert (row["person_name"], row["birth_month"]) == ("胡*胜", "1966-03")
    assert row["records"][0] == {
        "paper": "招工登记表",
        "recorded_on": "1985-03-02",
        "birth_month": "1966-03",
    }
    assert row["periods"][0]["until_month"] == "1996-01"


def test_what_was_superseded_is_shown_when_asked_for(clerk: Client) -> None:
    for _ in range(2):
        decide(p.decided(kind="ARCHIVE_FACTS", content=p.archive()))

    rows = clerk.get("/api/v1/pension/archive-facts/?history=1").json()["results"]
    current = clerk.get("/api/v1/pension/archive-facts/").json()["results"]

    assert (len(rows), len(current)) == (2, 1)


def test_a_paper_of_the_department_is_shown_with_its_steps(clerk: Client) -> None:
    p.recognise()
    p.approve()

    (row,) = clerk.get(f"/api/v1/pension/approvals/?person={p.man().pk}").json()["results"]

    assert (row["route_label"], row["retirement_month"]) == ("法定退休", "2026-07")
    assert ["延迟月数", "4"] in [pair for step in row["steps"] for pair in step["inputs"]]


def test_an_award_is_shown_with_every_step(clerk: Client) -> None:
    award = p.retired_by_law()

    (row,) = clerk.get(f"/api/v1/pension/awards/?person={p.man().pk}").json()["results"]
    one = clerk.get(f"/api/v1/pension/awards/{award.pk}/").json()

    assert (row["person_name"], row["route_label"], row["interim"]) == ("胡*胜", "法定退休", True)
    assert (row["base"], row["basic"], row["standing_label"]) == ("7999.00", "2924.63", "未核实")
    assert one["steps"][-1]["result"] == row["total"]
    assert one["figures"]["earlier_evidence"] == "原系统缴费明细 演示1号"


def test_a_case_is_computed_for_those_who_are_to_sign_it(clerk: Client) -> None:
    p.recognise()
    p.approve()
    case = p.waiting(kind="PENSION_AWARD", content=p.award())

    trial = clerk.get(f"/api/v1/pension/awards/trial/{case.pk}/").json()

    assert trial["parts"][0] == {"component": "BASIC", "amount": "2924.63"}
    assert (trial["total"], trial["interim"]) == ("4001.42", True)
    assert "未配置，没有核对，由医疗保障经办机构核定" in trial["medical_years"]
    assert not Award.objects.exists()


def test_what_cannot_be_awarded_is_said_in_the_trial(clerk: Client) -> None:
    case = p.waiting(kind="PENSION_AWARD", content=p.award())

    answer = clerk.get(f"/api/v1/pension/awards/trial/{case.pk}/")

    assert answer.json()["code"] == "award_approval_missing"


def test_a_recalculation_is_shown_and_takes_the_place_of_the_award(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    p.retired_by_law()
    p.publish_base(monkeypatch)
    p.recalculated()

    (run,) = clerk.get("/api/v1/pension/recalculations/").json()["results"]
    (row,) = clerk.get(f"/api/v1/pension/awards/?person={p.man().pk}").json()["results"]

    assert (run["base"], run["state"], run["summary"]["awards"]) == ("8200.00", "DONE", 1)
    assert (row["kind_label"], row["interim"], row["base"]) == ("重算", False, "8200.00")
