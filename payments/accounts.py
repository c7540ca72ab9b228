"""Payees' accounts (收款账户): proposed by one person, changed by another, corrected by file.

Each row of a correction file (回访更正表) becomes one ACCOUNT_CHANGE case, named for ever by its
row, so that the same file twice changes nothing. When a change counts, ``account_changes`` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.cases.acts import NO_ACTS
from backend.cases.content import ProposalWaits, day
from backend.cases.decide import hands_of
from backend.cases.models import Case, CaseState
from backend.cases.own_matter import OwnMatter
from backend.cases.receive import Matter, receive_at_desk, receive_many, require_receiver
from backend.deployment import is_demo
from backend.kernel.names import same_name
from backend.people import queries
from payments.account import Account, AccountInvalid, checked_account, checked_evidence
from payments.account_changes import KIND, ChangeDisputed, require_free, settle
from payments.corrections import Correction, damaged, read_corrections
from payments.models import Attempt, Outcome, OutcomeState, PayeeAccount


@dataclass(frozen=True)
class Imported:
    """What an import of corrections did: the cases of all its rows, and how many are new."""

    case_ids: tuple[int, ...]
    new: int


@transaction.atomic
def propose(
    *,
    staff: Staff,
    payee_id: int,
    bank: str,
    account_no: str,
    holder_name: str,
    from_date: date,
    evidence: str,
    today: date,
) -> Case:
    """Propose a payee's account from a day on; another person decides (收款账户变更).

    Raises:
        AccountInvalid: when no bank file could carry it.
        StepNotAllowed, PartyMissing, ProposalWaits, ChangeDisputed, OwnMatter: as their sentences
            say.
    """
    require_receiver(staff=staff, kind=KIND, today=today)
    account = checked_account(
        bank=bank, account_no=account_no, holder_name=holder_name, on=today, demo=is_demo()
    )
    require_free(payees={payee_id: account})
    name = queries.sights(party_ids=[payee_id], on=today)[payee_id].name
    case = receive_at_desk(
        staff=staff,
        kind=KIND,
        party_id=payee_id,
        content=_content(account, checked_evidence(evidence), from_date.isoformat(), name),
        today=today,
        acts=NO_ACTS,
    )
    _refuse_own(case, account)
    return case


def check(case: Case) -> int:
    """At its receipt an ACCOUNT_CHANGE case says all that its second person decides on; writes
    nothing.

    Content: ``bank``, ``account_no``, ``holder_name``, ``from_date`` (ISO), ``evidence``, and
    ``holder_is_payee``: whether the holder is named as the payee is.

    Raises:
        AccountInvalid, ContentInvalid, ProposalWaits, ChangeDisputed: as their sentences say.
        OwnMatter: who works on it is paid to that account himself.
    """
    account, _ = _asked(case)
    _refuse_own(case, account)
    require_free(payees={case.party_id: account}, but=[case.pk])
    return 0


def change(case: Case) -> int:
    """Let the account of an approved case count, at once or when it has cooled; rows written.

    Raises:
        as ``check``; ChangeDisputed, CoolingNotConfigured.
    """
    account, from_date = _asked(case)
    _refuse_own(case, account)
    return settle(case=case, account=account, asked_from=from_date)


@transaction.atomic
def receive_corrections(*, content: bytes, received_by: Staff, today: date) -> Imported:
    """Receive one case for each row of a correction file, or refuse the file whole.

    The new accounts hold from ``today``. The same row again gives the case that is there already.

    Raises:
        CorrectionsDamaged: with line and reason.
        StepNotAllowed: when none of the clerk's roles may receive account changes.
    """
    require_receiver(staff=received_by, kind=KIND, today=today)
    rows = read_corrections(content, on=today, demo=is_demo())
    _refuse_rivals(rows)
    payees = _payees_of_returned(rows)
    _refuse_takers_own(rows, payees, received_by)
    _require_free(rows, payees)
    names = queries.sights(party_ids=set(payees.values()), on=today)
    known = _known_days(rows)
    matters = [
        Matter(
            party_id=payees[row.ref],
            content={
                "ref": row.ref,
                **_content(
                    row.account,
                    row.evidence,
                    known.get(row.origin, today.isoformat()),
                    names[payees[row.ref]].name,
                ),
            },
            origin=row.origin,
        )
        for row in rows
    ]
    cases, new = receive_many(
        kind=KIND, agency=received_by.agency, matters=matters, received_by=received_by.person_id
    )
    return Imported(tuple(case.pk for case in cases), new)


def _asked(case: Case) -> tuple[Account, date]:
    """The account and its first day; whose it is must be said as it is."""
    asked = case.content
    on = timezone.localdate(case.received_at)
    account = checked_account(
        bank=asked.get("bank"),
        account_no=asked.get("account_no"),
        holder_name=asked.get("holder_name"),
        on=on,
        demo=is_demo(),
    )
    checked_evidence(asked.get("evidence"))
    name = queries.sights(party_ids=[case.party_id], on=on)[case.party_id].name
    if asked.get("holder_is_payee") is not same_name(account.holder_name, name):
        raise AccountInvalid("请如实写明户名是不是收款人本人。", field="holder_is_payee")
    return account, day(case, "from_date", "启用日期")


def _refuse_own(case: Case, account: Account) -> None:
    """Nobody leads what another is paid to an account to which he is paid himself."""
    rows = PayeeAccount.objects.filter(
        bank=account.bank, account_no=account.account_no, superseded_at__isnull=True
    )
    payees = set(rows.exclude(payee=case.party_id).values_list("payee", flat=True))
    hands = hands_of(case=case) if payees else set()
    if any(payees.intersection(queries.family_of(party_id=hand)) for hand in hands):
        raise OwnMatter("这是办理人本人的收款账户，须由另外的人受理、审批。", case_id=case.pk)


def _content(account: Account, evidence: str, from_date: str, name: str) -> dict[str, object]:
    """What the second person decides on; another holder than the payee is told, not refused."""
    return {
        "bank": account.bank,
        "account_no": account.account_no,
        "holder_name": account.holder_name,
        "from_date": from_date,
        "evidence": evidence,
        "holder_is_payee": same_name(account.holder_name, name),
    }


def _payees_of_returned(rows: Sequence[Correction]) -> dict[str, int]:
    """Give the payee of each row; only what the bank returned is corrected."""
    due_refs = {row.due_ref for row in rows}
    returned = set(
        Outcome.objects.filter(due_ref__in=due_refs, state=OutcomeState.RETURNED).values_list(
            "due_ref", "n"
        )
    )
    payees = {
        (due_ref, n): payee_id
        for due_ref, n, payee_id in Attempt.objects.filter(due_ref__in=due_refs).values_list(
            "due_ref", "n", "payee_id"
        )
    }
    for row in rows:
        if (row.due_ref, row.n) not in payees:
            raise damaged(row.line, f"没有付款编号 {row.ref}。")
        if (row.due_ref, row.n) not in returned:
            raise damaged(row.line, f"付款 {row.ref} 没有被银行退回，不需要更正。")
    return {row.ref: payees[row.due_ref, row.n] for row in rows}


def _refuse_takers_own(
    rows: Sequence[Correction], payees: Mapping[str, int], received_by: Staff
) -> None:
    own = set(queries.family_of(party_id=received_by.person_id))
    for row in rows:
        if payees[row.ref] in own:
            raise damaged(row.line, f"付款 {row.ref} 的收款人是您本人，须由另一人报送。")


def _require_free(rows: Sequence[Correction], payees: Mapping[str, int]) -> None:
    """Refuse a row that gives its payee another account than a row above, or one that waits."""
    first: dict[int, Correction] = {}
    for row in rows:
        above = first.setdefault(payees[row.ref], row)
        if above.account != row.account:
            raise damaged(row.line, f"付款 {row.ref} 的收款人在第{above.line}行另有不同的账户。")
    try:
        require_free(payees={payee: row.account for payee, row in first.items()})
    except (ProposalWaits, ChangeDisputed) as refusal:
        line = first[int(str(refusal.facts["party"]))].line
        raise damaged(line, refusal.detail) from None


def _known_days(rows: Sequence[Correction]) -> Mapping[str, str]:
    """Give the first day of the cases that earlier imports of these rows opened."""
    known = Case.objects.filter(origin__in=[row.origin for row in rows])
    return {case.origin: str(case.content["from_date"]) for case in known}


def _refuse_rivals(rows: Sequence[Correction]) -> None:
    """Refuse a second correction of a payment while another one waits for its decision."""
    waiting = Case.objects.filter(
        kind=KIND,
        state__in=[CaseState.RECEIVED, CaseState.REVIEWED],
        content__ref__in=[row.ref for row in rows],
    ).exclude(origin__in=[row.origin for row in rows])
    rivals = {str(case.content["ref"]): case.pk for case in waiting}
    for row in rows:
        if row.ref in rivals:
            raise damaged(
                row.line, f"付款 {row.ref} 已有内容不同的更正待审(业务件{rivals[row.ref]})。"
            )
