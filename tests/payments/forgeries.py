"""What somebody puts in by SQL, as the application's own role (伪造), and what is named of it."""

import uuid
from collections.abc import Mapping

from backend.cases.models import Approval, Case
from payments import invariants
from payments.batches import open_batches, seal
from payments.models import (
    Attempt,
    Batch,
    BatchKind,
    Outcome,
    OutcomeState,
    ReturnFile,
)
from tests import builders
from tests.builders import NOW
from tests.payments import payment_builders as pay


def named(promise: str) -> list[str]:
    """What is named of a promise, by what it is about."""
    return [row.subject for row in invariants.broken_promises() if row.promise == promise]


def forged_outcome(
    line: Attempt, state: OutcomeState, *, fen: int | None = None, file: ReturnFile | None = None
) -> None:
    """Put an answer in under a return file: the one that the line's batch has, unless told."""
    under = file or ReturnFile.objects.get(batch=line.batch_id, part=1)
    amount = line.fen if fen is None else fen
    Outcome.objects.create(
        due_ref=line.due_ref, n=line.n, state=state, fen=amount, return_file_id=under.id
    )


def forged_file(batch: Batch | None, *, part: int = 1) -> ReturnFile:
    """The row of an accepted file that never came."""
    return ReturnFile.objects.create(
        bank="NSB",
        name=f"HP340800NSB00000001_{part:02d}.txt",
        size=1,
        sha256="0" * 64,
        accepted=True,
        batch=batch,
        part=part,
    )


def forged_case(*, kind: str, content: Mapping[str, object]) -> Case:
    """A case that is approved, with the row of a signature that nobody made."""
    case = builders.case(kind=kind, content=content, origin=uuid.uuid4().hex)
    victim = builders.member(role="REVIEWER")
    Approval.objects.create(
        subject_kind="cases.case",
        subject_id=case.pk,
        step="DECIDE",
        digest=case.digest,
        staff_id=victim.staff.pk,
        person_id=victim.key.person_id,
        role="REVIEWER",
        key_id=victim.key.key_id,
        signed_at=NOW,
        signature=b"\0" * 64,
    )
    Case.objects.filter(pk=case.pk).update(
        state="APPROVED", decided_by=victim.key.person_id, decided_at=NOW
    )
    return case


def forged_return(line: Attempt) -> Case:
    """A decision that an open line was returned."""
    content = {"ref": f"{line.due_ref}-{line.n}", "decision": "RETURNED"}
    case = forged_case(kind="DISCREPANCY", content=content)
    Outcome.objects.create(
        due_ref=line.due_ref, n=line.n, state=9, fen=line.fen, reason="DECIDED", case_id=case.pk
    )
    return case


def forged_again(batch: Batch, *, kind: BatchKind = BatchKind.REISSUE) -> Batch:
    """A batch put together and sealed by SQL: it pays the first line of another once more."""
    line = pay.lines_of(batch)[0]
    drafts = open_batches(
        period=pay.PERIOD, pay_date=pay.PAY_DATE, today=pay.PAY_DATE, kind=kind, first=2
    )
    draft = next(one for one in drafts if (one.book_id, one.bank) == (batch.book_id, "NSB"))
    line.n, line.batch_id, line.returned_n, line.returned_state = 2, draft.id, 1, 9
    line.save(force_insert=True)
    seal(batch_ids=[draft.id], made_by=None, now=NOW)
    draft.refresh_from_db()
    return draft
