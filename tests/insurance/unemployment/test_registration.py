"""Who is out of work registers on the employer's certificate (失业登记)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from insurance.unemployment.assess import JobEnd
from insurance.unemployment.job_ends import (
    Certificate,
    JobEndInvalid,
    JobEndUsed,
    report_job_end,
)
from insurance.unemployment.models import EndReason, JobEndReport, Registration
from insurance.unemployment.registration import (
    AlreadyRegistered,
    BenefitRunning,
    PensionDrawn,
    RegistrationGone,
    RegistrationInvalid,
    StillEmployed,
    deregister,
)
from tests import builders
from tests.insurance.benefits import month_builders
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z

pytestmark = pytest.mark.django_db


def ended(row: Registration, *, on: date = z.TODAY) -> Registration:
    return deregister(
        registration_id=row.pk, reason=EndReason.NOT_SEEKING, ended_on=on, today=z.TODAY, by=None
    )


def test_a_certificate_is_put_down_once() -> None:
    first = z.certificate()

    assert z.certificate() == first
    assert JobEndReport.objects.count() == 1


def test_a_corrected_certificate_takes_the_place_of_the_wrong_one() -> None:
    wrong = z.certificate(reason=JobEnd.RESIGNED)

    right = z.certificate(reason=JobEnd.LAID_OFF)

    wrong.refresh_from_db()
    assert wrong.superseded_at == right.recorded_at
    assert JobEndReport.objects.get(superseded_at=None).reason == "LAID_OFF"


def test_a_certificate_on_which_somebody_is_registered_stays() -> None:
    z.registered(report=z.certificate())

    with pytest.raises(JobEndUsed):
        z.certificate(reason=JobEnd.RESIGNED)


def test_a_job_ends_no_later_than_today() -> None:
    with pytest.raises(JobEndInvalid):
        z.certificate(ended_on=date(2026, 11, 6))


def test_a_village_certifies_no_job() -> None:
    told = Certificate(builders.zhao().pk, of.village().pk, z.LOST_ON, JobEnd.LAID_OFF, "演示证明")

    with pytest.raises(JobEndInvalid):
        report_job_end(told=told, today=z.TODAY, by=None)


def test_who_registers_twice_the_same_is_registered_once() -> None:
    first = z.out_of_work()

    assert z.registered() == first
    assert Registration.objects.count() == 1


def test_who_is_registered_does_not_register_again() -> None:
    z.out_of_work()

    with pytest.raises(AlreadyRegistered):
        z.registered(on=date(2026, 11, 4))


def test_nobody_registers_before_the_job_ended_or_after_today() -> None:
    report = z.certificate()

    for day in (date(2026, 11, 2), date(2026, 11, 6)):
        with pytest.raises(RegistrationInvalid):
            z.registered(report=report, on=day)


def test_a_superseded_certificate_registers_nobody() -> None:
    wrong = z.certificate(reason=JobEnd.RESIGNED)
    z.certificate()

    with pytest.raises(RegistrationGone):
        z.registered(report=wrong)


def test_whom_the_company_never_took_off_its_roster_is_still_employed() -> None:
    z.worked(until="")

    with pytest.raises(StillEmployed) as refused:
        z.registered()

    assert refused.value.facts["month"] == "2026-12"


def test_the_month_in_which_the_job_ended_may_still_be_insured() -> None:
    z.worked(until="2026-12")

    assert z.registered().valid.lower == z.REGISTERED_ON


def test_who_was_hired_by_another_company_that_month_is_employed() -> None:
    z.worked()
    of.enrolment(
        person_id=builders.zhao().pk,
        scheme="210",
        payer_id=of.employer(serial=2).pk,
        valid=of.months("2026-11", "2026-12"),
    )

    with pytest.raises(StillEmployed):
        z.registered()


def test_who_was_hired_and_laid_off_within_the_month_is_out_of_work() -> None:
    of.enrolment(
        person_id=builders.zhao().pk,
        scheme="210",
        payer_id=of.employer().pk,
        valid=of.months("2026-11", "2026-12"),
    )

    assert z.registered().end_reason == ""


def test_who_draws_a_pension_is_not_out_of_work() -> None:
    month_builders.entitlement(of=builders.zhao(), scheme="110")

    with pytest.raises(PensionDrawn):
        z.registered()


def test_a_registration_ends_with_a_reason() -> None:
    row = z.out_of_work()

    ended(row)

    row.refresh_from_db()
    assert row.superseded_at is not None
    closed = Registration.objects.get(superseded_at=None)
    assert (closed.valid.lower, closed.valid.upper) == (z.REGISTERED_ON, date(2026, 11, 6))
    assert closed.end_reason == "NOT_SEEKING"


def test_an_ended_registration_does_not_end_again() -> None:
    row = z.out_of_work()
    ended(row)

    with pytest.raises(RegistrationGone):
        ended(row)


def test_who_draws_benefit_is_not_deregistered_at_the_desk_alone() -> None:
    row = z.out_of_work()
    z.claimed()

    with pytest.raises(BenefitRunning):
        ended(row)


def test_who_worked_since_needs_the_newest_certificate() -> None:
    row, old = z.out_of_work(), JobEndReport.objects.get()
    z.registrations_end(row, EndReason.REEMPLOYED)

    with pytest.raises(RegistrationInvalid):
        z.registered(report=old, on=date(2027, 3, 1), today=date(2027, 3, 1))


def test_the_database_lets_nobody_be_registered_twice_at_a_time() -> None:
    row = z.out_of_work()

    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.create(
            person_id=row.person_id,
            job_end=row.job_end,
            seeks_work=True,
            valid=SqlRange(date(2026, 11, 20), None),
        )
