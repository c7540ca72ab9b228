"""Two entries of one person become one by an alias row."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backend.people import merge, queries
from backend.people.merge import MergeImpossible
from backend.people.models import Alias, Death, Party, PartyKind, Person
from tests import builders

pytestmark = pytest.mark.django_db
OTHERS = 20_000  # enough that nobody would look through all of them for one
ENTRIES = """
SELECT c.party_id FROM people_canonical c WHERE c.canonical_id = (
    SELECT o.canonical_id FROM people_canonical o WHERE o.party_id = %s) ORDER BY 1
"""
ENTRIES_OF_MANY = """
SELECT o.party_id FROM people_canonical c JOIN people_canonical o ON o.canonical_id = c.canonical_id
WHERE c.party_id = ANY (%s) ORDER BY 1
"""


def execute(statement: str, *parameters: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def merged(party: Person, survivor_id: object) -> int:
    case = builders.case(kind="MERGE", party=party, content={"survivor_id": survivor_id})
    return merge.merge(case)


def test_a_merged_person_lives_on_as_the_survivor() -> None:
    double, survivor = builders.chen(), builders.wang()
    number = queries.sights(party_ids=[double.pk], on=builders.TODAY)[double.pk].number

    assert merged(double, survivor.pk) == 1

    assert queries.canonical_id(party_id=double.pk) == survivor.pk
    assert queries.party_by_number(number=number) == survivor.pk


def test_a_merge_does_not_chain() -> None:
    double, survivor, third = builders.chen(), builders.wang(), builders.li()
    merged(double, survivor.pk)

    with pytest.raises(MergeImpossible):
        merged(survivor, third.pk)
    with pytest.raises(MergeImpossible):
        merged(third, double.pk)


def test_a_death_known_only_of_the_one_that_goes_is_not_lost() -> None:
    double, survivor = builders.chen(), builders.wang()
    dead = {"death_date": date(2026, 10, 3), "source": "POLICE", "evidence": "演示"}
    Death.objects.create(person_id=double.pk, **dead)

    with pytest.raises(MergeImpossible, match="死亡信息"):
        merged(double, survivor.pk)

    Death.objects.create(person_id=survivor.pk, **dead)
    assert merged(double, survivor.pk) == 1


def test_nobody_is_merged_twice() -> None:
    double = builders.chen()
    merged(double, builders.wang().pk)

    with pytest.raises(MergeImpossible):
        merged(double, builders.li().pk)


@pytest.mark.parametrize("survivor", [None, "1", 987654321])
def test_the_survivor_must_be_there(survivor: object) -> None:
    with pytest.raises(MergeImpossible):
        merged(builders.chen(), survivor)


def test_nobody_is_merged_into_himself() -> None:
    with pytest.raises(MergeImpossible):
        merged(builders.chen(), builders.chen().pk)


def test_a_person_is_not_merged_into_a_village() -> None:
    village = Party.objects.create(kind=PartyKind.VILLAGE)

    with pytest.raises(MergeImpossible):
        merged(builders.chen(), village.pk)


def test_two_accounts_of_staff_do_not_become_one_persons() -> None:
    builders.member(role="CLERK", of=builders.chen())
    builders.member(role="REVIEWER", of=builders.wang())

    with pytest.raises(MergeImpossible):
        merged(builders.chen(), builders.wang().pk)


def test_sql_cannot_chain_or_undo_a_merge() -> None:
    merged(builders.chen(), builders.wang().pk)

    with pytest.raises(DatabaseError), transaction.atomic():
        Alias.objects.create(party=builders.wang().party, survivor=builders.li().party, case_id=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Alias.objects.all().delete()


def test_all_entries_of_a_person_are_found_from_each_of_them() -> None:
    double, survivor = builders.chen(), builders.wang()
    merged(double, survivor.pk)

    for one in (double, survivor):
        assert execute(ENTRIES, one.pk) == [(pk,) for pk in sorted((double.pk, survivor.pk))]
    assert execute(ENTRIES, builders.li().pk) == [(builders.li().pk,)]


@pytest.mark.parametrize("statement", [ENTRIES, ENTRIES_OF_MANY])
def test_nobody_looks_through_all_parties_for_the_entries_of_one(statement: str) -> None:
    execute("INSERT INTO people_party (kind) SELECT 'PERSON' FROM generate_series(1, %s)", OTHERS)
    double, survivor = builders.chen(), builders.wang()
    merged(double, survivor.pk)
    asked = double.pk if statement == ENTRIES else [double.pk]

    plan = "\n".join(str(row[0]) for row in execute(f"EXPLAIN {statement}", asked))

    assert "people_party_canonical" in plan
    assert "Seq Scan on people_party" not in plan


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_party SET lives_on_as = 1",
        "UPDATE people_party SET kind = 'VILLAGE'",
        "INSERT INTO people_party (kind, lives_on_as) VALUES ('PERSON', 1)",
        "DELETE FROM people_party",
    ],
)
def test_sql_cannot_say_as_whom_a_party_lives_on(statement: str) -> None:
    builders.chen()

    with pytest.raises(DatabaseError), transaction.atomic():
        execute(statement)
