"""Signed approvals (签名审批): made with a person's own key, believed only when they verify.

Signed are the bytes ``yikatong-approval/1\\n`` and the canonical JSON of subject_kind, subject_id,
step, digest, person_id, role, key_id, signed_at (ISO 8601, UTC) and note; of a case also materials
(``materials/seen.py``); where it rests on a delegation also delegation, and acting_for of a deputy.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access import keys, roles
from backend.access.capacity import Capacities, Capacity
from backend.access.constraints import violated
from backend.access.keys import UnlockedKey
from backend.access.models import Level
from backend.audit.record import record
from backend.cases import collective, kinds
from backend.cases.authority import Authority, authority
from backend.cases.canonical import canonical
from backend.cases.kinds import StepNotAllowed
from backend.cases.materials.seen import is_as_seen, materials_of, seen
from backend.cases.models import Approval, Case
from backend.cases.weights import authority_over
from backend.deployment import is_demo
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.people.queries import family_of

PREFIX = b"yikatong-approval/1\n"
NOTE_MAX = 200


class ApprovalExists(Refusal):
    """The step is signed already, or this person signed another step (已签名)."""

    code = "approval_exists"


class NoteTooLong(Refusal):
    """A note has at most 200 characters (意见过长)."""

    code = "note_too_long"


class OtherAgency(Refusal):
    """What an agency received is signed by its own staff, or by its superior's where two signed so
    (须由本机构的人员办理)."""

    code = "signer_other_agency"
    status = 403


class LevelTooLow(Refusal):
    """A matter of this weight is approved at a higher level (审批级别不够)."""

    code = "level_too_low"
    status = 403


@dataclass(frozen=True)
class Subject:
    """What is signed: the thing, the digest of its content, the case where it is one, the agency
    whose matter it is (None: whoever's), and who had a hand in it otherwise than by signing."""

    kind: str
    id: int
    digest: str
    case: Case | None = None
    agency_id: int | None = None
    hands: frozenset[int] = frozenset()


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
    agency_id: int | None = None,
    hands: frozenset[int] = frozenset(),
) -> Approval:
    """Sign one step of one subject; see ``sign_all``."""
    case = Case.objects.get(pk=subject_id) if subject_kind == kinds.CASE else None
    of = agency_id if case is None else case.agency_id
    subject = Subject(subject_kind, subject_id, digest, case, of, hands)
    return sign_all(key=key, subjects=[subject], step=step, role=role, now=now, note=note)[0]


