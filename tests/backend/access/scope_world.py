"""A world of two in which row 1 of every table belongs to the one, row 2 to the other (数据范围).

Nothing but the policies is left of the promises: the rows need be no sense, only whose they are.
Agency 1 serves pensions and unemployment, agency 2 medical insurance; each has its hall, village,
person, book and all that hangs on them, by the same number.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction

from backend.web import scope

SCHEMES = {1: ["110", "170", "210"], 2: ["310", "390"]}
BARE = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT conrelid::regclass AS tab, conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'x', 'u', 'p')
        ORDER BY contype = 'p'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', one.tab, one.conname);
    END LOOP;
    FOR one IN SELECT i.indexrelid::regclass AS name FROM pg_index i JOIN pg_class c
        ON c.oid = i.indexrelid WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP INDEX %s', one.name);
    END LOOP;
    FOR one IN SELECT oid::regclass AS tab FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', one.tab);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO yikatong_desk', one.tab);
    END LOOP;
END $$
"""
COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), t.typcategory
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    AND c.relname NOT LIKE 'django%' AND c.relname NOT LIKE 'auth%' AND c.relname <> 'deployment'
ORDER BY c.relname, a.attnum
"""
# What is not simply the number of the row.
SPECIAL: dict[tuple[str, str], Any] = {
    ("access_agency", "parent_id"): {1: None, 2: None},
    ("access_agency", "schemes"): SCHEMES,
    ("people_organisation", "party_id"): {1: 101, 2: 102},  # they are public
    ("web_keptanswer", "actor"): {1: "staff/1", 2: "staff/2"},
    ("people_alias", "party_id"): {1: 201, 2: 202},
    # Insured now, whenever that is.
    ("enrolment_enrolment", "valid"): {1: "[2026-11-01,)", 2: "[2026-11-01,)"},
    ("enrolment_enrolment", "superseded_at"): {1: None, 2: None},
}
VALUES = {"B": True, "D": "2026-11-05T10:00:00+08:00", "R": "[2026-11-01,2026-12-01)", "A": []}


def bare() -> None:
    """Take all promises but the policies off this test's own database, and fill its tables."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(BARE)
        cursor.execute(COLUMNS)
        tables: dict[str, dict[str, tuple[str, str]]] = {}
        for table, column, kind, category in cursor.fetchall():
            tables.setdefault(table, {})[column] = (kind, category)
        for table, columns in tables.items():
            for number in (1, 2):
                row = {name: _value(table, name, *kind, number) for name, kind in columns.items()}
                cursor.execute(ADD.format(table=table), [json.dumps(row)])


ADD = "INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"


def _value(table: str, column: str, kind: str, category: str, number: int) -> Any:
    if (table, column) in SPECIAL:
        return SPECIAL[table, column][number]
    if column == "scheme" or column.endswith("_scheme"):
        return SCHEMES[number][0]
    if kind in ("jsonb", "json"):
        return {}
    if kind == "bytea":
        return f"\\x0{number}"
    if kind == "uuid":
        return f"00000000-0000-0000-0000-00000000000{number}"
    return VALUES.get(category, number)


@contextmanager
def called_by(**told: str) -> Iterator[None]:
    """What stands within is a call of somebody; it leaves nothing behind."""
    with scope.answering():
        scope.narrow(told=told)
        try:
            yield
        finally:
            scope.undo()


def seen(table: str) -> set[int]:
    """Whose rows a select without any filter brings."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t")
        return {_whose(table, json.loads(row)) for (row,) in cursor.fetchall()}


def changed(table: str) -> int:
    """How many rows an update without any filter reaches."""
    column = next(iter(row_of(table, 1)))
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "{column}" = "{column}"')
        return int(cursor.rowcount)


def add(table: str, row: dict[str, Any]) -> None:
    """Write one more row like ``row``."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ADD.format(table=table), [json.dumps(row)])


def row_of(table: str, number: int) -> dict[str, Any]:
    """The row of the one or of the other, as the owner sees it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t")
        rows = [json.loads(row) for (row,) in cursor.fetchall()]
    return next(row for row in rows if _whose(table, row) == number)


def _whose(table: str, row: dict[str, Any]) -> int:
    """A column that holds nothing but the row's number says whose it is."""
    numbers = (value for value in row.values() if type(value) is int)
    return next(value % 10 for value in numbers)
