"""Zhao loses his job, registers, claims (失业样例); every default is valid, all invented (演示)."""

from collections.abc import Mapping
from datetime import date, datetime

from backend.access.models import Agency
from backend.cases import acts
from backend.cases.decide import decide, review
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.people.models import Person
from insurance.pension import archive_facts
from insurance.unemployment import claim_case
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.job_ends import Certificate, report_job_end
from insurance.unemployment.models import Claim, EndReason, JobEndReport, Registration
from insurance.unemployment.registration import end, register
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.enrolment import enrolment_builders as of

NOV = Month(2026, 11)
LOST_ON, REGISTERED_ON = date(2026, 11, 3), date(2026, 11, 5)
NOW = builders.NOW
TODAY = NOW.date()
SCHEMES = ("110", "210", "310")


def worked(*, person: Person | None = None, until: str = "2026-12", serial: int = 1) -> int:
    """Zhao was insured at the company until and with November; the company."""
    zhao = person or builders.zhao()
    company: int = of.employer(serial=serial).pk
    for scheme in SCHEMES:
        of.enrolment(
            person_id=zhao.pk, scheme=scheme, payer_id=company, valid=of.months("2026-01", until)
        )
    return company


def certificate(
    *,
    person: Person | None = None,
    reason: JobEnd = JobEnd.LAID_OFF,
    ended_on: date = LOST_ON,
    serial: int = 1,
    document: str = "演示解除〔2026〕1号",
    today: date = TODAY,
) -> JobEndReport:
    """The company certifies that it laid Zhao off."""
    told = Certificate(
        person_id=(person or builders.zhao()).pk,
        payer_id=of.employer(serial=serial).pk,
        ended_on=ended_on,
        reason=reason,
        document=document,
    )
    return report_job_end(told=told, today=today, by=None)


def registered(
    *,
    report: JobEndReport | None = None,
    on: date = REGISTERED_ON,
    seeks_work: bool = True,
    today: date = TODAY,
) -> Registration:
    """He registers two days later."""
    return register(
        job_end_id=(report or certificate()).pk,
        registered_on=on,
        seeks_work=seeks_work,
        today=today,
        by=None,
    )


def claim_content(**changes: object) -> dict[str, object]:
    """What a case asks for: 70 months were paid before, as papers show."""
    content: dict[str, object] = {
        "scheme": "210",
        "earlier_months": 70,
        "earlier_until": "2026-10",
        "earlier_evidence": "原系统缴费明细 演示1号",
        "earlier_unused": 0,
        "open_accepted": False,
    }
    return {**content, **changes}


def waiting(
    *,
    kind: str = "UNEMPLOYMENT_CLAIM",
    content: Mapping[str, object] | None = None,
    person: Person | None = None,
    on: datetime = NOW,
) -> Case:
    """A case that was received on the day of the test."""
    case = receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=(person or builders.zhao()).pk,
        content=claim_content() if content is None else content,
        received_by=builders.person(name="石玉兰", sex=Sex.FEMALE).pk,
    )
    case.received_at = on
    return case


def check(case: Case) -> int:
    """As the city checks a claim."""
    return claim_case.check(case, recognised_of=archive_facts.current)


def claimed(*, on: datetime = NOW, person: Person | None = None, **changes: object) -> Claim:
    """What a decided case awards; signatures are tried elsewhere."""
    month_builders.office()
    case = waiting(content=claim_content(**changes), on=on, person=person)
    case.decided_at = on
    claim_case.decide(case, recognised_of=archive_facts.current)
    return Claim.objects.get(case_id=case.pk)


def out_of_work() -> Registration:
    """Zhao worked, was laid off and registered."""
    worked()
    return registered()


def through_hands(
    *,
    kind: str,
    content: Mapping[str, object],
    person: Person | None = None,
    on: datetime = NOW,
    roles: tuple[str, ...] = ("REVIEWER", "APPROVER"),
) -> Case:
    """Received and decided by people who each sign; of two roles the first reviews."""
    clerk = builders.member(role="CLERK", of=builders.person(name="石玉兰", sex=Sex.FEMALE))
    case = receive_case(
        kind=kind,
        agency=builders.agency(),
        party_id=(person or builders.zhao()).pk,
        content=content,
        received_by=clerk.staff.person_id,
        acts=acts.registered(),
    )
    return decided(case, on=on, roles=roles)


def decided(
    case: Case,
    *,
    on: datetime = NOW,
    roles: tuple[str, ...] = ("REVIEWER", "APPROVER"),
    approve: bool = True,
    at: Agency | None = None,
) -> Case:
    """Signed by the people of these roles; its act is done."""
    hands = [
        builders.member(role=role, of=builders.person(name=name), at=at)
        for role, name in zip(roles, ("查明德", "方卫东"), strict=False)
    ]
    if len(hands) == 2:
        review(case_id=case.pk, key=hands[0].key, role=roles[0], now=on)
    return decide(
        case_id=case.pk,
        approve=approve,
        reason="" if approve else "演示：查明不属实",
        key=hands[-1].key,
        role=roles[-1],
        now=on,
        acts=acts.registered(),
    )


def registrations_end(row: Registration, reason: EndReason) -> Registration:
    """What ends a registration, whoever finds it."""
    return end(row=row, reason=reason, ended_on=date(2026, 12, 1), case_id=None)
