"""What SQL changes in a person, account, role or terminal leaves its earlier value behind."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from backend.access import terminals
from backend.access.models import RoleAssignment
from backend.audit.models import RowHistory
from tests import builders
from tests.backend.access.terminal_builders import machine, operator
from tests.conftest import OwnDatabase

DB = pytest.mark.django_db


def sql(statement: str, *values: Any, using: str = "default") -> int:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def histories(table: str) -> list[RowHistory]:
    return list(RowHistory.objects.filter(table_name=table).order_by("pk"))


@DB
def test_what_sql_changes_in_a_person_leaves_the_earlier_value() -> None:
    wang = builders.wang()

    sql("UPDATE people_person SET birth_date = '1950-01-01' WHERE party_id = %s", wang.pk)

    (kept,) = histories("people_person")
    assert (kept.row_key, kept.operation, kept.changed) == (str(wang.pk), "UPDATE", ["birth_date"])
    assert kept.before["birth_date"] == "1958-03-12"
    assert (kept.actor, kept.db_role) == ("", "yikatong_app")


@DB
@pytest.mark.parametrize(
    ("table", "column", "given"),
    [("access_agency", "schemes", "'{110,390}'"), ("access_hall", "district", "'340803'")],
)
def test_what_sql_changes_in_an_office_leaves_the_earlier_value(
    table: str, column: str, given: str
) -> None:
    hall = builders.hall()
    before = hall.agency.schemes if column == "schemes" else hall.district

    sql(f"UPDATE {table} SET {column} = {given}")

    (kept,) = histories(table)
    assert (kept.changed, kept.before[column]) == ([column], before)


@DB
def test_a_statement_keeps_every_row_it_changes_and_no_other() -> None:
    wang, li = builders.wang(), builders.li()
    builders.chen()

    sql("UPDATE people_person SET nation = CASE party_id WHEN %s THEN '02' WHEN %s THEN '03' "
        "ELSE nation END", wang.pk, li.pk)  # fmt: skip

    assert [one.row_key for one in histories("people_person")] == [str(wang.pk), str(li.pk)]


@DB
def test_new_persons_have_no_history_so_that_a_take_over_stays_as_fast() -> None:
    builders.wang()

    assert histories("people_person") == []
    assert fires_on_insert("people_person") == set()


def fires_on_insert(table: str) -> set[str]:
    query = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgtype & 4 <> 0"
    with connection.cursor() as cursor:
        cursor.execute(query, [table])
        return {name for (name,) in cursor.fetchall() if name.startswith("history")}


@DB
def test_of_an_account_each_change_is_kept_but_no_secret() -> None:
    clerk = builders.staff_with_password(role="CLERK", username="jingban1")

    sql("UPDATE access_staff SET is_active = false, password = 'x' WHERE id = %s", clerk.pk)

    kept = histories("access_staff")[-1]
    assert kept.changed == ["is_active", "password"]
    assert kept.before["is_active"] is True
    assert not {"password", "totp_sealed", "totp_last_step"} & set(kept.before)


@DB
def test_a_log_in_and_a_heartbeat_are_no_change() -> None:
    clerk = builders.staff_with_password(role="CLERK", username="jingban1")
    kiosk, opened = machine(), histories("access_staff")

    sql("UPDATE access_staff SET last_login = now(), totp_last_step = 9 WHERE id = %s", clerk.pk)
    kiosk.beat()

    assert histories("access_staff") == opened
    assert histories("access_terminal") == []


@DB
def test_of_roles_and_terminals_too() -> None:
    clerk = builders.member(role="CLERK").staff
    role = RoleAssignment.objects.get(staff=clerk)
    kiosk = machine()

    sql("UPDATE access_roleassignment SET valid = '[2020-01-01,2020-02-01)' WHERE id = %s", role.pk)
    terminals.revoke(terminal_id=kiosk.row.pk, reason="遗失", by=operator(), now=timezone.now())

    (shortened,), (revoked,) = histories("access_roleassignment"), histories("access_terminal")
    assert (shortened.changed, shortened.row_key) == (["valid"], str(role.pk))
    assert revoked.before["revoked_at"] is None


def test_what_the_owner_deletes_is_kept(own_database: OwnDatabase) -> None:
    wang = builders.wang()

    sql("DELETE FROM people_person WHERE party_id = %s", wang.pk, using="owner")

    (kept,) = histories("people_person")
    assert (kept.operation, kept.before["birth_date"]) == ("DELETE", "1958-03-12")


@DB
@pytest.mark.parametrize(
    "attack",
    [
        "INSERT INTO audit_rowhistory SELECT * FROM audit_rowhistory",
        "UPDATE audit_rowhistory SET before = '{}'",
        "DELETE FROM audit_rowhistory",
    ],
)
def test_the_application_neither_writes_nor_forges_history(attack: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


@DB
@pytest.mark.parametrize(("role", "status"), [
    ("SUPERVISOR", 200), ("AUDIT_ADMIN", 200), ("CLERK", 403), ("SECURITY_ADMIN", 403),
])  # fmt: skip
def test_supervision_reads_it_masked_and_nobody_else(role: str, status: int) -> None:
    sql(
        "UPDATE people_person SET birth_date = '1950-01-01' WHERE party_id = %s", builders.wang().pk
    )
    client = Client()
    client.force_login(builders.member(role=role).staff)

    answer = client.get("/api/v1/row-history/", {"table_name": "people_person"})

    assert answer.status_code == status
    if status == 200:
        (row,) = answer.json()["results"]
        assert row["changed"] == ["birth_date"]
        assert row["before"]["birth_date"] == "1958-**-**"
