"""The proof of matching: silent when all is well, and it finds what an owner tampered with."""

from dataclasses import replace
from datetime import date

from django.db import connections, transaction

from backend.access.models import Agency
from insurance.collection.match_invariants import broken_promises, promises
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillRunKind
from tests import builders
from tests.conftest import OwnDatabase
from tests.insurance.collection import match_city as city
from tests.insurance.collection.debt_city import write_bills
from tests.insurance.collection.match_city import Came, P

TODAY = date(2026, 12, 1)
TEN_DAYS_BEFORE = date(2026, 11, 10)
PAYER = city.FIRST_PAYER

LINES, TOTALS, SUSPENSE = (
    "collection_billline",
    "collection_matchtotal",
    "collection_suspense",
)
CLOSED = f"UPDATE {SUSPENSE} SET closed_at = now(), case_id = 1, decision = "
# Which promise is broken when the owner of the database does this to a table.
TAMPERINGS = (
    ("征缴:每笔入库款=核销+待处理", "collection_receipt", "UPDATE collection_receipt SET fen = 1"),
    ("征缴:每笔待处理款只由其核销批次或退库了结", SUSPENSE, f"{CLOSED} 'MATCH'"),
    ("征缴:没有款项被核销为负或多于应缴", LINES, f"UPDATE {LINES} SET fen = 1 WHERE part = 2"),
    ("征缴:核销都有其款项", LINES, f"DELETE FROM {LINES} WHERE part = 2"),
    (
        "征缴:滞纳金、补缴和接管的应缴单等于其明细之和",
        "collection_bill",
        "DELETE FROM collection_bill WHERE fen = 100",
    ),
    ("征缴:核销合计等于核销之和", TOTALS, f"UPDATE {TOTALS} SET month = '2026-10-01'"),
    ("征缴:核销批次的汇总=核销+滞纳金+待处理", TOTALS, f"DELETE FROM {TOTALS} WHERE part = 1"),
    (
        "征缴:核销的账户部分=个人账户记账",
        "accounts_accountentry",
        "DELETE FROM accounts_accountentry",
    ),
    ("征缴:总账收入科目等于核销", TOTALS, f"UPDATE {TOTALS} SET part = 6 WHERE part = 8"),
    ("征缴:总账暂收款等于未了的待处理款和待退库的", SUSPENSE, f"{CLOSED} 'REFUND'"),
    (
        "征缴:国库存款、财政专户的收款等于各渠道入库款减退库",
        "collection_receipt",
        "UPDATE collection_receipt SET channel = 'FISCAL' WHERE late_fee",
    ),
    (
        "征缴:应缴=核销+未到期+缓缴+欠费+断缴,多缴另计",
        "collection_bill",
        "UPDATE collection_bill SET fen = fen - 1 WHERE fen = 10000",
    ),
)


def a_month_worked_off() -> None:
    """Somebody owes both parts and the fee of ten days, and pays too much."""
    city.write_parties(payers=1)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    keys = [
        city.owing(
            payer_id=PAYER,
            person_id=None if part is P.LATE_FEE else city.FIRST_PERSON,
            scheme="110",
            month=city.NOV,
            part=part,
            fen=100 if part is P.LATE_FEE else 100_00,
            account_fen=100_00 if part is P.PERSON else 0,
        )
        for part in (P.PERSON, P.EMPLOYER, P.LATE_FEE)
    ]
    for key in keys:
        is_fee = key.part is P.LATE_FEE
        run = city.open_run(kind=BillRunKind.LATE_FEE if is_fee else BillRunKind.EMPLOYERS)
        city.write_lines(run=run, lines=[key])
        write_bills(run, [(key, key.fen, TODAY if is_fee else TEN_DAYS_BEFORE)])
    came = Came(PAYER, "110", 250_00, month=city.NOV)
    file = city.write_file(receipts=[came, replace(came, fen=150_00, late_fee=True)])
    work_off(file_id=file.pk, period=city.NOV, today=TODAY)


def test_nothing_is_broken_when_all_is_well_and_each_tampering_is_found(
    own_database: OwnDatabase,
) -> None:
    a_month_worked_off()
    assert broken_promises() == []

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
    owner, default = connections["owner"], connections["default"]
    try:
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(act)
            connections["default"] = owner
            found = {row.promise for row in broken_promises()}
            raise Undone
    except Undone:
        return found
    finally:
        connections["default"] = default
