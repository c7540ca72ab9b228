"""A case is its agency's: to another it is not there, whatever the query asks for."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from backend.cases import acts, delegations
from backend.cases.delegations import Terms
from backend.cases.models import Case, CaseState
from backend.cases.receive import OriginTaken, receive_case
from backend.kernel.months import DateRange
from backend.people.models import Person
from tests import builders
from tests.backend.access.scope_world import called_by
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def acting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_registered", {"ACCOUNT_CHANGE": lambda case: 1})


@pytest.fixture
def medical() -> Agency:
    return builders.agency(code="34080002", name="演示医保局")


@pytest.fixture
def case() -> Case:
    return builders.case()


def of(role: str, *, at: Agency | None = None) -> Client:
    client = Client()
    client.force_login(builders.member(role=role, at=at).staff)
    return client


def signer(*, at: Agency | None = None) -> Client:
    client = Client()
    staff = builders.staff_with_password(role="REVIEWER", username="fuhe9", at=at)
    client.force_login(staff)
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(
        f"/api/v1/cases/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def decision(case: Case) -> dict[str, Any]:
    proof = {"password": PASSWORD, "code": builders.code(now=timezone.now())}
    return {"cases": [case.pk], "approve": True, "role": "REVIEWER", **proof}


def numbers(client: Client) -> list[int]:
    return [row["id"] for row in client.get("/api/v1/cases/").json()["results"]]


def test_each_agency_lists_its_own(case: Case, medical: Agency) -> None:
    theirs = builders.case(party=builders.li(), at=medical)

    assert numbers(of("CLERK")) == [case.pk]
    assert numbers(of("CLERK", at=medical)) == [theirs.pk]


def test_a_foreign_case_is_not_there(case: Case, medical: Agency) -> None:
    answer = of("REVIEWER", at=medical).get(f"/api/v1/cases/{case.pk}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_foreign_case_is_not_decided(case: Case, medical: Agency) -> None:
    answer = post(signer(at=medical), "decide", decision(case))

    assert (answer.status_code, answer.json()["code"]) == (404, "case_not_found")
    assert Case.objects.get().state == CaseState.RECEIVED


def test_its_own_agency_decides_it(case: Case) -> None:
    assert post(signer(), "decide", decision(case)).status_code == 200


def test_what_follows_from_a_decision_sees_the_whole_city(
    case: Case, medical: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.case(party=builders.li(), at=medical)
    seen: list[int] = []

    def look(_: Case) -> int:
        seen.append(Case.objects.count())
        return 1

    monkeypatch.setattr(acts, "_registered", {"ACCOUNT_CHANGE": look})

    assert post(signer(), "decide", decision(case)).status_code == 200

    assert seen == [2]


def test_a_supervisor_reads_the_cases_of_all(case: Case, medical: Agency) -> None:
    theirs = builders.case(party=builders.li(), at=medical)

    assert set(numbers(of("SUPERVISOR"))) == {case.pk, theirs.pk}


def test_an_agency_reviews_for_a_smaller_one(case: Case, medical: Agency) -> None:
    assert numbers(of("REVIEWER", at=medical)) == []

    Agency.objects.filter(pk=case.agency_id).update(parent=medical)
    case.agency.refresh_from_db()
    proposed = delegations.appoint_superior(
        agency=case.agency,
        terms=Terms(
            role="REVIEWER",
            valid=DateRange(timezone.localdate(), timezone.localdate() + timedelta(days=9)),
            reason="人手不够",
            document="演示委派书 2号",
        ),
        key=builders.member(role="APPROVER", at=medical).key,
        now=timezone.now(),
    )
    security = builders.member(role="SECURITY_ADMIN")
    delegations.confirm(delegation_id=proposed.pk, key=security.key, now=timezone.now())

    assert post(signer(at=medical), "decide", decision(case)).status_code == 200


def test_one_origin_is_one_matter_of_one_agency(medical: Agency) -> None:
    builders.case(origin="feed/1")
    told = {"agency": str(medical.pk), "sees": "EVERYBODY"}

    with called_by(**told), pytest.raises(OriginTaken):
        receive_case(
            kind="ACCOUNT_CHANGE",
            agency=medical,
            party_id=builders.wang().pk,
            content={"note": "演示"},
            origin="feed/1",
            received_by=builders.chen().pk,
        )


def helped(*, by: Client, of: Person) -> Any:
    content = {"death_date": "2026-10-01", "evidence": "村委会证明"}
    return post(by, "receive", {"kind": "DEATH", "party": of.pk, "content": content})


def test_who_helps_a_village_tells_of_its_residents_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.insurance.enrolment.enrolment_builders import village

    monkeypatch.setattr(acts, "_registered", {"DEATH": lambda case: 1})
    staff = builders.member(role="VILLAGE").staff
    staff.village_id = village().pk
    staff.save()
    Person.objects.filter(pk=builders.wang().pk).update(village=village().party)
    client = Client()
    client.force_login(staff)

    own, foreign = helped(by=client, of=builders.wang()), helped(by=client, of=builders.li())

    assert (own.status_code, foreign.status_code) == (201, 404)
    assert foreign.json()["code"] == "out_of_scope"
    assert [case.party_id for case in Case.objects.all()] == [builders.wang().pk]
