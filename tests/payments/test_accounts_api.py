"""Payees' accounts over the API: masked in lists, proposed by a clerk, corrected by file."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.test import Client

from backend.cases.models import Case
from payments.models import PayeeAccount
from tests import builders
from tests.builders import IN_OFFICE_SINCE

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.staff_with_password(role="CLERK", username="jingban1"))
    return client


def proposal(**changes: Any) -> dict[str, Any]:
    return {
        "payee": builders.wang().pk,
        "bank": "NSB",
        "account_no": "9900011000000000017",
        "holder_name": "王秀英",
        "from_date": "2026-11-05",
        "evidence": "本人到窗口(演示)",
        **changes,
    }


def seen(client: Client) -> str:
    return str(client.get(f"/api/v1/accounts/of/{builders.wang().pk}/")["ETag"])


def propose(
    client: Client, body: dict[str, Any], *, match: str = "", proof: dict[str, str] | None = None
) -> Any:
    headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": match or seen(client)}
    told = body | (builders.proof_of(client) if proof is None else proof)
    return client.post(
        "/api/v1/accounts/propose", told, content_type="application/json", headers=headers
    )


def test_accounts_are_listed_masked(clerk: Client) -> None:
    PayeeAccount.objects.create(
        payee=builders.wang().party,
        bank="NSB",
        account_no="9900011000000000017",
        holder_name="王秀英",
        valid=SqlRange(IN_OFFICE_SINCE, None),
    )

    (row,) = clerk.get("/api/v1/accounts/", {"payee": builders.wang().pk}).json()["results"]

    assert (row["account_no"], row["holder_name"]) == ("9900***********0017", "王*英")
    assert (row["from_date"], row["to_date"], row["blocked"]) == ("2020-01-01", None, False)


def test_a_clerk_proposes_an_account(clerk: Client) -> None:
    answer = propose(clerk, proposal())

    assert answer.status_code == 201
    assert Case.objects.get(pk=answer.json()["case_id"]).kind == "ACCOUNT_CHANGE"


def test_a_clerk_sees_a_change_that_waits_at_another_agency(clerk: Client) -> None:
    first = propose(clerk, proposal()).json()
    other = builders.agency(code="34080002", name="演示医保局")
    clerk.force_login(builders.member(role="CLERK", at=other).staff)

    shown = clerk.get(f"/api/v1/accounts/of/{builders.wang().pk}/").json()

    assert [change["id"] for change in shown["open_changes"]] == [first["case_id"]]
    assert clerk.get(f"/api/v1/cases/{first['case_id']}/").status_code == 404


def test_of_two_clerks_on_one_person_the_second_learns_what_the_first_did(clerk: Client) -> None:
    before = seen(clerk)
    first = propose(clerk, proposal(), match=before).json()

    answer = propose(clerk, proposal(account_no="9900011000000000025"), match=before)

    assert (answer.status_code, answer.json()["code"]) == (412, "record_changed")
    (waiting,) = answer.json()["current"]["open_changes"]
    assert waiting["id"] == first["case_id"]
    assert Case.objects.count() == 1
    again = propose(clerk, proposal(account_no="9900011000000000025"), match=answer.json()["etag"])
    assert (again.status_code, again.json()["code"]) == (422, "case_proposal_waits")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"account_no": "６２２２"}, 422), ({"bank": "XYZ"}, 400), ({"holder_name": "王|英"}, 422)],
)
def test_what_no_bank_file_carries_is_not_proposed(
    clerk: Client, change: dict[str, str], status: int
) -> None:
    assert propose(clerk, proposal(**change)).status_code == status


@pytest.mark.parametrize("proof", [{}, {"password": builders.PASSWORD, "code": "000000"}])
def test_who_sits_at_an_open_session_proposes_nothing(clerk: Client, proof: dict[str, str]) -> None:
    answer = propose(clerk, proposal(), proof=proof)

    assert answer.status_code in (400, 401, 403, 422)
    assert not Case.objects.filter(kind="ACCOUNT_CHANGE").exists()


def test_a_reviewer_does_not_propose(client: Client) -> None:
    client.force_login(builders.member(role="REVIEWER").staff)

    assert propose(client, proposal()).status_code == 403


def test_a_damaged_correction_file_is_answered_with_its_line(clerk: Client) -> None:
    file = SimpleUploadedFile("corrections.csv", b"ref,bank\n")

    answer = clerk.post("/api/v1/accounts/corrections", {"file": file, **builders.proof_of(clerk)})

    assert (answer.status_code, answer.json()["line"]) == (422, 1)