@transaction.atomic
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
        RoleMissing, OtherAgency: when the role is not held today, or not over this agency's.
        StepNotAllowed, LevelTooLow: when the role, or the level, may not take the step.
        MinutesMissing, MinutesInvalid: when it is decided collectively, and no meeting is named.
        ApprovalExists: when one of them is signed, or this person signed another step of it.
    """
    today = timezone.localdate(now)
    roles.require_role(staff_id=key.staff_id, role=role, on=today)
    demo, held = is_demo(), Capacities.to_sign(staff_id=key.staff_id, role=role)
    capacities = []
    for subject in subjects:
        wanted = _authority(subject.kind, subject.case, step, today, demo)
        known = held.of(staff_id=key.staff_id, role=role, agency_id=subject.agency_id, at=now)
        capacities.append(_sufficing(subject, wanted, known, step=step, role=role))
    if len(note) > NOTE_MAX:
        raise NoteTooLong(f"意见最长{NOTE_MAX}个字，现在是{len(note)}个。")
    if not subjects:
        return []
    unsigned = [
        _unsigned(subject, capacity, key, step, role, now, note)
        for subject, capacity in zip(subjects, capacities, strict=True)
    ]
    lying = materials_of(case_ids=[subject.id for subject in subjects if subject.case])
    for approval in unsigned:
        if _is_case(approval):
            approval.materials = seen(materials=lying.get(approval.subject_id, ()))
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
    told = {"materials": approval.materials} if approval.materials else {}
    return PREFIX + canonical(content | told | _resting(approval))


def verify(approval: Approval) -> bool:
    """Tell whether the approval may be believed.

    The signature is right under a certified key of that very person and account, in use at that
    instant and not under a password that others were told; the person held the role then, at the
    level that the matter asks for, over what this agency received, in the capacity that the
    signature names; the role may take the step; what is decided collectively names its minutes;
    what lay with the case lies there as it was.
    """
    return verify_all([approval])[0]


def verify_all(approvals: Sequence[Approval]) -> list[bool]:
    """Verify many, asking the database once for keys, roles and cases."""
    facts = _Facts(approvals)
    return [_is_right(approval, facts) for approval in approvals]


def verified(
    *, subject_kind: str, subject_id: int, digest: str, agency_id: int | None = None
) -> dict[str, Approval]:
    """Give the steps of a subject that are validly signed over ``digest``, for this agency."""
    return verified_all([Subject(subject_kind, subject_id, digest, agency_id=agency_id)])[0]


def verified_all(subjects: Sequence[Subject]) -> list[dict[str, Approval]]:
    """The same of many subjects, in their order, asking the database once."""
    kinds_of, ids = {one.kind for one in subjects}, {one.id for one in subjects}
    rows = Approval.objects.filter(subject_kind__in=kinds_of, subject_id__in=ids)
    signed = list(rows.select_related("key", "staff", "delegation"))
    right: dict[tuple[str, int], list[Approval]] = defaultdict(list)
    for approval, is_right in zip(signed, verify_all(signed), strict=True):
        if is_right:
            right[approval.subject_kind, approval.subject_id].append(approval)
    return [
        {
            approval.step: approval
            for approval in right[one.kind, one.id]
            if approval.digest == one.digest and one.agency_id in (None, _agency_of(approval))
        }
        for one in subjects
    ]


def unverifiable() -> Iterator[Approval]:
    """Find every approval in the books that does not verify (for the checks of all promises)."""
    known_keys: dict[int, bool] = {}
    signed = Approval.objects.select_related("key", "staff", "delegation").order_by("id")
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
        self.held = Capacities(staff_ids={approval.staff_id for approval in approvals})
        self.cases = Case.objects.in_bulk({a.subject_id for a in approvals if _is_case(a)})
        told = {a.subject_id for a in approvals if a.materials}
        self.materials = materials_of(case_ids=told) if told else {}
        self.demo = is_demo()

    def covered(self, approval: Approval, on: date) -> bool:
        """Whether the table lets this role and level take the step, and both were held."""
        case = self.cases.get(approval.subject_id) if _is_case(approval) else None
        wanted = _authority(approval.subject_kind, case, approval.step, on, self.demo)
        known = self.held.of(
            staff_id=approval.staff_id,
            role=approval.role,
            agency_id=case.agency_id if case else _agency_of(approval),
            at=approval.signed_at,
        )
        told = (approval.delegation_id, approval.acting_for)
        return (not wanted.collective or _has_minutes(case)) and any(
            wanted.covers(role=approval.role, level=one.level)
            for one in known
            if (one.delegation_id, one.acting_for) == told
        )


def _is_right(approval: Approval, facts: _Facts) -> bool:
    key, day = approval.key, timezone.localdate(approval.signed_at)
    return (
        key.person_id == approval.person_id == approval.staff.person_id
        and key.staff_id == approval.staff_id
        and facts.certified[key.pk]
        and not key.initial
        and key.made_at <= approval.signed_at
        and (key.retired_at is None or approval.signed_at < key.retired_at)
        and facts.covered(approval, day)
        and keys.signature_verifies(
            public_key=bytes(key.public_key),
            signature=bytes(approval.signature),
            message=signed_bytes(approval),
        )
        and is_as_seen(
            materials=facts.materials.get(approval.subject_id, ()), told=approval.materials
        )
    )


def _broken(page: Sequence[Approval], certified: dict[int, bool]) -> Iterator[Approval]:
    facts = _Facts(page, certified)
    return (approval for approval in page if not _is_right(approval, facts))


def _unsigned(
    subject: Subject,
    capacity: Capacity,
    key: UnlockedKey,
    step: str,
    role: str,
    now: datetime,
    note: str,
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
        delegation_id=capacity.delegation_id,
        acting_for=capacity.acting_for,
    )


@transaction.atomic
def _stored(approvals: list[Approval], key: UnlockedKey) -> list[Approval]:
    try:
        with transaction.atomic():
            stored = Approval.objects.bulk_create(approvals, batch_size=1000)
    except IntegrityError as error:
        name = violated(error)
        if name == "cases_approval_one_step_a_person":
            raise ApprovalExists(
                "您或您代理的人已在此件的其他环节签过名，须由另一人办理。"
            ) from None
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
        details={
            "step": first.step,
            "subjects": [approval.subject_id for approval in stored],
            **_resting(first),
        },
        digest=first.digest if only_one else "",
    )
    transaction.on_commit(partial(faultpoint, "cases.approval.committed"))
    return stored


def _authority(subject_kind: str, case: Case | None, step: str, on: date, demo: bool) -> Authority:
    if case is not None:
        return authority_over(case, step=step, on=on, demo=demo)
    return authority(subject_kind=subject_kind, step=step, on=on, demo=demo)


def _sufficing(
    subject: Subject, wanted: Authority, known: Sequence[Capacity], *, step: str, role: str
) -> Capacity:
    """A capacity in which the role may take the step; one's own stands before others."""
    about = subject.case.kind if subject.case else subject.kind
    if role not in wanted.roles:
        raise StepNotAllowed("该岗位无权办理此环节。", step=step, role=role, subject=about)
    if not known:
        raise OtherAgency(
            "此件由受理机构的人员办理；上级机构代办须有生效的委派。", subject=about, id=subject.id
        )
    sufficing = [one for one in known if wanted.covers(role=role, level=one.level)]
    if not sufficing:
        label = Level(wanted.level).label
        raise LevelTooLow(f"此件须由{label}审批。", level=wanted.level, subject=about)
    if wanted.collective and subject.case is not None:
        collective.minutes_of(subject.case)
    return _free(subject, sufficing)


def _free(subject: Subject, sufficing: Sequence[Capacity]) -> Capacity:
    """The first for whom nobody had a hand in it; if there is none, the first, which is refused."""
    first = sufficing[0]
    if first.acting_for is None or len(sufficing) == 1:
        return first
    signed = Approval.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    hands = subject.hands.union(*signed.values_list("person_id", "acting_for"))
    free = (
        one
        for one in sufficing
        if one.acting_for is None or not hands.intersection(family_of(party_id=one.acting_for))
    )
    return next(free, first)


def _resting(approval: Approval) -> dict[str, int]:
    """On which delegation it rests, and for whom a deputy signed; nothing of one's own."""
    told = {"acting_for": approval.acting_for, "delegation": approval.delegation_id}
    return {name: number for name, number in told.items() if number is not None}


def _agency_of(approval: Approval) -> int:
    """For which agency it was signed: the signer's own, or the one that he helps."""
    own: int = approval.staff.agency_id
    return own if approval.delegation is None else approval.delegation.agency_id


def _has_minutes(case: Case | None) -> bool:
    try:
        return case is not None and bool(collective.minutes_of(case))
    except Refusal:
        return False


def _is_case(approval: Approval) -> bool:
    return approval.subject_kind == kinds.CASE
