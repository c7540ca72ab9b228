"""File a case before it is accepted (收件、补正、受理): its papers are looked through first.

    FILED ──▶ RECEIVED (受理)      what is asked for is frozen, checked by the kind's own act
      │ ▲
      ▼ │
    CORRECTING                     once: all that is missing, why, and until when (一次性告知)

Not accepting it (不予受理) is signed like a refusal: ``decide.decline``. From RECEIVED on it is
reviewed and decided like a case that was accepted as it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases import content as asked
from backend.cases import kinds, served, terms, weights
from backend.cases.acts import CaseAct
from backend.cases.agents.acting import act_for, refuse_agent
from backend.cases.calendar import calendar
from backend.cases.canonical import case_digest
from backend.cases.decide import CaseNotFound, WrongState, refuse_untaken
from backend.cases.home_visits import require_visit
from backend.cases.models import Case, CaseState, Correction
from backend.cases.own_matter import refuse_taking
from backend.cases.receive import (
    RECEIVED,
    OtherBody,
    PartyMissing,
    certify_new,
    require_receiver,
    require_taker,
)
from backend.cases.terms import From
from backend.kernel.errors import Refusal
from backend.kernel.working_days import add_working_days
from backend.people.models import Party
from backend.web import scope

MISSING_MAX, TEXT_MIN, TEXT_MAX = 20, 2, 120
DAYS_MIN, DAYS_MAX = 1, 60
BROUGHT_MAX = 200


class NotFiled(Refusal):
    """This kind is accepted as it is received (此类业务直接受理)."""

    code = "case_not_filed"


class ContentChanged(Refusal):
    """Somebody changed what is asked for since it was read (业务件内容已被改动)."""

    code = "case_content_changed"
    status = 412


class CorrectionTwice(Refusal):
    """What is missing is told once, all of it (只能一次性告知补正)."""

    code = "case_correction_twice"


class CorrectionInvalid(Refusal):
    """What is missing is not told so that it can be brought (补正内容不完整)."""

    code = "case_correction_invalid"


@dataclass(frozen=True)
class Missing:
    """One thing that is missing or wrong, and why it is needed (需要补正的一项)."""

    what: str
    why: str

    def __post_init__(self) -> None:
        for text in (self.what, self.why):
            if not TEXT_MIN <= len(text.strip()) <= TEXT_MAX:
                raise CorrectionInvalid(
                    f"每一项写明缺什么、为什么需要（各{TEXT_MIN}至{TEXT_MAX}个字）。"
                )

    def kept(self) -> dict[str, str]:
        """As a row keeps it."""
        return {"what": self.what.strip(), "why": self.why.strip()}


@transaction.atomic
def file_at_desk(
    *,
    staff: Staff,
    kind: str,
    party_id: int,
    content: Mapping[str, object],
    now: datetime,
    mandate: int | None = None,
) -> Case:
    """Take in what somebody applies for; whether it is accepted is decided afterwards (收件).

    ``mandate`` is that of who came for the party, if somebody did.

    Raises:
        NotFiled, PartyMissing, OtherBody, ContentInvalid; StepNotAllowed, KindUnknown; OwnMatter;
        MandateNotOpen, AgentNotAllowed; SchemeNotServed, RowOfAnother; HomeVisitNotOpen.
    """
    today = timezone.localdate(now)
    require_receiver(staff=staff, kind=kind, today=today)
    applied = kinds.kind_of(code=kind, on=today)
    if not applied.filed:
        raise NotFiled(f"“{applied.label}”直接受理，不先收件。", kind=kind)
    require_taker(kind=applied, agency=staff.agency, received_by=staff.person_id)
    if not Party.objects.filter(pk=party_id).exists():
        raise PartyMissing("人员单位库中没有这个当事人。", party_id=party_id)
    case = Case(
        kind=kind,
        agency=staff.agency,
        party_id=party_id,
        content=dict(content),
        digest=case_digest(kind=kind, party_id=party_id, content=content),
        state=CaseState.FILED,
        received_by=staff.person_id,
        received_at=now,
    )
    asked.day_at(case, now)
    refuse_taking(case=case, kind=applied, person_id=staff.person_id)
    served.require_served(cases=[case], on=today)
    require_visit(case=case)
    certify_new(cases=[case])
    case.save(force_insert=True)
    rows = 1 + terms.begin(cases=[case], at=(From.FILED,))
    _record("cases.filed", case, staff, was="", rows=rows)
    if mandate is not None:
        act_for(case=case, mandate_id=mandate, on=asked.received_on(case), staff=staff)
    return case


@transaction.atomic
def ask_correction(
    *, case_id: int, staff: Staff, seen: str, missing: Sequence[Missing], days: int, now: datetime
) -> Correction:
    """Tell once all that is missing, and how many working days there are (一次性告知补正).

    Raises:
        CorrectionTwice, CorrectionInvalid, WrongState, ContentChanged, CaseNotFound, OtherBody;
        StepNotAllowed, AgentNotAllowed.
    """
    case = _filed(case_id, staff, seen, now, CaseState.FILED)
    if Correction.objects.filter(case=case).exists():
        raise CorrectionTwice(
            f"业务件 {case.pk} 已一次性告知补正，不能再次要求补正。", case_id=case.pk
        )
    if not 1 <= len(missing) <= MISSING_MAX:
        raise CorrectionInvalid(f"请逐项写明需要补正的内容（1至{MISSING_MAX}项）。")
    if not DAYS_MIN <= days <= DAYS_MAX:
        raise CorrectionInvalid(f"补正期限为{DAYS_MIN}至{DAYS_MAX}个工作日。")
    today = asked.day_at(case, now)
    answer_by = add_working_days(start=today, days=days, calendar=calendar())
    correction = Correction.objects.create(
        case=case,
        missing=[one.kept() for one in missing],
        asked_by=staff.person_id,
        asked_on=today,
        answer_by=answer_by,
        calendar_known=calendar().knows(today, answer_by),
        asked_at=now,
    )
    _move(case, CaseState.CORRECTING)
    rows = 2 + terms.stop(case=case)
    _record("cases.correction_asked", case, staff, was=CaseState.FILED, rows=rows)
    return correction


@transaction.atomic
def answer_correction(
    *,
    case_id: int,
    staff: Staff,
    seen: str,
    brought: str,
    content: Mapping[str, object] | None,
    now: datetime,
) -> Case:
    """Take in what was missing: CORRECTING → FILED; ``content`` is what is asked for from now on.

    Raises:
        CorrectionInvalid, WrongState, ContentChanged, CaseNotFound, OtherBody, ContentInvalid;
        StepNotAllowed, AgentNotAllowed; SchemeNotServed, RowOfAnother.
    """
    case = _filed(case_id, staff, seen, now, CaseState.CORRECTING)
    if not TEXT_MIN <= len(brought.strip()) <= BROUGHT_MAX:
        raise CorrectionInvalid(f"请写明补正了什么（{TEXT_MIN}至{BROUGHT_MAX}个字）。")
    was, changed = case.content, _asking(case, content)
    _refuse_own(case, staff, now)
    served.require_served(cases=[case], on=timezone.localdate(now))
    correction = case.correction
    correction.brought = brought.strip()
    correction.answered_by, correction.answered_at = staff.person_id, now
    correction.answered_on = _not_before(asked.day_at(case, now), correction.asked_on)
    correction.save(update_fields=["brought", "answered_by", "answered_at", "answered_on"])
    _move(case, CaseState.FILED, *changed)
    rows = 2 + terms.run_on(case=case, correction=correction)
    _record("cases.corrected", case, staff, was=CaseState.CORRECTING, rows=rows, content=was)
    return case


@transaction.atomic
def accept(
    *,
    case_id: int,
    staff: Staff,
    seen: str,
    content: Mapping[str, object] | None,
    now: datetime,
    acts: Mapping[str, CaseAct],
) -> Case:
    """Accept what was filed: FILED → RECEIVED (受理); ``content`` is what is asked for, at last.

    What the kind checks at receipt is checked here; what it refuses stays FILED.

    Raises:
        WrongState, ContentChanged, CaseNotFound, OtherBody; StepNotAllowed, AgentNotAllowed;
        SchemeNotServed, RowOfAnother; HomeVisitNotOpen; what the act refuses.
    """
    case = _filed(case_id, staff, seen, now, CaseState.FILED)
    was, changed = case.content, _asking(case, content)
    _refuse_own(case, staff, now)
    served.require_served(cases=[case], on=timezone.localdate(now))
    require_visit(case=case)
    case.accepted_by, case.accepted_at = staff.person_id, now
    case.certify()
    _move(case, CaseState.RECEIVED, "accepted_by", "accepted_at", "certificate", *changed)
    act = acts.get(case.kind + RECEIVED)
    with scope.whole_city():  # whether it can be decided, no one agency's rows tell
        acted = act(case) if act else 0
    weights.require_minutes_where_asked(cases=[case])
    rows = 1 + acted + terms.begin(cases=[case], at=(From.ACCEPTED,))
    _record("cases.accepted", case, staff, was=CaseState.FILED, rows=rows, content=was)
    return case


def _refuse_own(case: Case, staff: Staff, now: datetime) -> None:
    kind = kinds.kind_of(code=case.kind, on=timezone.localdate(now))
    refuse_taking(case=case, kind=kind, person_id=staff.person_id)


def _filed(case_id: int, staff: Staff, seen: str, now: datetime, state: CaseState) -> Case:
    """Lock the case of this agency that stands where the step begins, and asks for what its digest
    was ``seen`` to say."""
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound(f"没有业务件 {case_id}。", case_id=case_id)
    require_receiver(staff=staff, kind=case.kind, today=timezone.localdate(now))
    if case.agency_id != staff.agency_id:
        raise OtherBody(f"业务件 {case.pk} 由收件的机构办理。", case_id=case.pk)
    refuse_agent(case=case, person_id=staff.person_id)
    refuse_untaken(case=case)
    if case.state != state:
        label = CaseState(case.state).label
        raise WrongState(f"业务件 {case.pk} 现为“{label}”，不能办理此环节。", case_id=case.pk)
    if case.digest != seen:
        raise ContentChanged(
            f"业务件 {case.pk} 申请的内容已被他人改动，请重新查看后再办理。",
            case_id=case.pk,
            digest=case.digest,
        )
    return case


def _asking(case: Case, content: Mapping[str, object] | None) -> tuple[str, ...]:
    """Put another content in, and give the fields that it changed."""
    if content is None:
        return ()
    case.content = dict(content)
    case.digest = case_digest(kind=case.kind, party_id=case.party_id, content=content)
    asked.received_on(case)  # what is told of its day can be read
    case.certify()
    return ("content", "digest", "certificate")


def _move(case: Case, state: CaseState, *changed: str) -> None:
    case.state = state
    case.save(update_fields=["state", *changed])


def _not_before(day: date, first: date) -> date:
    """A day that a demonstration tells may lie ahead of one that is told no more."""
    return max(day, first)


def _record(
    name: str,
    case: Case,
    staff: Staff,
    *,
    was: str,
    rows: int,
    content: Mapping[str, object] | None = None,
) -> None:
    """``content`` is what was asked for before, where the step may change it; what it changed
    stands in the act."""
    before = case.content if content is None else content
    changed = [
        field
        for field in {**before, **case.content}
        if before.get(field) != case.content.get(field)
    ]
    record(
        name=name,
        subject_kind=kinds.CASE,
        subject_id=str(case.pk),
        rows=rows,
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=case.party_id,
        before={"state": was, **{field: before.get(field) for field in changed}},
        after={"state": case.state, **{field: case.content.get(field) for field in changed}},
        details={"kind": case.kind},
        digest=case.digest,
    )
