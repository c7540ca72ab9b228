"""Pay another province what was transferred out (转移资金支付), and take back what a bank returned.

The agency remits from 支出户 by a case of three persons; what comes back (退汇) does so by another,
and may then be paid again. Each remittance has a number: it is paid once and returned once at most.
A return within the month of the payment lowers 转移支出 in red, a later one waits in 暂收款.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts.entries import lock
from insurance.accounts.models import EntryKind, Outgoing
from insurance.accounts.settling import day_named
from insurance.accounts.transfers import TransferInvalid
from payments.ledger.models import Entry
from payments.ledger.post import post

SOURCE = "accounts.outgoing"
PAID, PAID_FROM_LIABILITY = "transfer.paid", "transfer.paid.liability"
RETURNED, RETURNED_LATE = "transfer.returned.red", "transfer.returned.liability"
PAYS = (PAID, PAID_FROM_LIABILITY)

LAST = """
SELECT DISTINCT ON (1) split_part(source_id, '/', 1), rule, business_date FROM ledger_entry
WHERE source = %(source)s AND split_part(source_id, '/', 1) = ANY (%(ids)s)
ORDER BY 1, id DESC
"""


@dataclass(frozen=True)
class Remittance:
    """The next voucher of an amount that was transferred out (转移资金凭证)."""

    outgoing: Outgoing
    book_id: int
    n: int
    rule: str
    day: date
    document: str


def check_payment(case: Case) -> int:
    """At its receipt a TRANSFER_PAYMENT case can be decided as it asks; writes nothing.

    Content: ``outgoing`` (what left by a TRANSFER_OUT case), ``day``, ``document``.

    Raises:
        TransferInvalid, LeavingInvalid.
    """
    _payment(case)
    return 0


def pay(case: Case) -> int:
    """The act of a TRANSFER_PAYMENT case: 转移支出 from 支出户, once; its voucher records itself.

    Raises:
        as ``check_payment``; MonthClosed.
    """
    return _post(case, _payment(case))


def check_return(case: Case) -> int:
    """At its receipt a TRANSFER_RETURN case can be decided as it asks; writes nothing.

    Content: ``outgoing``, ``day`` and ``document`` of the bank's slip (退汇).

    Raises:
        TransferInvalid, LeavingInvalid.
    """
    _returned(case)
    return 0


def take_back(case: Case) -> int:
    """The act of a TRANSFER_RETURN case: back in 支出户, once; it may then be paid again.

    Raises:
        as ``check_return``; MonthClosed.
    """
    return _post(case, _returned(case))


def remittances(*, outgoing_ids: Collection[int]) -> dict[int, date]:
    """Give the days on which these amounts were remitted; not of those that came back since."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"source": SOURCE, "ids": [str(one) for one in outgoing_ids]})
        rows = cursor.fetchall()
    return {int(outgoing): day for outgoing, rule, day in rows if rule in PAYS}


def _payment(case: Case) -> Remittance:
    outgoing, book_id = _outgoing(case)
    payments, returns = _vouchers(outgoing)
    if len(payments) > len(returns):
        raise TransferInvalid("这笔转出资金已经支付。", case_id=case.pk)
    late = bool(returns) and returns[-1].rule == RETURNED_LATE
    day = day_named(case=case, name="day")
    if returns and day < returns[-1].business_date:
        raise TransferInvalid("付款日期早于上一次退汇的日期。", case_id=case.pk)
    rule = PAID_FROM_LIABILITY if late else PAID
    return Remittance(outgoing, book_id, len(payments) + 1, rule, day, _document(case))


def _returned(case: Case) -> Remittance:
    outgoing, book_id = _outgoing(case)
    payments, returns = _vouchers(outgoing)
    if len(payments) == len(returns):
        raise TransferInvalid("这笔转出资金没有付出，不能退汇。", case_id=case.pk)
    paid, day = payments[-1], day_named(case=case, name="day")
    if day < paid.business_date:
        raise TransferInvalid("退汇日期早于付款日期。", case_id=case.pk)
    same_month = Month.of(day) == Month.of(paid.business_date) and paid.rule == PAID
    rule = RETURNED if same_month else RETURNED_LATE
    return Remittance(outgoing, book_id, len(payments), rule, day, _document(case))


def _outgoing(case: Case) -> tuple[Outgoing, int]:
    """What the case is about, of its party and of a book of its agency; nobody else moves it."""
    number = case.content.get("outgoing")
    family = family_of(party_id=case.party_id)
    lock(person_ids=family)
    outgoing = Outgoing.objects.filter(
        pk=number if type(number) is int else 0, person__in=family, kind=EntryKind.TRANSFER_OUT
    ).first()
    book = case.agency.book_set.filter(scheme=outgoing.scheme).first() if outgoing else None
    if outgoing is None or book is None:
        raise TransferInvalid("当事人没有这笔转出资金，或不属于本机构的账套。", case_id=case.pk)
    return outgoing, book.pk


def _vouchers(outgoing: Outgoing) -> tuple[list[Entry], list[Entry]]:
    """Payments and returns of an amount so far, in their order."""
    entries = Entry.objects.filter(source=SOURCE, source_id__startswith=f"{outgoing.pk}/")
    rows = list(entries.order_by("pk"))
    paid = [row for row in rows if row.rule in PAYS]
    return paid, [row for row in rows if row.rule not in PAYS]


def _document(case: Case) -> str:
    document = case.content.get("document")
    if not isinstance(document, str) or not document.strip():
        raise TransferInvalid("请填写付款或退汇凭证号码。", case_id=case.pk)
    return document.strip()[:40]


def _post(case: Case, remittance: Remittance) -> int:
    """Write the voucher, which records itself; no other row is written."""
    outgoing = remittance.outgoing
    post(
        rule=remittance.rule,
        book_id=remittance.book_id,
        business_date=remittance.day,
        source=SOURCE,
        source_id=f"{outgoing.pk}/{remittance.n}",
        items=[outgoing.fen + outgoing.pooled_fen],
        summary=remittance.document,
        posted_by=case.received_by,
        attachments=1,
    )
    return 0
