"""What is held about a person, counted (持有的个人信息): every table, by the classes of its fields.

The tables are those of ``fields.toml``; no capability is asked, and none can be forgotten. A table
of the mass path without an index by person is read through: a few seconds in a large city, for a
report that is asked for at the desk.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.apps import apps
from django.db import connection
from django.utils import timezone

from backend.privacy.classes import FieldClass, Table, fields

# What identifies rows and people within the system tells nobody anything.
UNTOLD = (FieldClass.PERSON, FieldClass.STAFF, FieldClass.REF)


@dataclass(frozen=True)
class Holding:
    """So many rows of a table are about somebody, from when on, and what they tell."""

    table: Table
    label: str
    told: tuple[str, ...]
    rows: int
    since: date | None


def holdings(*, party_ids: Collection[int]) -> list[Holding]:
    """Give every table that has a row about one of these parties, in the order of the file."""
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    found = []
    for table in fields().tables.values():
        condition = _whose(table)
        if not condition:
            continue
        rows, since = _counted(table, condition, party_ids)
        if rows:
            meta = models[table.name]._meta
            told = tuple(
                str(field.verbose_name)
                for field in meta.concrete_fields
                if table.columns[str(field.column)] not in UNTOLD
            )
            found.append(Holding(table, str(meta.verbose_name), told, rows, since))
    return found


def _whose(table: Table) -> str:
    """When a row is about one of the parties; empty where rows are about nobody."""
    conditions = [f'"{column}" = ANY(%(ids)s)' for column in table.of_class(FieldClass.PERSON)]
    through = table.through
    if through is not None:
        theirs = _whose(fields().tables[through.table])
        conditions.append(
            f'"{through.column}" IN (SELECT "{through.key}" FROM {through.table} WHERE {theirs})'
        )
    return " OR ".join(conditions)


def _counted(table: Table, condition: str, party_ids: Collection[int]) -> tuple[int, date | None]:
    since = f'min("{table.since}")' if table.since else "NULL::date"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {since} FROM {table.name} WHERE {condition}",
            {"ids": list(party_ids)},
        )
        rows, first = cursor.fetchone()
    return rows, timezone.localdate(first) if isinstance(first, datetime) else first
