"""Cases over the API: received at the desk, decided by another with one unlocked key."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.audit.models import Act
from backend.cases import acts
from backend.cases.models import Approval, Case, CaseState
from backend.cases.receive import receive_case
from tests import builders
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db
CONTENT = {"account_no": "9900011000000000017", "holder_name": "王秀英", "note": "换卡"}


@pytest.fixture
def clerk(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(acts, "_registered", {"ACCOUNT_CHANGE": lambda case: 1})
    client.force_login(builders.staff_with_password(role="CLERK", username="jingban1"))
    return client


@pytest.fixture
def reviewer(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(acts, "_registered", {"ACCOUNT_CHANGE": lambda case: 1})
    client = Client()
    client.force_login(builders.staff_with_password(role="REVIEWER", username="fuhe1"))
    return client


def post(client: Client, path: str, body: dict[str, Any], key: str = "") -> Any:
    return client.post(
        f"/api/v1/cases/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


def decision(*cases: Case, **changes: Any) -> dict[str, Any]:
    return {
        "cases": [case.pk for case in cases],
        "approve": True,
        "role": "REVIEWER",
        "password": PASSWORD,
        "code": builders.code(now=timezone.now()),
        **changes,
    }


def receive(client: Client, **changes: Any) -> Any:
    body = {"kind": "ACCOUNT_CHANGE", "party": builders.wang().pk, "content": CONTENT}
    return post(client, "receive", {**body, **builders.proof_of(client), **changes})


def test_a_clerk_receives_a_case(clerk: Client) -> None:
    answer = receive(clerk)

    assert answer.status_code == 201
    assert answer.json()["party_name"] == "王*英"
    assert Case.objects.get().content == CONTENT


def test_a_case_may_list_things_of_a_kind(clerk: Client) -> None:
    content = {"heirs": [{"payee": 7, "weight": 1}, {"payee": 8, "weight": 2}]}

    receive(clerk, content=content)

    assert Case.objects.get().content == content


def test_null_is_a_field_left_open(clerk: Client) -> None:
    content = {**CONTENT, "payer": None, "heirs": [{"payee": 7, "weight": None}]}

    answer = receive(clerk, content=content)

    assert answer.status_code == 201
    assert Case.objects.get().content == content


@pytest.mark.parametrize(
    "content",
    [
        {"person": 10**20},
        {"persons": [{"person": -(2**63)}]},
        {"a": 1.5},
        {"a": {"b": 1}},
        {"a": "\0"},
        {"a": ["b"]},
        {"a": [{"b": 1.5}]},
        {"a": [{"b": [{"c": 1}]}]},
        {"a": [{"b": "\0"}]},
    ],
)
def test_content_without_one_spelling_is_refused(clerk: Client, content: dict[str, Any]) -> None:
    assert receive(clerk, content=content).status_code == 400


def test_what_one_signature_more_carries_out_is_received_with_password_and_code(
    clerk: Client,
) -> None:
    answer = receive(clerk, password="wrong-password-1")

    assert answer.status_code in (401, 403, 422)
    assert not Case.objects.exists()


def test_a_clerk_does_not_decide(clerk: Client) -> None:
    assert post(clerk, "decide", decision(builders.case())).status_code == 403


def test_many_cases_are_decided_with_one_code(reviewer: Client) -> None:
    cases = [builders.case(), builders.case(party=builders.li())]

    answer = post(reviewer, "decide", decision(*cases))

    assert answer.status_code == 200, answer.json()
    assert {row["state"] for row in answer.json()} == {"APPROVED"}
    approvals = reviewer.get("/api/v1/approvals/").json()["results"]
    assert [row["verified"] for row in approvals] == [True, True]


def test_the_same_request_twice_decides_once(reviewer: Client) -> None:
    body = decision(builders.case())

    first = post(reviewer, "decide", body, key="once")
    second = post(reviewer, "decide", body, key="once")

    assert first.json() == second.json()
    assert Approval.objects.count() == 1


def test_a_wrong_code_decides_nothing(reviewer: Client) -> None:
    case = builders.case()

    answer = post(reviewer, "decide", decision(case, code="000000"))

    assert (answer.status_code, answer.json()["code"]) == (401, "credentials_wrong")
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED


def test_a_two_person_case_is_reviewed_first(reviewer: Client) -> None:
    case = builders.case(kind="MERGE")
    body = {"role": "REVIEWER", "password": PASSWORD, "code": builders.code(now=timezone.now())}

    answer = post(reviewer, f"{case.pk}/review", body)

    assert answer.json()["state"] == "REVIEWED"


def test_a_clerk_signs_first_a_death_that_nobody_received_and_no_other_case() -> None:
    client = Client()
    client.force_login(builders.staff_with_password(role="CLERK", username="jingban1"))
    body = {"role": "CLERK", "password": PASSWORD, "code": builders.code(now=timezone.now())}
    merge, party = builders.case(kind="MERGE"), builders.wang().pk
    death = receive_case(kind="DEATH", agency=merge.agency, party_id=party, content=CONTENT)

    refused = post(client, f"{merge.pk}/review", body)
    answer = post(client, f"{death.pk}/review", body)

    assert refused.json()["code"] == "step_not_allowed"
    assert answer.json()["state"] == "REVIEWED"


def test_a_case_is_shown_masked(clerk: Client) -> None:
    case = builders.case(content=CONTENT)

    shown = clerk.get(f"/api/v1/cases/{case.pk}/").json()

    assert shown["content"]["account_no"] == "9900***********0017"
    assert shown["content"]["holder_name"] == "王*英"


def test_what_a_case_lists_is_masked_too(clerk: Client) -> None:
    case = builders.case(content={"payees": [{"name": "王秀英", "share": 1}]})

    shown = clerk.get(f"/api/v1/cases/{case.pk}/").json()

    assert shown["content"]["payees"] == [{"name": "王*英", "share": 1}]


def test_for_a_purpose_a_case_is_shown_in_full_and_the_look_is_kept(clerk: Client) -> None:
    case = builders.case(content=CONTENT)

    shown = clerk.get(f"/api/v1/cases/{case.pk}/", {"purpose": "核对回访"}).json()

    assert shown["content"] == CONTENT
    look = Act.objects.get(name="people.looked")
    assert (look.subject_id, look.details["purpose"]) == (str(case.party_id), "核对回访")


def test_cases_are_listed_by_kind_and_state(clerk: Client) -> None:
    builders.case()
    builders.case(kind="MERGE")

    found = clerk.get("/api/v1/cases/", {"kind": "MERGE", "state": "RECEIVED"}).json()["results"]

    assert [row["kind"] for row in found] == ["MERGE"]
    assert "content" not in found[0]


def test_an_approval_by_sql_is_shown_as_not_verified(reviewer: Client) -> None:
    signer = builders.member(role="REVIEWER")
    Approval.objects.create(
        subject_kind="payments.batch",
        subject_id=1,
        step="CHECK",
        digest="a" * 64,
        staff=signer.staff,
        person_id=signer.staff.person_id,
        role="REVIEWER",
        key_id=signer.key.key_id,
        signed_at=builders.NOW,
        signature=bytes(64),
    )

    (row,) = reviewer.get("/api/v1/approvals/").json()["results"]

    assert row["verified"] is False


def test_the_kinds_tell_who_may_do_what(clerk: Client) -> None:
    kinds = {kind["code"]: kind for kind in clerk.get("/api/v1/case-kinds/").json()}

    assert kinds["OVERRIDE"]["roles"]["DECIDE"] == ["APPROVER"]
    assert kinds["MERGE"]["two_person"] is True
