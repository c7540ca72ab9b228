"""What came into 收入户 for relations that move here (转入资金到账): one paper, some persons."""

from django.db import connection
from django.db.models import Sum

from backend.cases.models import Case
from backend.kernel.money import Money
from insurance.accounts.models import Transfer, TransferCorrection, TransferStep
from insurance.accounts.transfers import TransferInvalid
from payments.ledger.fund_papers import entry_of
from payments.ledger.models import Entry, Posting

RECEIVED_RULE, INCOME_ACCOUNT = "agency.received.transfer", "1002"


def arrived(*, case: Case, transfer: Transfer, fen: int) -> Entry:
    """Give the voucher of the arrival, of which so much is left for this transfer; what it took
    before is told anew.

    Raises:
        TransferInvalid: no such paper, or less is left of it.
    """
    number = case.content.get("paper")
    entry = entry_of(case_id=number) if type(number) is int else None
    if (
        entry is None
        or entry.rule != RECEIVED_RULE
        or (entry.book.agency_id, entry.book.scheme) != (case.agency_id, transfer.scheme)
        or _is_taken_back(entry)
    ):
        raise TransferInvalid("请写明收入户收到这笔转移收入的单据（已办结的业务件编号）。")
    left = received_fen(entry=entry) - used_fen(entry=entry, but_by=transfer)
    if fen > left:
        raise TransferInvalid(f"该单据还有 {Money(left)} 元可以转入，不足 {Money(fen)} 元。")
    return entry


def _is_taken_back(entry: Entry) -> bool:
    """Asked when nobody else takes of it, or takes it back, until this is committed."""
    _hold(entry)
    return Entry.objects.filter(reverses=entry).exists()


def taken_of(*, entry: Entry) -> str:
    """Why the voucher of an arrival can not be taken back; empty where no transfer took of it."""
    _hold(entry)
    fen = used_fen(entry=entry)
    return f"已有 {Money(fen)} 元转入个人账户或统筹基金" if fen else ""


def _hold(entry: Entry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.arrived'), %s)", [entry.pk])


def received_fen(*, entry: Entry) -> int:
    """What a voucher brought into 收入户."""
    lines = Posting.objects.filter(entry=entry, account__code=INCOME_ACCOUNT)
    return lines.aggregate(fen=Sum("dr_fen"))["fen"] or 0


def used_fen(*, entry: Entry, but_by: Transfer | None = None) -> int:
    """What transfers have taken of it, as they count now, but by one: one remittance may be for
    several persons."""
    corrections = TransferCorrection.objects.exclude(
        case_id__in=TransferCorrection.objects.values("corrects")
    )
    steps = TransferStep.objects.exclude(transfer__in=TransferCorrection.objects.values("transfer"))
    taken = [
        rows.filter(entry=entry)
        .exclude(transfer=but_by)
        .aggregate(fen=Sum("fen"), pooled=Sum("pooled_fen"))
        for rows in (steps, corrections)
    ]
    return sum((one["fen"] or 0) + (one["pooled"] or 0) for one in taken)
