"""Nobody is shown in full but on the routes of ``lookups.toml``, for a purpose, on record."""

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.settings import spectacular_settings

from backend.access.looked import UNSAID
from backend.access.models import Role, Staff
from backend.audit.models import Act
from backend.kernel.identity import Sex
from backend.people import queries
from backend.people.models import Alias, Person
from backend.web.lookups import How, lookups, seen
from tests import builders
from tests.backend.cases import material_builders as material
from tests.backend.web.routes import ROUTES, methods_of

pytestmark = pytest.mark.django_db
NAME, ACCOUNT = "王秀英", "9900011000000000017"
PURPOSE, LOOKS = "窗口办理换卡", "/api/v1/persons/looks/"
ADDRESSES = {
    name: address.replace("^", "") for address, name, view in ROUTES if "GET" in methods_of(view)
}
OF_ONE = {name: address for name, address in ADDRESSES.items() if "/1" in address}


class Shown:
    """One person with a case, as whoever holds all roles sees them."""

    def __init__(self) -> None:
        self.wang: Person = builders.wang()
        self.number = builders.id_number(
            birth_date=self.wang.birth_date, sex=Sex.FEMALE, serial=301
        )
        self.case = builders.case(
            party=self.wang, content={"account_no": ACCOUNT, "holder_name": NAME}
        )
        self.client = Client()
        self.client.force_login(builders.member(role="SUPERVISOR").staff)

    def get(self, address: str, **query: str) -> Any:
        of_case = address.startswith("/api/v1/cases/")
        pk = self.case.pk if of_case else self.wang.pk
        return self.client.get(address.replace("/1", f"/{pk}"), query)

    def in_full(self, answer: Any) -> bool:
        said = b"" if answer.streaming else answer.content
        return any(secret.encode() in said for secret in (NAME, self.number, ACCOUNT))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    monkeypatch.setattr(Staff, "roles_on", lambda self, *, day: frozenset(Role.values))
    return Shown()


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """What the schema says of each route that reads."""
    paths = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema()["paths"]
    by_address = {
        "/".join("1" if "{" in piece else piece for piece in path.split("/")): methods["get"]
        for path, methods in paths.items()
        if "get" in methods
    }
    return {name: by_address.get(address, {}) for name, address in ADDRESSES.items()}


def looks() -> list[tuple[int | None, str]]:
    found = Act.objects.filter(name="people.looked").order_by("id")
    return [(act.party_id, act.details["purpose"]) for act in found]


def routes(how: How) -> list[str]:
    return sorted(route for route, told in lookups().items() if told is how)


def test_every_look_up_is_a_route_that_reads_one_object() -> None:
    assert lookups().keys() <= OF_ONE.keys()


def test_a_purpose_is_asked_for_where_the_table_says_so_and_nowhere_else(
    operations: dict[str, Any],
) -> None:
    asked = {
        name: parameter.get("required", False)
        for name, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "purpose"
    }

    optional = {name for name, required in asked.items() if not required}
    assert optional == set(routes(How.GIVEN)) | set(seen())
    assert {name for name, required in asked.items() if required} == set(routes(How.REQUIRED))


def test_every_paper_is_in_the_table(operations: dict[str, Any]) -> None:
    papers = {
        name
        for name, operation in operations.items()
        for answer in operation.get("responses", {}).values()
        if "application/pdf" in answer.get("content", {})
    }

    assert papers - set(routes(How.REQUIRED)) == set(routes(How.PRINTED))


@pytest.mark.parametrize("route", sorted(OF_ONE.keys() - lookups().keys()))
def test_other_routes_show_nobody_in_full_whatever_is_told(shown: Shown, route: str) -> None:
    answer = shown.get(OF_ONE[route], purpose=PURPOSE)

    assert not shown.in_full(answer)
    assert {purpose for _, purpose in looks()} <= {PURPOSE, UNSAID}


