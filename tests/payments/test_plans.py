"""The lines of a return file are looked up among the few that are not simply paid."""

from typing import Any

import pytest
from django.db import connection

from payments import postings, returned_list
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db


def plan_of(sql: str, parameters: Any) -> str:
    """How the statement would be done with a table too big to be read through."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + sql, parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("o.return_file_id", "payments_outcome_not_paid"),
        ("o.case_id", "payments_outcome_decided"),
    ],
)
def test_what_an_answer_moves_is_found_by_its_source(column: str, index: str) -> None:
    plan = plan_of(postings.ANSWERED.format(source=column), {"source": 1})

    assert index in plan
    assert "Seq Scan on payments_outcome" not in plan


def test_what_waits_for_a_correction_is_found_by_its_batch() -> None:
    plan = plan_of(returned_list.OPEN_RETURNS, [pay.PERIOD.first_day])

    assert "payments_discrepancy_batch_id" in plan
