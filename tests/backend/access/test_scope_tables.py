"""Every table has policies, or a written reason; without any filter a foreign row stays hidden."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection
from psycopg.errors import InsufficientPrivilege
from pytest_django.plugin import DjangoDbBlocker

from backend.access.models import Role
from backend.access.scoped import SCOPE_FILE
from backend.celery import app
from backend.cluster import CHECKOUT
from backend.jobs import registry
from tests.backend.access import scope_world as world
from tests.conftest import clone, pointed_at

TABLE = tomllib.loads(SCOPE_FILE.read_text(encoding="utf-8"))
SCOPED: dict[str, list[str]] = TABLE["scoped"]
ALL_RELATIONS = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace
"""
POLICIES = """
SELECT c.relname, array_agg(p.polcmd::text ORDER BY p.polcmd) FROM pg_class c
JOIN pg_policy p ON p.polrelid = c.oid AND p.polpermissive
    AND p.polroles = ARRAY['yikatong_desk'::regrole::oid]
WHERE c.relrowsecurity GROUP BY c.relname
"""
RIGHTS = """
SELECT a.grantee::regrole::text, c.relname, '', a.privilege_type
FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace
UNION SELECT a.grantee::regrole::text, c.relname, t.attname, a.privilege_type
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE c.relnamespace = 'public'::regnamespace
UNION SELECT a.grantee::regrole::text, p.oid::regprocedure::text, '', a.privilege_type
FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = 'public'::regnamespace
"""
AS_WRITER = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype AND NOT prosecdef
"""
VIEWS_OF_OWNER = """
SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
    AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
