"""What was returned was paid after all (退回后查明已付): two persons decide it, nothing is sent.

Nothing is said after RETURNED. So the payment is put down as the next attempt, which rests on that
return: in a batch of kind FOUND that goes from its seal to its close under the decision. Whoever
reads attempts and outcomes reads the due as paid, and a reissue finds nothing to pay. When that was
wrong, two persons decide that this attempt came back: then it is reissued as any return is.
"""

from django.db import connection
from django.db.models import Max

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from payments.batches import batch_no, seal
from payments.models import (
    Attempt,
    Batch,
    BatchKind,
    BatchState,
    Discrepancy,
    DiscrepancyKind,
    Outcome,
    OutcomeState,
    Withdrawn,
)
from payments.postings import IN_LIABILITY, post_sent

DECISION = "PAID_AFTER_ALL"
# Of one line, whatever waited for its reissue or for a word about it.
SETTLED = (DiscrepancyKind.RETURNED, DiscrepancyKind.LATE_RETURN, DiscrepancyKind.EXTRA)

FILL = f"""
INSERT INTO payments_attempt (due_ref, n, batch_id, chunk, payee_id, fen, parts, account_no,
    holder_name, returned_n, returned_state, from_liability)
SELECT a.due_ref, a.n + 1, %(batch)s, 0, a.payee_id, a.fen, a.parts, a.account_no, a.holder_name,
    a.n, o.state, {IN_LIABILITY}
FROM payments_attempt a
JOIN payments_outcome o ON o.due_ref = a.due_ref AND o.n = a.n AND o.state = 9
WHERE a.due_ref = %(due_ref)s AND a.n = %(n)s
"""


class NotReturned(Refusal):
    """The bank has not returned the line, or it is not ours (没有被银行退回)."""

    code = "discrepancy_not_returned"


class TriedAgain(Refusal):
    """The due was tried again: what the bank paid besides is overpaid (已再次发放)."""

    code = "discrepancy_tried_again"


class NotOwedAnyMore(Refusal):
    """The due is withdrawn: what the bank paid is overpaid (已撤回)."""

    code = "discrepancy_due_withdrawn"


class NotFoundPaid(Refusal):
    """Nobody put the line down as paid after all, or that was taken back (没有登记为查明已付)."""

    code = "discrepancy_not_found_paid"


def require_only_returned(*, row: Discrepancy) -> Attempt:
    """Give the newest attempt of the line's due: it is returned, and the due still owed.

    Raises:
        NotReturned, TriedAgain, NotOwedAnyMore.
    """
    if row.due_ref is None:
        raise NotReturned(f"差异 {row.ref} 不是我方明细，不能按退回后查明已付处理。")
    newest = Attempt.objects.filter(due_ref=row.due_ref).order_by("-n")[0]
    if Withdrawn.objects.filter(due_ref=row.due_ref).exists():
        raise NotOwedAnyMore(
            f"明细 {row.ref} 退回后已撤回（不应发或已由继承人领取），银行付出的属于多付：请以 "
            "CLEARED 结案，并办理追回。"
        )
    answers = Outcome.objects.filter(due_ref=newest.due_ref, n=newest.n)
    if answers.filter(state=OutcomeState.RETURNED).exists():
        return newest
    if newest.n == row.n:
        raise NotReturned(f"明细 {row.ref} 没有被银行退回，不能按退回后查明已付处理。")
    batch = Batch.objects.get(id=newest.batch_id)
    raise TriedAgain(
        f"明细 {row.ref} 退回后已列入{batch.get_kind_display()}批次 {batch.no}（"
        f"{batch.get_state_display()}）；银行付了两次的属于多付：请以 CLEARED 结案，并办理追回。",
        batch=batch.no,
    )


def require_found_paid(*, row: Discrepancy) -> Attempt:
    """Give the newest attempt of the line's due: put down as paid after all, and not come back.

    Raises:
        NotFoundPaid.
    """
    newest = Attempt.objects.filter(due_ref=row.due_ref).order_by("-n")[0] if row.due_ref else None
    if newest is None or not _stands_as_found(newest):
        raise NotFoundPaid(f"明细 {row.ref} 现在没有登记为查明已付，不能改为银行退回。")
    return newest


def put_down_paid(*, row: Discrepancy, case: Case) -> int:
    """Put down as paid what had been returned, with its voucher; rows written.

    The caller holds the reissues.

    Raises:
        as ``require_only_returned``.
    """
    returned = require_only_returned(row=row)
    now = case.decided_at or case.received_at
    batch = _opened(returned)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"batch": batch.id, "due_ref": returned.due_ref, "n": returned.n})
    rows = 4 + seal(batch_ids=[batch.id], made_by=case.received_by, now=now)
    Outcome.objects.create(
        due_ref=returned.due_ref,
        n=returned.n + 1,
        state=OutcomeState.PAID,
        fen=returned.fen,
        reason="DECIDED",
        case_id=case.id,
    )
    post_sent(batch=batch)
    Batch.objects.filter(id=batch.id).update(state=BatchState.CLOSED, closed_at=now)
    waiting = Discrepancy.objects.filter(
        due_ref=row.due_ref, kind__in=SETTLED, closed_at__isnull=True
    ).exclude(id=row.id)
    return rows + waiting.update(decision=DECISION, closed_at=now)


def _opened(returned: Attempt) -> Batch:
    """A draft for the one line, of the month and the day of the batch that it was returned from."""
    of = Batch.objects.select_related("book__agency").get(id=returned.batch_id)
    before = Batch.objects.filter(
        book=of.book, bank=of.bank, period=of.period, kind=BatchKind.FOUND
    ).aggregate(last=Max("ordinal"))["last"]
    ordinal = (before or 0) + 1
    period = Month.of(of.period)
    kind = BatchKind.FOUND
    return Batch.objects.create(
        no=batch_no(book=of.book, bank=of.bank, period=period, kind=kind, ordinal=ordinal),
        book=of.book,
        bank=of.bank,
        kind=kind,
        period=of.period,
        ordinal=ordinal,
        pay_date=of.pay_date,
    )


def _stands_as_found(line: Attempt) -> bool:
    """Whether it was put down as paid after all, and did not come back since."""
    returned = Outcome.objects.filter(due_ref=line.due_ref, n=line.n, state=OutcomeState.RETURNED)
    found = Batch.objects.filter(id=line.batch_id, kind=BatchKind.FOUND)
    return found.exists() and not returned.exists()
