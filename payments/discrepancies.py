"""Lines that need people (对账差异): owners, and decisions by two persons.

A decision is a case of kind DISCREPANCY; ``complete`` is its act. It says what the bank finally
confirmed – PAID in full, RETURNED, or of what had been returned PAID_AFTER_ALL – or that it was
cleared up with the bank (CLEARED): a line is not ours, a return stands. Nobody can decide that a
wrong amount is right. RETURNED of what was found to be paid after all says that it was not.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from backend.access.models import Agency
from backend.cases import worklist
from backend.cases.models import Case, CaseState
from backend.cases.receive import receive_case
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from payments.locks import hold_accounts
from payments.models import (
    Attempt,
    Batch,
    Discrepancy,
    DiscrepancyKind,
    Outcome,
    OutcomeState,
)
from payments.paid_after_all import DECISION as PAID_AFTER_ALL
from payments.paid_after_all import put_down_paid, require_found_paid, require_only_returned
from payments.postings import post_decided
from payments.reasons import REASONS, Reason

KIND = "DISCREPANCY"
OURS = {
    DiscrepancyKind.AMOUNT_DIFFERS,
    DiscrepancyKind.NAME_DIFFERS,
    DiscrepancyKind.UNKNOWN,
    DiscrepancyKind.DUPLICATE,
    DiscrepancyKind.SILENT,
}
DECISIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(OURS, ("PAID", "RETURNED")),
    DiscrepancyKind.LATE_RETURN: ("CLEARED", PAID_AFTER_ALL),
    DiscrepancyKind.EXTRA: ("CLEARED", PAID_AFTER_ALL, "RETURNED"),
    DiscrepancyKind.OTHER_BATCH: ("CLEARED",),
    DiscrepancyKind.RETURNED: (),  # settled by a reissue, not by a decision
}
# As a return file does it: the payee's account in force with the number and name of the line.
BLOCK = """
INSERT INTO payments_accountblock (account_id, reason, due_ref, n)
SELECT acc.id, %(reason)s, a.due_ref, a.n FROM payments_attempt a
JOIN payments_batch b ON b.id = a.batch_id
JOIN payments_payeeaccount acc ON acc.payee_id = a.payee_id AND acc.bank = b.bank
    AND acc.account_no = a.account_no AND acc.holder_name = a.holder_name
    AND acc.superseded_at IS NULL
