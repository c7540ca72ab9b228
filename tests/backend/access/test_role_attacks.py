"""Plain SQL, as the application's own role, gives nobody two incompatible roles (INV-08)."""

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.access.staff import deactivate
from backend.people.models import Alias
from payments.invariants import broken_promises
from tests import builders
from tests.conftest import OwnDatabase

APPROVER = (
    "INSERT INTO access_roleassignment (staff_id, person_id, role, level, valid, certificate)"
    " VALUES (%s, %s, 'APPROVER', 'LEADER', '[2020-01-01,)', '')"
)


@pytest.fixture
def finance(db: None) -> Staff:
    return builders.member(role="FINANCE").staff


def refused(statement: str, *parameters: str | int) -> str:
    """Try a statement; why the database refused it."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return str(error.value)


def broken() -> set[str]:
    return {row.promise for row in broken_promises() if row.promise.startswith("INV-08 ")}


def test_an_incompatible_role_put_in_by_sql_is_refused(finance: Staff) -> None:
    assert "access_roles_compatible" in refused(APPROVER, finance.pk, finance.person_id)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE access_roleclaim SET valid = 'empty'",
        "UPDATE access_roleclaim SET valid = valid",
        "DELETE FROM access_roleclaim",
        "INSERT INTO access_roleclaim SELECT * FROM access_roleclaim",
        "INSERT INTO access_roleconflict (pair, role) VALUES ('A|B', 'A')",
        "UPDATE access_roleconflict SET role = 'CLERK'",
        "DELETE FROM access_roleconflict",
        "TRUNCATE access_roleclaim",
    ],
)
def test_what_keeps_roles_apart_is_out_of_reach(finance: Staff, attack: str) -> None:
    assert "permission denied" in refused(attack)


@pytest.mark.parametrize("valid", ["empty", "[2020-02-01,)", "[2019-01-01,)"])
def test_a_role_that_was_held_is_only_ended(finance: Staff, valid: str) -> None:
    said = refused("UPDATE access_roleassignment SET valid = %s", valid)

    assert "can only be shortened" in said


def test_a_role_can_not_be_held_in_the_name_of_another_person(finance: Staff) -> None:
    stranger = builders.chen()

    assert "the person of the account" in refused(APPROVER, finance.pk, stranger.pk)


def test_an_account_does_not_change_its_person(finance: Staff) -> None:
    said = refused("UPDATE access_staff SET person_id = %s", builders.chen().pk)

    assert "stays with its person" in said


def test_claims_of_a_schema_put_before_ours_do_not_count(finance: Staff) -> None:
    """Whoever calls the trigger chooses no tables for it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE access_roleconflict (pair text, role text)")

    assert "access_roles_compatible" in refused(
        APPROVER.replace("INTO access", "INTO public.access"), finance.pk, finance.person_id
    )


def test_roles_of_somebody_registered_twice_count_together(finance: Staff) -> None:
    again = builders.member(role="CASHIER", of=builders.chen()).staff
    assert broken() == set()

    Alias.objects.create(party_id=again.person_id, survivor_id=finance.person_id, case_id=1)

    assert broken() == {"INV-08 同一自然人的不相容岗位不同时"}


def test_who_closed_one_account_before_the_merge_holds_no_two_roles(finance: Staff) -> None:
    again = builders.member(role="CASHIER", of=builders.chen()).staff
    security = builders.member(role="SECURITY_ADMIN").staff
    deactivate(staff=again, today=timezone.localdate(), deactivated_by=security)

    Alias.objects.create(party_id=again.person_id, survivor_id=finance.person_id, case_id=1)

    assert broken() == set()


def test_a_role_put_in_around_the_trigger_is_found(own_database: OwnDatabase) -> None:
    staff, stranger = builders.member(role="FINANCE").staff, builders.chen()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE access_roleassignment DISABLE TRIGGER claim_roles")
    with connection.cursor() as cursor:
        cursor.execute(APPROVER, [staff.pk, stranger.pk])

    assert broken() == {
        "INV-08 同一自然人的不相容岗位不同时",
        "INV-08 岗位属于账号本人",
    }
