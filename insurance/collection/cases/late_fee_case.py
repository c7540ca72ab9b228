"""Settle a late fee at the tax bureau's figure (滞纳金按征收机构数额确定): by decision.

The tax bureau rounds each payment and knows its own last days; what it charged of a month may
differ from ours by a remainder that else nobody could settle. Once the principal is paid the fee
grows no more: then two people put its figure in the place of ours. What becomes known of the month
later still changes the fee, by difference.

Nobody waives a late fee (社会保险法第六十、八十六条): its figure is no less than what came in, and
a remainder that is none is decided by who may let go as much.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backend.cases import content
from backend.cases.authority import Weight
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from backend.people.queries import family_of
from insurance.collection.debts.late_fees import (
    FeeOf,
    computed_fee,
    covered_until,
    let_nobody_bill,
    received_fee,
    settle_late_fee,
)
from insurance.collection.debts.open_amounts import open_by_month
from insurance.collection.matching.allocate import wait_for_others
from insurance.collection.models import BillRun, BillRunKind
from insurance.collection.rules.terms import EMPLOYED, MONTHLY


class NoSuchDebt(Refusal):
    """The employer was not billed for this month (该月没有核定应缴)."""

    code = "collection_late_fee_no_debt"


class SeveralDebts(Refusal):
    """Several entries of the employer were billed for this month: one is to be named."""

    code = "collection_late_fee_several_debts"


class FeeBelowReceived(Refusal):
    """No fee falls below what the tax bureau received of it (低于已收取的滞纳金)."""

    code = "collection_late_fee_below_received"


class ComputedDiffers(Refusal):
    """By the difference that is signed it is decided who approves (核算的滞纳金不符)."""

    code = "collection_late_fee_computed_differs"


class FeeStillGrows(Refusal):
    """While principal is open its late fee grows (本金尚未缴清)."""

    code = "collection_late_fee_still_grows"


@dataclass(frozen=True)
class Asked:
    """The fee of which month is settled, and at which amount."""

    of: FeeOf
    fen: int
    document: str


def weigh(asks: content.Asks) -> Weight:
    """What a COLLECTION_LATE_FEE case weighs: by how much it departs from what we compute."""
    return Weight(fen=abs(_computed(asks) - Money.yuan(asks.content.get("amount")).fen))


def check(case: Case) -> int:
    """At its receipt a COLLECTION_LATE_FEE case can be decided as it asks; writes nothing.

    The party is the employer. Content: ``scheme``, ``month``, ``amount`` (yuan, all that the tax
    bureau charged of this month's fee, "0.00" where it charged none), ``computed`` (yuan, what we
    compute it to be), ``document`` that shows it; ``payer``, the entry that was billed, where
    several were found to be one.

    Raises:
        ContentInvalid, MoneyInvalid, MonthInvalid, ProposalWaits, NoSuchDebt, SeveralDebts,
        FeeStillGrows, FeeBelowReceived, ComputedDiffers; NotConfigured, NotVerified: a rule of the
        fee.
    """
    asked = _asked(case)
    month = case.content["month"]
    content.require_only_proposal(case, of_party=True, scheme=asked.of.scheme, month=month)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_LATE_FEE case; rows written, none when it was done before.

    Raises:
        as ``check``; FeeSettled, RunStillOpen.
    """
    let_nobody_bill()
    wait_for_others()
    if BillRun.objects.filter(kind=BillRunKind.LATE_FEE, case_id=case.pk).exists():
        return 0
    asked = _asked(case)
    return settle_late_fee(
        of=asked.of,
        fen=asked.fen,
        reason=asked.document,
        case_id=case.pk,
        today=content.day_of(case),
    )


def _asked(case: Case) -> Asked:
    scheme = content.choice(case, "scheme", "险种", MONTHLY[EMPLOYED])
    month = Month.parse(case.content.get("month"))
    document = content.text(case, "document", "依据（税票、税务文书）")
    fen = Money.yuan(case.content.get("amount")).fen
    if fen < 0:
        raise content.ContentInvalid("滞纳金不能小于零。", case_id=case.pk)
    named = content.optional_number(case, "payer", "核定的单位")
    today = content.day_of(case)
    payer_id, others = _billed(case.party_id, named, scheme, month, today)
    of = FeeOf(payer_id, scheme, month)
    entries = set(family_of(party_id=case.party_id)) - others
    _refuse_below_received(of, fen, sorted(entries))
    _refuse_other_computed(case, of, today)
    return Asked(of, fen, document)


def _computed(asks: content.Asks) -> int:
    return Money.yuan(asks.content.get("computed")).fen


def _refuse_below_received(of: FeeOf, fen: int, payers: list[int]) -> None:
    received = received_fee(of=of, payers=payers)
    if fen < received:
        raise FeeBelowReceived(
            f"征收机构已收取 {of.month} 的滞纳金 {Money(received)} 元（含待处理款），"
            "确定的数额不能低于已收取的；滞纳金不得减免。"
        )


def _refuse_other_computed(case: Case, of: FeeOf, today: date) -> None:
    computed = computed_fee(of=of, today=today)
    if _computed(case) != computed:
        raise ComputedDiffers(
            f"系统核算的 {of.month} 滞纳金是 {Money(computed)} 元；由谁审批按与它的差额定，"
            "请按此填写核算的滞纳金，已受理的退回后重新受理。",
            case_id=case.pk,
        )


def _billed(
    party_id: int, named: int | None, scheme: str, month: Month, today: date
) -> tuple[int, set[int]]:
    """The entry that was billed for the month, and has paid all of it; and the others that were.

    Raises:
        NoSuchDebt, SeveralDebts, FeeStillGrows.
    """
    months = MonthRange(month, month.next)
    found = open_by_month(payer_id=party_id, scheme=scheme, months=months)
    billed = {payer: fen for (payer, _), fen in found.items() if named in (None, payer)}
    if not billed:
        raise NoSuchDebt(f"该单位 {month} 没有这个险种的应缴。")
    if len(billed) > 1:
        raise SeveralDebts("该月按几个合并前的单位核定，请写明是哪一个。", payers=sorted(billed))
    ((payer_id, open_fen),) = billed.items()
    if open_fen > 0 or covered_until(today=today) is None:
        raise FeeStillGrows(f"{month} 的本金尚未缴清，滞纳金还会增加，缴清后再办理。")
    return payer_id, {payer for payer, _ in found} - {payer_id}
