"""Object to a decision (异议): a case of its own, answered in writing by two other persons.

``decide`` lets nobody sign who had a hand in the decision objected to. Yes (CORRECTED) is possible
once the correction itself is decided: a case of a kind that puts such a decision right
(``corrected_by`` in the table of kinds), whose content names the objection.
No (UPHELD) needs both signatures too. Either way what is signed as the reason is the answer.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeAlias

from django.db import IntegrityError, transaction

from backend.access.constraints import violated
from backend.cases import content, kinds, worklist
from backend.cases.decide import is_reviewed
from backend.cases.models import Case, CaseState, Objection, Outcome
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal
from backend.people.deaths import current_death
from backend.people.queries import canonical_id, family_of

KIND = "OBJECTION"
DEATH = "DEATH"
DECIDED = (CaseState.APPROVED, CaseState.REJECTED, CaseState.DECLINED)


class NothingDecided(Refusal):
    """Only a decision can be objected to (没有可提出异议的决定)."""

    code = "objection_nothing_decided"


class NotTheirs(Refusal):
    """The decision is about somebody else (不是该决定的当事人)."""

    code = "objection_not_theirs"


class TooLate(Refusal):
    """The time limit is over (超过异议期限)."""

    code = "objection_too_late"


class ObjectionOpen(Refusal):
    """The same decision is objected to already (已有未答复的异议)."""

    code = "objection_open"
    status = 409


class CorrectionMissing(Refusal):
    """An objection is granted by a decided correction, never by words (尚未更正)."""

    code = "objection_correction_missing"


class SecondSignatureMissing(Refusal):
    """Also to uphold takes two persons (维持原决定须两人)."""

    code = "objection_not_reviewed"


@dataclass(frozen=True)
class Limits:
    """How long one may object after knowing of a decision, and how soon it is answered (日)."""

    file_days: int
    answer_days: int


LimitsOf: TypeAlias = Callable[[str, date], Limits]  # of a region, on a day


class Concerned(Protocol):
    """Whether a decision about many speaks of one of some persons."""

    def __call__(self, *, decided_case: int, party_ids: Collection[int]) -> bool:
        """Say it."""


class DeliveredOn(Protocol):
    """When a decision about one of some persons was delivered (送达日期)."""

    def __call__(self, *, case: Case, party_ids: Collection[int]) -> date | None:
        """Say it; None: that is not on record."""


def begin(
    case: Case,
    *,
    limits_of: LimitsOf,
    concerned: Concerned | None = None,
    delivered_on: DeliveredOn | None = None,
) -> int:
    """At its receipt an objection is put on the worklist with its term; rows written.

    Content: ``decided_case``, ``known_on`` (when the decision became known), ``against`` (what in
    it), ``grounds`` (why); ``objector``, who objects where the party is dead (an heir).
    ``concerned`` says whom a decision about many, as an adjustment, speaks of: each of them may
    object. What was delivered was known then at the latest: ``delivered_on``.

    Raises:
        ContentInvalid, NothingDecided, NotTheirs, TooLate, ObjectionOpen; OtherBody: another agency
        decided; NotConfigured, NotVerified: a time limit.
    """
    content.text(case, "against", "对决定的哪一项有异议")
    content.text(case, "grounds", "异议理由")
    decided, today = _decided(case, concerned), content.received_on(case)
    _require_objector(case, decided)
    known_on = content.day(case, "known_on", "知道该决定的日期")
    if not _day(decided) <= known_on <= today:
        raise content.ContentInvalid("知道决定的日期应在作出决定之日至今天之间。", case_id=case.pk)
    if delivered_on is not None:
        _require_known(
            case, delivered_on(case=decided, party_ids=family_of(party_id=case.party_id))
        )
    limits = limits_of(case.agency.region, today)
    until = known_on + timedelta(days=limits.file_days)
    if today > until:
        raise TooLate(f"提出异议的期限到 {until} 为止。", case_id=case.pk, until=until.isoformat())
    answer_by = today + timedelta(days=limits.answer_days)
    try:
        with transaction.atomic():
            Objection.objects.create(
                case=case,
                decided=decided,
                party_id=canonical_id(party_id=case.party_id),
                answer_by=answer_by,
            )
    except IntegrityError as error:
        if violated(error) != "cases_objection_one_open":
            raise
        raise ObjectionOpen(f"业务件 {decided.pk} 已有未答复的异议。", case_id=decided.pk) from None
    return 1


def _require_known(case: Case, delivered: date | None) -> None:
    if delivered is not None and content.day(case, "known_on", "知道该决定的日期") > delivered:
        raise content.ContentInvalid(
            f"该决定已于 {delivered} 送达，知道的日期不能更晚。", case_id=case.pk
        )


def grant(case: Case) -> int:
    """The act of an OBJECTION case: it was right, and is corrected; rows written.

    Raises:
        CorrectionMissing.
    """
    objection = _open(case)
    wanted = kinds_that_correct(decided=objection.decided)
    correction = (
        Case.objects.filter(
            kind__in=wanted,
            party__in=family_of(party_id=case.party_id),
            state=CaseState.APPROVED,
            content__objection=case.pk,
        )
        .order_by("pk")
        .last()
    )
    if correction is None:
        on = content.day_of(case)
        labels = [kinds.kind_of(code=code, on=on).label for code in wanted]
        raise CorrectionMissing(
            f"请先另办一件“{'”或“'.join(labels)}”更正（写明异议编号 {case.pk}），办结以后再答复。",
            case_id=case.pk,
        )
    return _close(objection, case, Outcome.CORRECTED, correction)


def uphold(case: Case) -> int:
    """The act of an OBJECTION case that is refused: the decision stands; rows written.

    Raises:
        SecondSignatureMissing.
    """
    if not is_reviewed(case=case):
        raise SecondSignatureMissing("维持原决定也须先由另一人审核签名，再答复。", case_id=case.pk)
    return _close(_open(case), case, Outcome.UPHELD, None)


def assign(*, objection_ids: list[int], staff_id: int, by: int) -> int:
    """Give open objections to an owner; rows written."""
    return worklist.assign(
        of=Objection,
        ids=objection_ids,
        staff_id=staff_id,
        by=by,
        name="cases.assign_objection",
        subject_kind="cases.objection",
    )


def _decided(case: Case, concerned: Concerned | None) -> Case:
    number = content.number(case, "decided_case", "原业务件")
    decided = Case.objects.filter(pk=number, state__in=DECIDED).exclude(kind=KIND).first()
    if decided is None:
        raise NothingDecided(
            f"业务件 {number} 不是已作出的决定；对异议答复不服的，申请行政复议或者起诉。",
            case_id=number,
        )
    family = family_of(party_id=case.party_id)
    told = concerned is not None and concerned(decided_case=number, party_ids=family)
    if decided.party_id not in family and not told:
        raise NotTheirs(f"业务件 {number} 不是此人的。", case_id=number)
    if decided.agency_id != case.agency_id:
        raise OtherBody(f"业务件 {number} 由{decided.agency.name}决定，请向该机构提出。")
    return decided


def _require_objector(case: Case, decided: Case) -> None:
    """For the dead their heirs object, and are answered; who is said to be dead speaks himself."""
    death = current_death(person_id=case.party_id)
    dead = death is not None and death.confirmed and decided.kind != DEATH
    if dead or "objector" in case.content:
        content.text(case, "objector", "提出异议的人（如继承人）的姓名")


def kinds_that_correct(*, decided: Case) -> tuple[str, ...]:
    """The kinds of cases that put a decision right: what was refused or not accepted, another of
    its kind."""
    kind = kinds.kind_of(code=decided.kind, on=_day(decided))
    if decided.state != CaseState.APPROVED or not kind.corrected_by:
        return (decided.kind,)
    return kind.corrected_by


def _day(decided: Case) -> date:
    if decided.decided_at is None:
        raise TypeError(f"case {decided.pk} is not decided")
    return content.day_of(decided)


def _open(case: Case) -> Objection:
    return Objection.objects.select_related("decided").get(case=case, closed_at__isnull=True)


def _close(objection: Objection, case: Case, outcome: Outcome, correction: Case | None) -> int:
    objection.outcome, objection.correction = outcome, correction
    objection.closed_at = case.decided_at
    objection.save(update_fields=["outcome", "correction", "closed_at"])
    return 1
