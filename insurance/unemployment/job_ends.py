"""Take in an employer's certificate that a job ended (终止或者解除劳动关系证明).

Why it ended decides whether a benefit is due; so a certificate on which somebody is registered
stays as it is.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.people.models import Party, PartyKind
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.locks import lock_person
from insurance.unemployment.models import Claim, JobEndReport, Registration

EMPLOYERS = (PartyKind.EMPLOYER, PartyKind.INSTITUTION)


class JobEndInvalid(Refusal):
    """Person, employer or day of the certificate can not be (证明内容不正确)."""

    code = "job_end_invalid"


class JobEndUsed(Refusal):
    """Somebody is registered, or was awarded a benefit, on this certificate (证明已使用)."""

    code = "job_end_used"


@dataclass(frozen=True)
class Certificate:
    """What an employer certifies (终止或者解除劳动关系证明)."""

    person_id: int
    payer_id: int
    ended_on: date
    reason: JobEnd
    document: str


@transaction.atomic
def report_job_end(*, told: Certificate, today: date, by: Staff | None) -> JobEndReport:
    """Put down an employer's certificate; the same again gives what is there, another reason or
    number takes its place.

    Raises:
        JobEndInvalid; JobEndUsed: a registration or claim rests on what would be replaced.
    """
    person, payer = canonical_id(party_id=told.person_id), canonical_id(party_id=told.payer_id)
    _require_parties(person, payer)
    if told.ended_on > today:
        raise JobEndInvalid("终止日期不能晚于今天。")
    lock_person(person_id=person)
    known = JobEndReport.objects.filter(
        person__in=family_of(party_id=person),
        payer__in=family_of(party_id=payer),
        ended_on=told.ended_on,
        superseded_at__isnull=True,
    ).first()
    report = JobEndReport(
        person_id=person,
        payer_id=payer,
        ended_on=told.ended_on,
        reason=told.reason.name,
        document=told.document,
    )
    if known is not None:
        if (known.reason, known.document) == (report.reason, report.document):
            return known
        _refuse_used(known)
        report.recorded_at = close(known)
    report.save(force_insert=True)
    record_act(
        name="unemployment.job_end",
        person=person,
        rows=1 + (known is not None),
        by=by,
        what=report.reason,
    )
    return report


def record_act(*, name: str, person: int, rows: int, by: Staff | None, what: str) -> None:
    """Put an act at the desk on record."""
    record(
        name=name,
        subject_kind="people.party",
        subject_id=str(person),
        rows=rows,
        staff_id=by.pk if by else None,
        person_id=by.person_id if by else None,
        party_id=person,
        details={"what": what},
    )


def _refuse_used(known: JobEndReport) -> None:
    if Claim.objects.filter(job_end=known).exists():
        raise JobEndUsed("已凭该证明核定失业保险金，不能更改。", job_end=known.pk)
    registered = Registration.objects.filter(
        job_end=known, end_reason="", superseded_at__isnull=True
    )
    if registered.exists():
        raise JobEndUsed("已凭该证明办理失业登记，请先注销登记再更改。", job_end=known.pk)


def _require_parties(person: int, payer: int) -> None:
    kinds = dict(Party.objects.filter(pk__in=[person, payer]).values_list("pk", "kind"))
    if kinds.get(person) != PartyKind.PERSON or kinds.get(payer) not in EMPLOYERS:
        raise JobEndInvalid("人员单位库中没有这个人员或用人单位。")
