"""Pay a list of contributions into the funds they are for (代缴付款): by a case of three persons.

Out of 支出户 of the unemployment fund: a voucher in its own book. What it pays into another book of
the same agency arrives in the same transaction; what goes to another agency is under way until that
agency's own staff book the arrival (``contribution_receipt_case``), unless it came to nothing: no
money moves, and no paper tells of it. What a list takes back lowers it; where it comes to less than
nothing, its vouchers are red.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.books import book_ids, book_of
from insurance.collection.models import FundList, FundPayment
from insurance.unemployment.contribution_booking import (
    DOCUMENT_MAX,
    arrive,
    arrive_of_nothing,
    hold_lists,
    latest_day,
    lock_accounts,
    post_side,
)
from insurance.unemployment.contributions import MEDICAL

PAID, TAKEN_BACK = "fund.contribution.paid", "fund.contribution.taken_back"
MEDICAL_ITEM, OTHER_ITEM = 2, 5  # 基本医疗保险费、其他费用: expense items of the fund, from 1

SUMS = """
SELECT scheme, sum(fen)::bigint FROM collection_fundline WHERE list_id = %s GROUP BY 1 ORDER BY 1
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
    """The act of a FUND_CONTRIBUTIONS case: pays, receives what stays here; rows written.

    Raises:
        as ``check``, but for ProposalWaits; MonthClosed, NoBook.
    """
    hold_lists()
    asked = _asked(case)
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [asked.fund_list.pk])
        sums: list[tuple[str, int]] = cursor.fetchall()
    payments = [_paid(case, asked, scheme, fen) for scheme, fen in sums]
    own = [one for one in payments if one.into.agency_id == case.agency_id]
    of_others = [one for one in payments if one not in own and one.fen == 0]
    lock_accounts(payments=[*own, *of_others])
    rows = len(payments)
    for one in own:
        rows += arrive(case=case, payment=one, day=asked.day, document=asked.document)
    for one in of_others:
        rows += arrive_of_nothing(payments=[one], day=asked.day)
    return rows


def _paid(case: Case, asked: Asked, scheme: str, fen: int) -> FundPayment:
    ordinal = MEDICAL_ITEM if scheme == MEDICAL else OTHER_ITEM
    voucher = post_side(
        case=case,
        fund_list=asked.fund_list,
        scheme=scheme,
        rule=PAID if fen > 0 else TAKEN_BACK,
        book_id=asked.fund_list.book_id,
        day=asked.day,
        items=[0] * (ordinal - 1) + [abs(fen)],
        document=asked.document,
    )
    return FundPayment.objects.create(
        list=asked.fund_list,
        scheme=scheme,
        fen=fen,
        into_id=book_of(scheme=scheme, ids=book_ids(on=asked.day)),
        paid=voucher,
        paid_on=asked.day,
        document=asked.document,
        case_id=case.pk,
    )


def _asked(case: Case) -> Asked:
    number = content.number(case, "list", "代缴名册")
    found = FundList.objects.filter(pk=number, book__agency=case.agency).first()
    if found is None:
        raise content.ContentInvalid("本机构没有这份代缴名册。", case_id=case.pk)
    if FundPayment.objects.filter(list=found).exists():
        raise ListPaid(f"{Month.of(found.period)} 的代缴名册已付款。", list=found.pk)
    day = content.day(case, "day", "付款日期")
    if not found.period <= day <= latest_day(case=case, not_before=found.period):
        raise content.ContentInvalid("付款日期应在业务月份开始以后，不晚于今天。", case_id=case.pk)
    return Asked(found, day, content.text(case, "document", "付款凭据", most=DOCUMENT_MAX))
