"""The supervision reads everything masked, no table, and writes nothing."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, UndefinedTable

from backend.audit.record import record
from backend.database_roles import APPLICATION, BACKUP, OWNER, SUPERVISION, SUPERVISOR
from backend.kernel.identity import Sex
from backend.privacy.classes import Mask, fields
from backend.privacy.masks import HIDDEN, MASKS
from backend.privacy.views import put_up, stand, take_down
from payments.models import PayeeAccount
from tests import builders
from tests.conftest import OwnDatabase

ACCOUNT, NAME = "9900011000000000017", "王秀英"
OF_RIGHTS = """
SELECT c.oid::regclass::text || ' ' || r FROM pg_class c, unnest(%s::text[]) AS r
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace NOT IN
    ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND has_table_privilege(%s, c.oid, r) {where} ORDER BY 1
"""
WRITES = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
DEFINERS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype
    AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND has_function_privilege(%s, p.oid, 'EXECUTE')
"""
OWNED = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
    WHERE r.rolname = %(role)s
UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
    WHERE r.rolname = %(role)s
UNION ALL SELECT nspname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
    WHERE r.rolname = %(role)s
UNION ALL SELECT datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
    WHERE r.rolname = %(role)s
UNION ALL SELECT t.oid::regtype::text FROM pg_type t JOIN pg_roles r ON r.oid = t.typowner
    WHERE r.rolname = %(role)s
"""


def asked(statement: str, *values: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [found for (found,) in cursor.fetchall()]


def coming_in_as(role: str, *, database: str) -> psycopg.Connection[dict[str, Any]]:
    host = connections["default"].settings_dict["HOST"]
    return psycopg.connect(host=host, dbname=database, user=role, row_factory=psycopg.rows.dict_row)


@pytest.fixture
def supervisor(own_database: OwnDatabase) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """Somebody of the supervision at a database with one person in it."""
    wang = builders.wang()
    PayeeAccount.objects.create(
        payee_id=wang.pk, bank="NSB", account_no=ACCOUNT, holder_name=NAME,
        valid=DateRange(builders.IN_OFFICE_SINCE),
    )  # fmt: skip
    builders.member(role="VILLAGE", of=wang)
    builders.case(party=wang, content={"account_no": ACCOUNT, "note": "电话13800000000"})
    record(
        name="x.y",
        subject_kind="x",
        subject_id="1",
        party_id=wang.pk,
        details={"id_number": "340802195803021234"},
    )
    with coming_in_as(SUPERVISOR, database=own_database.name) as connected:
        yield connected


def test_the_supervision_reads_masked(supervisor: psycopg.Connection[dict[str, Any]]) -> None:
    wang = builders.wang()
    number = builders.id_number(birth_date=wang.birth_date, sex=Sex.FEMALE, serial=301)

    def one(table: str, whose: str = "party_id") -> dict[str, Any]:
        rows = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(
            sql.Identifier(table), sql.Identifier(whose)
        )
        return supervisor.execute(rows, [wang.pk]).fetchall()[-1]

    assert one("people_partyname")["name"] == "王*英"
    assert one("people_partyidentifier")["number"] == f"{number[:6]}********{number[-4:]}"
    assert one("people_person")["birth_date"] == f"{number[6:10]}-**-**"
    assert one("people_person")["nation"] == HIDDEN
    assert one("payments_payeeaccount", "payee_id")["account_no"] == f"9900{'*' * 11}0017"
    assert one("cases_case")["content"] == {"account_no": f"9900{'*' * 11}0017", "note": HIDDEN}
    assert one("audit_act")["details"] == {"id_number": "340802********1234"}
    assert "password" not in one("access_staff", "person_id")


def test_the_supervision_reads_no_table_and_writes_nothing(
    supervisor: psycopg.Connection[dict[str, Any]],
) -> None:
    supervisor.execute("SET default_transaction_read_only = off")
    supervisor.commit()
    for statement in (
        "SELECT * FROM public.people_partyname",
        "INSERT INTO supervision.people_party (id, kind) VALUES (1, 'PERSON')",
        "UPDATE supervision.people_partyname SET superseded_at = now()",
        "DELETE FROM supervision.people_partyname",
        "CREATE TABLE supervision.mine (n int)",
        "CREATE TABLE public.mine (n int)",
    ):
        with pytest.raises((InsufficientPrivilege, UndefinedTable)):
            supervisor.execute(statement)
        supervisor.rollback()


@pytest.mark.django_db
def test_each_role_has_its_rights_and_no_others() -> None:
    everything = OF_RIGHTS.format(where="")
    tables = OF_RIGHTS.format(where=f"AND c.relnamespace <> '{SUPERVISION}'::regnamespace")

    assert asked(tables, ["SELECT"], SUPERVISOR) == []
    assert asked(everything, WRITES, SUPERVISOR) == []
    assert asked(everything, WRITES, BACKUP) == []
    assert len(asked(everything, ["SELECT"], BACKUP)) > 250
    assert asked(everything, ["TRUNCATE", "REFERENCES", "TRIGGER"], APPLICATION) == []
    assert asked(everything, ["SELECT"], OWNER) != []


@pytest.mark.django_db
@pytest.mark.parametrize("role", [SUPERVISOR, BACKUP])
def test_no_reader_acts_by_a_function_of_the_owner(role: str) -> None:
    assert asked(DEFINERS, role) == []
    assert asked(DEFINERS, APPLICATION) != []


@pytest.mark.django_db
@pytest.mark.parametrize("role", [APPLICATION, SUPERVISOR, BACKUP])
def test_none_but_the_owner_owns_anything(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OWNED, {"role": role})
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_every_table_is_shown_but_for_what_is_left_out() -> None:
    shown: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a
            ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = %s::regnamespace""",
            [SUPERVISION],
        )
        for table, column in cursor.fetchall():
            shown.setdefault(table, set()).add(column)
    classes = fields().classes
    wanted = {
        name: {
            column
            for column, one in table.columns.items()
            if classes[one].supervision is not Mask.LEFT_OUT
        }
        for name, table in fields().tables.items()
    }

    assert shown == {name: columns for name, columns in wanted.items() if columns}


