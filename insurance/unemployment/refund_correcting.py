"""Correct what an employer was refunded (稳岗返还更正): computed anew by what is known now.

A case names the entry of a decided list (``corrects``) and why: an objection, or what the agency
found itself. The corrected entry takes the place of the one before, with its own steps; the list
as it was published stays. What the employer has not had yet is paid; what it had too much it owes
back, as the memo register keeps it.
"""

from dataclasses import dataclass

from django.db import transaction

from backend.cases import content
from backend.cases.corrections import Ground, chain_of, ground_of, require_own
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.people.queries import canonical_id, family_of
from insurance.policy import parameters as policy
from insurance.unemployment.refund_batches import keep_out_of_batches
from insurance.unemployment.refund_case import lock_refunds
from insurance.unemployment.refund_decision import (
    Decision,
    EmployerYear,
    decide_refund,
    refund_conditions,
)
from insurance.unemployment.refund_facts import employers_of
from insurance.unemployment.refund_list import entry_of
from insurance.unemployment.refund_models import (
    Effect,
    RefundDue,
    RefundEntry,
    RefundGrant,
    RefundObjection,
)
from insurance.unemployment.stability_refund import Size
from payments.corrected import had_of, owe_back, sums, withdraw
from payments.locks import hold_reissues

SOURCE = "unemployment.refund"
SIZES = tuple(one.name for one in Size)


class EntryUnknown(Refusal):
    """No decided list says so of this employer (没有这项返还明细)."""

    code = "refund_correction_unknown"


class EntryReplaced(Refusal):
    """Another entry took its place already (该明细已被更正)."""

    code = "refund_correction_replaced"
    status = 409


class NothingChanged(Refusal):
    """It comes to what was decided (更正前后没有差别)."""

    code = "refund_correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which entry is corrected, and why."""

    chain: tuple[RefundEntry, ...]  # it, and those whose place it took
    ground: Ground

    @property
    def before(self) -> RefundEntry:
        """The entry that is corrected."""
        return self.chain[0]

    @property
    def due_refs(self) -> list[int]:
        """The numbers under which it was paid."""
        dues = RefundDue.objects.filter(entry__in=self.chain).order_by("due_ref")
        return list(dues.values_list("due_ref", flat=True))


def check(case: Case) -> int:
    """At its receipt a STABILITY_CORRECTION case can be decided as it asks; writes nothing.

    Content: ``corrects`` (an entry), ``size`` (LARGE or SMALL), ``reason`` (why nothing is refunded
    whatever the year says; null: there is none); ``objection``, or ``error`` and
    ``error_evidence``.

    Raises:
        ContentInvalid, ProposalWaits, EntryUnknown, EntryReplaced, OtherBody, NothingChanged; as
        ``ground_of``; NotConfigured, NotVerified: a figure.
    """
    content.require_only_proposal(case, of_party=True, corrects=case.content.get("corrects"))
    correction = _correction(case)
    _corrected(case, correction)
    return 0


@transaction.atomic
def decide(case: Case) -> int:
    """The act of a STABILITY_CORRECTION case; rows written.

    Raises:
        as ``check``, but for ProposalWaits.
    """
    hold_reissues()
    keep_out_of_batches()
    lock_refunds()
    correction = _correction(case)
    entry = _corrected(case, correction)
    rows = withdraw(due_refs=correction.due_refs, source=SOURCE)
    had = had_of(due_refs=correction.due_refs)
    entry.had_fen = min(entry.fen, sums(had).get(entry.payer_id, 0))
    entry.save(force_insert=True)
    return (
        rows
        + 1
        + sum(
            owe_back(
                case_id=case.pk,
                payee_id=payee,
                had=paid,
                due_fen=entry.fen if payee == entry.payer_id else 0,
            )
            for payee, paid in had.items()
        )
    )


def paid_by(*, entry: RefundEntry) -> int:
    """Give what an employer is paid by an entry: nothing, where an objection took it off."""
    taken_off = RefundObjection.objects.filter(
        list=entry.list_id, payer=entry.payer_id, effect=Effect.EXCLUDE
    )
    return 0 if entry.corrects_id is None and taken_off.exists() else entry.fen


def _correction(case: Case) -> Correction:
    number = content.number(case, "corrects", "原返还明细")
    before = (
        RefundEntry.objects.select_related("list__book__agency")
        .filter(
            pk=number,
            payer__in=family_of(party_id=case.party_id),
            list__in=RefundGrant.objects.values("list"),
        )
        .first()
    )
    if before is None:
        raise EntryUnknown(f"该单位没有已决定的返还明细 {number}。", case_id=case.pk)
    require_own(case=case, number=number, agency=before.list.book.agency)
    later = RefundEntry.objects.filter(corrects=before).first()
    if later is not None:
        raise EntryReplaced(f"返还明细 {number} 已被 {later.pk} 更正，请更正后者。", entry=later.pk)
    chain = chain_of(decision=before, before=lambda one: one.corrects)
    decided = [one.case_id for one in chain if one.case_id is not None]
    granted = RefundGrant.objects.get(list=before.list_id).case_id
    return Correction(chain, ground_of(case=case, decided_cases=[*decided, granted]))


def _corrected(case: Case, correction: Correction) -> RefundEntry:
    """What takes its place; nothing is written."""
    before = correction.before
    entry = entry_of(made=before.list, decision=_decision(case, before))
    entry.corrects, entry.case_id, entry.ground = before, case.pk, correction.ground.said
    said = (entry.fen, entry.refused, entry.note)
    if said == (paid_by(entry=before), before.refused, before.note):
        raise NothingChanged("更正以后的返还与原决定相同，没有可更正的。", case_id=case.pk)
    return entry


def _decision(case: Case, before: RefundEntry) -> Decision:
    of = before.list
    payer = canonical_id(party_id=case.party_id)
    size = Size[content.choice(case, "size", "划型", SIZES)]
    told = case.content.get("reason") is not None
    excluded = content.text(case, "reason", "不予返还的原因") if told else ""
    conditions = refund_conditions(
        tree=policy.load(), region=of.region, year=of.year, demo=is_demo()
    )
    found = employers_of(
        year=of.year - 1,
        layoffs=conditions.layoffs,
        large={payer: size},
        excluded={payer: excluded} if excluded else {},
        only=family_of(party_id=payer),
    )
    nothing = EmployerYear(payer, 0, 0, 0, 0, size, excluded)
    return decide_refund(of=found[0] if found else nothing, conditions=conditions)
