"""Review and decide cases (审核、审批), decline what was filed (不予受理): signed, moved and acted
on in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from backend.access.keys import UnlockedKey
from backend.audit.record import record
from backend.cases import approvals, content, kinds, served, terms
from backend.cases.acts import SEVERAL, CaseAct
from backend.cases.approvals import Subject
from backend.cases.canonical import case_digest
from backend.cases.materials.seen import materials_of, seen
from backend.cases.models import Approval, Case, CaseState, Objection
from backend.cases.own_matter import refuse_own
from backend.jobs.faultpoint import faultpoint
from backend.kernel.errors import Refusal
from backend.people.queries import family_of
from backend.web import scope

REVIEW, DECIDE, REJECT = "REVIEW", "DECIDE", "REJECT"
REJECTED = ".REJECTED"


class CaseNotFound(Refusal):
    """There is no such case (业务件不存在)."""

    code = "case_not_found"
    status = 404


class WrongState(Refusal):
    """The case is not where this step begins (业务件状态不符)."""

    code = "case_wrong_state"
    status = 409


class SamePerson(Refusal):
    """Who received or reviewed a case, or acts in it, does not decide it (经办复核须分离)."""

    code = "case_same_person"


class OwnDecision(Refusal):
    """Who had a hand in a decision does not answer the objection to it (须由原决定以外的人办理)."""

    code = "case_own_decision"


class ContentAltered(Refusal):
    """The content is not what was received (内容与摘要不符)."""

    code = "case_content_altered"


class NotTakenIn(Refusal):
    """The case was written by somebody else than this system (没有有效的受理证明)."""

    code = "case_not_taken_in"


class ReasonMissing(Refusal):
    """A refusal needs a reason (不予批准须说明理由)."""

    code = "case_reason_missing"


class TermRuns(Refusal):
    """Who was told what is missing may still bring it (补正期限未满)."""

    code = "case_correction_term_runs"


class ReviewMissing(Refusal):
    """The first signature of this kind of case is not there or does not verify (缺少有效审核)."""

    code = "case_review_missing"


@transaction.atomic
def review(*, case_id: int, key: UnlockedKey, role: str, now: datetime, note: str = "") -> Case:
    """Sign as the first of two persons: RECEIVED → REVIEWED (审核).

    Raises:
        CaseNotFound, WrongState, SamePerson, OwnDecision, OwnMatter, ContentAltered,
        NotTakenIn; as ``approvals.sign_all``.
    """
    (case,) = _locked({case_id})
    if case.state != CaseState.RECEIVED:
        raise _wrong_state(case)
    _refuse_hands(case, key.person_id, now)
    _refuse_altered(case)
    _sign([case], REVIEW, key=key, role=role, now=now, note=note)
    was, case.state, case.reviewed_by = case.state, CaseState.REVIEWED, key.person_id
    case.save(update_fields=["state", "reviewed_by"])
    _record("cases.reviewed", case, key, was=was, rows=1)
    return case


@transaction.atomic
def decline(*, case_id: int, reason: str, key: UnlockedKey, role: str, now: datetime) -> Case:
    """Sign that a case is not accepted: FILED or CORRECTING → DECLINED (不予受理).

    It is signed as a refusal is, by another person than received it, and rests on a reason. Who was
    told what is missing has his term to bring it.

    Raises:
        CaseNotFound, WrongState, SamePerson, OwnDecision, OwnMatter, ContentAltered,
        NotTakenIn, ReasonMissing, TermRuns; as ``approvals.sign_all``.
    """
    if not reason.strip():
        raise ReasonMissing("不予受理必须写明理由。")
    (case,) = _locked({case_id})
    if case.state not in (CaseState.FILED, CaseState.CORRECTING):
        raise _wrong_state(case)
    _refuse_running(case, now)
    _refuse_hands(case, key.person_id, now)
    _refuse_altered(case)
    _sign([case], REJECT, key=key, role=role, now=now, note=reason)
    was = case.state
    _move([case], CaseState.DECLINED, reason=reason, key=key, now=now)
    rows = 1 + len(terms.end(case_ids=[case.pk], at=now))
    _record("cases.declined", case, key, was=was, rows=rows)
    return case


def decide(
    *,
    case_id: int,
    approve: bool,
    reason: str,
    key: UnlockedKey,
    role: str,
    now: datetime,
    acts: Mapping[str, CaseAct],
) -> Case:
    """Decide one case; see ``decide_many``."""
    return decide_many(
        case_ids={case_id},
        approve=approve,
        reason=reason,
        key=key,
        role=role,
        now=now,
        acts=acts,
    )[0]


@transaction.atomic
def decide_many(
    *,
    case_ids: Collection[int],
    approve: bool,
    reason: str,
    key: UnlockedKey,
    role: str,
    now: datetime,
    acts: Mapping[str, CaseAct],
) -> list[Case]:
    """Sign the same answer to each case, move it and run its act: all of them or none (审批).

    Yes is signed as DECIDE, no as REJECT, so that neither signature can stand for the other.

    Raises:
        CaseNotFound, WrongState, SamePerson, OwnDecision, OwnMatter, ReviewMissing, ContentAltered,
        NotTakenIn, ReasonMissing; SchemeNotServed, RowOfAnother; as ``approvals.sign_all``;
        whatever an act refuses. The fact ``case_id`` names the case.
    """
    if not approve and not reason.strip():
        raise ReasonMissing("不予批准必须写明理由。")
    cases = _locked(case_ids)
    for case in cases:
        _refuse_undecidable(case, key, now, approve=approve)
    if approve:
        served.require_served(cases=cases, on=timezone.localdate(now))
    step = DECIDE if approve else REJECT
    _sign(cases, step, key=key, role=role, now=now, note=reason)
    faultpoint("cases.decide.signed")
    if len(cases) > 1:
        with scope.whole_city():
            acts.get(SEVERAL, _nothing)(cases[0])
    was = {case.pk: case.state for case in cases}
    end = CaseState.APPROVED if approve else CaseState.REJECTED
    _move(cases, end, reason=reason, key=key, now=now)
    timed = terms.end(case_ids=case_ids, at=now)
    with scope.whole_city():  # what follows from a decision is not for one agency's rows alone
        for case in cases:
            act = acts[case.kind] if approve else acts.get(case.kind + REJECTED, _nothing)
            _record(
                "cases.approved" if approve else "cases.rejected",
                case,
                key,
                was=was[case.pk],
                rows=1 + (case.pk in timed) + _acted(act, case),
            )
    faultpoint("cases.decide.acted")
    return cases


def _locked(case_ids: Collection[int]) -> list[Case]:
    """Lock the cases in one order, so that two deciders never wait for each other in a circle."""
    wanted = set(case_ids)
    locked = Case.objects.select_for_update(of=("self",)).select_related(
        "acting", "agency", "correction"
    )
    cases = list(locked.filter(pk__in=wanted).order_by("pk"))
    missing = wanted - {case.pk for case in cases}
    if missing:
        raise CaseNotFound(f"没有业务件 {min(missing)}。", case_id=min(missing))
    return cases


def _refuse_undecidable(case: Case, key: UnlockedKey, now: datetime, *, approve: bool) -> None:
    kind = kinds.kind_of(code=case.kind, on=timezone.localdate(now))
    reviewed_first = kind.needs_review(received_by=case.received_by)
    if case.state == CaseState.RECEIVED and reviewed_first and approve:
        raise WrongState("此类业务须先由另一人审核签名，再审批。", case_id=case.pk)
    if case.state not in (CaseState.RECEIVED, CaseState.REVIEWED):
        raise _wrong_state(case)
    _refuse_hands(case, key.person_id, now)
    _refuse_altered(case)
    if reviewed_first and approve and not is_reviewed(case=case):
        raise ReviewMissing("此件没有有效的审核签名，不能审批。", case_id=case.pk)


def _refuse_running(case: Case, now: datetime) -> None:
    if case.state != CaseState.CORRECTING:
        return
    until, today = case.correction.answer_by, content.day_at(case, now)
    if today <= until:
        raise TermRuns(f"补正期限到 {until} 为止，期满没有补正的才能不予受理。", case_id=case.pk)


def _sign(
    cases: Sequence[Case], step: str, *, key: UnlockedKey, role: str, now: datetime, note: str
) -> None:
    """Sign the same step of all; what somebody may not do himself, nobody does for him."""
    subjects = [_subject(case, now) for case in cases]
    signed = approvals.sign_all(
        key=key, subjects=subjects, step=step, role=role, now=now, note=note
    )
    for case, approval in zip(cases, signed, strict=True):
        if approval.acting_for is not None:
            _refuse_hands(case, approval.acting_for, now)


def _refuse_hands(case: Case, person_id: int, now: datetime) -> None:
    """Natural persons count, also under a number that was merged since."""
    family = set(family_of(party_id=person_id))
    if family & _hands(case):
        raise SamePerson(
            "您或您代理的人已受理或审核过此件，或者是此件的代办人，须由另一人办理。",
            case_id=case.pk,
        )
    refuse_own(case=case, family=family)
    before = _objected_to(case, now)
    if before is not None and family & hands_of(case=before):
        raise OwnDecision(
            f"您或您代理的人办理过业务件 {before.pk}，对它的异议和据此的更正须由另外的人办理。",
            case_id=case.pk,
        )


def _hands(case: Case) -> set[int]:
    """Who works on a case, or comes for its party (自然人)."""
    hands = (*case.takers, case.reviewed_by, case.decided_by, case.agent_id)
    return {hand for hand in hands if hand is not None}


def hands_of(*, case: Case) -> set[int]:
    """Who had a hand in a case: took it in, signed, was signed for, or acted for its party."""
    signed = Approval.objects.filter(subject_kind=kinds.CASE, subject_id=case.pk)
    principals = signed.exclude(acting_for=None).values_list("acting_for", flat=True)
    return _hands(case) | {hand for hand in principals if hand is not None}


def _objected_to(case: Case, now: datetime) -> Case | None:
    """The case whose makers sign neither the answer to an objection nor the correction that names
    it."""
    field = kinds.kind_of(code=case.kind, on=timezone.localdate(now)).objects_to
    number = case.content.get(field)  # of what is only filed nothing is known to be right
    named = case.content.get("objection")
    with scope.whole_city():  # whoever decided, and wherever
        if type(number) is not int and type(named) is int:
            objected = Objection.objects.filter(pk=named)
            number = objected.values_list("decided_id", flat=True).first()
        if type(number) is not int:
            return None
        return Case.objects.select_related("acting", "correction").filter(pk=number).first()


def refuse_untaken(*, case: Case) -> None:
    """Refuse what was put in by SQL, in whosever name.

    Raises:
        NotTakenIn.
    """
    if not case.counts:
        raise NotTakenIn(
            f"业务件 {case.pk} 没有本系统的受理证明，不能办理，请报告稽核监督。", case_id=case.pk
        )


def _refuse_altered(case: Case) -> None:
    refuse_untaken(case=case)
    digest = case_digest(kind=case.kind, party_id=case.party_id, content=case.content)
    if digest != case.digest:
        raise ContentAltered("业务件内容与受理时的摘要不符，不能办理。", case_id=case.pk)


def is_reviewed(*, case: Case) -> bool:
    """Whether the review of a case is signed by whom the case names, over its content and the
    materials as they are; once it is decided, as they were for who decided."""
    signed = approvals.verified(subject_kind=kinds.CASE, subject_id=case.pk, digest=case.digest)
    review, decision = signed.get(REVIEW), signed.get(DECIDE) or signed.get(REJECT)
    if review is None or review.person_id != case.reviewed_by:
        return False
    lying = materials_of(case_ids=[case.pk]).get(case.pk, ())
    now = seen(materials=lying) if decision is None else decision.materials
    return review.materials in ("", now)


def _move(
    cases: list[Case], state: CaseState, *, reason: str, key: UnlockedKey, now: datetime
) -> None:
    """Bring all cases to the end of their way in one statement."""
    end = {
        "state": state,
        "decided_by": key.person_id,
        "decided_at": now,
        "reason": reason,
    }
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(**end)
    for case in cases:
        for field, value in end.items():
            setattr(case, field, value)


def _acted(act: CaseAct, case: Case) -> int:
    """Run the act; what it refuses names the case."""
    try:
        return act(case)
    except Refusal as refusal:
        refusal.facts.setdefault("case_id", case.pk)
        raise


def _nothing(_: Case) -> int:
    return 0


def _subject(case: Case, now: datetime) -> Subject:
    before = _objected_to(case, now)
    hands = _hands(case) if before is None else _hands(case) | hands_of(case=before)
    return Subject(kinds.CASE, case.pk, case.digest, case, case.agency_id, frozenset(hands))


def _wrong_state(case: Case) -> WrongState:
    label = CaseState(case.state).label
    return WrongState(f"业务件 {case.pk} 现为“{label}”，不能办理此环节。", case_id=case.pk)


def _record(name: str, case: Case, key: UnlockedKey, *, was: str, rows: int) -> None:
    record(
        name=name,
        subject_kind=kinds.CASE,
        subject_id=str(case.pk),
        rows=rows,
        staff_id=key.staff_id,
        person_id=key.person_id,
        party_id=case.party_id,
        before={"state": was},
        after={"state": case.state},
        details={"kind": case.kind},
        digest=case.digest,
    )
