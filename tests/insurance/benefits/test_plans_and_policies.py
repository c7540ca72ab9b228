"""A month is planned as if there were no policies; the same statements of a clerk are not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction

from backend.web import scope
from tests.conftest import OwnDatabase
from tests.insurance.benefits import month_builders as m

LONG = 400  # characters: the statements that go over all rows
NUMBERS = re.compile(r"\d+")  # of runs, batches, instants: each month has its own
UNBIND = """
DO $$
DECLARE tab regclass;
BEGIN
    FOR tab IN SELECT oid FROM pg_class
        WHERE relrowsecurity AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', tab);
    END LOOP;
END $$
"""
PAYABLE = """
SELECT e.id, c.fen FROM benefits_entitlement e JOIN benefits_component c ON c.entitlement_id = e.id
WHERE c.superseded_at IS NULL AND c.valid @> %s::date
"""


@contextmanager
def explained(into: list[tuple[str, ...]]) -> Iterator[None]:
    """Have each long statement explained before it runs."""

    def explain(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if len(sql) > LONG and sql.split()[0] in ("INSERT", "WITH", "SELECT", "UPDATE"):
            cursor = context["cursor"].cursor
            cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
            into.append(tuple(NUMBERS.sub("?", row[0]) for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield


def plans_of_a_month() -> list[tuple[str, ...]]:
    """A month computed and sealed, and nothing of it kept."""
    found: list[tuple[str, ...]] = []
    with transaction.atomic():
        with explained(found):
            m.sealed()
        transaction.set_rollback(True)
    return found


def plan_of_a_clerk() -> list[str]:
    with scope.answering():
        scope.narrow(told={"agency": "1", "sees": "EVERYBODY"})
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (COSTS OFF) {PAYABLE}", ["2026-11-01"])
            return [row[0] for row in cursor.fetchall()]


def test_a_month_pays_nothing_for_policies(own_database: OwnDatabase) -> None:
    m.entitlement()
    m.overridden()
    plans_of_a_month()  # what it leaves behind, dead as it is, counts for the plans after it

    bound, bound_clerk = plans_of_a_month(), plan_of_a_clerk()
    with connections["owner"].cursor() as cursor:
        cursor.execute(UNBIND)
    unbound, unbound_clerk = plans_of_a_month(), plan_of_a_clerk()

    assert len(bound) >= 5
    assert bound == unbound
    assert bound_clerk != unbound_clerk
