"""From when an approved account counts (账户变更启用): at once by a waiver, or when it has cooled.

While it cools the account before it stays in force; where the bank does not pay to that, the money
waits. Of several changes of one payee the last decided counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from backend.audit.record import record
from backend.cases.content import WAITING, ProposalWaits
from backend.cases.kinds import CASE
from backend.cases.models import Case, CaseState
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.notices.call_backs import DISPUTE
from backend.papers.figures import spoken_day
from backend.people import queries
from backend.people.models import ClockTimestamp
from backend.people.supersede import replace_from
from backend.privacy.masks import mask_account
from backend.sensitive.cooling import (
    Before,
    Change,
    Confirmation,
    Cooling,
    CoolingNotConfigured,
    Counts,
    counts,
)
from backend.sensitive.kinds import DOUBLE_CHANGE, cooling_of
from payments.account import Account
from payments.account_models import AccountAnswer, AccountChange, ChangeState, CheckResult
from payments.bank_word import is_the_banks
from payments.banks.profile import bank_name
from payments.locks import hold_accounts, hold_payees
from payments.models import AccountBlock, PayeeAccount
from payments.untold import stays_cool

KIND = "ACCOUNT_CHANGE"


class ChangeDisputed(Refusal):
    """Somebody says that it was not he who asked for a change (账户变更有异议待核查)."""

    code = "account_change_disputed"
    status = 409


def settle(*, case: Case, account: Account, asked_from: date) -> int:
    """Let the account of an approved case count, now or when it has cooled; rows written.

    What still cooled of the payee is overtaken by it.

    Raises:
        ChangeDisputed, CoolingNotConfigured: as their sentences say.
    """
    hold_accounts()  # or the block of a bank would hang on the row that goes
    refuse_disputed(payee_ids=[case.party_id])
    _refuse_denied_since(case)
    decided_on = _decided_on(case)
    rules = rules_of(case=case, on=decided_on)
    counting = _counting(case, account, asked_from, rules)
    overtaken = move(changes=_cooling(case.party_id), to=ChangeState.OVERTAKEN)
    change = AccountChange.objects.create(
        case=case,
        payee_id=case.party_id,
        state=ChangeState.COOLING,
        cools_until=counting.cools_until,
        standing=rules.standing if counting.cools_until else "",
        from_date=counting.from_date,
        waiver=counting.waiver.name if counting.waiver else "",
    )
    rows = 1 + overtaken
    return rows if counting.cools_until else rows + _put_in_force(change, account)


def let_count(*, today: date) -> int:
    """Put in force what has cooled by ``today``, and what the bank has confirmed since; how many.

    What somebody disputes waits for the decision on that.
    """
    ready = [change.pk for change in _perhaps_cooled(today) if _has_cooled(change, today)]
    return sum(_let_count(pk, today) for pk in ready)


def require_free(*, payees: Mapping[int, Account], but: Collection[int] = ()) -> None:
    """Let each payee be proposed one account at a time, under whichever of his entries; who comes
    second learns of the first.

    ``payees`` says which account is asked for, ``but`` names the cases that ask for it. Nobody else
    proposes for them until the transaction ends.

    Raises:
        ProposalWaits, ChangeDisputed.
    """
    if not payees:
        return
    entries = queries.entries_of(party_ids=payees)
    hold_payees(party_ids=payees if len(payees) > 1 else [min(entries)])
    refuse_disputed(payee_ids=payees)
    waiting = Case.objects.filter(kind=KIND, state__in=WAITING, party__in=entries)
    for case in waiting.exclude(pk__in=but).order_by("pk"):
        waits = account_of(case)
        if waits != payees[entries[case.party_id]]:
            raise ProposalWaits(
                f"此人已有待审的收款账户变更（业务件 {case.pk}："
                f"{waits.bank} {mask_account(waits.account_no)}），请先审结，再受理新的变更。",
                case_id=case.pk,
                party=entries[case.party_id],
            )


def refuse_disputed(*, payee_ids: Collection[int]) -> None:
    """Refuse to change the account of somebody who says that it was not he.

    Raises:
        ChangeDisputed.
    """
    entries = queries.entries_of(party_ids=payee_ids)
    dispute = open_disputes().filter(party__in=entries).order_by("pk").first()
    if dispute is not None:
        raise ChangeDisputed(
            f"此人否认办理过变更（业务件 {dispute.pk} 待核查），核查办结前不能变更收款账户。",
            dispute=dispute.pk,
            party=entries[dispute.party_id],
        )


def _refuse_denied_since(case: Case) -> None:
    """Refuse what waited while it was found that somebody else asks for changes of this person."""
    family = queries.family_of(party_id=case.party_id)
    upheld = Case.objects.filter(
        kind=DISPUTE, state=CaseState.APPROVED, party__in=family, pk__gt=case.pk
    )
    if (dispute := upheld.first()) is not None:
        raise ChangeDisputed(
            f"此件受理以后，已认定此人的变更不是本人办理（业务件 {dispute.pk}），"
            "请不予批准，由本人重新提出。",
            dispute=dispute.pk,
            party=case.party_id,
        )


def open_disputes() -> QuerySet[Case]:
    """Cases by which somebody says that it was not he, and that nobody has decided."""
    return Case.objects.filter(kind=DISPUTE, state__in=WAITING)


def current_accounts(*, payee_id: int) -> QuerySet[PayeeAccount]:
    """The accounts of a payee as known now, in time."""
    return PayeeAccount.objects.filter(payee=payee_id, superseded_at__isnull=True)


def cools(case: Case) -> bool:
    """Whether the account of an approved case does not count yet."""
    return AccountChange.objects.filter(pk=case.pk, state=ChangeState.COOLING).exists()


def said_of(case: Case) -> str:
    """What its payee is told of a decided change; of the account four digits."""
    account, change = account_of(case), AccountChange.objects.get(pk=case.pk)
    day = spoken_day(day=change.from_date)
    said = f"收款账户改为{bank_name(account.bank)}尾号{account.account_no[-4:]}，自{day}起启用"
    return f"{said}；此前为冷静期，新账户不付款。" if cools(case) else f"{said}。"


def account_of(case: Case) -> Account:
    """The account that a received case asks for."""
    names = ("bank", "account_no", "holder_name")
    return Account(*(str(case.content[name]) for name in names))


@dataclass(frozen=True)
class Rules:
    """How long a change cools, of whomever and of somebody doubly changed; None: nobody said."""

    cooling: Cooling | None
    double: Cooling | None

    @property
    def standing(self) -> str:
        """How far the days may be relied on, as a row keeps it."""
        return self.cooling.standing.name if self.cooling else ""


def rules_of(*, case: Case, on: date) -> Rules:
    """The rules in force on a day where a case was received."""
    region, demo = case.agency.region, is_demo()
    return Rules(
        cooling_of(change=KIND, on=on, region=region, demo=demo),
        cooling_of(change=DOUBLE_CHANGE, on=on, region=region, demo=demo),
    )


@transaction.atomic
def _let_count(pk: int, today: date) -> int:
    hold_accounts()
    change = AccountChange.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
    if change.state != ChangeState.COOLING or not _has_cooled(change, today):
        return 0  # somebody moved it in between, or says that it was not he
    record(
        name="payments.account_in_force",
        subject_kind=CASE,
        subject_id=str(pk),
        rows=_put_in_force(change, account_of(change.case)),
        party_id=change.payee_id,
        before={"state": ChangeState.COOLING},
        after={"state": ChangeState.IN_FORCE, "waiver": change.waiver},
    )
    return 1


def _perhaps_cooled(today: date) -> QuerySet[AccountChange]:
    """What cools and is to be looked at: this is asked every few seconds, most only wait."""
    refused = AccountBlock.objects.filter(
        account__payee=OuterRef("payee"),
        account__superseded_at__isnull=True,
        due_ref__isnull=False,
    )
    said = AccountAnswer.objects.filter(pk=OuterRef("pk"), result=CheckResult.MATCHED)
    confirmed = Exists(said.filter(own_card=True)) | Exists(said) & Exists(refused)
    cooling = AccountChange.objects.filter(state=ChangeState.COOLING)
    return (
        cooling.filter(Q(cools_until__lte=today) | confirmed).select_related("case").order_by("pk")
    )


def _has_cooled(change: AccountChange, today: date) -> bool:
    """Whether a change that cools counts by now, also by what is known since: then from today.

    Who was doubly changed meanwhile, where no days are set for that, waits till it has cooled. Of
    what nobody was told does not count while the account before is paid to.
    """
    family = queries.family_of(party_id=change.payee_id)
    if open_disputes().filter(party__in=family).exists():
        return False
    cooled = change.cools_until is not None and change.cools_until <= today
    if cooled and not stays_cool(change=change, today=today):
        return True
    case = change.case
    asked_from = date.fromisoformat(str(case.content["from_date"]))
    rules = rules_of(case=case, on=_decided_on(case))
    try:
        waiver = _counting(case, account_of(case), asked_from, rules).waiver
    except CoolingNotConfigured:
        return False
    if waiver is None:
        return False
    change.waiver, change.from_date = waiver.name, max(asked_from, today)
    return True


def _put_in_force(change: AccountChange, account: Account) -> int:
    """Let the account hold from its day on, and what was before it for the days before, blocked if
    it was; what was to begin later is dropped. The rows written."""
    current = current_accounts(payee_id=change.payee_id)
    blocks = AccountBlock.objects.filter(
        account__in=current, account__valid__startswith__lt=change.from_date
    )
    kept = {block.account.valid.lower: block for block in blocks.select_related("account")}
    change.replaced = _holding(change.payee_id, change.from_date)
    written = replace_from(
        current=current,
        successor=PayeeAccount(
            payee_id=change.payee_id,
            bank=account.bank,
            account_no=account.account_no,
            holder_name=account.holder_name,
        ),
        from_date=change.from_date,
        case_id=change.case_id,
    )
    change.state, change.moved_at = ChangeState.IN_FORCE, ClockTimestamp()
    change.save(update_fields=["state", "from_date", "waiver", "replaced", "moved_at"])
    return written + 1 + block_again(current=current, kept=kept)


def block_again(*, current: QuerySet[PayeeAccount], kept: Mapping[date, AccountBlock]) -> int:
    """What was refused is refused until the change, also in the shorter row; rows written."""
    again = [
        AccountBlock(
            account=row,
            reason=block.reason,
            due_ref=block.due_ref,
            n=block.n,
            case_id=block.case_id,
        )
        for row in current.all()
        for block in (kept.get(row.valid.lower),)
        if block is not None and block.account_id != row.pk
    ]
    return len(AccountBlock.objects.bulk_create(again))


def move(*, changes: QuerySet[AccountChange], to: ChangeState) -> int:
    """Bring changes that cool to an end of their way; rows written."""
    return changes.update(state=to, moved_at=ClockTimestamp())


def _counting(case: Case, account: Account, asked_from: date, rules: Rules) -> Counts:
    change = Change(
        from_date=asked_from,
        decided_on=_decided_on(case),
        own=case.content["holder_is_payee"] is True,
        before=_before(case.party_id, account, _decided_on(case)),
        confirmation=_confirmation(case),
        double_changed_on=_double_changed_on(case),
        of_another=_is_of_another(case, account),
    )
    return counts(change=change, cooling=rules.cooling, double=rules.double)


def _before(payee_id: int, account: Account, on: date) -> Before:
    """What there is on the day."""
    row = _holding(payee_id, on)
    if row is None:
        known = PayeeAccount.objects.filter(payee=payee_id).exists()
        return Before.ENDED if known else Before.NOTHING
    if (row.bank, row.account_no, row.holder_name) == astuple(account):
        return Before.SAME
    refused = AccountBlock.objects.filter(account=row, due_ref__isnull=False).exists()
    return Before.REFUSED if refused else Before.OTHER


def _holding(payee_id: int, on: date) -> PayeeAccount | None:
    """The account in force on a day, or else the next to begin."""
    reaching = current_accounts(payee_id=payee_id).filter(valid__overlap=SqlRange(on, None))
    return min(reaching, key=lambda one: one.valid.lower, default=None)


def _is_of_another(case: Case, account: Account) -> bool:
    """Whether somebody else is paid to it: a bank can not tell two of one name apart for us."""
    rows = PayeeAccount.objects.filter(
        account_no=account.account_no,
        bank=account.bank,
        superseded_at__isnull=True,
        valid__overlap=SqlRange(_decided_on(case), None),
    )
    return rows.exclude(payee__in=queries.family_of(party_id=case.party_id)).exists()


def _confirmation(case: Case) -> Confirmation | None:
    """What the bank said, where it was the bank; of a name alone, without an ID number, it confirms
    nothing."""
    answers = AccountAnswer.objects.filter(pk=case.pk).exclude(check_of__id_number="")
    answer = answers.select_related("check_of__file__answer").first()
    if answer is None or not is_the_banks(answered=answer.check_of.file.answer):
        return None
    return Confirmation(answer.result == CheckResult.MATCHED, answer.own_card)


def _double_changed_on(case: Case) -> date | None:
    decided_at = case.decided_at or case.received_at
    found = queries.double_changes(now=decided_at, party_id=case.party_id)
    moments = [max(one.name_changed_at, one.number_changed_at) for one in found]
    return timezone.localdate(max(moments)) if moments else None


def _decided_on(case: Case) -> date:
    return timezone.localdate(case.decided_at or case.received_at)


def _cooling(payee_id: int) -> QuerySet[AccountChange]:
    return AccountChange.objects.filter(payee=payee_id, state=ChangeState.COOLING)
