"""The supervision's views (监督视图): every table, masked by its classes, and nothing else.

They are made anew by ``manage.py migrate``, from ``fields.toml`` and from what tables there are:
a migration would have to name them again with each column that any capability adds. Their owner
owns the tables; the role of the supervision may read them and no table.
"""

import hashlib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from backend.database_roles import APPLICATION, SUPERVISION, SUPERVISOR
from backend.privacy.classes import Mask, Table, fields

MASKS_SQL = Path(__file__).with_name("masks.sql")
PRESENT = """
SELECT c.relname, array_agg(a.attname::text) FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
GROUP BY c.relname
"""
GRANTS = f"""
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APPLICATION};
GRANT USAGE ON SCHEMA {SUPERVISION} TO {SUPERVISOR};
GRANT SELECT ON ALL TABLES IN SCHEMA {SUPERVISION} TO {SUPERVISOR};
"""


def take_down(*, using: str) -> None:
    """Drop the views, so that tables can be altered."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SUPERVISION} CASCADE")


def put_up(*, using: str) -> bool:
    """Make the views of what there is now, unless they stand; whether they were made."""
    connection = connections[using]
    statements = statements_for(present=_present(connection))
    if made_from(connection) == _digest(statements):
        return False
    with transaction.atomic(using=using):
        take_down(using=using)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {SUPERVISION}")
            cursor.execute(statements)
            cursor.execute(f"COMMENT ON SCHEMA {SUPERVISION} IS '{_digest(statements)}'")
    return True


def stand(*, using: str) -> bool:
    """Tell whether the views are those of the file and of the tables."""
    connection = connections[using]
    return made_from(connection) == _digest(statements_for(present=_present(connection)))


def statements_for(*, present: Mapping[str, Collection[str]]) -> str:
    """Give the SQL of masks, views and rights, of the columns that are present."""
    views = [
        view for name, table in sorted(fields().tables.items())
        if (view := _view(table, present.get(name, ())))
    ]  # fmt: skip
    return "\n".join((_masks(), *views, GRANTS))


def made_from(connection: BaseDatabaseWrapper) -> str:
    """Give what the views were made from, as their schema says; empty without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(obj_description(to_regnamespace(%s), 'pg_namespace'), '')",
            [SUPERVISION],
        )
        (found,) = cursor.fetchone()
    return str(found)


def _view(table: Table, present: Collection[str]) -> str:
    columns = [
        _column(name, fields().classes[field_class].supervision)
        for name, field_class in table.columns.items()
        if name in present and fields().classes[field_class].supervision is not Mask.LEFT_OUT
    ]
    if not columns:
        return ""
    return (
        f"CREATE VIEW {SUPERVISION}.{table.name} AS SELECT {', '.join(columns)}"
        f" FROM public.{table.name};"
    )


def _column(name: str, mask: Mask) -> str:
    if mask is Mask.NONE:
        return f'"{name}"'
    if mask is Mask.KEYS:
        return f'{SUPERVISION}.masked_content("{name}") AS "{name}"'
    return f'{SUPERVISION}.masked(\'{mask}\', "{name}"::text) AS "{name}"'


@cache
def _masks() -> str:
    classes = fields().classes
    known = (f"('{key}', '{classes[one].supervision}')" for key, one in fields().keys.items())
    return MASKS_SQL.read_text(encoding="utf-8").replace("@KEYS@", ", ".join(sorted(known)))


def _present(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(PRESENT)
        return dict(cursor.fetchall())


def _digest(statements: str) -> str:
    return hashlib.sha256(statements.encode()).hexdigest()
