"""A wrong enrolment is put right (参保更正): superseded; what was believed stays to be read."""

from datetime import date

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.kernel.months import MonthRange
from backend.people.queries import canonical_id
from backend.people.supersede import AlreadySuperseded
from insurance.enrolment import store
from insurance.enrolment.assess import AlreadyEnrolled, OtherCapacity, check_month
from insurance.enrolment.known import held_by, months_of, record_change
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Source
from insurance.enrolment.roll_end import end_years

REASON_MIN, REASON_MAX = 2, 120

CORRECTED = """
SELECT %(id)s::bigint AS enrolment_id, %(valid)s::daterange AS valid, %(source)s AS source,
    NULL::bigint AS source_id, NULL::bigint AS case_id
"""


class ReasonMissing(Refusal):
    """A correction says why (请写明更正原因)."""

    code = "enrolment_reason_missing"


@transaction.atomic
def correct(
    *,
    enrolment_id: int,
    months: MonthRange | None,
    reason: str,
    today: date,
    by: Staff | None = None,
) -> Enrolment | None:
    """Let an enrolment have been for other ``months``, or never (None); give the row in its place.

    Raises:
        AlreadySuperseded, ReasonMissing, TooFarAhead, AlreadyEnrolled, OtherCapacity.
    """
    row = Enrolment.objects.filter(pk=enrolment_id, superseded_at__isnull=True).first()
    if row is None:
        raise AlreadySuperseded("该参保关系已被更新，请刷新后重办。", enrolment_id=enrolment_id)
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise ReasonMissing(f"更正原因应为{REASON_MIN}至{REASON_MAX}个字。")
    person_id = canonical_id(party_id=row.person_id)
    lock_person(person_id=person_id)
    if months == months_of(row):
        return row
    _require_room(row, person_id, months, today)
    values = {"id": row.pk, "valid": _sql_range(months), "source": Source.DESK}
    with connection.cursor() as cursor:
        closed, written = store.rewrite(cursor=cursor, select=CORRECTED, parameters=values)
        ended = end_years(cursor=cursor, was=row)
    if not closed:
        raise AlreadySuperseded("该参保关系已被更新，请刷新后重办。", enrolment_id=enrolment_id)
    record_change(
        name="enrolment.corrected",
        party_id=person_id,
        rows=closed + written + ended,
        by=by,
        details={"enrolment": row.pk, "reason": reason.strip(), "months": _words(months)},
    )
    return Enrolment.objects.filter(
        person=row.person_id,
        scheme=row.scheme,
        payer=row.payer_id,
        valid=values["valid"],
        superseded_at__isnull=True,
    ).first()


def _require_room(row: Enrolment, person_id: int, months: MonthRange | None, today: date) -> None:
    if months is None:
        return
    check_month(month=months.start, today=today)
    if months.end is not None:
        check_month(month=months.end.previous, today=today)
    for other in held_by(person_id=person_id):
        if other.enrolment_id == row.pk or other.scheme != row.scheme:
            continue
        if other.months.overlaps(months):
            if other.payer_id == row.payer_id:
                raise AlreadyEnrolled()
            if other.kind != row.kind:
                raise OtherCapacity()


def _sql_range(months: MonthRange | None) -> SqlRange | None:
    if months is None:
        return None
    return SqlRange(months.start.first_day, months.end.first_day if months.end else None)


def _words(months: MonthRange | None) -> str:
    return f"{months.start}/{months.end or ''}" if months else ""
