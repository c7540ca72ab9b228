"""Decide what came in and pays nothing yet (待处理款处理): match it as named, or give it back.

Finance proposes, another person decides. MATCH allocates this receipt only, to the payer, person,
month or part that the case names; what is left of it waits again. REFUND is paid back by the
treasury (退库): the row is closed and the refund owed; it is booked when the treasury has paid.
"""

from datetime import date
from typing import Any

from django.db import transaction

from backend.cases import content, worklist
from backend.cases.authority import Weight
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Party
from backend.people.queries import canonical_id
from insurance.collection.matching.allocate import (
    PURSE,
    allocate,
    close_match,
    leave_rest,
    open_match,
    purses,
    record_match,
    wait_for_others,
)
from insurance.collection.matching.credit_accounts import credit_accounts
from insurance.collection.matching.give_back import owe_suspense
from insurance.collection.matching.match_receipts import order_of
from insurance.collection.matching.post_receipts import post_match
from insurance.collection.models import LinePart, MatchKind, Suspense

MATCH, REFUND = "MATCH", "REFUND"
PARTS = tuple(part.name for part in LinePart if part is not LinePart.LATE_FEE)

# The receipt as the tax bureau told it, but for what the case names; a late fee stays one.
NAMED = f"""
SELECT r.id, %(payer)s::bigint, r.scheme, s.fen, r.arrived, %(month)s::date, %(person)s::bigint,
    (CASE WHEN r.late_fee THEN 8 ELSE %(part)s END)::smallint, {PURSE}
FROM collection_suspense s JOIN collection_receipt r ON r.id = s.receipt_id
WHERE s.id = %(suspense)s
"""


class SuspenseMissing(Refusal):
    """There is no such suspense (没有这笔待处理款)."""

    code = "collection_suspense_missing"


class SuspenseClosed(Refusal):
    """A suspense is decided once (待处理款已处理)."""

    code = "collection_suspense_closed"


class SuspenseDiffers(Refusal):
    """By the amount that is signed it is decided who approves (退款金额不符)."""

    code = "collection_suspense_differs"


class NothingToMatch(Refusal):
    """Nothing is open of what the case names (没有可核销的应缴)."""

    code = "collection_nothing_to_match"


def check(case: Case) -> int:
    """At its receipt a COLLECTION_SUSPENSE case says what is to be done; writes nothing.

    Content: ``suspense``, ``decision`` (MATCH or REFUND), ``evidence``; for REFUND the ``amount``
    (yuan) of the suspense; for MATCH the payer is the case's party, and ``month``, ``person``,
    ``part`` name what is paid, or are null. A month that is named may be one whose last day to pay
    is over.

    Raises:
        ContentInvalid, SuspenseMissing, SuspenseClosed, SuspenseDiffers, ProposalWaits.
    """
    row = _open(case)
    if case.content["decision"] == MATCH:
        _named(case)
    content.require_only_proposal(case, suspense=row.pk)
    return 0


def weigh(asks: content.Asks) -> Weight:
    """What a COLLECTION_SUSPENSE case weighs: what is matched nothing, it stays in the fund."""
    decision = content.choice(asks, "decision", "处理", (MATCH, REFUND))
    fen = content.fen(asks, "amount", "退款金额") if decision == REFUND else 0
    return Weight(fen=fen, about=decision)


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_SUSPENSE case: the row is closed, matched or given back.

    Gives the rows written. Vouchers, account entries and the match record themselves. Done before,
    it does nothing.

    Raises:
        as ``check``; NothingToMatch; NotConfigured, NotVerified: the order of matching.
    """
    wait_for_others()
    if Suspense.objects.filter(case_id=case.pk, closed_at__isnull=False).exists():
        return 0
    row = _open(case)
    row.decision = str(case.content["decision"])
    row.case_id, row.closed_at = case.pk, case.decided_at
    row.save(update_fields=["decision", "case_id", "closed_at"])
    if row.decision == MATCH:
        _match(case, row)
        return 1
    owe_suspense(suspense=row, case_id=case.pk, day=content.day_of(case))
    return 2


def assign(*, suspense_ids: list[int], staff_id: int, by: int) -> int:
    """Give open suspense to an owner; rows written."""
    return worklist.assign(
        of=Suspense,
        ids=suspense_ids,
        staff_id=staff_id,
        by=by,
        name="collection.assign_suspense",
        subject_kind="collection.suspense",
    )


def _open(case: Case) -> Suspense:
    number = content.number(case, "suspense", "待处理款")
    content.choice(case, "decision", "处理", (MATCH, REFUND))
    content.text(case, "evidence", "依据")
    row = Suspense.objects.select_for_update(of=("self",)).filter(pk=number).first()
    if row is None:
        raise SuspenseMissing(f"没有待处理款 {number}。", suspense=number)
    if row.closed_at is not None:
        raise SuspenseClosed(f"待处理款 {number} 已处理：{row.decision}。", suspense=number)
    if case.content["decision"] == REFUND and content.fen(case, "amount", "退款金额") != row.fen:
        raise SuspenseDiffers(
            f"待处理款 {number} 是 {Money(row.fen)} 元，退款须是全部，由谁审批按金额定。",
            suspense=number,
        )
    return row


def _named(case: Case) -> dict[str, Any]:
    """What the case names: the payer is its party."""
    month, part = case.content.get("month"), case.content.get("part")
    if part is not None:
        content.choice(case, "part", "款项", PARTS)
    person = content.optional_number(case, "person", "参保人")
    if person is not None and not Party.objects.filter(pk=person, kind="PERSON").exists():
        raise content.ContentInvalid("人员库中没有这个参保人。", case_id=case.pk)
    return {
        "payer": canonical_id(party_id=case.party_id),
        "person": None if person is None else canonical_id(party_id=person),
        "month": None if month is None else Month.parse(month).first_day,
        "part": None if part is None else LinePart[str(part)].value,
    }


def _match(case: Case, row: Suspense) -> None:
    today: date = content.day_of(case)
    order = order_of(today=today)
    match = open_match(
        kind=MatchKind.SUSPENSE,
        period=Month.of(today),
        today=today,
        case_id=case.pk,
        order=order,
    )
    named = _named(case)
    values = {**named, "suspense": row.pk, **purses()}
    allocated = allocate(
        match=match,
        select=NAMED,
        parameters=values,
        order=order,
        heeds_last_day=named["month"] is None,
    )
    if not allocated:
        raise NothingToMatch("写明的缴款人、人员、月份没有未缴的应缴，不能核销。")
    rows = allocated + leave_rest(match=match) + close_match(match=match)
    record_match(match=match, rows=rows + 1)
    credit_accounts(match=match)
    post_match(match=match)
