"""Certificates, registrations, claims at the desk (失业保险接口), persons masked."""

from datetime import date

import pytest
from django.test import Client

from backend import deployment
from insurance.unemployment.models import Claim, Registration
from tests import builders
from tests.insurance.benefits import month_builders as m
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/unemployment/"


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


def post(client: Client, path: str, body: object, key: str) -> tuple[int, dict[str, object]]:
    answer = client.post(
        ROOT + path, body, content_type="application/json", headers={"Idempotency-Key": key}
    )
    return answer.status_code, answer.json()


def told(**changes: object) -> dict[str, object]:
    return {
        "person": builders.zhao().pk,
        "payer": of.employer().pk,
        "ended_on": "2024-11-03",
        "reason": "LAID_OFF",
        "document": "演示解除〔2024〕1号",
        **changes,
    }


def test_a_clerk_puts_down_a_certificate_and_registers_the_person(clerk: Client) -> None:
    status, report = post(clerk, "job-ends/", told(), "a")
    assert (status, report["reason_label"]) == (201, "用人单位裁减人员")

    status, row = post(
        clerk,
        "registrations/",
        {"job_end": report["id"], "registered_on": "2024-11-05", "seeks_work": True},
        "b",
    )

    assert (status, row["from_date"], row["until_date"]) == (201, "2024-11-05", None)
    assert row["person_name"] == "赵*强"
    assert Registration.objects.get().job_end_id == report["id"]


def test_a_demonstration_registers_ahead_of_the_clock(clerk: Client) -> None:
    ahead = {"received_date": "2031-03-03"}
    _, report = post(clerk, "job-ends/", told(ended_on="2031-02-28", **ahead), "a")

    body = {"job_end": report["id"], "registered_on": "2031-03-03", "seeks_work": True}
    status, row = post(clerk, "registrations/", {**body, **ahead}, "b")

    assert (status, row["from_date"]) == (201, "2031-03-03")


def test_a_live_database_goes_by_the_clock(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "is_demo", lambda: False)
    ahead = told(ended_on="2031-02-28", received_date="2031-03-03")

    status, refusal = post(clerk, "job-ends/", ahead, "a")

    assert (status, refusal["code"]) == (422, "job_end_invalid")


def test_a_clerk_ends_a_registration(clerk: Client) -> None:
    report = z.certificate(ended_on=date(2024, 11, 3))
    row = z.registered(report=report, on=date(2024, 11, 5))

    status, ended = post(
        clerk,
        f"registrations/{row.pk}/end",
        {"reason": "NOT_SEEKING", "ended_on": "2024-12-01"},
        "a",
    )

    assert (status, ended["end_reason_label"]) == (200, "不再求职或失去联系")


def test_a_reason_that_the_law_does_not_know_is_refused(clerk: Client) -> None:
    status, _ = post(clerk, "job-ends/", told(reason="TIRED"), "a")

    assert status == 400


def test_a_claim_is_shown_with_every_step(clerk: Client) -> None:
    z.out_of_work()
    claim = z.claimed()

    (row,) = clerk.get(f"{ROOT}claims/?person={builders.zhao().pk}").json()["results"]
    one = clerk.get(f"{ROOT}claims/{claim.pk}/").json()

    assert (row["person_name"], row["monthly"], row["granted_months"]) == ("赵*强", "1737.00", 14)
    assert (row["pension_from"], row["standing_label"]) == (None, "未核实")
    assert one["steps"][-1]["result"] == "1737.00"
    assert one["figures"]["earlier_evidence"] == "原系统缴费明细 演示1号"


def test_a_waiting_case_is_computed_for_those_who_sign_it(clerk: Client) -> None:
    z.out_of_work()
    m.office()
    case = z.waiting()

    trial = clerk.get(f"{ROOT}claims/trial/{case.pk}/").json()

    assert (trial["granted_months"], trial["monthly"]) == (14, "1737.00")
    assert Claim.objects.count() == 0


def test_only_a_claim_can_be_tried(clerk: Client) -> None:
    case = builders.case()

    assert clerk.get(f"{ROOT}claims/trial/{case.pk}/").status_code == 404
