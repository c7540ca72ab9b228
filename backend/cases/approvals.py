"""Signed approvals (签名审批): made with a person's own key, believed only when they verify.

Signed are the bytes ``yikatong-approval/1\\n`` and the canonical JSON of subject_kind, subject_id,
step, digest, person_id, role, key_id, signed_at (ISO 8601, UTC) and note.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access import keys, roles
from backend.access.constraints import violated
from backend.access.keys import UnlockedKey
from backend.access.models import RoleAssignment
from backend.audit.record import record
from backend.cases import kinds
from backend.cases.canonical import canonical
from backend.cases.models import Approval, Case
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal

PREFIX = b"yikatong-approval/1\n"
NOTE_MAX = 200


class ApprovalExists(Refusal):
    """The step is signed already, or this person signed another step (已签名)."""

    code = "approval_exists"


class NoteTooLong(Refusal):
    """A note has at most 200 characters (意见过长)."""

    code = "note_too_long"


@dataclass(frozen=True)
class Subject:
    """What is signed: the thing, and the digest of its content; ``case_kind`` for cases."""

    kind: str
    id: int
    digest: str
    case_kind: str = ""


def sign(
    *,
    key: UnlockedKey,
    subject_kind: str,
    subject_id: int,
    step: str,
    digest: str,
    role: str,
    now: datetime,
    note: str = "",
) -> Approval:
    """Sign one step of one subject; see ``sign_all``."""
    case_kind = _case_kinds([subject_id])[subject_id] if subject_kind == kinds.CASE else ""
    subject = Subject(subject_kind, subject_id, digest, case_kind)
    return sign_all(key=key, subjects=[subject], step=step, role=role, now=now, note=note)[0]


def sign_all(
    *,
    key: UnlockedKey,
    subjects: Sequence[Subject],
    step: str,
    role: str,
    now: datetime,
    note: str = "",
) -> list[Approval]:
    """Sign the same step of many subjects with one unlocked key.

    Raises:
        RoleMissing: when the role is not held today.
        StepNotAllowed: when the role may not take the step.
        ApprovalExists: when one of them is signed, or this person signed another step of it.
    """
    today = timezone.localdate(now)
    roles.require_role(staff_id=key.staff_id, role=role, on=today)
    for subject_kind, case_kind in {(subject.kind, subject.case_kind) for subject in subjects}:
        kinds.require_step(
            subject_kind=subject_kind, case_kind=case_kind, step=step, role=role, on=today
        )
    if len(note) > NOTE_MAX:
        raise NoteTooLong(f"意见最长{NOTE_MAX}个字，现在是{len(note)}个。")
    if not subjects:
        return []
    unsigned = [_unsigned(subject, key, step, role, now, note) for subject in subjects]
    for approval in unsigned:
        approval.signature = key.sign(signed_bytes(approval))
    return _stored(unsigned, key)


def signed_bytes(approval: Approval) -> bytes:
    """Give the bytes over which the signature stands."""
    content = {
        "digest": approval.digest,
        "key_id": approval.key_id,
        "note": approval.note,
        "person_id": approval.person_id,
        "role": approval.role,
        "signed_at": approval.signed_at.astimezone(UTC).isoformat(),
        "step": approval.step,
        "subject_id": approval.subject_id,
        "subject_kind": approval.subject_kind,
    }
    return PREFIX + canonical(content)


def verify(approval: Approval) -> bool:
    """Tell whether the approval may be believed.

    The signature is right under a certified key of that very person and account, in use at that
    instant; the person held the role on that day; the role may take the step.
    """
    return verify_all([approval])[0]


def verify_all(approvals: Sequence[Approval]) -> list[bool]:
    """Verify many, asking the database once for keys, roles and cases."""
    facts = _Facts(approvals)
    return [_is_right(approval, facts) for approval in approvals]


def verified(*, subject_kind: str, subject_id: int, digest: str) -> dict[str, Approval]:
    """Give the steps of a subject that are validly signed over ``digest``."""
    signed = list(
        Approval.objects.filter(
            subject_kind=subject_kind, subject_id=subject_id, digest=digest
        ).select_related("key", "staff")
    )
    return {
        approval.step: approval
        for approval, right in zip(signed, verify_all(signed), strict=True)
        if right
    }


def unverifiable() -> Iterator[Approval]:
    """Find every approval in the books that does not verify (for the checks of all promises)."""
    known_keys: dict[int, bool] = {}
    signed = Approval.objects.select_related("key", "staff").order_by("id")
    page: list[Approval] = []
    for approval in signed.iterator(chunk_size=2000):
        page.append(approval)
        if len(page) == 2000:
            yield from _broken(page, known_keys)
            page = []
    yield from _broken(page, known_keys)


class _Facts:
    """What verification must know beside the rows themselves."""

    def __init__(
        self, approvals: Sequence[Approval], certified: dict[int, bool] | None = None
    ) -> None:
        self.certified = {} if certified is None else certified
        for approval in approvals:
            if approval.key_id not in self.certified:
                self.certified[approval.key_id] = keys.is_certified(approval.key)
        given = RoleAssignment.objects.filter(staff__in={a.staff_id for a in approvals})
        self.roles = [one for one in given if one.counts]
        self.case_kinds = _case_kinds(a.subject_id for a in approvals if _is_case(a))

    def held(self, staff_id: int, role: str, on: date) -> bool:
        return any(
            (one.staff_id, one.role) == (staff_id, role) and on in one.valid for one in self.roles
        )


def _is_right(approval: Approval, facts: _Facts) -> bool:
    key, day = approval.key, timezone.localdate(approval.signed_at)
    case_kind = facts.case_kinds.get(approval.subject_id, "") if _is_case(approval) else ""
    allowed = kinds.roles_for(
        subject_kind=approval.subject_kind, case_kind=case_kind, step=approval.step, on=day
    )
    return (
        key.person_id == approval.person_id == approval.staff.person_id
        and key.staff_id == approval.staff_id
        and facts.certified[key.pk]
        and key.made_at <= approval.signed_at
        and (key.retired_at is None or approval.signed_at < key.retired_at)
        and approval.role in allowed
        and facts.held(approval.staff_id, approval.role, day)
        and keys.signature_verifies(
            public_key=bytes(key.public_key),
            signature=bytes(approval.signature),
            message=signed_bytes(approval),
        )
    )


def _broken(page: Sequence[Approval], certified: dict[int, bool]) -> Iterator[Approval]:
    facts = _Facts(page, certified)
    return (approval for approval in page if not _is_right(approval, facts))


def _unsigned(
    subject: Subject, key: UnlockedKey, step: str, role: str, now: datetime, note: str
) -> Approval:
    return Approval(
        subject_kind=subject.kind,
        subject_id=subject.id,
        step=step,
        digest=subject.digest,
        staff_id=key.staff_id,
        person_id=key.person_id,
        role=role,
        key_id=key.key_id,
        signed_at=now,
        note=note,
    )


@transaction.atomic
def _stored(approvals: list[Approval], key: UnlockedKey) -> list[Approval]:
    try:
        with transaction.atomic():
            stored = Approval.objects.bulk_create(approvals, batch_size=1000)
    except IntegrityError as error:
        name = violated(error)
        if name == "cases_approval_one_step_a_person":
            raise ApprovalExists("您已在此件的其他环节签过名，须由另一人办理。") from None
        if name == "cases_approval_once":
            raise ApprovalExists("此环节已经签过名。") from None
        raise
    first, only_one = stored[0], len(stored) == 1
    record(
        name="cases.signed",
        subject_kind=first.subject_kind,
        subject_id=str(first.subject_id) if only_one else "",
        rows=len(stored),
        staff_id=key.staff_id,
        person_id=key.person_id,
        details={"step": first.step, "subjects": [approval.subject_id for approval in stored]},
        digest=first.digest if only_one else "",
    )
    transaction.on_commit(partial(faultpoint, "cases.approval.committed"))
    return stored


def _case_kinds(case_ids: Iterable[int]) -> dict[int, str]:
    return dict(Case.objects.filter(pk__in=set(case_ids)).values_list("pk", "kind"))


def _is_case(approval: Approval) -> bool:
    return approval.subject_kind == kinds.CASE
