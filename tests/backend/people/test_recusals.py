"""Staff declare of whose matters they keep out; another confirms and ends it (回避申报)."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from backend.audit.models import Act
from backend.people import queries, recusals
from backend.people.models import Alias, Person, Recusal
from backend.people.recusals import OwnRecusal, RecusalNotOpen, kept_out_of
from tests import builders
from tests.builders import PASSWORD, Member

pytestmark = pytest.mark.django_db
NOW = timezone.now
RECUSALS = "/api/v1/recusals/"


@pytest.fixture
def clerk() -> Member:
    return builders.member(role="CLERK")


@pytest.fixture
def security() -> Member:
    return builders.member(role="SECURITY_ADMIN")


def declared(by: Member, of: Person | None = None) -> Recusal:
    other = of or builders.wang()
    sight = queries.sights(party_ids=[other.pk], on=builders.TODAY)[other.pk]
    return recusals.declare(
        staff=by.staff,
        id_kind="CITIZEN",
        id_number=sight.number,
        name=sight.name,
        relation="KIN",
        note="姨母",
    )


def out_of(member: Member) -> frozenset[int]:
    return kept_out_of(family=[member.staff.person_id])


def test_it_counts_from_its_declaration_until_another_ends_it(
    clerk: Member, security: Member
) -> None:
    made = declared(clerk)
    assert out_of(clerk) == {builders.wang().pk}

    recusals.confirm(recusal_id=made.pk, by=security.staff, now=NOW())
    assert out_of(clerk) == {builders.wang().pk}
    recusals.end(recusal_id=made.pk, reason="登记错了人", by=security.staff, now=NOW())

    assert out_of(clerk) == frozenset()
    acts = Act.objects.filter(subject_kind="people.recusal").order_by("id")
    names = ("declared", "confirmed", "ended")
    assert [act.name for act in acts] == [f"people.recusal_{name}" for name in names]
    assert {act.party_id for act in acts} == {clerk.staff.person_id}


def test_all_entries_of_the_other_count(clerk: Member) -> None:
    li, wang, case = builders.li(), builders.wang(), builders.case()
    declared(clerk, li)
    Alias.objects.create(party=li.party, survivor=wang.party, case_id=case.pk)

    assert out_of(clerk) == {li.pk, wang.pk}


def test_nobody_confirms_or_ends_his_own(security: Member) -> None:
    made = declared(security)

    with pytest.raises(OwnRecusal):
        recusals.confirm(recusal_id=made.pk, by=security.staff, now=NOW())
    with pytest.raises(OwnRecusal):
        recusals.end(recusal_id=made.pk, reason="不再是", by=security.staff, now=NOW())
    with pytest.raises(DatabaseError, match="by another"), transaction.atomic():
        Recusal.objects.update(ended_by=security.staff, ended_at=NOW(), end_reason="不再是")


def test_each_step_is_taken_once(clerk: Member, security: Member) -> None:
    made = declared(clerk)
    recusals.confirm(recusal_id=made.pk, by=security.staff, now=NOW())
    with pytest.raises(RecusalNotOpen):
        recusals.confirm(recusal_id=made.pk, by=security.staff, now=NOW())
    recusals.end(recusal_id=made.pk, reason="登记错了人", by=security.staff, now=NOW())
    with pytest.raises(RecusalNotOpen):
        recusals.end(recusal_id=made.pk, reason="登记错了人", by=security.staff, now=NOW())


@pytest.mark.parametrize(
    "change", [{"note": "别的"}, {"other_id": 1}, {"declared_at": NOW()}, {"person_id": 1}]
)
def test_sql_changes_nothing_of_what_was_declared(clerk: Member, change: dict[str, Any]) -> None:
    declared(clerk)

    with pytest.raises(DatabaseError), transaction.atomic():
        Recusal.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Recusal.objects.all().delete()


def test_nobody_declares_for_another_by_sql(clerk: Member, security: Member) -> None:
    with pytest.raises(DatabaseError, match="by another"), transaction.atomic():
        Recusal.objects.create(
            staff=clerk.staff,
            person_id=security.staff.person_id,
            other=builders.wang(),
            relation="KIN",
            note="演示",
        )


def client_of(member: Member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    return client.post(RECUSALS + path, body, content_type="application/json", headers=headers)


def told(**changes: str) -> dict[str, str]:
    wang = builders.wang()
    sight = queries.sights(party_ids=[wang.pk], on=builders.TODAY)[wang.pk]
    return {
        "id_number": sight.number,
        "name": sight.name,
        "relation": "KIN",
        "note": "姨母",
        **changes,
    }


def test_one_sees_ones_own_and_the_security_administration_all(clerk: Member) -> None:
    made = post(client_of(clerk), "", told())
    colleague = client_of(builders.member(role="CLERK"))

    assert (made.status_code, made.json()["other_name"]) == (201, "王*英")
    assert colleague.get(RECUSALS).json()["results"] == []
    for role in ("SECURITY_ADMIN", "SUPERVISOR"):
        seen = client_of(builders.member(role=role)).get(RECUSALS).json()["results"]
        assert [row["id"] for row in seen] == [made.json()["id"]]
    assert [row["staff"] for row in client_of(clerk).get(RECUSALS).json()["results"]] == [
        clerk.staff.pk
    ]


def test_the_security_administration_confirms_and_ends_with_password_and_code(
    clerk: Member,
) -> None:
    made = declared(clerk)
    client = Client()
    client.force_login(builders.staff_with_password(role="SECURITY_ADMIN", username="anquan1"))
    proof = {"password": PASSWORD, "code": builders.code(now=NOW())}

    confirmed = post(client, f"{made.pk}/confirm", proof)

    assert confirmed.status_code == 200, confirmed.json()
    assert confirmed.json()["confirmed_at"] is not None
    assert post(client_of(clerk), f"{made.pk}/end", {"reason": "不再是"}).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"name": "王秀芳"}, "person_not_found"), ({"note": "亲"}, "recusal_invalid")],
)
def test_it_names_a_person_and_says_why(clerk: Member, wrong: dict[str, str], code: str) -> None:
    assert post(client_of(clerk), "", told(**wrong)).json()["code"] == code


def test_it_is_declared_once(clerk: Member) -> None:
    post(client_of(clerk), "", told())

    assert post(client_of(clerk), "", told()).json()["code"] == "recusal_known"
