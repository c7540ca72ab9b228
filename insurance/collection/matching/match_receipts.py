"""Match what came in (入库核销): every receipt of a file pays line keys or waits in suspense."""

from datetime import date

from django.db import connection, transaction
from django.db.models import Sum

from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.bills.bill_run import REGION
from insurance.collection.debts.late_fees import charge_payers_of, let_nobody_bill
from insurance.collection.matching.allocate import (
    PURSE,
    allocate,
    close_match,
    leave_rest,
    open_match,
    purses,
    record_match,
    wait_for_others,
    write_totals,
)
from insurance.collection.models import (
    Match,
    MatchKind,
    Receipt,
    TaxFile,
    TaxFileKind,
)
from insurance.collection.rules.match import Order, order_in_force
from insurance.policy import parameters as policy

MANY = 10_000  # receipts of a mass file: the planner is told what is there

RECEIPTS = f"""
SELECT r.id, r.payer_id, r.scheme, r.fen, r.arrived, r.month,
    CASE WHEN r.person_number <> '' OR r.person_id IS NOT NULL THEN coalesce(r.person_id, 0) END,
    (CASE WHEN r.late_fee THEN 8 ELSE r.part END)::smallint, {PURSE}
FROM collection_receipt r WHERE r.file_id = %(file)s AND r.late_fee = %(late_fee)s
"""


class NoReceipts(Refusal):
    """Only an accepted file of receipts is matched (不是已接收的入库明细文件)."""

    code = "collection_no_receipts"


@transaction.atomic
def match_file(*, file_id: int, period: Month, today: date) -> Match:
    """Allocate all receipts of a file, the rest to suspense; matched before, the match there is.

    received = matched + suspense + late fees, to the fen. Principal comes first, for a late fee is
    known when it is; then the fees of who pays one in this file are written, then paid.

    Raises:
        NoReceipts; NotConfigured, NotVerified: there is no order that may be used.
    """
    file = TaxFile.objects.filter(pk=file_id, kind=TaxFileKind.RECEIPTS, accepted=True).first()
    if file is None:
        raise NoReceipts("没有这份已接收的入库明细文件。", file=file_id)
    tells_of_fees = Receipt.objects.filter(file=file_id, late_fee=True).exists()
    if tells_of_fees:
        let_nobody_bill()
    wait_for_others()
    known = match_of(file_id=file_id)
    if known is not None:
        return known
    order = order_of(today=today)
    _tell_planner(file)
    match = open_match(kind=MatchKind.RECEIPTS, period=period, today=today, file=file, order=order)
    rows = _allocate(match, order, late_fee=False)
    if tells_of_fees:
        rows += write_totals(match=match)
        charge_payers_of(file=file, period=period, today=today)
        rows += _allocate(match, order, late_fee=True)
    rows += close_match(match=match)
    _tell_planner(file)
    _prove(match=match, file_id=file_id)
    record_match(match=match, rows=rows + 1)
    return match


def match_of(*, file_id: int) -> Match | None:
    """Give the match of a file's receipts, if it was matched."""
    return Match.objects.filter(file=file_id, kind=MatchKind.RECEIPTS).first()


def order_of(*, today: date) -> Order:
    """Give the stated order (核销顺序) in force.

    Raises:
        NotConfigured, NotVerified.
    """
    return order_in_force(tree=policy.load(), region=REGION, on=today, demo=is_demo())


def _allocate(match: Match, order: Order, *, late_fee: bool) -> int:
    values = {"file": match.file_id, "late_fee": late_fee, **purses()}
    rows = allocate(match=match, select=RECEIPTS, parameters=values, order=order)
    return rows + leave_rest(match=match)


def _tell_planner(file: TaxFile) -> None:
    if (file.row_count or 0) < MANY:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT collection_refresh_statistics()")


def _prove(*, match: Match, file_id: int) -> None:
    """The database proves it receipt by receipt; a sum that differs here is our own mistake."""
    received = Receipt.objects.filter(file=file_id).aggregate(fen=Sum("fen"))["fen"] or 0
    parts = match.summary or {}
    if received != parts["matched_fen"] + parts["late_fee_fen"] + parts["suspense_fen"]:
        raise AssertionError(f"match {match.pk}: {received} came in, {parts}")
