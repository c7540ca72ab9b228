"""Book what a fund pays for persons (代缴记账): the voucher of either side, the arrival, credits.

Each side is a voucher in a book of its own; what comes to less than nothing is red. Whoever keeps
the book into which it is paid books the arrival, and with it the account parts are credited. What
comes to nothing moves no money, so nobody has to book its arrival: it arrives in its turn.
"""

from collections.abc import Sequence
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import Month
from insurance.accounts.entries import append, lock
from insurance.accounts.models import EntryKind, EntrySource
from insurance.collection.models import FundLine, FundList, FundPayment, FundReceipt
from insurance.unemployment.contributions import SAID
from payments.ledger.models import Entry
from payments.ledger.months import open_day
from payments.ledger.post import post

SOURCE = "collection.fund_list"
RECEIVED, GIVEN_BACK = "fund.contribution.received", "fund.contribution.given_back"
DOCUMENT_MAX = 40

# Interest runs from the month of the arrival; in a closed year from the January after. From an
# account no more is taken back than it holds: it may have left with its owner.
CREDITED = """
WITH line AS (
    SELECT p.canonical_id AS person_id, f.scheme, f.month, f.account_fen,
        coalesce(sum(f.account_fen) OVER (PARTITION BY p.canonical_id ORDER BY f.month
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before_fen
    FROM collection_fundline f JOIN people_canonical p ON p.party_id = f.person_id
    WHERE f.list_id = %(list)s AND f.scheme = %(scheme)s AND sign(f.account_fen) = %(sign)s),
bounded AS (
    SELECT l.*, CASE WHEN l.account_fen > 0 THEN l.account_fen ELSE greatest(l.account_fen,
        least(0, -b.fen - l.before_fen)) END AS fen
    FROM line l CROSS JOIN LATERAL (SELECT coalesce(sum(e.fen), 0)::bigint AS fen
        FROM accounts_accountentry e WHERE l.account_fen < 0 AND e.person_id = l.person_id
            AND e.scheme = l.scheme) b)
SELECT b.person_id, b.scheme, 'SUBSIDY', b.month,
    greatest(date_trunc('month', %(day)s::timestamp)::date, o.first_open), b.fen, %(case)s::bigint
FROM bounded b LEFT JOIN (SELECT scheme, make_date(max(year) + 1, 1, 1) AS first_open
    FROM accounts_interestrun GROUP BY scheme) o ON o.scheme = b.scheme
WHERE b.fen <> 0
"""


def post_side(
    *,
    case: Case,
    fund_list: FundList,
    scheme: str,
    rule: str,
    book_id: int,
    day: date,
    items: Sequence[int],
    document: str,
) -> Entry | None:
    """Write the voucher of one side of a scheme's part of a list; None where nothing moves.

    Raises:
        MonthClosed.
    """
    return post(
        rule=rule,
        book_id=book_id,
        business_date=day,
        source=SOURCE,
        source_id=f"{fund_list.pk}/{scheme}",
        items=items,
        summary=f"{Month.of(fund_list.period)} {SAID[scheme]} {document}",
        posted_by=case.received_by,
        attachments=1,
    )


def arrive(*, case: Case, payment: FundPayment, day: date, document: str) -> int:
    """Book a payment where it arrived, and credit the accounts; rows written.

    The voucher is of the day, or the first after it that is open. The caller holds the accounts'
    lock and the transaction.

    Raises:
        EntryDiffers.
    """
    voucher = post_side(
        case=case,
        fund_list=payment.list,
        scheme=payment.scheme,
        rule=RECEIVED if payment.fen > 0 else GIVEN_BACK,
        book_id=payment.into_id,
        day=open_day(book_id=payment.into_id, day=day),
        items=[abs(payment.fen)],
        document=document,
    )
    FundReceipt.objects.create(
        payment=payment, received=voucher, received_on=day, document=document, case_id=case.pk
    )
    return 1 + _credited(case, payment, day)


def hold_lists() -> None:
    """Let nobody list, pay or receive contributions until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('unemployment.contributions'))")


def lock_accounts(*, payments: Sequence[FundPayment]) -> None:
    """Let nobody else take from the accounts of whoever these payments name."""
    persons: set[int] = set()
    for one in payments:
        lines = FundLine.objects.filter(list=one.list_id, scheme=one.scheme)
        persons.update(lines.values_list("person_id", flat=True))
    lock(person_ids=persons)


def earlier_under_way(*, payment: FundPayment) -> FundList | None:
    """Give the oldest earlier list whose part of the scheme has not arrived: lists build on each
    other, and what is taken back before it came would be left in the account."""
    named = FundLine.objects.filter(list=OuterRef("pk"), scheme=payment.scheme)
    arrived = FundReceipt.objects.filter(
        payment__list=OuterRef("pk"), payment__scheme=payment.scheme
    )
    before = FundList.objects.filter(book=payment.list.book_id, period__lt=payment.list.period)
    return before.filter(Exists(named), ~Exists(arrived)).order_by("period").first()


def of_nothing(*, book_id: int, scheme: str) -> list[FundPayment]:
    """Give the payments of a book and scheme that came to nothing and have not arrived."""
    waiting = FundPayment.objects.filter(
        list__book=book_id, scheme=scheme, fen=0, receipt__isnull=True
    )
    return list(waiting.select_related("list").order_by("list__period"))


def arrive_of_nothing(*, payments: Sequence[FundPayment], day: date) -> int:
    """Let payments that came to nothing arrive, as far as it is their turn; rows written.

    Each by the case that paid it: that nothing came needs no paper. The caller holds the lists, the
    accounts' lock and the transaction.
    """
    rows = 0
    for one in payments:
        if earlier_under_way(payment=one) is not None:
            break
        rows += arrive(
            case=Case.objects.get(pk=one.case_id),
            payment=one,
            day=max(day, one.paid_on),
            document=one.document,
        )
    return rows


def latest_day(*, case: Case, not_before: date) -> date:
    """Give the last day that a case may name: today; a demonstration plays its month on the days of
    that month, also after ``not_before``."""
    today = content.day_of(case)
    return max(today, Month.of(not_before).last_day) if is_demo() else today


def _credited(case: Case, payment: FundPayment, day: date) -> int:
    """Both ways: what is paid comes into the accounts first, what is taken back then leaves."""
    values = {
        "list": payment.list_id,
        "scheme": payment.scheme,
        "day": day,
        "case": case.pk,
    }
    return sum(
        append(
            select=CREDITED,
            parameters=values | {"sign": sign},
            kind=kind,
            source=EntrySource.CASE,
        )
        for kind, sign in ((EntryKind.CREDIT, 1), (EntryKind.REFUND, -1))
    )
