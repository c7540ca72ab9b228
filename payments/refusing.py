"""Refuse to sign a batch, with a reason (不同意), and take that back; meanwhile nobody signs it.

A sealed batch does not change: what is wrong with it is cleared up outside, by a difference in the
next month or with the bank. Whoever refused, or another in the same role, then says how.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from backend.access.keys import UnlockedKey
from backend.access.roles import require_role
from backend.audit.record import record
from backend.kernel.errors import Refusal
from payments.batches import BatchNotThere
from payments.models import Batch, BatchRefusal
from payments.signing import (
    SUBJECT,
    SigningStep,
    refuse_hands,
    require_not_refused,
    require_shown,
    standing_refusals,
)


class ReasonMissing(Refusal):
    """Whoever does not sign says why (不同意须写理由)."""

    code = "batch_refusal_reason_missing"


class NotRefused(Refusal):
    """There is no standing refusal of this step to take back (没有可撤回的不同意)."""

    code = "batch_not_refused"


def refuse_batches(
    *,
    step: SigningStep,
    digests: Mapping[int, str],
    reason: str,
    key: UnlockedKey,
    now: datetime,
) -> list[BatchRefusal]:
    """Refuse these batches instead of signing them: all, or none.

    Raises:
        ReasonMissing, BatchNotThere, BatchRefused; WrongState, DigestDiffers, SamePerson as
        ``sign_batches``; RoleMissing.
    """
    with transaction.atomic():
        batches = _hold(digests, reason, step, key, now)
        require_not_refused(batches=batches)
        require_shown(batches, step, digests)
        refuse_hands(batches, step, key.person_id)
        return [
            _said(batch=batch, step=step, reason=reason, key=key, lifts=None) for batch in batches
        ]


def lift_refusals(
    *,
    step: SigningStep,
    digests: Mapping[int, str],
    reason: str,
    key: UnlockedKey,
    now: datetime,
) -> list[BatchRefusal]:
    """Take back what was said against these batches at this step, and say how it was cleared up.

    Raises:
        ReasonMissing, BatchNotThere, NotRefused, RoleMissing.
    """
    with transaction.atomic():
        batches = _hold(digests, reason, step, key, now)
        standing = {one.batch_id: one for one in standing_refusals(batches=batches)}
        for batch in batches:
            if batch.pk not in standing or standing[batch.pk].step != step.name:
                raise NotRefused(
                    f"批次 {batch.no} 在{step.label}环节没有可撤回的不同意。", batch=batch.no
                )
        return [
            _said(batch=batch, step=step, reason=reason, key=key, lifts=standing[batch.pk])
            for batch in batches
        ]


def _hold(
    digests: Mapping[int, str], reason: str, step: SigningStep, key: UnlockedKey, now: datetime
) -> list[Batch]:
    if not reason.strip():
        raise ReasonMissing("请写明理由，财务据此处理。")
    require_role(staff_id=key.staff_id, role=step.role, on=timezone.localdate(now))
    locked = Batch.objects.select_for_update(of=("self",)).filter(id__in=digests)
    batches = list(locked.select_related("book__agency").order_by("id"))
    if len(batches) != len(digests):
        raise BatchNotThere("没有这个批次。")
    return batches


def _said(
    *,
    batch: Batch,
    step: SigningStep,
    reason: str,
    key: UnlockedKey,
    lifts: BatchRefusal | None,
) -> BatchRefusal:
    said = BatchRefusal(
        batch=batch,
        step=step.name,
        digest=batch.digest,
        reason=reason.strip(),
        lifts=lifts,
        staff_id=key.staff_id,
        person_id=key.person_id,
        said_at=timezone.now(),
    )
    said.certify()
    said.save(force_insert=True)
    record(
        name="payments.refuse" if lifts is None else "payments.refusal_lifted",
        subject_kind=SUBJECT,
        subject_id=str(batch.id),
        rows=1,
        staff_id=key.staff_id,
        person_id=key.person_id,
        details={"step": step.name},
        digest=batch.digest,
    )
    return said
