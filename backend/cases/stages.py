"""What a case went through to its decision (办理环节): each stage with who took it and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from backend.cases import kinds
from backend.cases.decide import REVIEW
from backend.cases.models import Approval, Case, CaseState, Correction


class Stage(Enum):
    """A stage of a case, as a clerk calls it."""

    FILED = "收件"
    CORRECTION_ASKED = "告知补正"
    CORRECTED = "补正"
    ACCEPTED = "受理"
    DECLINED = "不予受理"
    REVIEWED = "审核"
    DECIDED = "审批"
    DELIVERED = "送达"
    CLOSED = "办结"


@dataclass(frozen=True)
class Passed:
    """A stage that a case passed: who took it (None: a feed), when, in which words."""

    stage: Stage
    person_id: int | None
    at: datetime
    note: str = ""


def stages_of(*, case: Case) -> tuple[Passed, ...]:
    """Give the stages that a case passed, in their order."""
    return tuple(_passed(case))


def _passed(case: Case) -> Iterator[Passed]:
    waits = case.state in (CaseState.FILED, CaseState.CORRECTING)
    yield Passed(Stage.FILED, case.received_by, case.received_at)
    correction = Correction.objects.filter(case=case).first()
    if correction is not None:
        yield from _corrected(correction)
    if case.accepted_at is not None:
        yield Passed(Stage.ACCEPTED, case.accepted_by, case.accepted_at)
    elif not waits and case.state != CaseState.DECLINED:
        yield Passed(Stage.ACCEPTED, case.received_by, case.received_at)  # as it was received
    for review in Approval.objects.filter(
        subject_kind=kinds.CASE, subject_id=case.pk, step=REVIEW, digest=case.digest
    ):
        yield Passed(Stage.REVIEWED, review.person_id, review.signed_at, review.note)
    if case.decided_at is not None:
        stage = Stage.DECLINED if case.state == CaseState.DECLINED else Stage.DECIDED
        said = "；".join(filter(None, (case.get_state_display(), case.reason)))
        yield Passed(stage, case.decided_by, case.decided_at, said)


def _corrected(correction: Correction) -> Iterator[Passed]:
    missing = "；".join(f"{one['what']}（{one['why']}）" for one in correction.missing)
    until = f"补正期限 {correction.answer_by}"
    yield Passed(
        Stage.CORRECTION_ASKED, correction.asked_by, correction.asked_at, f"{missing}；{until}"
    )
    if correction.answered_at is not None:
        yield Passed(
            Stage.CORRECTED, correction.answered_by, correction.answered_at, correction.brought
        )
