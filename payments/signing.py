"""Check, approve, send: three different persons sign the digest (复核、审批、放款)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from backend.access.keys import UnlockedKey
from backend.access.models import Role
from backend.audit.record import record
from backend.cases import approvals
from backend.jobs.faultpoint import faultpoint
from backend.jobs.queue import enqueue_all
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.web.scope import whole_city
from payments.batches import BatchNotThere, recompute_digests
from payments.models import BankFile, Batch, BatchRefusal, BatchState
from payments.money_held import require_covered
from payments.proven_returns import require_proven_returns

SUBJECT = "payments.batch"


@dataclass(frozen=True)
class SigningStep:
    """One of the three signatures: who may give it, from which state to which."""

    name: str
    role: Role
    label: str
    before: BatchState
    after: BatchState
    person_field: str
    job: str | None


CHECK = SigningStep(
    "CHECK", Role.REVIEWER, "复核", BatchState.SEALED, BatchState.CHECKED, "checked_by", None
)
APPROVE = SigningStep(
    "APPROVE",
    Role.APPROVER,
    "审批",
    BatchState.CHECKED,
    BatchState.APPROVED,
    "approved_by",
    "payments.prepare_file",
)
SEND = SigningStep(
    "SEND",
    Role.CASHIER,
    "放款",
    BatchState.APPROVED,
    BatchState.SENDING,
    "sent_by",
    "payments.deliver",
)
STEPS = {step.name: step for step in (CHECK, APPROVE, SEND)}


class WrongState(Refusal):
    """A batch is signed step by step (批次状态不符)."""

    code = "batch_wrong_state"


class DigestDiffers(Refusal):
    """What is signed must be what was shown and sealed (内容已变)."""

    code = "batch_digest_differs"


class SamePerson(Refusal):
    """Nobody signs a batch twice (同一人不得办理两个环节)."""

    code = "batch_same_person"


class SignatureMissing(Refusal):
    """An earlier signature is missing or does not verify (前序签名无效)."""

    code = "batch_signature_invalid"


class BatchRefused(Refusal):
    """What somebody did not agree with goes no further until it is cleared up (未获同意)."""

    code = "batch_refused"


class FileMissing(Refusal):
    """The file's serial and SHA-256 are committed before anyone releases it (报盘文件未就绪)."""

    code = "batch_file_missing"


def sign_batches(
    *, step: SigningStep, digests: Mapping[int, str], key: UnlockedKey, now: datetime
) -> list[Batch]:
    """Sign all these batches (id → digest as shown to the signer), or none of them.

    Raises:
        BatchNotThere, BatchRefused, WrongState, DigestDiffers, SamePerson, SignatureMissing,
        FileMissing; BatchNotCovered: 支出户 does not hold so much;
        ReturnNotDecided, ReturnNotInFile; as ``approvals.sign_all``.
    """
    with transaction.atomic():
        if Batch.objects.filter(id__in=digests).count() != len(digests):
            raise BatchNotThere("没有这个批次。")
        with whole_city():  # the batches are his, or of an agency that he helps; lines a million
            locked = Batch.objects.select_for_update(of=("self",)).filter(id__in=digests)
            batches = list(locked.select_related("book__agency").order_by("id"))
            require_proven_returns(batch_ids=[batch.id for batch in batches])
            require_not_refused(batches=batches)
            require_shown(batches, step, digests)
            _sign(batches, step, key, now)
        record(
            name=f"payments.{step.name.lower()}",
            subject_kind=SUBJECT,
            subject_id=",".join(str(batch.id) for batch in batches),
            rows=len(batches),
            staff_id=key.staff_id,
            person_id=key.person_id,
        )
    return batches


def verify_signatures(*, batches: Sequence[Batch], steps: tuple[SigningStep, ...]) -> None:
    """All these steps are signed over each batch's digest by the persons named on it.

    Raises:
        SignatureMissing: one is not there or does not verify.
    """
    signed = approvals.verified_all([_subject(batch) for batch in batches])
    for batch, known in zip(batches, signed, strict=True):
        for step in steps:
            approval = known.get(step.name)
            if approval is None or approval.person_id != getattr(batch, step.person_field):
                raise SignatureMissing(
                    f"批次 {batch.no} 的{step.label}签名缺失或无效，不得继续。", batch=batch.no
                )