@pytest.mark.parametrize("route", routes(How.GIVEN))
def test_a_look_up_is_masked_without_a_purpose_and_recorded_in_any_case(
    shown: Shown, route: str
) -> None:
    masked = shown.get(OF_ONE[route])
    assert (masked.status_code, shown.in_full(masked)) == (200, False)

    full = shown.get(OF_ONE[route], purpose=PURPOSE)

    assert (full.status_code, shown.in_full(full)) == (200, True)
    assert looks() == [(shown.wang.pk, UNSAID), (shown.wang.pk, PURPOSE)]


def test_a_look_into_a_case_is_told_to_all_whom_it_names(shown: Shown) -> None:
    heir, payee, stranger = builders.li(), builders.zhao(), builders.chen()
    number = queries.sights(party_ids=[heir.pk], on=builders.TODAY)[heir.pk].number
    content = {"payee": payee.pk, "heirs": [{"id_number": number}], "other_person": 987654321}
    case = builders.case(kind="DUE_INHERITANCE", party=shown.wang, content=content)

    shown.client.get(f"/api/v1/cases/{case.pk}/", {"purpose": PURPOSE})

    named = {shown.wang.pk, heir.pk, payee.pk}
    assert set(looks()) == {(one, PURPOSE) for one in named}
    assert stranger.pk not in named


@pytest.mark.parametrize("route", routes(How.REQUIRED))
def test_where_a_purpose_is_required_nothing_is_shown_without(shown: Shown, route: str) -> None:
    scan = route == "material-file"
    pk = material.of(shown.case).pk if scan else shown.wang.pk
    address = OF_ONE[route].replace("/1", f"/{pk}")

    refused = shown.client.get(address)

    assert (refused.status_code, refused.json()["code"]) == (400, "purpose_missing")
    assert looks() == []


def test_a_person_is_told_who_looked_from_where_and_why(shown: Shown) -> None:
    shown.get(OF_ONE["person-one"], purpose=PURPOSE)
    shown.get(OF_ONE["case-one"], purpose="核对回访")

    rows = shown.client.get(LOOKS, {"person": str(shown.wang.pk)}).json()["results"]

    assert [row["purpose"] for row in rows] == ["核对回访", PURPOSE]
    assert rows[1]["looked_at"] == f"/api/v1/persons/{shown.wang.pk}/"
    assert (rows[0]["agency"], rows[0]["place"]) == (builders.agency().name, "address/127.0.0.1")


@pytest.mark.parametrize(
    ("role", "told"), [("CLERK", [PURPOSE]), ("AUDIT_ADMIN", ["核查线索", PURPOSE])]
)
def test_whom_supervision_looks_into_no_clerk_learns(role: str, told: list[str]) -> None:
    wang = builders.wang()
    for looker, purpose in (("CLERK", PURPOSE), ("SUPERVISOR", "核查线索")):
        address = f"/api/v1/persons/{wang.pk}/"
        assert client_of(looker).get(address, {"purpose": purpose}).status_code == 200

    rows = client_of(role).get(LOOKS, {"person": str(wang.pk)}).json()["results"]

    assert [row["purpose"] for row in rows] == told


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(builders.member(role=role).staff)
    return client


def test_looks_at_a_merged_number_are_the_same_persons(shown: Shown) -> None:
    merged = builders.li()
    shown.client.get(f"/api/v1/persons/{merged.pk}/", {"purpose": PURPOSE})
    Alias.objects.create(party=merged.party, survivor=shown.wang.party, case_id=shown.case.pk)

    rows = shown.client.get(LOOKS, {"person": str(shown.wang.pk)}).json()["results"]

    assert [row["purpose"] for row in rows] == [PURPOSE]


def test_whoever_is_not_there_was_looked_at_by_nobody(shown: Shown) -> None:
    assert shown.client.get(LOOKS, {"person": "987654321"}).status_code == 404
    assert shown.client.get(LOOKS).json()["code"] == "looked_at_missing"
