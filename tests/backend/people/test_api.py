"""The register over the API: searched, masked, and full only for a purpose."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.test import Client

from backend.access.looked import UNSAID
from backend.audit.models import Act
from backend.kernel.identity import Sex
from backend.people import queries
from backend.people.models import PartyKind
from backend.people.register import register_organisation
from tests import builders
from tests.builders import TODAY
from tests.insurance.enrolment.enrolment_builders import credit_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client: Client) -> Client:
    client.force_login(builders.member(role="CLERK").staff)
    return client


def number_of_wang() -> str:
    party_id = builders.wang().pk
    return queries.sights(party_ids=[party_id], on=TODAY)[party_id].number


def test_a_person_is_found_by_number_and_shown_masked(clerk: Client) -> None:
    number = number_of_wang()

    (row,) = clerk.get("/api/v1/persons/", {"number": number}).json()["results"]

    assert row["name"] == "王*英"
    assert row["number"] == f"{number[:6]}********{number[-4:]}"


def test_a_person_is_found_by_name(clerk: Client) -> None:
    builders.wang()
    builders.li()

    rows = clerk.get("/api/v1/persons/", {"name": "王秀英"}).json()["results"]

    assert [row["party_id"] for row in rows] == [builders.wang().pk]


def test_the_register_is_not_leafed_through(clerk: Client) -> None:
    answer = clerk.get("/api/v1/persons/")

    assert (answer.status_code, answer.json()["code"]) == (422, "search_missing")


def test_a_person_is_masked_without_a_purpose(clerk: Client) -> None:
    shown = clerk.get(f"/api/v1/persons/{builders.wang().pk}/").json()

    assert (shown["masked"], shown["names"][0]["value"]) == (True, "王*英")
    assert Act.objects.get(name="people.looked").details["purpose"] == UNSAID


def test_masked_number_and_birth_together_do_not_give_the_number_away(clerk: Client) -> None:
    wang = builders.wang()

    masked = clerk.get(f"/api/v1/persons/{wang.pk}/").json()
    full = clerk.get(f"/api/v1/persons/{wang.pk}/", {"purpose": "窗口办理换卡"}).json()

    assert masked["birth_date"] == f"{wang.birth_date.year}-**-**"
    assert (masked["sex"], masked["nation"]) == (None, None)
    assert (full["birth_date"], full["sex"]) == (str(wang.birth_date), wang.sex)


def test_for_a_purpose_a_person_is_shown_and_the_look_is_kept(clerk: Client) -> None:
    party_id, number = builders.wang().pk, number_of_wang()

    shown = clerk.get(f"/api/v1/persons/{party_id}/", {"purpose": "窗口办理换卡"}).json()

    assert shown["numbers"][0]["value"] == number
    assert Act.objects.get(name="people.looked").subject_id == str(party_id)


def test_a_purpose_of_one_sign_is_none(clerk: Client) -> None:
    answer = clerk.get(f"/api/v1/persons/{builders.wang().pk}/", {"purpose": "x"})

    assert answer.json()["code"] == "purpose_invalid"


def test_somebody_who_is_not_there_is_not_found(clerk: Client) -> None:
    assert clerk.get("/api/v1/persons/987654321/").status_code == 404


def test_a_clerk_enters_a_person_once(clerk: Client) -> None:
    birth_date = date(1990, 8, 8)
    body: dict[str, Any] = {
        "name": "查𠮷㛃",
        "id_kind": "CITIZEN",
        "id_number": builders.id_number(birth_date=birth_date, sex=Sex.FEMALE),
        "birth_date": "1990-08-08",
        "sex": 2,
        "nation": "01",
        "district": "340811",
    }

    def enter() -> Any:
        return clerk.post(
            "/api/v1/persons/",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    assert enter().status_code == 201
    assert enter().json()["code"] == "number_taken"


def test_staff_are_listed_with_the_roles_of_today(clerk: Client) -> None:
    (row,) = clerk.get("/api/v1/staff/").json()["results"]

    assert row["roles"] == ["CLERK"]


def test_double_changes_are_for_the_supervision(clerk: Client) -> None:
    supervisor = Client()
    supervisor.force_login(builders.member(role="SUPERVISOR").staff)

    assert clerk.get("/api/v1/persons/double-changes/").status_code == 403
    assert supervisor.get("/api/v1/persons/double-changes/").json()["results"] == []


def employer(code: str) -> dict[str, str]:
    return {"kind": "EMPLOYER", "name": "演示制造有限公司", "code": code, "district": "340802"}


def register(client: Client, body: dict[str, str]) -> Any:
    return client.post(
        "/api/v1/organisations/",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_a_clerk_registers_an_employer(clerk: Client) -> None:
    code = credit_code()

    answer = register(clerk, employer(code))

    assert answer.status_code == 201
    found = clerk.get("/api/v1/organisations/", {"number": code}).json()["results"]
    assert [row["party_id"] for row in found] == [answer.json()["party_id"]]


def test_an_employer_has_a_code_of_its_own(clerk: Client) -> None:
    code = credit_code()
    register(clerk, employer(code))

    assert register(clerk, employer(code)).status_code == 422
    assert register(clerk, employer("")).json()["code"] == "credit_code_missing"


def test_villages_are_listed_with_their_codes(clerk: Client) -> None:
    for name, district in (("演示一村", "340802001201"), ("演示二村", "340803001201")):
        register_organisation(
            name=name, kind=PartyKind.VILLAGE, code="", district=district, since=builders.TODAY
        )

    found = clerk.get("/api/v1/villages/?district=340802001201").json()["results"]

    assert [(row["name"], row["district"]) for row in found] == [("演示一村", "340802001201")]
