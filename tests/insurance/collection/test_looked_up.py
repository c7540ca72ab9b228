"""Lines of one payer or person are found by the index of their keys, however many others are."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from insurance.collection.bills.undeclared_employers import PAID_BY_ROSTER
from insurance.collection.cases.back_payment import BILLED
from insurance.collection.cases.fixed_amount import EARLIER
from insurance.collection.models import Bill, TreasuryRefund
from tests import builders
from tests.insurance.collection import bill_builders as bills
from tests.insurance.collection.bill_builders import NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db
BY_INDEX = re.compile("Index .*(?:collection_line_|collection_billline)")


def plan(statement: str, values: Mapping[str, Any] | None = None) -> list[str]:
    """How a statement finds lines, if it can do without reading them all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (COSTS off) {statement}", values)
        return [line for (line,) in cursor.fetchall()]


def reads_all(steps: list[str]) -> list[str]:
    """The steps that go through all lines: the table, or an index without a condition."""
    return [
        step
        for step, detail in itertools.pairwise([*steps, ""])
        if "Seq Scan on collection_billline" in step
        or (BY_INDEX.search(step) and "Index Cond:" not in detail)
    ]


@pytest.mark.parametrize("statement", [BILLED, EARLIER, PAID_BY_ROSTER])
def test_what_a_case_asks_of_a_payer_reads_no_other_payers_lines(statement: str) -> None:
    bills.li_works()
    bills.bill()
    values: dict[str, Any] = {
        "payers": [of.employer().pk], "persons": [builders.li().pk], "schemes": ["110"],
        "scheme": "110", "month": NOV.next.first_day, "estimate": 4,
        "last_declared": True,
    }  # fmt: skip

    steps = plan(statement, values)

    assert any("collection_line_key_once" in step for step in steps)
    assert reads_all(steps) == []


def test_what_went_back_to_a_payer_reads_no_other_payers_refunds() -> None:
    rows = TreasuryRefund.objects.filter(payer_id__in=[1])

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert "collection_refund_payer" in rows.explain()


def test_lists_of_a_payers_lines_read_no_other_payers(client: Client) -> None:
    client.force_login(builders.member(role="FINANCE").staff)
    bills.li_works()
    run = bills.bill()["EMPLOYERS"]
    bill = Bill.objects.get(run=run, scheme="110")
    asked = (f"bill-lines/?payer={of.employer().pk}", f"bills/{bill.pk}/lines/")

    for path in asked:
        with CaptureQueriesContext(connection) as made:
            assert len(client.get(f"/api/v1/{path}").json()["results"]) >= 2
        (query,) = (one["sql"] for one in made if 'FROM "collection_billline"' in one["sql"])

        steps = plan(query.replace("%", "%%"))
        assert any("collection_line_key_once" in step for step in steps)
        assert reads_all(steps) == []
