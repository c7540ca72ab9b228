"""An employer is deregistered (单位注销): nobody is insured there and nothing is owed any more."""

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import Q

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.models import Party, PartyKind
from backend.people.queries import canonical_id, family_of
from insurance.enrolment.assess import PayerUnknown, check_month
from insurance.enrolment.known import record_change
from insurance.enrolment.locks import lock_all
from insurance.enrolment.models import Deregistration, Enrolment, Source

EVIDENCE_MAX = 120
EMPLOYERS = (PartyKind.EMPLOYER, PartyKind.INSTITUTION)


class EmployerOwes(Refusal):
    """An employer with arrears is not deregistered (单位有欠费)."""

    code = "employer_owes"


class EmployerHasInsured(Refusal):
    """Somebody is still insured there (单位尚有参保人员)."""

    code = "employer_has_insured"


class EmployerGone(Refusal):
    """The employer is deregistered already (单位已注销)."""

    code = "employer_gone"


class EvidenceMissing(Refusal):
    """A deregistration rests on a paper (缺少注销依据)."""

    code = "employer_evidence_missing"


@transaction.atomic
def deregister(
    *,
    payer_id: int,
    from_month: Month,
    evidence: str,
    owed_fen: int,
    today: date,
    by: Staff | None = None,
) -> Deregistration:
    """Deregister an employer from a month on; ``owed_fen`` is what collection says it owes.

    Raises:
        PayerUnknown, EmployerGone, EmployerOwes, EmployerHasInsured, EvidenceMissing, TooFarAhead.
    """
    employer = canonical_id(party_id=payer_id)
    if not Party.objects.filter(pk=employer, kind__in=EMPLOYERS).exists():
        raise PayerUnknown(payer_id=payer_id)
    check_month(month=from_month, today=today)
    if not 0 < len(evidence.strip()) <= EVIDENCE_MAX:
        raise EvidenceMissing(f"请写明注销依据（不超过{EVIDENCE_MAX}个字）。")
    lock_all()
    _refuse(employer, from_month, owed_fen)
    row = Deregistration.objects.create(
        payer_id=employer,
        evidence=evidence.strip(),
        valid=SqlRange(from_month.first_day, None),
        source=Source.DESK,
    )
    record_change(
        name="enrolment.employer_deregistered",
        party_id=employer,
        rows=1,
        by=by,
        details={"from_month": str(from_month), "evidence": evidence.strip()},
    )
    return row


def _refuse(employer: int, from_month: Month, owed_fen: int) -> None:
    if Deregistration.objects.filter(payer=employer, superseded_at__isnull=True).exists():
        raise EmployerGone("该单位已注销。", payer_id=employer)
    if owed_fen > 0:
        raise EmployerOwes(
            f"该单位尚有 {Money(owed_fen)} 元未缴（未到期、缓缴的和滞纳金在内），清缴后才能注销。",
            owed_fen=owed_fen,
        )
    insured = Enrolment.objects.filter(
        Q(valid__endswith__isnull=True) | Q(valid__endswith__gt=from_month.first_day),
        payer__in=family_of(party_id=employer),
        superseded_at__isnull=True,
    ).count()
    if insured:
        raise EmployerHasInsured(
            f"该单位自 {from_month} 起尚有{insured}条参保关系，请先办理减员。", insured=insured
        )
