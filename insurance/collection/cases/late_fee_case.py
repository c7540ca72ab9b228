"""Settle a late fee at the tax bureau's figure (滞纳金按征收机构数额确定): by decision.

The tax bureau rounds each payment and knows its own last days; what it charged of a month may
differ from ours by a remainder that else nobody could settle. Once the principal is paid the fee
grows no more: then two people put its figure in the place of ours. What becomes known of the month
later still changes the fee, by difference.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from insurance.collection.debts.late_fees import (
    FeeOf,
    covered_until,
    let_nobody_bill,
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


class FeeStillGrows(Refusal):
    """While principal is open its late fee grows (本金尚未缴清)."""

    code = "collection_late_fee_still_grows"


@dataclass(frozen=True)
class Asked:
    """The fee of which month is settled, and at which amount."""

    of: FeeOf
    fen: int
    document: str


def check(case: Case) -> int:
    """At its receipt a COLLECTION_LATE_FEE case can be decided as it asks; writes nothing.

    The party is the employer. Content: ``scheme``, ``month``, ``amount`` (yuan, all that the tax
    bureau charged of this month's fee, "0.00" where it charged none), ``document`` that shows it;
    ``payer``, the entry that was billed, where several were found to be one.

    Raises:
        ContentInvalid, MoneyInvalid, MonthInvalid, ProposalWaits, NoSuchDebt, SeveralDebts,
        FeeStillGrows.
    """
    asked = _asked(case)
    month = case.content["month"]
    content.require_only_proposal(case, of_party=True, scheme=asked.of.scheme, month=month)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a COLLECTION_LATE_FEE case; rows written, none when it was done before.

    Raises:
        as ``check``; FeeSettled, RunStillOpen; NotConfigured, NotVerified: a rule of the fee.
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
    payer_id = _billed(case.party_id, named, scheme, month, content.day_of(case))
    return Asked(FeeOf(payer_id, scheme, month), fen, document)


def _billed(party_id: int, named: int | None, scheme: str, month: Month, today: date) -> int:
    """The entry that was billed for the month, and has paid all of it.

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
    return payer_id
