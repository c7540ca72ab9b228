"""Lend a volume and take it back (借阅、归还): who, why, until when."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.access.constraints import violated
from backend.access.models import Staff
from backend.audit.record import record
from backend.cases.archive.models import Loan, Volume
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal

TEXT_MIN, BORROWER_MAX, PURPOSE_MAX = 2, 60, 200
DAYS_MAX = 60


class LoanInvalid(Refusal):
    """Who borrows says what for, and brings it back (借阅登记不完整)."""

    code = "archive_loan_invalid"


class OnLoan(Refusal):
    """The volume is lent already (案卷已借出)."""

    code = "archive_on_loan"
    status = 409


class NotOnLoan(Refusal):
    """There is no such open loan (没有未还的借阅)."""

    code = "archive_not_on_loan"
    status = 409


@transaction.atomic
def lend(
    *, volume: Volume, borrower: str, purpose: str, due_on: date, staff: Staff, now: datetime
) -> Loan:
    """Lend a volume of this agency until a day within sixty.

    Raises:
        LoanInvalid, OnLoan, OtherBody.
    """
    today = timezone.localdate(now)
    _require_own(volume, staff)
    if not TEXT_MIN <= len(borrower.strip()) <= BORROWER_MAX:
        raise LoanInvalid(f"借阅人应为{TEXT_MIN}至{BORROWER_MAX}个字。")
    if not TEXT_MIN <= len(purpose.strip()) <= PURPOSE_MAX:
        raise LoanInvalid(f"借阅用途应为{TEXT_MIN}至{PURPOSE_MAX}个字。")
    if not 0 <= (due_on - today).days <= DAYS_MAX:
        raise LoanInvalid(f"应还日期应在今天至{DAYS_MAX}日以内。")
    try:
        with transaction.atomic():
            loan = Loan.objects.create(
                volume=volume,
                borrower=borrower.strip(),
                purpose=purpose.strip(),
                lent_on=today,
                due_on=due_on,
                lent_by=staff.person_id,
                lent_at=now,
            )
    except IntegrityError as error:
        if violated(error) != "cases_loan_one_at_a_time":
            raise
        raise OnLoan(f"案卷 {volume.number} 已借出，尚未归还。") from None
    _record("cases.volume_lent", loan, staff)
    return loan


@transaction.atomic
def take_back(*, loan_id: int, staff: Staff, now: datetime) -> Loan:
    """Write down that a volume came back.

    Raises:
        NotOnLoan, OtherBody.
    """
    loan = Loan.objects.select_for_update(of=("self",)).select_related("volume").filter(pk=loan_id)
    found = loan.filter(returned_at__isnull=True).first()
    if found is None:
        raise NotOnLoan(f"没有未还的借阅 {loan_id}。", loan=loan_id)
    _require_own(found.volume, staff)
    found.returned_on, found.returned_at = timezone.localdate(now), now
    found.returned_by = staff.person_id
    found.save(update_fields=["returned_on", "returned_at", "returned_by"])
    _record("cases.volume_returned", found, staff)
    return found


def _require_own(volume: Volume, staff: Staff) -> None:
    if volume.agency_id != staff.agency_id:
        raise OtherBody(f"案卷 {volume.number} 由保管的机构借出、收回。")


def _record(name: str, loan: Loan, staff: Staff) -> None:
    record(
        name=name,
        subject_kind="cases.volume",
        subject_id=loan.volume.number,
        rows=1,
        staff_id=staff.pk,
        person_id=staff.person_id,
        details={"loan": loan.pk, "due_on": loan.due_on.isoformat()},
    )
