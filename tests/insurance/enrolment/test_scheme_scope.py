"""Enrolments, bills and accounts are seen by the agencies that serve their scheme."""

import uuid
from typing import Any

import pytest
from django.test import Client

from backend.access.models import Agency
from insurance.enrolment.models import Enrolment
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db


@pytest.fixture
def medical() -> Agency:
    found = builders.agency(code="34080002", name="演示医保局")
    Agency.objects.filter(pk=found.pk).update(schemes=["310", "390"])
    return found


@pytest.fixture
def insured() -> int:
    """Li is insured in pension and medical insurance and has an account in each."""
    person: int = builders.li().pk
    for scheme in ("110", "310"):
        of.enrolment(scheme=scheme)
        accounts.entry(person_id=person, scheme=scheme, month="2026-01", fen=100_000)
    return person


def clerk(*, at: Agency | None = None) -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK", at=at).staff)
    return client


def schemes(client: Client, path: str) -> set[str]:
    found = client.get(f"/api/v1/{path}").json()
    rows = found["results"] if isinstance(found, dict) else found
    return {row["scheme"] for row in rows}


@pytest.mark.parametrize(
    "path",
    ["enrolments/?person={0}", "personal-accounts/?person={0}", "personal-accounts/entries/"],
)
def test_each_agency_sees_the_schemes_that_it_serves(
    insured: int, medical: Agency, path: str
) -> None:
    assert schemes(clerk(), path.format(insured)) == {"110", "310"}
    assert schemes(clerk(at=medical), path.format(insured)) == {"310"}


def test_nobody_enrols_in_a_scheme_that_the_agency_does_not_serve(medical: Agency) -> None:
    asked = {"person": builders.li().pk, "payer": of.employer().pk, "schemes": ["110", "310"]}
    body = {**asked, "kind": "EMPLOYED", "month": "2026-11", "wage": "6000.00"}

    answer: Any = clerk(at=medical).post(
        "/api/v1/enrolments/join",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "out_of_scope")
    assert not Enrolment.objects.exists()


def test_an_agency_that_serves_nothing_sees_nothing(insured: int) -> None:
    nobody = Agency.objects.create(code="34080009", name="新设机构", region="340800")

    assert schemes(clerk(at=nobody), f"enrolments/?person={insured}") == set()
