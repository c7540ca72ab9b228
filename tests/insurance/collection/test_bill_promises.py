"""What the database keeps of bills, whoever writes: plain SQL as the application role."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend.access.constraints import violated
from insurance.collection.bills.monthly_bills import open_bills
from insurance.collection.models import BillLine, BillRun
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db

INSERT = """
INSERT INTO collection_billline
    (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen, account_fen)
VALUES (%(id)s, %(key_id)s, %(run_id)s, %(payer_id)s, %(person_id)s, %(scheme)s, %(month)s,
    %(part)s, %(fen)s, %(account_fen)s)
"""
APPEND_ONLY = {
    "billchunk": "fen",
    "billchange": "from_month",
    "notbilled": "code",
    "billline": "fen",
    "bill": "fen",
}


def run(statement: str, values: Any = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def facts(**changes: Any) -> dict[str, Any]:
    """A difference of one fen under the first line of November, by the open run of December."""
    first = BillLine.objects.order_by("pk")[0]
    return {
        "id": 10_000_000,
        "key_id": first.pk,
        "run_id": BillRun.objects.get(kind="EMPLOYERS", state="OPEN").pk,
        "payer_id": first.payer_id,
        "person_id": first.person_id,
        "scheme": first.scheme,
        "month": first.month,
        "part": first.part,
        "fen": 1,
        "account_fen": 0,
        **changes,
    }


def refused(**changes: Any) -> str | None:
    with pytest.raises(IntegrityError) as no:
        run(INSERT, facts(**changes))
    return violated(no.value)


@pytest.fixture
def december() -> None:
    """November is billed, December open."""
    b.li_works(schemes=("110",))
    b.bill(NOV)
    open_bills(period=DEC, today=DEC.first_day)


@pytest.mark.parametrize(("table", "column"), APPEND_ONLY.items())
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_billed_is_neither_changed_nor_deleted(table: str, column: str, act: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        run(act.format(f"collection_{table}", column, column))


@pytest.mark.usefixtures("december")
def test_a_difference_is_of_the_key_that_it_corrects() -> None:
    other = BillLine.objects.order_by("pk")[1]

    run(INSERT, facts())
    assert refused(id=10_000_001, key_id=other.pk) == "collection_line_key"
    assert refused(id=10_000_001, key_id=10_000_000) == "collection_line_key"
    assert refused(id=10_000_001, person_id=builders.zhao().pk) == "collection_line_key"
    assert refused(id=10_000_001, month=DEC.first_day) == "collection_line_key"


@pytest.mark.usefixtures("december")
def test_a_key_begins_once_and_above_zero() -> None:
    assert refused(key_id=10_000_000) == "collection_line_key_once"
    assert refused(key_id=10_000_000, month=DEC.first_day, fen=-1) == "collection_line_account"
    assert refused(fen=0) == "collection_line_fen"
    new = {"key_id": 10_000_000, "month": DEC.first_day}
    assert refused(**new, account_fen=2) == "collection_line_account"


@pytest.mark.usefixtures("december")
def test_a_line_is_of_a_party_in_a_scheme_for_a_month() -> None:
    new = {"key_id": 10_000_000}
    assert refused(**new, person_id=987_654_321) == "collection_line_party"
    assert refused(**new, payer_id=987_654_321) == "collection_line_party"
    assert refused(**new, scheme="410") == "collection_line_scheme"
    assert refused(**new, month="2026-12-02") == "collection_line_month"
    assert refused(**new, part=4) == "collection_line_nobody"
    assert refused(**new, person_id=None) == "collection_line_nobody"


@pytest.mark.usefixtures("december")
def test_lines_are_written_by_an_open_run() -> None:
    done = BillRun.objects.get(kind="EMPLOYERS", state="DONE").pk

    assert refused(run_id=done) == "collection_line_run_open"
    assert refused(run_id=987_654) == "collection_line_run_open"


@pytest.mark.usefixtures("december")
@pytest.mark.parametrize("change", ["state = 'OPEN'", "state = 'DONE'", "known_at = now()"])
def test_a_run_that_is_done_stays_as_it_is(change: str) -> None:
    with pytest.raises(DatabaseError):
        run(f"UPDATE collection_billrun SET {change} WHERE state = 'DONE'")


def test_an_employer_is_undeclared_by_whole_months_once_at_a_time() -> None:
    insert = "INSERT INTO collection_undeclared (payer_id, reason, valid) VALUES (%s, 'x', %s)"
    payer = of.employer().pk

    with pytest.raises(IntegrityError, match="collection_undeclared_months"):
        run(insert, [payer, "[2026-11-02,)"])
    run(insert, [payer, "[2026-11-01,)"])
    with pytest.raises(IntegrityError, match="two rows"):
        run(insert, [payer, "[2026-12-01,)"])
