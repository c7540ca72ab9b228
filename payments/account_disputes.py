"""Somebody says that it was not he who changed something (否认办理核查): the money stops at once.

What cools stays where it is, the account in force is not paid to, and no account of the person is
changed until two persons have decided. If it was not he, the account before holds again.
"""

from datetime import date

from django.utils import timezone

from backend.cases import content
from backend.cases.decide import ReviewMissing, is_reviewed
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.people.supersede import end_from, replace_from
from backend.sensitive.kinds import sensitive_kinds
from payments.account_changes import (
    KIND,
    account_of,
    block_again,
    current_accounts,
    move,
    open_disputes,
)
from payments.account_models import AccountChange, ChangeState
from payments.locks import hold_accounts
from payments.models import AccountBlock, PayeeAccount

TOLD_BY = ("CALL_BACK", "WINDOW", "LETTER")
REASON = "DISPUTED"


class DisputeInvalid(Refusal):
    """The case names no decided sensitive change of this person (否认的不是本人的变更)."""

    code = "dispute_invalid"


def begin(case: Case) -> int:
    """At the receipt of a CHANGE_DISPUTE case: pay no more to the account that is denied.

    Content: ``change`` (the case that is denied), ``told_by``, ``note``.

    Raises:
        ContentInvalid, ProposalWaits, DisputeInvalid.
    """
    denied = _denied(case)
    content.choice(case, "told_by", "否认的途径", TOLD_BY)
    content.text(case, "note", "否认的说明")
    hold_accounts()
    waiting = open_disputes().filter(content__change=denied.pk).exclude(pk=case.pk).first()
    if waiting is not None:
        raise content.ProposalWaits(
            f"对业务件 {denied.pk} 的否认已由业务件 {waiting.pk} 核查。", case_id=waiting.pk
        )
    if denied.kind != KIND:
        return 0
    row = _row_of(denied)
    if row is None or AccountBlock.objects.filter(account=row).exists():
        return 0
    AccountBlock.objects.create(account=row, reason=REASON, case_id=case.pk)
    return 1


def uphold(case: Case) -> int:
    """It was not he: what cools never counts, what was in force before holds again; rows written.

    Raises:
        as ``begin``.
    """
    denied = _denied(case)
    hold_accounts()
    changes = AccountChange.objects.filter(
        pk=denied.pk, state__in=[ChangeState.COOLING, ChangeState.IN_FORCE]
    )
    row = _row_of(denied) if denied.kind == KIND else None
    rows = _put_back(row, changes.get(), case) if row is not None else 0
    return rows + move(changes=changes, to=ChangeState.STOPPED)


def dismiss(case: Case) -> int:
    """It was he: what cools goes on, the account is paid to again; rows written.

    Raises:
        ReviewMissing: one person alone sets no money free.
    """
    if not is_reviewed(case=case):
        raise ReviewMissing("认定是本人办理，也须先由另一人审核签名，再审批。", case_id=case.pk)
    hold_accounts()
    block = AccountBlock.objects.filter(
        case_id=case.pk, account__superseded_at__isnull=True
    ).first()
    if block is None:
        return 0
    row = block.account
    return replace_from(
        current=current_accounts(payee_id=row.payee_id),
        successor=_copy(row),
        from_date=max(row.valid.lower, _decided_on(case)),
        case_id=row.case_id,
    )


def _denied(case: Case) -> Case:
    number = content.number(case, "change", "被否认的业务件")
    denied = Case.objects.filter(pk=number, state=CaseState.APPROVED).first()
    on = timezone.localdate(case.received_at)
    if (
        denied is None
        or denied.kind not in sensitive_kinds(on=on)
        or denied.party_id not in family_of(party_id=case.party_id)
    ):
        raise DisputeInvalid(f"业务件 {number} 不是此人已办结的敏感变更。", case_id=case.pk)
    return denied


def _row_of(denied: Case) -> PayeeAccount | None:
    """The account that a change put in force, as long as it holds."""
    asked = account_of(denied)
    return (
        current_accounts(payee_id=denied.party_id)
        .filter(
            case_id=denied.pk,
            bank=asked.bank,
            account_no=asked.account_no,
            holder_name=asked.holder_name,
            valid__upper_inf=True,
        )
        .first()
    )


def _put_back(row: PayeeAccount, change: AccountChange, case: Case) -> int:
    current, from_date = current_accounts(payee_id=row.payee_id), _decided_on(case)
    if change.replaced is None:
        return end_from(current=current, from_date=from_date, case_id=case.pk)
    old = change.replaced
    written = replace_from(
        current=current, successor=_copy(old), from_date=from_date, case_id=case.pk
    )
    block = AccountBlock.objects.filter(account=old, due_ref__isnull=False).first()
    return written + (block_again(current=current, kept={from_date: block}) if block else 0)


def _copy(row: PayeeAccount) -> PayeeAccount:
    return PayeeAccount(
        payee_id=row.payee_id,
        bank=row.bank,
        account_no=row.account_no,
        holder_name=row.holder_name,
    )


def _decided_on(case: Case) -> date:
    return timezone.localdate(case.decided_at or case.received_at)
