"""A case is no door around the scope: it names what is its agency's, or anybody's (数据范围)."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from backend.access.models import Agency
from backend.cases import kinds, served
from backend.cases.decide import decide, review
from backend.cases.kinds import Kind
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.kernel.errors import Refusal
from tests import builders
from tests.backend.access import scope_world as world
from tests.backend.access.scope_world import called_by
from tests.builders import NOW, TODAY
from tests.conftest import clone, pointed_at
from tests.insurance.enrolment.enrolment_builders import enrolment

KINDS = kinds.kinds(on=TODAY)
OWN, MEDICAL = 1, 2  # of the world: who serves 110, and who serves medical insurance
FIXED = [kind for kind in KINDS if kind.schemes]
NAMES_SCHEME = [(kind, path) for kind in KINDS for path in kind.scheme_in]
NAMES_ROW = [(kind, path) for kind in KINDS for path, _ in kind.rows]
REFUSED = {"case_scheme_not_served", "case_row_of_another"}


@pytest.fixture(scope="module")
def two(
    template_database: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with clone(template_database) as name, django_db_blocker.unblock(), pointed_at(name):
        world.bare()
        yield


def content(path: str, value: object) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {first: [content(rest, value)] if rest else value}


def ask(kind: Kind, said: dict[str, Any], *, of: int) -> None:
    """As it is asked whatever the kind, by whoever sees the city."""
    case = Case(kind=kind.code, agency=Agency.objects.get(pk=of), content=said)
    served.require_served(cases=[case], on=TODAY)


def refused(kind: Kind, said: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as refusal:
        ask(kind, said, of=MEDICAL)
    return refusal.value.code


def named(kind_and_path: object) -> str | None:
    return kind_and_path.code if isinstance(kind_and_path, Kind) else None


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_kind_tells_whose_matter_it_is_or_why_anybodys(kind: Kind) -> None:
    ways = (kind.schemes, kind.scheme_in, kind.rows)

    assert any(ways) is not bool(kind.every_agency)
    assert kind.every_agency == "" or len(re.findall("[\u4e00-\u9fff]", kind.every_agency)) >= 4


@pytest.mark.parametrize("kind", FIXED, ids=named)
def test_what_is_about_pensions_is_refused_to_the_medical_bureau(kind: Kind, two: None) -> None:
    assert refused(kind, {}) == "case_scheme_not_served"


@pytest.mark.parametrize(("kind", "path"), NAMES_SCHEME, ids=named)
def test_a_scheme_that_is_named_is_one_that_the_agency_serves(
    kind: Kind, path: str, two: None
) -> None:
    assert refused(kind, content(path, "110")) == "case_scheme_not_served"
    assert refused(kind, content(path, "310+110")) == "case_scheme_not_served"
    ask(kind, content(path, "310"), of=MEDICAL)
    ask(kind, content(path, "110"), of=OWN)


@pytest.mark.parametrize(("kind", "path"), NAMES_ROW, ids=named)
def test_a_row_that_is_named_is_one_that_the_agency_sees(kind: Kind, path: str, two: None) -> None:
    agency = Agency.objects.get(pk=MEDICAL)

    assert refused(kind, content(path, OWN)) in REFUSED
    if not kind.schemes:
        ask(kind, content(path, MEDICAL), of=MEDICAL)
        ask(kind, content(path, 99), of=MEDICAL)  # is nowhere: the kind's own check says so
    with called_by(agency=str(agency.pk), sees="EVERYBODY"):
        assert refused(kind, content(path, OWN)) in REFUSED  # nor is it overlooked in a call


@pytest.fixture
def medical() -> Agency:
    return Agency.objects.create(
        code="34080002",
        name="演示医保局",
        region="340800",
        kind="MEDICAL",
        schemes=["310", "390"],
    )


def correction(scheme: str) -> dict[str, Any]:
    row = enrolment(scheme=scheme)
    return {"enrolment": row.pk, "reason": "演示更正"}


def received(by: Client, content: dict[str, Any]) -> Any:
    body = {"kind": "ENROLMENT_CORRECTION", "party": builders.li().pk, "content": content}
    return by.post(
        "/api/v1/cases/receive",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


@pytest.mark.django_db
def test_the_medical_bureau_corrects_no_enrolment_of_pensions(medical: Agency) -> None:
    clerk = Client()
    clerk.force_login(builders.member(role="CLERK", at=medical).staff)

    foreign, own = (received(clerk, correction(scheme)) for scheme in ("110", "310"))

    assert (foreign.status_code, foreign.json()["code"]) == (403, "case_row_of_another")
    assert own.status_code == 201


@pytest.mark.django_db
def test_who_serves_a_scheme_no_more_approves_nothing_of_it() -> None:
    case = receive_case(
        kind="ENROLMENT_CORRECTION",
        agency=builders.agency(),
        party_id=builders.li().pk,
        content=correction("110"),
        received_by=builders.chen().pk,
    )
    reviewer, approver = (builders.member(role=role) for role in ("REVIEWER", "APPROVER"))
    review(case_id=case.pk, key=reviewer.key, role=reviewer.role, now=NOW)
    Agency.objects.update(schemes=["310"])

    with pytest.raises(served.RowOfAnother):
        decide(
            case_id=case.pk,
            approve=True,
            reason="",
            key=approver.key,
            role=approver.role,
            now=NOW,
            acts={case.kind: lambda _: 0},
        )
