"""Names, numbers, births and merges that SQL wrote are named; those that were decided are not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from backend.cases.decide import decide, review
from backend.cases.models import Case
from backend.city import register_invariants
from backend.city.register_invariants import CHANGED, MERGED, REACHED
from backend.kernel.identity import Sex
from backend.people import contacts, identity_change, merge
from backend.people.models import Person
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db
ENDED, BORN = (promise for promise, _ in register_invariants.STATEMENTS)
ACTS = {
    "CONTACT_CHANGE": contacts.apply,
    "IDENTITY_CHANGE": identity_change.apply,
    "MERGE": merge.merge,
}
NAMED = """
UPDATE people_partyname SET superseded_at = now() WHERE party_id = %(party)s;
INSERT INTO people_partyname (party_id, name, search_name, valid)
VALUES (%(party)s, '王某', '王某', '[2026-11-05,)')
"""
NUMBERED = """
UPDATE people_partyidentifier SET superseded_at = now() WHERE party_id = %(party)s;
INSERT INTO people_partyidentifier (party_id, kind, number, valid)
VALUES (%(party)s, 'CITIZEN', %(number)s, '[2026-11-05,)')
"""


def sql(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def broken() -> set[tuple[str, str]]:
    return {(one.promise, one.subject) for one in register_invariants.broken_promises()}


def decided(kind: str, party: Person, **content: object) -> Case:
    case = builders.case(kind=kind, party=party, content=content)
    review(case_id=case.pk, key=builders.member(role="REVIEWER").key, role="REVIEWER", now=NOW)
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role="APPROVER").key,
        role="APPROVER",
        now=NOW,
        acts=ACTS,
    )


def another_number() -> str:
    """That of a woman born when Wang was."""
    return builders.id_number(birth_date=builders.wang().birth_date, sex=Sex.FEMALE, serial=401)


def test_what_was_decided_is_right() -> None:
    wang, double = builders.wang(), builders.chen()
    day = TODAY.isoformat()

    decided("IDENTITY_CHANGE", wang, from_date=day, name="王秀英兰")
    decided(
        *("IDENTITY_CHANGE", wang), from_date=day, id_kind="CITIZEN",
        id_number=another_number(),
    )  # fmt: skip
    decided("MERGE", double, survivor_id=wang.pk)

    assert broken() == set()


def test_a_name_and_a_number_that_sql_changed_are_named() -> None:
    wang = builders.wang()

    sql(NAMED, party=wang.pk)
    assert broken() == {(CHANGED, f"当事人 {wang.pk}")}

    sql(NUMBERED, party=wang.pk, number=another_number())
    assert len(register_invariants.broken_promises()) == 2


def test_a_change_that_nobody_signed_is_none() -> None:
    wang = builders.wang()
    asked = {"from_date": TODAY.isoformat(), "name": "王秀英兰"}

    identity_change.apply(builders.case(kind="IDENTITY_CHANGE", party=wang, content=asked))

    assert broken() == {(CHANGED, f"当事人 {wang.pk}")}


def test_another_name_than_was_decided_is_named() -> None:
    wang = builders.wang()
    decided("IDENTITY_CHANGE", wang, from_date=TODAY.isoformat(), name="王秀英兰")

    sql(NAMED, party=wang.pk)

    assert broken() == {(CHANGED, f"当事人 {wang.pk}")}


def test_what_sql_closed_without_another_is_named() -> None:
    wang, li = builders.wang(), builders.li()

    sql("UPDATE people_partyname SET superseded_at = now() WHERE party_id = %(of)s", of=wang.pk)
    sql("UPDATE people_partyidentifier SET superseded_at = now() WHERE party_id = %(of)s", of=li.pk)

    assert broken() == {(ENDED, f"当事人 {wang.pk}"), (ENDED, f"当事人 {li.pk}")}


@pytest.mark.parametrize("change", ["birth_date = birth_date - 3650", "sex = 3 - sex"])
def test_whoever_sql_made_older_is_named(change: str) -> None:
    wang = builders.wang()

    sql(f"UPDATE people_person SET {change} WHERE party_id = %(of)s", of=wang.pk)

    assert broken() == {(BORN, f"当事人 {wang.pk}")}


def of_another_kind(double: Person, _: Person) -> int:
    return decided("IDENTITY_CHANGE", double, from_date=TODAY.isoformat(), name="陈某").pk


def unsigned(double: Person, survivor: Person) -> int:
    content = {"survivor_id": survivor.pk}
    return builders.case(kind="MERGE", party=double, content=content).pk


def of_another_survivor(double: Person, _: Person) -> int:
    content = {"survivor_id": builders.li().pk}
    return builders.case(kind="MERGE", party=double, content=content).pk


@pytest.mark.parametrize("case", [of_another_kind, unsigned, of_another_survivor])
def test_a_merge_that_sql_wrote_is_named(case: Callable[[Person, Person], int]) -> None:
    wang, double = builders.wang(), builders.chen()

    sql(
        "INSERT INTO people_alias (party_id, survivor_id, case_id) VALUES (%(of)s, %(to)s, %(by)s)",
        of=double.pk,
        to=wang.pk,
        by=case(double, wang),
    )

    assert broken() == {(MERGED, f"当事人 {double.pk}")}


@pytest.mark.parametrize("case", [None, 1], ids=["no case", "another's case"])
def test_a_telephone_number_that_sql_wrote_is_named(case: int | None) -> None:
    wang = builders.wang()
    other = reached(builders.li(), "13800000001")
    sql(
        "INSERT INTO people_partycontact (party_id, kind, value, valid, case_id)"
        " VALUES (%(party)s, 'PHONE', '13900000000', '[2026-01-01,)', %(case)s)",
        party=wang.pk,
        case=case and other.pk,
    )

    assert broken() == {(REACHED, f"当事人 {wang.pk}")}


def test_telephone_numbers_that_were_decided_are_not_named() -> None:
    wang = builders.wang()
    reached(wang, "13800000001")
    reached(wang, "13800000002")

    assert broken() == set()


def reached(party: Person, phone: str) -> Case:
    """A change of the number that a reviewer decided."""
    case = builders.case(
        kind="CONTACT_CHANGE",
        party=party,
        content={"phone": phone, "evidence": "演示"},
        origin=phone,
    )
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=builders.member(role="REVIEWER").key,
        role="REVIEWER",
        now=NOW,
        acts=ACTS,
    )
