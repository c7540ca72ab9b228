"""Whatever shows something of one person, masked or not, leaves a look, and the person is told."""

import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from drf_spectacular.settings import spectacular_settings

from backend.access.looked import UNSAID
from backend.audit.models import Act
from backend.exports import tasks
from backend.jobs.runner import run_waiting
from backend.people.look import spoken_place
from backend.web.lookups import LOOKUPS_FILE, lookups, seen
from tests import builders
from tests.backend.web.routes import ROUTES, methods_of
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
JOBS = (tasks,)  # registered once imported, as in a worker
WAGES, ENROLMENTS = "/api/v1/wages/", "/api/v1/enrolments/"
UNSEEN: dict[str, str] = tomllib.loads(LOOKUPS_FILE.read_text(encoding="utf-8"))["unseen"]
ADDRESSES = {name: address for address, name, view in ROUTES if "GET" in methods_of(view)}
# Fields of answers that name a person of the register.
NAMING = frozenset(
    {
        *("party", "party_id", "party_name", "person", "person_id", "person_name"),
        *("payee", "payee_id", "debtor", "principal", "agent", "holder", "holder_name", "receiver"),
    }
)
BY_ADDRESS = ("pk", "person_id")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return dict(spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema())


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(builders.member(role="CLERK").staff)
    return client


def looks() -> list[tuple[int | None, str, str]]:
    found = Act.objects.filter(name="people.looked").order_by("id")
    return [(act.party_id, act.details["at"], act.details["purpose"]) for act in found]


def reading(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the schema says of each route that reads, by its name."""
    by_address = {
        "/".join("1" if "{" in piece else piece for piece in path.split("/")): methods["get"]
        for path, methods in schema["paths"].items()
        if "get" in methods
    }
    return {name: by_address.get(address, {}) for name, address in ADDRESSES.items()}


def fields_of(operation: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """The fields of what a route answers, however deep."""

    def names(part: Any, passed: frozenset[str]) -> Iterator[str]:
        if isinstance(part, dict):
            ref = str(part.get("$ref", "")).rpartition("/")[2]
            if ref and ref not in passed:
                yield from names(schema["components"]["schemas"][ref], passed | {ref})
            yield from part.get("properties", ())
            for value in part.values():
                yield from names(value, passed)
        elif isinstance(part, list):
            for one in part:
                yield from names(one, passed)

    answer = operation.get("responses", {}).get("200", {}).get("content", {})
    return set(names(answer, frozenset()))


def test_what_names_a_person_leaves_looks_or_says_why_not(schema: dict[str, Any]) -> None:
    naming = {name for name, one in reading(schema).items() if NAMING & fields_of(one, schema)}
    told = lookups().keys() | seen().keys()

    assert naming - told == set(UNSEEN)
    assert not told & set(UNSEEN)
    assert not lookups().keys() & seen().keys()
    assert all(len(why) >= 4 for why in UNSEEN.values())


def test_what_names_the_person_is_in_the_address_the_filters_or_the_answer(
    schema: dict[str, Any],
) -> None:
    operations = reading(schema)
    wrong = []
    for name, one in seen().items():
        filters = {told["name"] for told in operations[name].get("parameters", ())}
        known = filters | fields_of(operations[name], schema)
        known |= set(BY_ADDRESS) if "/1" in ADDRESSES[name] else set()
        wrong += [(name, word) for word in one.of if word not in known]

    assert wrong == []


def test_who_filters_a_list_by_a_person_looks_at_him_for_the_purpose_told(clerk: Client) -> None:
    wang = builders.wang()

    answer = clerk.get(WAGES, {"person": wang.pk, "purpose": "核对缴费工资"})

    assert answer.status_code == 200
    assert looks() == [(wang.pk, WAGES, "核对缴费工资")]
    assert spoken_place(at=WAGES) == "缴费工资"


def test_who_tells_no_purpose_is_told_to_have_told_none(clerk: Client) -> None:
    clerk.get(WAGES, {"person": builders.wang().pk})

    assert looks() == [(builders.wang().pk, WAGES, UNSAID)]


def test_a_list_of_one_persons_rows_is_a_look_whatever_brought_them(clerk: Client) -> None:
    row = of.enrolment()

    clerk.get(ENROLMENTS, {"payer": of.employer().pk})
    clerk.get(f"{ENROLMENTS}{row.pk}/")

    assert [party for party, _, _ in looks()] == [row.person_id, row.person_id]


def test_a_list_of_many_is_a_look_at_none(clerk: Client) -> None:
    of.enrolment()
    of.enrolment(person_id=builders.wang().pk)

    clerk.get(ENROLMENTS, {"payer": of.employer().pk})

    assert looks() == []


def test_what_is_refused_shows_nobody(clerk: Client) -> None:
    assert clerk.get(WAGES, {"person": "1", "purpose": "x"}).json()["code"] == "purpose_invalid"
    assert clerk.get(WAGES, {"person": "none"}).status_code == 400
    assert Client().get(WAGES, {"person": "1"}).status_code == 401

    assert looks() == []


def test_an_export_of_one_persons_rows_is_a_look(
    clerk: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    wang = builders.wang()
    body = {"list": "case-list", "filters": {"party": str(wang.pk)}, "purpose": "核对业务件"}
    headers = {"Idempotency-Key": uuid.uuid4().hex}

    asked: Any = clerk.post(
        "/api/v1/exports/", body, content_type="application/json", headers=headers
    )
    run_waiting(keys=[f"export/{asked.json()['id']}"])

    ((party, at, purpose),) = looks()
    assert (party, purpose) == (wang.pk, "核对业务件")
    assert f"导出编号 {asked.json()['id']}" in at