WHERE a.due_ref = %(due_ref)s AND a.n = %(n)s
ON CONFLICT (account_id) DO NOTHING
"""


class DecisionNotPossible(Refusal):
    """A kind of discrepancy is decided in its own ways only (不能这样处理)."""

    code = "discrepancy_decision_invalid"


class BatchOfAnother(Refusal):
    """An agency decides on its own batches only (不是本机构的批次)."""

    code = "discrepancy_batch_of_another"
    status = 403


class AlreadyDecided(Refusal):
    """A discrepancy is decided once (已处理)."""

    code = "discrepancy_closed"


@transaction.atomic
def propose(
    *,
    discrepancy_id: int,
    decision: str,
    evidence: str,
    agency: Agency,
    received_by: int,
) -> Case:
    """Open the case by which a discrepancy is to be decided.

    RETURNED of one that was decided to be paid after all asks about the line once more, and is
    the proposal to that: while nobody has decided, its month is not closed.

    Raises:
        AlreadyDecided, BatchOfAnother, DecisionNotPossible; as ``require_only_returned`` and
        ``require_found_paid``. OriginTaken: another proposal waits for its decision.
    """
    rows = Discrepancy.objects.select_for_update(of=("self",)).select_related("batch__book")
    row = rows.get(id=discrepancy_id)  # whoever asks again at once finds what the first asked
    _refuse_other_agency(row, agency.pk)
    if (row.decision, decision) == (PAID_AFTER_ALL, OutcomeState.RETURNED.name):
        row = _asked_again(row)
    _refuse_decided(row)
    _require_way(row=row, decision=decision, evidence=evidence)
    _require_line(row=row, decision=decision)
    party = _payee(row) or received_by
    content = {
        "discrepancy": row.id,
        "ref": row.ref,
        "kind": row.kind,
        "decision": decision,
        "evidence": evidence,
        "instructed_fen": row.instructed_fen,
        "bank_fen": row.bank_fen,
    }
    return receive_case(
        kind=KIND,
        agency=agency,
        party_id=party,
        content=content,
        origin=_origin(row),
        received_by=received_by,
    )


def check(case: Case) -> int:
    """At its receipt a DISCREPANCY case, by whatever door it came, can be decided as it asks;
    writes nothing.

    Raises:
        DecisionNotPossible, BatchOfAnother, AlreadyDecided; as ``require_only_returned`` and
        ``require_found_paid``.
    """
    row = _subject(case)
    _refuse_decided(row)
    _require_line(row=row, decision=case.content["decision"])
    return 0


def complete(case: Case) -> int:
    """The act of an approved DISCREPANCY case: outcome, posting, closing. Gives rows written.

    Raises:
        as ``check``.
    """
    content: dict[str, Any] = case.content
    with transaction.atomic():
        found = _subject(case)
        decision = content["decision"]
        hold_accounts()
        Batch.objects.select_for_update().get(id=found.batch_id)  # no return file meanwhile
        row = Discrepancy.objects.select_for_update().get(id=found.id)
        _refuse_decided(row)
        rows = 1
        if decision in (OutcomeState.PAID.name, OutcomeState.RETURNED.name):
            rows += _answer(row=row, state=OutcomeState[decision], case=case)
        elif decision == PAID_AFTER_ALL:
            rows += put_down_paid(row=row, case=case)
        row.decision = decision
        row.case_id = case.id
        row.closed_at = case.decided_at
        row.save(update_fields=["decision", "case_id", "closed_at"])
    return rows


def assign(*, discrepancy_ids: Sequence[int], staff_id: int, by: int) -> int:
    """Give open discrepancies to an owner; rows written."""
    return worklist.assign(
        of=Discrepancy,
        ids=discrepancy_ids,
        staff_id=staff_id,
        by=by,
        name="payments.assign_discrepancies",
        subject_kind="payments.discrepancy",
    )


def _subject(case: Case) -> Discrepancy:
    """The line that a case speaks of, decided by its own agency in a way that its kind allows."""
    content: dict[str, Any] = case.content
    number = content.get("discrepancy")
    rows = Discrepancy.objects.select_related("batch__book")
    found = rows.filter(id=number if type(number) is int else 0).first()
    if found is None or (content.get("ref"), content.get("kind")) != (found.ref, found.kind):
        raise DecisionNotPossible("业务件所指的对账差异不存在，或编号、类别与之不符。")
    _refuse_other_agency(found, case.agency_id)
    _require_way(row=found, decision=content.get("decision"), evidence=content.get("evidence"))
    return found


def _refuse_decided(row: Discrepancy) -> None:
    if row.closed_at is not None:
        raise AlreadyDecided(f"差异 {row.ref} 已处理：{row.decision}。")


def _refuse_other_agency(row: Discrepancy, agency_id: int) -> None:
    if row.batch.book.agency_id != agency_id:
        raise BatchOfAnother("该批次属于另一经办机构，差异由该机构处理。", batch=row.batch.no)


def _require_way(*, row: Discrepancy, decision: object, evidence: object) -> None:
    if decision not in DECISIONS[row.kind]:
        raise DecisionNotPossible(
            f"“{row.get_kind_display()}”不能按 {decision} 处理。", allowed=DECISIONS[row.kind]
        )
    if not isinstance(evidence, str) or not evidence.strip():
        raise DecisionNotPossible("请填写银行的书面依据（如查复书编号）。")


def _require_line(*, row: Discrepancy, decision: object) -> Attempt | None:
    """The attempt that is put down, or of which the decision says what became of it."""
    if decision == PAID_AFTER_ALL:
        return require_only_returned(row=row)
    if decision == "CLEARED":
        return None
    if row.kind == DiscrepancyKind.EXTRA:
        return require_found_paid(row=row)
    if row.due_ref is None or row.n is None:
        raise DecisionNotPossible(f"差异 {row.ref} 不是我方明细。")
    return Attempt.objects.get(due_ref=row.due_ref, n=row.n)


def _asked_again(row: Discrepancy) -> Discrepancy:
    """What was decided to be paid after all is asked once more, as when the bank contradicts."""
    found = Discrepancy.objects.select_related("batch__book").filter(
        due_ref=row.due_ref, n=row.n, kind=DiscrepancyKind.EXTRA, closed_at__isnull=True
    )
    return found.first() or Discrepancy.objects.create(
        batch=row.batch,
        return_file=row.return_file,
        kind=DiscrepancyKind.EXTRA,
        ref=row.ref,
        due_ref=row.due_ref,
        n=row.n,
        instructed_fen=row.instructed_fen,
        bank_fen=row.bank_fen,
        reason="CONTRADICTS",
        proposal="QUERY_BANK",
        owner_role="FINANCE",
    )


def _answer(*, row: Discrepancy, state: OutcomeState, case: Case) -> int:
    line = _require_line(row=row, decision=state.name)
    if line is None:
        raise LookupError(f"discrepancy {row.pk} has no line to answer")
    Outcome.objects.create(
        due_ref=line.due_ref,
        n=line.n,
        state=state,
        fen=line.fen,
        reason="DECIDED",
        case_id=case.id,
    )
    faultpoint("payments.decision.answered")
    post_decided(batch=Batch.objects.get(id=line.batch_id), case_id=case.id)
    rows = 1
    if state is OutcomeState.RETURNED:
        reason = REASONS["NAME_MISMATCH" if _under_another_name(row) else "DECIDED"]
        rows += _block(row=row, reason=reason)
        Discrepancy.objects.create(
            batch_id=line.batch_id,
            return_file=row.return_file,
            kind=DiscrepancyKind.RETURNED,
            ref=f"{line.due_ref}-{line.n}",
            due_ref=line.due_ref,
            n=line.n,
            instructed_fen=line.fen,
            bank_fen=line.fen,
            reason=reason.code,
            proposal=reason.proposal,
            owner_role=reason.repaired_by,
        )
        rows += 1
    return rows


def _under_another_name(row: Discrepancy) -> bool:
    """The bank keeps our account number under another holder: not to be paid to again as it is."""
    return row.kind == DiscrepancyKind.NAME_DIFFERS and row.reason == "NAME_DIFFERS"


def _block(*, row: Discrepancy, reason: Reason) -> int:
    """Stop the account of a line where the reason says so; rows written."""
    if not reason.suspends:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(BLOCK, {"reason": reason.code, "due_ref": row.due_ref, "n": row.n})
        return int(cursor.rowcount)


def _origin(row: Discrepancy) -> str:
    """One proposal waits at a time; after a refusal another one may be made."""
    ours = f"discrepancy/{row.id}/"
    refused = Case.objects.filter(kind=KIND, state=CaseState.REJECTED, origin__startswith=ours)
    return f"{ours}{refused.count() + 1}"


def _payee(row: Discrepancy) -> int | None:
    if row.due_ref is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payee_id FROM payments_attempt WHERE due_ref = %s AND n = %s",
            [row.due_ref, row.n],
        )
        found = cursor.fetchone()
    return found[0] if found else None
