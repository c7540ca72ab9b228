"""Deaths (死亡信息): reported holds, confirmed by two persons ends, withdrawn pays again."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access.constraints import violated
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.models import Death, Person
from backend.people.queries import family_of
from backend.people.supersede import DecidedCase, close

SOURCES = {
    "CIVIL_AFFAIRS": "民政",
    "POLICE": "公安",
    "CREMATION": "殡葬",
    "OFFICE": "经办窗口",
    "COURT": "法院宣告死亡",  # death_date is that of the judgment, unless it names another
}
EVIDENCE_MAX = 120


class DeathKnown(Refusal):
    """A death of this person is on record already (已有死亡信息)."""

    code = "death_known"


class DeathInvalid(Refusal):
    """Date, source or evidence of a death are not possible (死亡信息不正确)."""

    code = "death_invalid"


class NoDeath(Refusal):
    """There is no such report to confirm or withdraw (没有可办理的死亡信息)."""

    code = "no_death"


def report(
    *,
    person_id: int,
    death_date: date,
    source: str,
    evidence: str,
    case_id: int,
    today: date | None = None,
) -> Death:
    """Put a death on record as reported: payments are held from now on, nothing ends yet.

    Raises:
        DeathKnown: when one is on record, reported or confirmed.
        DeathInvalid: before birth, after ``today`` (the business date), or from an unknown source.
    """
    with transaction.atomic():
        death = _reported(person_id, death_date, source, evidence, case_id, today)
        record(
            name="people.death_reported",
            subject_kind="people.party",
            subject_id=str(person_id),
            rows=1,
            party_id=person_id,
            details={"death_date": str(death_date), "source": source, "case_id": case_id},
        )
    return death


def begin(case: DecidedCase) -> int:
    """Report the death that a received DEATH case tells; give the rows written.

    Content: ``death_date`` (ISO), ``source``, ``evidence``, and ``received_date`` (ISO): the
    business date of receipt, after which nobody has died yet. It may lie ahead of the clock, as in
    a demo city, or behind it, when papers are entered later; two persons sign it with the rest.
    Without it the clock's day of receipt counts.
    """
    content = case.content
    death_date = _iso_date(content.get("death_date"))
    today = timezone.localdate(case.received_at)
    if "received_date" in content:
        today = _iso_date(content["received_date"])
    source, evidence = str(content.get("source", "")), str(content.get("evidence", ""))
    _reported(case.party_id, death_date, source, evidence, case.pk, today)
    return 1


def confirm(case: DecidedCase) -> int:
    """Confirm what the DEATH case reported, by a row that takes its place; give the rows written.

    Raises:
        NoDeath: when the case's report is gone or confirmed already.
    """
    reported = _current(case.party_id)
    if reported is None or reported.confirmed or reported.case_id != case.pk:
        raise NoDeath("此件上报的死亡信息已不存在或已核实。", case_id=case.pk)
    Death.objects.create(
        recorded_at=close(reported),
        person_id=reported.person_id,
        death_date=reported.death_date,
        source=reported.source,
        confirmed=True,
        evidence=reported.evidence,
        case_id=case.pk,
    )
    return 2


def check_withdrawal(case: DecidedCase) -> int:
    """At its receipt a DEATH_WITHDRAWAL case names the death on record; writes nothing.

    Content: ``death_case_id``: the DEATH case that told it, null where the baseline did.

    Raises:
        NoDeath: it does not, or another one is on record.
    """
    _named(case)
    return 0


def withdraw(case: DecidedCase) -> int:
    """Take a false report back (“被死亡”更正): no death is on record any more.

    A refused DEATH case takes back its own report, if that still stands. A DEATH_WITHDRAWAL case
    takes back the one that its content names by ``death_case_id`` (null: from the baseline), also
    when it is confirmed.

    Raises:
        NoDeath: when the one that is named is not on record.
    """
    if "death_case_id" in case.content:
        close(_named(case))
        return 1
    known = _current(case.party_id)
    if known is None or known.confirmed or known.case_id != case.pk:
        return 0
    close(known)
    return 1


def current_death(*, person_id: int) -> Death | None:
    """Give what is on record now, reported or confirmed."""
    return _current(person_id)


def has_death(*, party_id: int) -> bool:
    """Tell whether a death is on record, reported or confirmed, under any of a person's entries."""
    family = family_of(party_id=party_id)
    return Death.objects.filter(person__in=family, superseded_at__isnull=True).exists()


def _named(case: DecidedCase) -> Death:
    """The death on record, which the case must name."""
    known = _current(case.party_id)
    if known is None or known.case_id != case.content.get("death_case_id", case.pk):
        raise NoDeath("没有可撤销的死亡信息。", case_id=case.pk)
    return known


def _iso_date(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise DeathInvalid("死亡日期、受理日期应为 2026-11-05 这样的日期。") from None


def _reported(
    person_id: int,
    death_date: date,
    source: str,
    evidence: str,
    case_id: int,
    today: date | None,
) -> Death:
    person = Person.objects.filter(pk=person_id).first()
    if person is None or death_date < person.birth_date:
        raise DeathInvalid("死亡信息只能登记给自然人，且不能早于出生日期。")
    if today is not None and death_date > today:
        raise DeathInvalid("死亡日期不能晚于受理日期。")
    if source not in SOURCES or len(evidence) > EVIDENCE_MAX:
        raise DeathInvalid(f"死亡信息来源不正确，或依据超过{EVIDENCE_MAX}个字。", source=source)
    death = Death(
        person_id=person_id,
        death_date=death_date,
        source=source,
        evidence=evidence,
        case_id=case_id,
    )
    try:
        with transaction.atomic():
            death.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != "people_death_one_current":
            raise
        raise DeathKnown("此人已有死亡信息，不能重复上报。", person_id=person_id) from None
    return death


def _current(person_id: int) -> Death | None:
    return Death.objects.filter(person=person_id, superseded_at__isnull=True).first()
