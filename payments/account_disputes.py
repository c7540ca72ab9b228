"""Somebody says that it was not he who changed something (否认办理核查): the money stops at once.

What cools stays where it is, the account in force is not paid to, and no account of the person is
changed until two persons have decided. An account is denied, not a case: if it was not he, every
change to it ends, and the last account that he did not deny holds again.
"""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from backend.access.models import DelegationKind, Role
from backend.cases import content
from backend.cases.decide import OwnDecision, ReviewMissing, hands_of, is_reviewed
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.notices.call_backs import DISPUTE
from backend.people.contacts import KIND as CONTACTS
from backend.people.identity_change import KIND as IDENTITY
from backend.people.queries import family_of
from backend.people.supersede import replace_row
from backend.sensitive.kinds import told_kinds
from payments.account import Account
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

TOLD_BY = ("CALL_BACK", "WINDOW", "LETTER", "BANK")
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
    waiting = next((one for one in _open_beside(case) if _matter(one) == _matter(case)), None)
    if waiting is not None:
        raise content.ProposalWaits(
            f"对此项变更的否认已由业务件 {waiting.pk} 核查。", case_id=waiting.pk
        )
    if denied.kind != KIND:
        return 0
    rows = _rows(denied, content.received_on(case)).filter(accountblock__isnull=True)
    blocks = [AccountBlock(account=row, reason=REASON, case_id=case.pk) for row in rows]
    return len(AccountBlock.objects.bulk_create(blocks))


def uphold(case: Case) -> int:
    """It was not he: no change to that account counts, of whichever of his entries, and where it is
    in force what was before it holds again. If he did not change his number, name or way to be
    reached either, no account that was asked for since and cools counts. The rows written.

    Raises:
        as ``begin``.
    """
    denied = _denied(case)
    hold_accounts()
    if denied.kind in (CONTACTS, IDENTITY):
        return move(changes=_cooling_since(denied), to=ChangeState.STOPPED)
    if denied.kind != KIND:
        return 0
    counting = _changes_to(denied).filter(state__in=[ChangeState.COOLING, ChangeState.IN_FORCE])
    stopped = move(changes=counting, to=ChangeState.STOPPED)
    return stopped + sum(_put_back(row, case) for row in list(_rows(denied, _decided_on(case))))


def dismiss(case: Case) -> int:
    """It was he: what cools goes on, the account is paid to again; rows written.

    Raises:
        ReviewMissing: one person alone sets no money free; OwnDecision.
    """
    if not is_reviewed(case=case):
        raise ReviewMissing("认定是本人办理，也须先由另一人审核签名，再审批。", case_id=case.pk)
    _require_other_hands(case)
    hold_accounts()
    return sum(_free(row) for row in list(_blocked_by(case)))


def _require_other_hands(case: Case) -> None:
    """Who had a hand in any change to the account does not find that it was he.

    That it was not he, he may: the money then goes where it went before.
    """
    denied = _denied(case)
    if denied.kind != KIND:
        return
    signers = hands_of(case=case) - case.takers - {case.agent_id}
    family = {one for signer in signers for one in family_of(party_id=signer)}
    for change in _changes_to(denied).select_related("case"):
        if hands_of(case=change.case) & family:
            role = _of_hand(case, hands_of(case=change.case))
            raise OwnDecision(
                f"审核人或审批人办理过同一账户的变更（业务件 {change.pk}），不能认定是本人办理，"
                f"请由本机构另一名“{role.label}”办理。本机构没有别人的：上级机构的分管领导提出上级代办的委派"
                f"（POST delegations/），安全管理员确认后，上级机构的“{role.label}”办理此件。",
                case_id=case.pk,
                action=_superior_helps(case, role),
            )


def _of_hand(case: Case, hands: set[int]) -> Role:
    """Which step another person must take: the review, if its signer is one of the hands."""
    reviewer = case.reviewed_by
    ours = set(family_of(party_id=reviewer)) if reviewer else set()
    return Role.REVIEWER if ours & hands else Role.APPROVER


def _superior_helps(case: Case, role: Role) -> dict[str, object]:
    """The call by which a leader of the superior agency lets its staff take the step; its dates,
    reason and document are for him to say."""
    agency = case.agency
    return {
        "method": "POST",
        "path": reverse("delegation-list"),
        "body": {"kind": DelegationKind.SUPERIOR.value, "role": role.value, "agency": agency.code},
        "by": agency.parent.name if agency.parent else "",
        "confirmed_at": reverse("delegation-confirm", kwargs={"pk": 0}).replace("/0/", "/{id}/"),
    }