"""
ROLES = (
    "SELECT rolname, rolcanlogin, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = ANY (%s)"
)

STAFF_1 = {"actor": "staff/1", "agency": "1", "hall": "1", "sees": "EVERYBODY"}
STAFF_2 = {"actor": "staff/2", "agency": "2", "hall": "2", "sees": "EVERYBODY"}
SUPERVISOR = {"actor": "staff/3", "sees": "CITY,EVERYBODY"}
OPERATOR = {"actor": "staff/3", "sees": "EVERYBODY,HOUSE"}
AUDITOR = {"actor": "staff/3", "sees": "AUDIT,EVERYBODY,HOUSE"}
HELPER_1 = {"actor": "staff/1", "agency": "1", "village": "1", "helper": "1"}
HELPER_2 = {"actor": "staff/2", "agency": "1", "village": "1", "helper": "2"}
CITIZEN_1 = {"actor": "staff/1", "person": "1", "terminal": "1"}
AGENT_1 = {"actor": "staff/1", "employer": "1"}
MACHINE_1 = {"actor": "staff/1", "hall": "1"}
# For each caller, whose rows each way of seeing brings.
SEEN: list[tuple[str, dict[str, str], dict[str, set[int]]]] = [
    ("staff 1", STAFF_1, {
        "AGENCY": {1}, "SCHEME": {1}, "SCHEME:110": {1, 2}, "SCHEME:210": {1, 2},
        "EVERYBODY": {1, 2}, "HALL": {1}, "ACTOR": {1},
    }),
    ("staff 2", STAFF_2, {
        "AGENCY": {2}, "SCHEME": {2}, "EVERYBODY": {1, 2}, "HALL": {2}, "ACTOR": {2},
    }),
    ("auditor", AUDITOR, {"EVERYBODY": {1, 2}, "HOUSE": {1, 2}, "AUDIT": {1, 2}}),
    ("operator", OPERATOR, {"EVERYBODY": {1, 2}, "HOUSE": {1, 2}}),
    ("helper 1", HELPER_1, {"VILLAGE": {1}, "HELPER": {1}, "ACTOR": {1}}),
    ("helper 2", HELPER_2, {"VILLAGE": {1}, "ACTOR": {2}}),
    ("citizen 1", CITIZEN_1, {"OWN": {1}, "MACHINE": {1}, "ACTOR": {1}}),
    ("agent 1", AGENT_1, {"EMPLOYER": {1}, "INSURED": {1}, "ACTOR": {1}}),
    ("machine 1", MACHINE_1, {"HALL": {1}, "ACTOR": {1}}),
    ("supervisor", SUPERVISOR, {"CITY": {1, 2}}),
    ("nobody", {}, {}),
]  # fmt: skip
CALLERS = [
    (caller, table)
    for caller, _, _ in SEEN
    for table in SCOPED
    if caller != "supervisor" or "ACTOR" in SCOPED[table]
]
CODES_ARE_GIVEN_BY_THE_HOUSE = "access_terminalcode"
HANDED_IN = "enrolment_employerfiling"  # by an employer's agent


@pytest.fixture(scope="module")
def two(
    template_database: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with clone(template_database) as name, django_db_blocker.unblock(), pointed_at(name):
        world.bare()
        yield


def asked(query: str, *values: list[str]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_every_table_has_policies_or_a_written_reason() -> None:
    there = {name for (name,) in asked(ALL_RELATIONS)}
    with_policies: dict[object, object] = dict(asked(POLICIES))  # type: ignore[arg-type]

    assert set(with_policies) == set(SCOPED), "policies and scope.toml differ"
    assert all(commands == ["a", "r", "w"] for commands in with_policies.values())
    assert there == set(SCOPED) | set(TABLE["shared"]), "say in scope.toml who sees it, or why all"
    assert not set(SCOPED) & set(TABLE["shared"])


def test_a_reason_says_something() -> None:
    said = ("shared", "whole_city", "jobs", "within")
    reasons = [why for part in said for why in TABLE[part].values()]

    assert all(len(re.findall("[\u4e00-\u9fff]", why)) >= 4 for why in reasons)


def test_a_call_looks_at_the_whole_city_only_where_it_is_said_why() -> None:
    looking = {
        str(path.relative_to(CHECKOUT))
        for part in ("backend", "insurance", "payments", "cards")
        for path in (CHECKOUT / part).rglob("*.py")
        if calls(ast.parse(path.read_text(encoding="utf-8")), "whole_city")
    }

    assert looking == set(TABLE["whole_city"])


def test_a_job_looks_at_the_whole_city_only_where_it_is_said_why() -> None:
    app.loader.import_default_modules()
    kinds = {
        kind
        for kind, function in vars(registry)["_handlers"].items()
        if not function.__module__.startswith("tests.")
    }

    assert kinds == set(TABLE["jobs"]) | set(TABLE["within"])
    assert not set(TABLE["jobs"]) & set(TABLE["within"])


def calls(tree: ast.AST, name: str) -> bool:
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(name in (getattr(one, "id", ""), getattr(one, "attr", "")) for one in called)


def test_every_role_says_how_far_it_sees() -> None:
    assert set(TABLE["roles"]) == set(Role.values)


@pytest.mark.django_db
def test_the_desk_may_do_what_the_application_may_and_no_more() -> None:
    rights: dict[object, set[tuple[object, ...]]] = {}
    for grantee, *what in asked(RIGHTS):
        rights.setdefault(grantee, set()).add(tuple(what))

    assert len(rights["yikatong_desk"]) > 300
    assert rights["yikatong_desk"] == rights["yikatong_app"], "CALL desk_as_application()"


@pytest.mark.django_db
def test_nobody_logs_in_as_the_desk_and_jobs_are_bound_by_no_policy() -> None:
    found = asked(ROLES, ["yikatong_app", "yikatong_desk"])

    assert sorted(found) == [
        ("yikatong_app", True, True, False),
        ("yikatong_desk", False, False, True),
    ]


@pytest.mark.django_db
def test_what_a_trigger_promises_it_promises_of_all_rows() -> None:
    assert asked(AS_WRITER) == [], "CALL triggers_see_all()"


@pytest.mark.django_db
def test_a_view_is_looked_through_with_ones_own_eyes() -> None:
    assert asked(VIEWS_OF_OWNER) == [], "CALL desk_as_application()"


@pytest.mark.parametrize(("caller", "table"), CALLERS)
def test_without_any_filter_a_foreign_row_stays_hidden(two: None, caller: str, table: str) -> None:
    told, seen = next((told, seen) for name, told, seen in SEEN if name == caller)
    expected = set().union(*(seen.get(way, set()) for way in SCOPED[table]))

    with world.called_by(**told):
        assert world.seen(table) == expected


@pytest.mark.parametrize("table", [one for one in SCOPED if "ACTOR" not in SCOPED[one]])
def test_who_sees_the_city_sees_all_and_writes_nothing(two: None, table: str) -> None:
    with world.called_by(**SUPERVISOR):
        assert world.seen(table) == {1, 2}
        assert world.changed(table) == 0
        with pytest.raises(ProgrammingError) as refused:
            world.add(table, world.row_of(table, 1))
        assert isinstance(refused.value.__cause__, InsufficientPrivilege)


@pytest.mark.parametrize("table", SCOPED)
def test_a_job_sees_all(two: None, table: str) -> None:
    assert world.seen(table) == {1, 2}


OWN_ALONE = [
    table
    for table, ways in SCOPED.items()
    if set(ways) & {"AGENCY", "SCHEME", "HALL", "ACTOR"} and table != CODES_ARE_GIVEN_BY_THE_HOUSE
]


@pytest.mark.parametrize("table", OWN_ALONE)
def test_nothing_is_written_for_another(two: None, table: str) -> None:
    with world.called_by(**STAFF_1):
        assert world.changed(table) == 1
        world.add(table, world.row_of(table, 1))
        with pytest.raises(ProgrammingError) as refused:
            world.add(table, world.row_of(table, 2))
        assert isinstance(refused.value.__cause__, InsufficientPrivilege)


@pytest.mark.parametrize("table", [one for one, ways in SCOPED.items() if "ACTOR" not in ways])
def test_who_reports_for_an_employer_changes_nothing_himself(two: None, table: str) -> None:
    with world.called_by(**AGENT_1):
        assert world.changed(table) == 0
        with pytest.raises(ProgrammingError):
            world.add(table, world.row_of(table, 2 if table == HANDED_IN else 1))


def test_he_hands_in_for_his_own_employer(two: None) -> None:
    with world.called_by(**AGENT_1):
        world.add(HANDED_IN, world.row_of(HANDED_IN, 1))


def test_a_code_for_a_machine_is_given_by_the_house_alone(two: None) -> None:
    row = world.row_of(CODES_ARE_GIVEN_BY_THE_HOUSE, 1)

    with world.called_by(**OPERATOR):
        world.add(CODES_ARE_GIVEN_BY_THE_HOUSE, row)
    with world.called_by(**STAFF_1), pytest.raises(ProgrammingError):
        world.add(CODES_ARE_GIVEN_BY_THE_HOUSE, row)
