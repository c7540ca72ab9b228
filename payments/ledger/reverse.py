"""Reverse a voucher in red (红字冲销): the same lines, negative, once."""

from datetime import date

from django.db import transaction

from backend.kernel.errors import Refusal
from payments.ledger import months
from payments.ledger.models import Entry
from payments.ledger.periods import named
from payments.ledger.post import Voucher, lines_of, write
from payments.ledger.rules import Line

RULE = "reversal"
SOURCE = "ledger.reversal"


class ReversedAlready(Refusal):
    """A voucher is reversed once (该凭证已冲销)."""

    code = "entry_reversed_already"


class NotReversible(Refusal):
    """A red voucher is not reversed, nor what carried a year over (红字、结转凭证不能冲销)."""

    code = "entry_not_reversible"


def reverse(*, entry_id: int, business_date: date, reason: str, reversed_by: int | None) -> Entry:
    """Write the red voucher that takes back a voucher, in the open month of ``business_date``.

    Raises:
        NotReversible: it is red itself, or carried a year over.
        ReversedAlready: it was reversed before.
        MonthClosed: the month of ``business_date`` is closed.
    """
    with transaction.atomic():
        entry = Entry.objects.select_related("book").get(id=entry_id)
        months.lock_open(book=entry.book, month=business_date.replace(day=1))
        refuse_reversed(entry=entry)
        voucher = Voucher(
            book=entry.book,
            rule=RULE,
            source=SOURCE,
            source_id=str(entry.id),
            summary=f"冲销{_name(entry)}：{reason}",
            business_date=business_date,
            lines=tuple(Line(x.account, -x.dr_fen, -x.cr_fen) for x in lines_of(entry=entry)),
            red=True,
            reverses=entry,
        )
        return write(voucher=voucher, posted_by=reversed_by)


def refuse_reversed(*, entry: Entry) -> None:
    """Refuse what is red itself, carried a year over, or was taken back before.

    Raises:
        NotReversible, ReversedAlready.
    """
    if entry.year_end:
        raise NotReversible(f"{_name(entry)}结转了年度收支，不能冲销，差错在未结账的月份更正。")
    if entry.red:
        raise NotReversible(f"{_name(entry)}是红字凭证，不能再冲销，请按业务重新记账。")
    if Entry.objects.filter(reverses=entry).exists():
        raise ReversedAlready(f"{_name(entry)}已经冲销过。", entry=entry.id)


def _name(entry: Entry) -> str:
    return f"{named(entry.month)} 第 {entry.voucher_no} 号凭证"
