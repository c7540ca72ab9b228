"""Pay a list of contributions into the funds they are for (代缴付款): by a case of three persons.

Out of 支出户 of the unemployment fund, into 财政专户 of the other: a voucher in either book, and
the account parts are credited, in one transaction. What a list takes back lowers it; where it
comes to less than nothing, both vouchers are red.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.accounts.entries import append, lock
from insurance.accounts.models import EntryKind, EntrySource
from insurance.collection.books import book_ids, book_of
from insurance.collection.models import FundLine, FundList, FundPayment
from insurance.unemployment.contributions import MEDICAL, SAID
from payments.ledger.models import Entry
from payments.ledger.months import open_day
from payments.ledger.post import post

SOURCE = "collection.fund_list"
PAID, RECEIVED = "fund.contribution.paid", "fund.contribution.received"
TAKEN_BACK, GIVEN_BACK = "fund.contribution.taken_back", "fund.contribution.given_back"
MEDICAL_ITEM, OTHER_ITEM = 2, 5  # 基本医疗保险费、其他费用: expense items of the fund, from 1
DOCUMENT_MAX = 40

SUMS = """
SELECT scheme, sum(fen)::bigint FROM collection_fundline WHERE list_id = %s GROUP BY 1 ORDER BY 1
"""

# Interest runs from the month of the payment; in a closed year from the January after. From an
# account no more is taken back than it holds: it may have left with its owner.
CREDITED = """
WITH line AS (
    SELECT p.canonical_id AS person_id, f.scheme, f.month, f.account_fen,
        coalesce(sum(f.account_fen) OVER (PARTITION BY p.canonical_id, f.scheme ORDER BY f.month
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before_fen
    FROM collection_fundline f JOIN people_canonical p ON p.party_id = f.person_id
    WHERE f.list_id = %(list)s AND sign(f.account_fen) = %(sign)s),
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


class ListPaid(Refusal):
    """The list was paid (该名册已付款)."""

    code = "fund_list_paid"


@dataclass(frozen=True)
class Asked:
    """Which list was paid, on which day, by which slip."""

    fund_list: FundList
    day: date
    document: str


def check(case: Case) -> int:
    """At its receipt a FUND_CONTRIBUTIONS case can be decided as it asks; writes nothing.

    Content: ``list`` (a list of contributions), ``day`` of the payment, ``document`` of the bank.

    Raises:
        ContentInvalid, ProposalWaits, ListPaid.
    """
    asked = _asked(case)
    content.require_only_proposal(case, list=asked.fund_list.pk)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a FUND_CONTRIBUTIONS case: vouchers, credits, once; rows written.

    Raises:
        as ``check``, but for ProposalWaits; MonthClosed, NoBook.
    """
    asked = _asked(case)
    persons = FundLine.objects.filter(list=asked.fund_list).values_list("person_id", flat=True)
    lock(person_ids=set(persons))
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [asked.fund_list.pk])
        sums: list[tuple[str, int]] = cursor.fetchall()
    payments = [_paid(case, asked, scheme, fen) for scheme, fen in sums]
    return len(FundPayment.objects.bulk_create(payments)) + _credited(case, asked)


def _paid(case: Case, asked: Asked, scheme: str, fen: int) -> FundPayment:
    """The two vouchers of a scheme; the arrival is booked in the first month that is open."""
    other = book_of(scheme=scheme, ids=book_ids(on=asked.day))
    ordinal = MEDICAL_ITEM if scheme == MEDICAL else OTHER_ITEM
    items = [0] * (ordinal - 1) + [abs(fen)]
    out, into = (PAID, RECEIVED) if fen > 0 else (TAKEN_BACK, GIVEN_BACK)
    arrived = open_day(book_id=other, day=asked.day)
    return FundPayment(
        list=asked.fund_list,
        scheme=scheme,
        fen=fen,
        paid=_posted(case, asked, scheme, out, asked.fund_list.book_id, asked.day, items),
        received=_posted(case, asked, scheme, into, other, arrived, [abs(fen)]),
        paid_on=asked.day,
        document=asked.document,
        case_id=case.pk,
    )


def _posted(
    case: Case, asked: Asked, scheme: str, rule: str, book_id: int, day: date, items: list[int]
) -> Entry | None:
    month = Month.of(asked.fund_list.period)
    return post(
        rule=rule,
        book_id=book_id,
        business_date=day,
        source=SOURCE,
        source_id=f"{asked.fund_list.pk}/{scheme}",
        items=items,
        summary=f"{month} {SAID[scheme]} {asked.document}",
        posted_by=case.received_by,
        attachments=1,
    )


def _credited(case: Case, asked: Asked) -> int:
    """Both ways: what is paid comes into the accounts first, what is taken back then leaves."""
    values = {"list": asked.fund_list.pk, "day": asked.day, "case": case.pk}
    return sum(
        append(
            select=CREDITED,
            parameters=values | {"sign": sign},
            kind=kind,
            source=EntrySource.CASE,
        )
        for kind, sign in ((EntryKind.CREDIT, 1), (EntryKind.REFUND, -1))
    )


def _asked(case: Case) -> Asked:
    number = content.number(case, "list", "代缴名册")
    found = FundList.objects.filter(pk=number, book__agency=case.agency).first()
    if found is None:
        raise content.ContentInvalid("本机构没有这份代缴名册。", case_id=case.pk)
    if FundPayment.objects.filter(list=found).exists():
        raise ListPaid(f"{Month.of(found.period)} 的代缴名册已付款。", list=found.pk)
    day = content.day(case, "day", "付款日期")
    if not found.period <= day <= _latest(case, found):
        raise content.ContentInvalid("付款日期应在业务月份开始以后，不晚于今天。", case_id=case.pk)
    return Asked(found, day, content.text(case, "document", "付款凭据", most=DOCUMENT_MAX))


def _latest(case: Case, found: FundList) -> date:
    """Today; a demonstration plays its month on the days of that month."""
    today = content.day_of(case)
    return max(today, Month.of(found.period).last_day) if is_demo() else today
