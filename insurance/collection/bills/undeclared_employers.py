"""An employer does not declare (未按规定申报), and declares later (补办申报): art. 62.

From the month on nobody is assessed there; the monthly run fixes the employer's total at a
multiple of its last. Once it has declared, the run puts the persons' lines in the estimate's place.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.db.models import QuerySet

from backend.access.models import Staff
from backend.audit.record import record
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Alias, Party, PartyKind
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import end_from
from insurance.collection.bills import bill_run
from insurance.collection.models import Undeclared
from insurance.enrolment.assess import PayerUnknown, check_month

REASON_MIN, REASON_MAX = 2, 120
# The newest of these months that was billed by a roster and paid, in whole or in part; what a case
# billed (补缴) says nothing of a roster.
PAID_BY_ROSTER = """
SELECT max(k.month) FROM (
    SELECT f.month, f.fen + coalesce((SELECT sum(l.fen) FROM collection_billline l
        WHERE l.key_id = f.id AND l.key_id <> l.id), 0) AS fen,
        (SELECT sum(a.fen) FROM collection_allocation a WHERE a.key_id = f.id) AS matched
    FROM collection_billline f
    WHERE f.payer_id = ANY (%(payers)s) AND f.month >= %(month)s AND f.person_id IS NOT NULL
        AND f.key_id = f.id
        AND f.run_id NOT IN (SELECT id FROM collection_billrun WHERE kind = 'BACK_PAYMENT')) k
WHERE k.fen > 0 AND k.matched > 0
"""
EMPLOYERS = (PartyKind.EMPLOYER, PartyKind.INSTITUTION)


class AlreadyUndeclared(Refusal):
    """The employer is noted as undeclared already (已登记未申报)."""

    code = "collection_already_undeclared"


class MonthsPaidByRoster(Refusal):
    """What was billed by a roster and paid was declared (已按花名册核定并缴款)."""

    code = "collection_paid_by_roster"


class NotUndeclared(Refusal):
    """Nothing says that the employer has not declared (没有未申报登记)."""

    code = "collection_not_undeclared"


class UndeclaredReasonMissing(Refusal):
    """What is noted rests on something (请写明依据)."""

    code = "collection_undeclared_reason_missing"


@transaction.atomic
def note_undeclared(
    *, payer_id: int, from_month: Month, reason: str, today: date, by: Staff | None = None
) -> Undeclared:
    """Note that an employer has not declared for a month and those after it.

    Raises:
        PayerUnknown, TooFarAhead, UndeclaredReasonMissing, AlreadyUndeclared, MonthsPaidByRoster.
    """
    employer = _employer(payer_id)
    check_month(month=from_month, today=today)
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise UndeclaredReasonMissing(f"请写明依据（{REASON_MIN}至{REASON_MAX}个字）。")
    _wait_for_runs()
    months = SqlRange(from_month.first_day, None)
    if _current(employer).filter(valid__overlap=months).exists():
        raise AlreadyUndeclared(f"该单位 {from_month} 之后已有未申报登记。", payer_id=employer)
    _refuse_paid(employer, from_month)
    row = Undeclared.objects.create(payer_id=employer, reason=reason.strip(), valid=months)
    _record("collection.undeclared_noted", employer, 1, by, from_month)
    return row


@transaction.atomic
def lift_undeclared(
    *, payer_id: int, until_month: Month, today: date, by: Staff | None = None
) -> int:
    """Note that an employer has declared from ``until_month`` on; rows written.

    What it did not declare before that month stays estimated.

    Raises:
        PayerUnknown, TooFarAhead, NotUndeclared.
    """
    employer = _employer(payer_id)
    check_month(month=until_month, today=today)
    _wait_for_runs()
    months = SqlRange(until_month.first_day, None)
    reaching = _current(employer).filter(valid__overlap=months)
    if not reaching.exists():
        raise NotUndeclared(f"该单位 {until_month} 之后没有未申报登记。", payer_id=employer)
    rows = end_from(current=reaching, from_date=until_month.first_day, case_id=None)
    _record("collection.undeclared_lifted", employer, rows, by, until_month)
    return rows


def _employer(payer_id: int) -> int:
    employer = canonical_id(party_id=payer_id)
    if not Party.objects.filter(pk=employer, kind__in=EMPLOYERS).exists():
        raise PayerUnknown(payer_id=payer_id)
    return employer


def _refuse_paid(employer: int, from_month: Month) -> None:
    """An estimate rests on earlier months: none takes the place of months that were paid."""
    values: dict[str, Any] = {
        "payers": family_of(party_id=employer),
        "month": from_month.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(PAID_BY_ROSTER, values)
        (paid,) = cursor.fetchone()
    if paid is not None:
        month = Month.of(paid)
        raise MonthsPaidByRoster(
            f"该单位 {month} 已按花名册核定并缴款，未申报只能从 {month.next} 起登记。",
            month=str(month),
        )


def _current(employer: int) -> QuerySet[Undeclared]:
    """What is noted of the employer, or was of one that lives on as it."""
    merged = Alias.objects.filter(survivor=employer).values_list("party_id", flat=True)
    return Undeclared.objects.filter(payer__in=[employer, *merged], superseded_at__isnull=True)


def _wait_for_runs() -> None:
    """A run that is being opened either knows of this or comes before it."""
    with connection.cursor() as cursor:
        cursor.execute(bill_run.LOCK)


def _record(name: str, employer: int, rows: int, by: Staff | None, month: Month) -> None:
    record(
        name=name,
        subject_kind="people.party",
        subject_id=str(employer),
        rows=rows,
        staff_id=by.pk if by else None,
        person_id=by.person_id if by else None,
        details={"month": str(month)},
    )
