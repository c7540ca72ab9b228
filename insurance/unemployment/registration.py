"""Register who is out of work (失业登记): on the employer's certificate, at the desk.

The months of a benefit run from the day of the registration (社会保险法第五十条). A new job ends
it, as the sweep finds (``stopping``); what else ends it, people tell.
"""

from datetime import date, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.people import deaths
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.benefits.drawn import draws
from insurance.unemployment.job_ends import record_act
from insurance.unemployment.jobs import new_job
from insurance.unemployment.locks import lock_person
from insurance.unemployment.models import Claim, EndReason, JobEndReport, Registration

PENSIONS = ("110", "170")


class RegistrationInvalid(Refusal):
    """The day of a registration can not be (失业登记日期不正确)."""

    code = "unemployment_registration_invalid"


class AlreadyRegistered(Refusal):
    """Somebody is registered as out of work once (已办理失业登记)."""

    code = "unemployment_already_registered"


class StillEmployed(Refusal):
    """An employer insures this person (仍在单位参保)."""

    code = "unemployment_still_employed"


class PensionDrawn(Refusal):
    """Who draws a pension is not out of work (已享受养老待遇)."""

    code = "unemployment_pension_drawn"


class RegistrationGone(Refusal):
    """There is no such registration, or it has ended (没有有效的失业登记)."""

    code = "unemployment_not_registered"


class BenefitRunning(Refusal):
    """While benefit is drawn, a case of two people ends both (待遇未停,不能单独注销登记)."""

    code = "unemployment_benefit_running"


@transaction.atomic
def register(
    *, job_end_id: int, registered_on: date, seeks_work: bool, today: date, by: Staff | None
) -> Registration:
    """Register somebody on a certificate; the same again gives what is there.

    Raises:
        RegistrationGone: no such certificate; RegistrationInvalid, AlreadyRegistered,
        StillEmployed, PensionDrawn.
    """
    report = JobEndReport.objects.filter(pk=job_end_id, superseded_at__isnull=True).first()
    if report is None:
        raise RegistrationGone("没有这份有效的终止劳动关系证明。", job_end=job_end_id)
    person = canonical_id(party_id=report.person_id)
    lock_person(person_id=person)
    family = family_of(party_id=person)
    open_row = current(person_id=person)
    if open_row is not None:
        if (open_row.job_end_id, open_row.valid.lower) == (report.pk, registered_on):
            return open_row
        raise AlreadyRegistered(f"此人 {open_row.valid.lower} 已办理失业登记。")
    if not report.ended_on <= registered_on <= today:
        raise RegistrationInvalid("登记日期应在劳动关系终止以后，不晚于今天。")
    _refuse_who_is_not_out_of_work(report, family, registered_on)
    registration = Registration.objects.create(
        person_id=person,
        job_end=report,
        seeks_work=seeks_work,
        valid=SqlRange(registered_on, None),
    )
    record_act(
        name="unemployment.registered", person=person, rows=1, by=by, what=str(registered_on)
    )
    return registration


@transaction.atomic
def deregister(
    *, registration_id: int, reason: EndReason, ended_on: date, today: date, by: Staff | None
) -> Registration:
    """End a registration at the desk, of somebody who draws no benefit.

    Raises:
        RegistrationGone, RegistrationInvalid, BenefitRunning.
    """
    if reason == EndReason.DIED:
        raise RegistrationInvalid("死亡的，核实死亡信息以后由状态清查注销，不在窗口办理。")
    row = Registration.objects.filter(
        pk=registration_id, end_reason="", superseded_at__isnull=True
    ).first()
    if row is None:
        raise RegistrationGone("没有这条有效的失业登记。", registration=registration_id)
    lock_person(person_id=canonical_id(party_id=row.person_id))
    if not row.valid.lower <= ended_on <= today:
        raise RegistrationInvalid("注销日期应在登记以后，不晚于今天。")
    if claim_of(registration=row) is not None:
        raise BenefitRunning("此人凭该登记领取失业保险金，请办理停发业务。")
    ended = end(row=row, reason=reason, ended_on=ended_on, case_id=None)
    record_act(
        name="unemployment.deregistered", person=row.person_id, rows=2, by=by, what=reason.value
    )
    return ended


def end(
    *, row: Registration, reason: EndReason, ended_on: date, case_id: int | None
) -> Registration:
    """Let a row that ends take the place of an open one; two rows written. It holds a day at
    least."""
    until = max(ended_on, row.valid.lower + timedelta(days=1))
    return Registration.objects.create(
        recorded_at=close(row),
        person_id=row.person_id,
        job_end_id=row.job_end_id,
        seeks_work=row.seeks_work,
        end_reason=reason,
        case_id=case_id,
        valid=SqlRange(row.valid.lower, until),
    )


def reopen(*, row: Registration) -> Registration:
    """Let an open row take the place of one that ended by what was not so; two rows written."""
    return Registration.objects.create(
        recorded_at=close(row),
        person_id=row.person_id,
        job_end_id=row.job_end_id,
        seeks_work=row.seeks_work,
        valid=SqlRange(row.valid.lower, None),
    )


def current(*, person_id: int) -> Registration | None:
    """Give the open registration of a person, under whatever entry."""
    return (
        Registration.objects.filter(
            person__in=family_of(party_id=person_id), end_reason="", superseded_at__isnull=True
        )
        .select_related("job_end")
        .order_by("-recorded_at")
        .first()
    )


def claim_of(*, registration: Registration) -> Claim | None:
    """Give the claim that was awarded on a registration."""
    return Claim.objects.filter(
        person__in=family_of(party_id=registration.person_id),
        registered_on=registration.valid.lower,
    ).first()


def require_no_job(*, report: JobEndReport, family: list[int], registered_on: date) -> None:
    """Refuse whom an employer insures after the registration.

    Raises:
        StillEmployed: naming employer and month.
    """
    job = new_job(
        persons=family,
        registered_on=registered_on,
        former_payers=family_of(party_id=report.payer_id),
    )
    if job is not None:
        raise StillEmployed(
            f"此人 {job.since} 仍在单位 {job.payer_id} 参保，请单位先办理减员，或不予登记。",
            payer=job.payer_id,
            month=str(job.since),
        )


def require_no_pension(*, person_id: int) -> None:
    """Refuse who draws a pension, or ever did.

    Raises:
        PensionDrawn.
    """
    if any(draws(person_id=person_id, scheme=scheme) for scheme in PENSIONS):
        raise PensionDrawn("此人已享受基本养老保险待遇（社会保险法第五十一条第四项）。")


def _refuse_who_is_not_out_of_work(
    report: JobEndReport, family: list[int], registered_on: date
) -> None:
    if deaths.current_death(person_id=family[0]) is not None:
        raise RegistrationInvalid("此人有死亡信息，不能办理失业登记。")
    later = Registration.objects.filter(
        person__in=family, superseded_at__isnull=True, valid__endswith__gt=registered_on
    )
    if later.exists():
        raise RegistrationInvalid("登记日期早于上次失业登记的注销日期。")
    worked_since = Registration.objects.filter(
        person__in=family,
        superseded_at__isnull=True,
        end_reason=EndReason.REEMPLOYED,
        valid__endswith__gt=report.ended_on,
    )
    if worked_since.exists():
        raise RegistrationInvalid("此人后来又就业过，请凭最近一份工作的终止证明登记。")
    require_no_pension(person_id=family[0])
    require_no_job(report=report, family=family, registered_on=registered_on)