def _denied(case: Case) -> Case:
    number = content.number(case, "change", "被否认的业务件")
    denied = Case.objects.filter(pk=number, state=CaseState.APPROVED).first()
    on = timezone.localdate(case.received_at)
    if (
        denied is None
        or denied.kind not in told_kinds(on=on)
        or denied.party_id not in family_of(party_id=case.party_id)
    ):
        raise DisputeInvalid(f"业务件 {number} 不是此人已办结的敏感变更。", case_id=case.pk)
    return denied


def _matter(dispute: Case) -> tuple[object, ...]:
    """What a dispute is about: an account, whichever change asked for it, or another change."""
    denied = Case.objects.get(pk=dispute.content["change"])
    return _number_of(account_of(denied)) if denied.kind == KIND else (denied.pk,)


def _open_beside(case: Case) -> QuerySet[Case]:
    family = family_of(party_id=case.party_id)
    return open_disputes().filter(party__in=family).exclude(pk=case.pk).order_by("pk")


def _number_of(of: Account | PayeeAccount) -> tuple[str, str]:
    return of.bank, of.account_no


def _rows(denied: Case, on: date) -> QuerySet[PayeeAccount]:
    """Where the account that a change asked for is in force, or is to be."""
    bank, account_no = _number_of(account_of(denied))
    return PayeeAccount.objects.filter(
        payee__in=family_of(party_id=denied.party_id),
        superseded_at__isnull=True,
        bank=bank,
        account_no=account_no,
        valid__overlap=SqlRange(on, None),
    ).order_by("pk")


def _changes_to(denied: Case) -> QuerySet[AccountChange]:
    """All changes of a person to the account that one of them asked for."""
    bank, account_no = _number_of(account_of(denied))
    return AccountChange.objects.filter(
        payee__in=family_of(party_id=denied.party_id),
        case__content__bank=bank,
        case__content__account_no=account_no,
    )


def _cooling_since(denied: Case) -> QuerySet[AccountChange]:
    """What was asked for under a name or number, or told at a telephone, that is not his."""
    return AccountChange.objects.filter(
        payee__in=family_of(party_id=denied.party_id),
        state=ChangeState.COOLING,
        case__gt=denied.pk,
    )


def _blocked_by(case: Case) -> QuerySet[PayeeAccount]:
    rows = PayeeAccount.objects.filter(accountblock__case_id=case.pk, superseded_at__isnull=True)
    return rows.order_by("pk")


def _put_back(row: PayeeAccount, case: Case) -> int:
    old = _standing(row)
    if old is not None and _number_of(old) == _number_of(row):
        return _free(row) if _blocked_by(case).filter(pk=row.pk).exists() else 0
    since = max(row.valid.lower, _decided_on(case))
    written = replace_row(
        row=row, successor=_copy(old) if old else None, from_date=since, case_id=case.pk
    )
    block = AccountBlock.objects.filter(account=old, due_ref__isnull=False).first()
    current = current_accounts(payee_id=row.payee_id)
    return written + (block_again(current=current, kept={since: block}) if block else 0)


def _standing(row: PayeeAccount) -> PayeeAccount | None:
    """The last account up to this one that nobody stopped; None: there was none."""
    found: PayeeAccount | None = row
    while found is not None:
        change = _change_behind(found)
        if change is None:
            return found
        own = _number_of(account_of(change.case)) == _number_of(found)
        if own and change.state != ChangeState.STOPPED:
            return found
        found = change.replaced
    return None


def _change_behind(row: PayeeAccount) -> AccountChange | None:
    """The change that put a row in force, or shortened it, or was denied so that it holds again:
    what it replaced was known before the row. None: the row is of the baseline."""
    if row.case_id is None:
        return None
    case = Case.objects.get(pk=row.case_id)
    number = case.content["change"] if case.kind == DISPUTE else case.pk
    changes = AccountChange.objects.select_related("case", "replaced")
    return changes.filter(pk=number).first()


def _free(row: PayeeAccount) -> int:
    """Let the same row hold, not blocked."""
    successor = _copy(row)
    return replace_row(row=row, successor=successor, from_date=row.valid.lower, case_id=row.case_id)


def _copy(row: PayeeAccount) -> PayeeAccount:
    return PayeeAccount(
        payee_id=row.payee_id,
        bank=row.bank,
        account_no=row.account_no,
        holder_name=row.holder_name,
    )


def _decided_on(case: Case) -> date:
    return timezone.localdate(case.decided_at or case.received_at)
