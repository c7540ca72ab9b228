"""Each promise of bills holds after a few months, and is seen to be broken when it is."""

import pytest
from django.db import connections, transaction

from backend.people.models import Alias
from insurance.collection import invariants
from insurance.collection.invariants import COMPLETE, broken_promises, promises
from insurance.collection.models import BillRun
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.enrolment import enrolment_builders as of

BILLS = "应缴:应缴单等于其明细之和"
ESTIMATE_AND_PERSONS = """
INSERT INTO collection_billline (id, key_id, run_id, payer_id, scheme, month, part, fen,
    account_fen)
SELECT 9000000, 9000000, run_id, payer_id, scheme, month, 4, 100, 0 FROM collection_billline
WHERE part = 2 LIMIT 1
"""
TOO_MUCH_BACK = """
INSERT INTO collection_billline (id, key_id, run_id, payer_id, person_id, scheme, month, part, fen,
    account_fen)
SELECT 9000000, key_id, run_id, payer_id, person_id, scheme, month, part, -fen - 1, 0
FROM collection_billline WHERE part = 2 LIMIT 1
"""
TAMPERINGS = (
    (BILLS, "collection_bill", "UPDATE collection_bill SET fen = fen + 1"),
    (BILLS, "collection_bill", "DELETE FROM collection_bill WHERE kind = 'RESIDENT'"),
    (
        "应缴:核定汇总等于其明细",
        "collection_billrun",
        "UPDATE collection_billrun SET summary = jsonb_set(summary, '{fen}', '1')",
    ),
    (
        "应缴:各分块之和等于记到个人的明细",
        "collection_billchunk",
        "UPDATE collection_billchunk SET fen = fen + 1",
    ),
    (
        "应缴:各款项应缴不为负,记入个人账户的不多于应缴",
        "collection_billline",
        TOO_MUCH_BACK,
    ),
    (
        "应缴:接管的欠缴与双方签名的控制总数相同",
        "collection_billrun",
        "UPDATE collection_billrun SET kind = 'TAKEN_OVER' WHERE kind = 'EMPLOYERS'",
    ),
    ("应缴:暂按上月额确定的,不再记到个人", "collection_billline", ESTIMATE_AND_PERSONS),
    (COMPLETE, "collection_billline", "DELETE FROM collection_billline WHERE part = 2"),
    (COMPLETE, "collection_billline", "UPDATE collection_billline SET fen = 9 WHERE part = 2"),
    (COMPLETE, "enrolment_wage", "UPDATE enrolment_wage SET monthly_fen = 700000"),
    (COMPLETE, "enrolment_rollentry", "UPDATE enrolment_rollentry SET subsidised = false"),
)


def two_months() -> None:
    """Employees, a flexible worker and residents; somebody joins late, two entries are one."""
    li = b.li_works()
    b.chen_is_flexible()
    b.on_roll(chosen_fen=500_00)
    b.on_roll(scheme="390")
    b.bill(NOV)
    zhao = builders.zhao()
    of.enrolment(person_id=zhao.pk, valid=of.months("2026-11"))
    b.in_group("SUBSISTENCE")
    Alias.objects.create(party_id=zhao.pk, survivor_id=li.pk, case_id=1)
    b.bill(DEC)


@pytest.mark.django_db
def test_all_promises_hold_before_and_after() -> None:
    assert broken_promises() == []
    two_months()

    assert broken_promises() == []
    for run in BillRun.objects.all():
        assert invariants.incomplete(run=run) == []


def test_it_finds_what_an_owner_tampered_with(own_database: OwnDatabase) -> None:
    two_months()

    missed = [
        (promise, act)
        for promise, table, act in TAMPERINGS
        if promise not in broken_by(table=table, act=act)
    ]

    assert missed == []
    assert {promise for promise, _, _ in TAMPERINGS} == set(promises())


class Undone(Exception):  # noqa: N818 - rolls a tampering back
    """Take it back."""


def broken_by(*, table: str, act: str) -> set[str]:
    """Which promises are found broken once the owner did this; and undo it."""
    found: set[str] = set()
    owner = connections["owner"]
    default = connections["default"]
    try:
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(act)
            connections["default"] = owner
            found = {row.promise for row in broken_promises()}
            raise Undone
    except Undone:
        pass
    finally:
        connections["default"] = default
    return found