def test_the_views_come_back_as_they_were(own_database: OwnDatabase) -> None:
    assert stand(using="owner")
    assert not put_up(using="owner")

    take_down(using="owner")

    assert not stand(using="owner")
    assert put_up(using="owner")
    assert stand(using="owner")


TEXTS = st.text(alphabet="0123456789-*王李䶮㛃𠮷ab", max_size=24)
KEYS = st.sampled_from([*sorted(fields().keys), "nobody_knows"])
LEAVES = TEXTS | st.integers(-(10**12), 10**12) | st.booleans() | st.none()
CONTENTS = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=4),
    lambda inner: st.dictionaries(KEYS, LEAVES | st.lists(inner | LEAVES, max_size=3), max_size=4),
    max_leaves=8,
)


def mask_of(key: str) -> Mask:
    known = fields().keys.get(key)
    return Mask.HIDDEN if known is None else fields().classes[known].supervision


def expected(told: Any, mask: Mask = Mask.HIDDEN) -> Any:
    if isinstance(told, dict):
        return {key: expected(value, mask_of(key)) for key, value in told.items()}
    if isinstance(told, list):
        return [expected(one, mask) for one in told]
    if told is None or mask is Mask.NONE:
        return told
    return MASKS[mask](told if isinstance(told, str) else json.dumps(told))


@pytest.mark.django_db(databases=["owner"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(text=TEXTS, content=CONTENTS)
def test_masks_in_sql_are_the_masks_of_the_api(text: str, content: dict[str, Any]) -> None:
    masks = [mask for mask in Mask if mask is not Mask.KEYS]
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT supervision.masked(m, %s) FROM unnest(%s::text[]) WITH ORDINALITY AS u (m, n)"
            " ORDER BY n",
            [text, [str(mask) for mask in masks]],
        )
        assert [shown for (shown,) in cursor.fetchall()] == [MASKS[mask](text) for mask in masks]
        cursor.execute("SELECT supervision.masked_content(%s::jsonb)", [json.dumps(content)])
        (shown,) = cursor.fetchone()
    assert json.loads(shown) == expected(content)
