"""Who helps a village finds its residents, tells of them, and follows what he told; no more."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from backend.cases import acts, kinds
from backend.cases.authority import authority
from backend.cases.models import Case
from backend.people import queries
from backend.people.models import Person
from tests import builders
from tests.builders import TODAY
from tests.insurance.enrolment.enrolment_builders import village

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Wang lives in the village, Li does not."""
    monkeypatch.setattr(acts, "_registered", {"DEATH": lambda case: 1})
    staff = builders.member(role="VILLAGE").staff
    staff.village_id = village().pk
    staff.save()
    Person.objects.filter(pk=builders.wang().pk).update(village=village().party)
    client = Client()
    client.force_login(staff)
    return client


def found(client: Client, person: Person) -> list[int]:
    number = queries.sights(party_ids=[person.pk], on=TODAY)[person.pk].number
    rows = client.get("/api/v1/persons/", {"number": number}).json()["results"]
    return [row["party_id"] for row in rows]


def received(client: Client, person: Person) -> Any:
    content = {"death_date": "2026-10-01", "evidence": "村委会证明"}
    return client.post(
        "/api/v1/cases/receive",
        {"kind": "DEATH", "party": person.pk, "content": content},
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def test_he_finds_a_resident_who_draws_no_pension_and_nobody_else(helper: Client) -> None:
    assert found(helper, builders.wang()) == [builders.wang().pk]
    assert found(helper, builders.li()) == []


def test_what_a_clerk_took_in_just_now_he_does_not_take_in_again_nor_learns_its_number(
    helper: Client,
) -> None:
    clerk = Client()
    clerk.force_login(builders.member(role="CLERK").staff)
    first = received(clerk, builders.wang())

    second = received(helper, builders.wang())

    assert first.status_code == 201, first.json()
    assert (second.status_code, second.json()["code"]) == (409, "case_taken_just_now")
    assert "case_id" not in second.json()
    assert str(first.json()["id"]) not in second.json()["detail"]
    assert Case.objects.count() == 1


def test_he_follows_what_he_told_of_a_resident(helper: Client) -> None:
    case = received(helper, builders.wang()).json()["id"]
    foreign = builders.case(party=builders.li())

    (row,) = helper.get("/api/v1/cases/").json()["results"]
    assert row["id"] == case
    assert helper.get(f"/api/v1/cases/{case}/").status_code == 200
    assert helper.get(f"/api/v1/cases/{foreign.pk}/").status_code == 404


@pytest.mark.parametrize("kind", ["PRISON", "HOLD", "PENSION_AWARD"])
def test_what_somebody_else_received_of_a_resident_is_not_there_for_him(
    helper: Client, kind: str
) -> None:
    told = received(helper, builders.wang()).json()["id"]
    case = builders.case(kind=kind)

    assert [row["id"] for row in helper.get("/api/v1/cases/").json()["results"]] == [told]
    assert helper.get(f"/api/v1/cases/{case.pk}/").status_code == 404
    assert helper.get(f"/api/v1/cases/{case.pk}/receipt.pdf").status_code == 404


@pytest.mark.parametrize("step", ["file", "1/accept", "1/correction", "1/corrected"])
def test_what_is_filed_before_it_is_accepted_is_the_agencys(helper: Client, step: str) -> None:
    answer = helper.post(f"/api/v1/cases/{step}", {}, content_type="application/json")

    assert answer.status_code == 403


def test_each_kind_that_he_receives_is_received_at_once() -> None:
    his = [
        kind.code
        for kind in kinds.kinds(on=TODAY)
        if "VILLAGE"
        in authority(subject_kind=kinds.CASE, case_kind=kind.code, step="RECEIVE", on=TODAY).roles
    ]

    assert his
    assert not any(kinds.kind_of(code=code, on=TODAY).filed for code in his)
