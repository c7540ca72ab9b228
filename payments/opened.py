"""Nobody checks or approves a bare total (签名前须看): what was opened is recorded, and asked for.

Whoever signs a batch has opened its movement proof and what was held, with its reasons, of these
very lines. A release needs none: two have looked by then.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from backend.audit.record import record
from backend.kernel.errors import Refusal
from payments.models import Batch, BatchOpened, BatchState
from payments.opened_models import Shown
from payments.signing import APPROVE, CHECK, SUBJECT, SigningStep

ASKED_FOR = (CHECK, APPROVE)


class NotSealed(Refusal):
    """Only what is sealed is looked at for a signature (批次尚未封存)."""

    code = "batch_not_sealed"


class NotOpened(Refusal):
    """What must be seen before signing was not opened (签名前须看的材料未打开)."""

    code = "batch_not_opened"


@transaction.atomic
def opened(*, batch: Batch, what: Shown, staff_id: int, person_id: int) -> BatchOpened:
    """Put down that somebody opened a part of what is to be seen; once.

    Raises:
        NotSealed.
    """
    if batch.state in (BatchState.DRAFT, BatchState.EMPTY):
        raise NotSealed(f"批次 {batch.no} 尚未封存，没有要签的内容。", batch=batch.no)
    row, new = BatchOpened.objects.get_or_create(
        batch=batch,
        person_id=person_id,
        what=what,
        digest=batch.digest,
        defaults={"staff_id": staff_id},
    )
    if new:
        record(
            name="payments.opened",
            subject_kind=SUBJECT,
            subject_id=str(batch.pk),
            rows=1,
            staff_id=staff_id,
            person_id=person_id,
            details={"what": what.value},
            digest=batch.digest,
        )
    return row


def require_opened(*, step: SigningStep, batch_ids: Collection[int], person_id: int) -> None:
    """Refuse a signature by whoever has not opened what is to be seen of these batches, as they
    are now.

    Raises:
        NotOpened: names the batches, and of each what is missing.
    """
    if step not in ASKED_FOR:
        return
    rows = BatchOpened.objects.filter(
        batch__in=batch_ids, digest=F("batch__digest"), person_id=person_id
    )
    seen = set(rows.values_list("batch_id", "what"))
    missing = {
        batch: left
        for batch in Batch.objects.filter(id__in=batch_ids).order_by("id")
        if (left := [one for one in Shown if (batch.pk, one.value) not in seen])
    }
    if missing:
        told = "；".join(
            f"批次 {batch.no} 的{'、'.join(str(one.label) for one in left)}"
            for batch, left in missing.items()
        )
        raise NotOpened(
            f"请先打开{told}，看过再{step.label}。",
            missing={str(batch.pk): [one.value for one in left] for batch, left in missing.items()},
        )
