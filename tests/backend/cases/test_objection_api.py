"""The worklist of objections: what is open, until when, whose."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Staff
from backend.cases import acts
from backend.cases.models import Objection
from tests import builders
from tests.backend.cases import objection_builders as ours
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db
LIST = "/api/v1/objections/"


@pytest.fixture
def approver(client: Client) -> Client:
    client.force_login(builders.member(role="APPROVER").staff)
    return client


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"{LIST}{query}").json()["results"]
    return rows


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_open_objections_are_listed_with_their_term(approver: Client) -> None:
    hands = ours.hands()
    case = ours.objection(ours.decided(hands.decider))

    (row,) = listed(approver, "?open=true")

    assert (row["case"], row["party_name"], row["state"]) == (case.pk, "王*英", "已受理")
    assert (row["decided_label"], row["against"]) == ("收款账户变更", "收款账户")
    assert (row["days_left"], row["owner_staff_id"], row["outcome"]) == (20, None, "")


def test_what_is_answered_is_no_longer_open(approver: Client) -> None:
    hands = ours.hands()
    case = ours.reviewed(ours.objection(ours.decided(hands.decider)), hands.reviewer)
    ours.answered(case, hands.approver, grant=False, answer="账号与存折一致")

    assert listed(approver, "?open=true") == []
    assert [(row["outcome_label"], row["answer"]) for row in listed(approver)] == [
        ("维持原决定", "账号与存折一致")
    ]


def test_they_are_found_by_person_and_owner(approver: Client) -> None:
    case = ours.objection(ours.decided(ours.hands().decider))

    assert [r["case"] for r in listed(approver, f"?case__party={case.party_id}")] == [case.pk]
    assert listed(approver, f"?case__party={builders.li().pk}") == []
    assert listed(approver, "?owner_staff_id=1") == []


def test_an_objection_is_given_to_an_owner(approver: Client) -> None:
    case = ours.objection(ours.decided(ours.hands().decider))
    owner = builders.member(role="REVIEWER", of=builders.wang()).staff

    answer = builders.assigned_at_api(approver, "objections", rows=[case.pk], to=owner)

    assert answer.json() == {"assigned": 1}
    assert Objection.objects.get(case=case).owner_staff_id == owner.pk


def test_of_two_who_assign_one_objection_the_second_learns_of_the_first(approver: Client) -> None:
    case = ours.objection(ours.decided(ours.hands().decider))
    first, second = (builders.member(role="REVIEWER").staff for _ in range(2))
    seen = approver.get(f"/api/v1/objections/assign?rows={case.pk}")
    assert seen.json() == {"owners": [{"id": case.pk, "owner": None}]}
    builders.assigned_at_api(approver, "objections", rows=[case.pk], to=first)

    late = builders.assigned_at_api(
        approver, "objections", rows=[case.pk], to=second, seen=seen["ETag"]
    )

    assert (late.status_code, late.json()["code"]) == (412, "record_changed")
    assert late.json()["current"] == {"owners": [{"id": case.pk, "owner": first.pk}]}
    assert Objection.objects.get(case=case).owner_staff_id == first.pk


def test_who_has_not_looked_assigns_nothing(approver: Client) -> None:
    case = ours.objection(ours.decided(ours.hands().decider))
    owner = builders.member(role="REVIEWER").staff

    answer = post(approver, "objections/assign", {"rows": [case.pk], "staff": owner.pk})

    assert (answer.status_code, answer.json()["code"]) == (428, "if_match_missing")


@pytest.mark.parametrize("rows", ["1,", "a", "1;2", "-1", ",".join(["1"] * 1001)])
def test_rows_that_are_none_are_refused(approver: Client, rows: str) -> None:
    answer = approver.get("/api/v1/objections/assign", {"rows": rows})

    assert (answer.status_code, answer.json()["code"]) == (400, "query_invalid")


def test_who_decided_is_told_to_leave_it_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_registered", dict(ours.ACTS))
    staff = builders.staff_with_password(role="REVIEWER", username="fuhe1", of=builders.chen())
    decided = builders.case()
    reviewer = Client()
    reviewer.force_login(staff)
    proof = {
        "role": "REVIEWER",
        "password": PASSWORD,
        "code": builders.code(now=timezone.now()),
    }
    post(reviewer, "cases/decide", {**proof, "cases": [decided.pk], "approve": True})
    case = ours.objection(decided)
    Staff.objects.update(totp_last_step=0)

    answer = post(reviewer, f"cases/{case.pk}/review", proof)

    assert (answer.status_code, answer.json()["code"]) == (422, "case_own_decision")
