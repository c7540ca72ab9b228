"""Deregister an employer (单位注销) once it owes nothing: arrears are looked up, never told."""

from datetime import date

from django.db import transaction

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people.queries import canonical_id
from insurance.collection.allocate import wait_for_others
from insurance.collection.arrears import arrears_of
from insurance.enrolment.deregister import deregister
from insurance.enrolment.models import Deregistration


@transaction.atomic
def deregister_employer(
    *, payer_id: int, from_month: Month, evidence: str, today: date, by: Staff | None = None
) -> Deregistration:
    """Deregister an employer from a month on; what is overdue today, late fees too, forbids it.

    Raises:
        EmployerOwes, EmployerHasInsured, EmployerGone, EvidenceMissing, PayerUnknown, TooFarAhead.
    """
    wait_for_others()
    return deregister(
        payer_id=payer_id,
        from_month=from_month,
        evidence=evidence,
        owed_fen=arrears_of(payer_id=canonical_id(party_id=payer_id), today=today),
        today=today,
        by=by,
    )