def standing_refusals(*, batches: Sequence[Batch]) -> list[BatchRefusal]:
    """What was said against signing these batches and nobody has taken back; what SQL takes back
    stands."""
    said = list(BatchRefusal.objects.filter(batch__in=batches).order_by("id"))
    lifted = {one.lifts_id for one in said if one.lifts_id is not None and one.counts}
    return [one for one in said if one.lifts_id is None and one.pk not in lifted]


def require_not_refused(*, batches: Sequence[Batch]) -> None:
    """Refuse what somebody did not agree with, until it is cleared up.

    Raises:
        BatchRefused.
    """
    for one in standing_refusals(batches=batches):
        raise BatchRefused(
            f"批次 {one.batch.no} 在{STEPS[one.step].label}环节未获同意：{one.reason}。"
            "查清后由该环节的人员撤回，才能继续。",
            batch=one.batch.no,
        )


def require_shown(batches: Sequence[Batch], step: SigningStep, shown: Mapping[int, str]) -> None:
    """All wait for this step, and their lines are those that were sealed and shown."""
    for batch in batches:
        if batch.state != step.before:
            raise WrongState(
                f"批次 {batch.no} 现为“{batch.get_state_display()}”，不能{step.label}。",
                batch=batch.no,
                state=batch.state,
            )
    found = recompute_digests(batch_ids=[batch.id for batch in batches])
    for batch in batches:
        if not shown[batch.id] == found[batch.id] == batch.digest:
            raise DigestDiffers(
                f"批次 {batch.no} 的内容与摘要不一致，不能{step.label}。", batch=batch.no
            )


def _sign(batches: Sequence[Batch], step: SigningStep, key: UnlockedKey, now: datetime) -> None:
    names = list(STEPS)
    refuse_hands(batches, step, key.person_id)
    before = tuple(STEPS[name] for name in names[: names.index(step.name)])
    verify_signatures(batches=batches, steps=before)
    if step is SEND:
        _require_files(batches)
        require_covered(batches=batches)
    subjects = [_subject(batch) for batch in batches]
    signed = approvals.sign_all(key=key, subjects=subjects, step=step.name, role=step.role, now=now)
    for batch, approval in zip(batches, signed, strict=True):
        if approval.acting_for is not None:
            refuse_hands([batch], step, approval.acting_for)
    changes: dict[str, Any] = {"state": step.after, step.person_field: key.person_id}
    Batch.objects.filter(id__in=[batch.id for batch in batches]).update(**changes)
    for batch in batches:
        for field, value in changes.items():
            setattr(batch, field, value)
    faultpoint(f"payments.{step.name.lower()}.signed")
    if step.job is not None:
        _order(step.job, batches)


def _order(job: str, batches: Sequence[Batch]) -> None:
    """The largest first: then nobody has to wait long for the last."""
    by_size = sorted(batches, key=lambda batch: (-batch.line_count, batch.id))
    enqueue_all(
        kind=job, arguments={f"{job}/{batch.id}": {"batch_id": batch.id} for batch in by_size}
    )


def _require_files(batches: Sequence[Batch]) -> None:
    ready = set(BankFile.objects.filter(batch__in=batches).values_list("batch_id", flat=True))
    for batch in batches:
        if batch.id not in ready:
            raise FileMissing(f"批次 {batch.no} 的报盘文件尚未生成，请稍后再放款。", batch=batch.no)


def refuse_hands(batches: Sequence[Batch], step: SigningStep, person_id: int) -> None:
    """Natural persons count; what somebody may not do himself, nobody does for him."""
    family = set(family_of(party_id=person_id))
    for batch in batches:
        if _hands(batch) & family:
            raise SamePerson(
                f"您或您代理的人已办理过批次 {batch.no} 的其他环节，须由另一人{step.label}。",
                batch=batch.no,
            )


def _subject(batch: Batch) -> approvals.Subject:
    agency_id = batch.book.agency_id
    return approvals.Subject(
        SUBJECT, batch.id, batch.digest, agency_id=agency_id, hands=_hands(batch)
    )


def _hands(batch: Batch) -> frozenset[int]:
    hands = (batch.made_by, batch.checked_by, batch.approved_by, batch.sent_by)
    return frozenset(hand for hand in hands if hand is not None)
