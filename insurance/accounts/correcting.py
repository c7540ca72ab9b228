"""Correct what left an account for good (更正个人账户支付): by difference, to whom it is due now.

A case of the same kind names the case that decided (``corrects``) and why: an objection, or what
the agency found itself. What left comes back in the month in which it leaves again, computed anew
by what is known now; no interest is borne in between. Each payee is paid what he has not had yet;
who had more, or is no payee at all, owes the difference back, as the memo register keeps it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from django.db.models import Sum

from backend.cases.corrections import (
    Ground,
    chain_of,
    ground_of,
    number_corrected,
    require_own,
)
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from insurance.accounts.entries import lock
from insurance.accounts.leaving import Emptied, Instead, keep_steps
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    LeftAccount,
    Outgoing,
    OutgoingDue,
    Part,
)
from insurance.accounts.outgoing_batches import keep_out_of_batches
from insurance.accounts.settling import refuse_month
from insurance.policy.steps import Step
from payments.corrected import Had, had_of, owe_back, sums, withdraw
from payments.locks import hold_reissues

SOURCE = "accounts.corrected"
LEAVES = (EntryKind.INHERITED, EntryKind.LUMP_SUM, EntryKind.TO_POOL)
RESTORED = "恢复个人账户"
Leave: TypeAlias = Callable[[Instead], int]


class LeftUnknown(Refusal):
    """No such case let this person's account leave (没有这项支付核定)."""

    code = "account_correction_unknown"


class LeftReplaced(Refusal):
    """Another case took its place, or it was undone (该核定已被替代或撤销)."""

    code = "account_correction_replaced"
    status = 409


class NothingChanged(Refusal):
    """It comes to what was decided, to the same payees (更正前后没有差别)."""

    code = "account_correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """What is corrected, and why."""

    chain: tuple[LeftAccount, ...]  # it, and those whose place it took
    ground: Ground

    @property
    def before(self) -> LeftAccount:
        """What is corrected."""
        return self.chain[0]

    @property
    def cases(self) -> list[int]:
        """The cases that decided it, the last first."""
        return [left.case_id for left in self.chain]

    @property
    def instead(self) -> Instead:
        """As what takes its place keeps it."""
        return Instead(self.before, self.ground.said)


def hold_to_correct(case: Case) -> None:
    """Let nobody pay or inherit what is corrected. Before any other lock; what is decided for the
    first time waits for nobody."""
    if number_corrected(case) is not None:
        hold_reissues()
        keep_out_of_batches()


def correction_of(case: Case) -> Correction | None:
    """Give what a case corrects; None where it asks for the first time.

    Raises:
        ContentInvalid, LeftUnknown, LeftReplaced, OtherBody; as ``ground_of``.
    """
    number = number_corrected(case)
    if number is None:
        return None
    of = Case.objects.filter(pk=number, kind=case.kind).select_related("agency").first()
    before = LeftAccount.objects.filter(
        pk=number, person__in=family_of(party_id=case.party_id)
    ).first()
    if of is None or before is None:
        raise LeftUnknown(f"业务件 {number} 不是此人同类的已办结核定。", case_id=case.pk)
    require_own(case=case, number=number, agency=of.agency)
    back = AccountEntry.objects.filter(
        source=EntrySource.CASE, source_id=number, kind=EntryKind.RETURNED
    )
    if back.exists() or LeftAccount.objects.filter(corrects=before).exists():
        raise LeftReplaced(f"业务件 {number} 的核定已被更正或撤销。", case_id=number)
    chain = chain_of(decision=before, before=lambda one: one.corrects)
    decided = [left.case_id for left in chain]
    return Correction(chain, ground_of(case=case, decided_cases=decided))


def put_in_place(*, case: Case, correction: Correction, month: Month, leave: Leave) -> int:
    """Let the account come back and ``leave`` anew, by difference to each payee; rows written.

    The caller holds the transaction, and what ``hold_to_correct`` takes.

    Raises:
        NothingChanged; as ``leave``.
    """
    rows, had = _taken_back(case, correction, month)
    rows += leave(replace(correction.instead, had=sums(had)))
    due = _due_by(case.pk)
    if due == _due_by(correction.before.case_id):
        raise NothingChanged("更正以后的金额、收款人与原核定相同，没有可更正的。", case_id=case.pk)
    return rows + sum(
        owe_back(case_id=case.pk, payee_id=payee, had=paid, due_fen=due.get(payee, 0))
        for payee, paid in had.items()
    )


def restore(*, case: Case, correction: Correction, month: Month) -> int:
    """Let the account come back for good: nothing was to leave it; rows written.

    The caller holds the transaction, and what ``hold_to_correct`` takes.
    """
    rows, had = _taken_back(case, correction, month)
    fen = sum(_due_by(correction.before.case_id).values())
    keep_steps(
        case=case,
        scheme=correction.before.scheme,
        month=month,
        emptied=Emptied(fen=0, rows=0),
        further=(_restored_step(case, correction, fen),),
        instead=correction.instead,
    )
    return (
        rows
        + 1
        + sum(
            owe_back(case_id=case.pk, payee_id=payee, had=paid, due_fen=0)
            for payee, paid in had.items()
        )
    )


def _taken_back(
    case: Case, correction: Correction, month: Month
) -> tuple[int, dict[int, tuple[Had, ...]]]:
    """Enter what left again; rows written, and what payees had of it."""
    before = correction.before
    refuse_month(case=case, scheme=before.scheme, month=month)
    due_refs = _due_refs(correction.cases)
    rows = withdraw(due_refs=due_refs, source=SOURCE)
    lock(person_ids=family_of(party_id=case.party_id))
    left = AccountEntry.objects.filter(
        source=EntrySource.CASE, source_id=before.case_id, kind__in=LEAVES, n=0
    )
    by_person = left.values("person_id").order_by("person_id").annotate(fen=Sum("fen"))
    back = [
        AccountEntry.objects.create(
            person_id=one["person_id"],
            scheme=before.scheme,
            kind=EntryKind.RETURNED,
            part=Part.WHOLE,
            for_month=before.month,
            arrival_month=month.first_day,
            fen=-one["fen"],
            source=EntrySource.CASE,
            source_id=before.case_id,
            n=1,
        )
        for one in by_person
    ]
    return rows + len(back), had_of(due_refs=due_refs)


def _due_refs(cases: Sequence[int]) -> list[int]:
    dues = OutgoingDue.objects.filter(outgoing__case_id__in=cases).order_by("due_ref")
    return list(dues.values_list("due_ref", flat=True))


def _due_by(case_id: int) -> dict[int, int]:
    """To whom a case lets how much go."""
    rows = Outgoing.objects.filter(case_id=case_id, payee__isnull=False)
    return {canonical_id(party_id=payee): fen for payee, fen in rows.values_list("payee_id", "fen")}


def _restored_step(case: Case, correction: Correction, fen: int) -> Step:
    was = f"业务件{correction.before.case_id}支付的金额"
    return Step(
        formula=was,
        inputs=((was, str(Money(fen))),),
        result=str(Money(fen)),
        version="",
        article=correction.ground.said,
        name=RESTORED,
        sentence=f"原来的支付不成立，{Money(fen)} 元记回个人账户；已经领取的，另行告知怎样退回。",
        rounding="",
    )
