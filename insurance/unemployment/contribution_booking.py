"""Book what a fund pays for persons (代缴记账): the voucher of either side, the arrival, credits.

Each side is a voucher in a book of its own; what comes to less than nothing is red. Whoever keeps
the book into which it is paid books the arrival, and with it the account parts are credited.
"""

from collections.abc import Sequence
from datetime import date

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.months import Month
from insurance.accounts.entries import append
from insurance.accounts.models import EntryKind, EntrySource
from insurance.collection.models import FundList, FundPayment, FundReceipt
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
