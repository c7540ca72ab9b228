"""A wrong enrolment is put right (参保更正): superseded; what was believed stays to be read.

One clerk does so for the months of which the desk may speak; beyond them two persons decide, for
what was billed for these months goes with them. No benefit may rest on what is taken away.
"""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange
from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id
from backend.people.supersede import AlreadySuperseded
from backend.web.scope import whole_city
from insurance.enrolment import store
from insurance.enrolment.assess import TooFarBack, check_correction
from insurance.enrolment.known import (
    known_of,
    months_of,
    payer_in_register,
    person_in_register,
    record_change,
)
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, Source
from insurance.enrolment.reach import earliest_for, first_gained, months_lost
from insurance.enrolment.rests import Blocker, refuse_rested_on
from insurance.enrolment.roll_end import end_years

REASON_MIN, REASON_MAX = 2, 120

CORRECTED = """
SELECT %(id)s::bigint AS enrolment_id, %(valid)s::daterange AS valid, %(source)s AS source,
    NULL::bigint AS source_id, %(case)s::bigint AS case_id
"""


class ReasonMissing(Refusal):
    """A correction says why (请写明更正原因)."""

    code = "enrolment_reason_missing"


class NeedsTwoPersons(Refusal):
    """Months of which the desk may not speak any more are taken away by a case (须两人办理)."""

    code = "enrolment_correction_needs_case"


class OtherPerson(Refusal):
    """The case is another person's than the enrolment (当事人不符)."""

    code = "enrolment_correction_other_person"


@transaction.atomic
def correct(
    *,
    enrolment_id: int,
    months: MonthRange | None,
    reason: str,
    today: date,
    blockers: Sequence[Blocker],
    by: Staff | None = None,
) -> Enrolment | None:
    """Let an enrolment have been for other ``months``, or never (None); give the row in its place.

    Raises:
        AlreadySuperseded, ReasonMissing, NeedsTwoPersons, MonthsRestedOn; RuleSaysNo: as for
        joining; NotConfigured, NotVerified: how far back the desk may speak.
    """
    _require_reason(reason)
    lock_person(person_id=canonical_id(party_id=_current(enrolment_id).person_id))
    row = _current(enrolment_id)  # as it stands now that nobody else changes it
    if months == months_of(row):
        return row
    _require_allowed(row, months, today)
    for lost in months_lost(before=months_of(row), after=months)[:1]:
        if lost.start < _earliest(row, lost.start, today):
            raise NeedsTwoPersons(
                f"{lost.start} 早于窗口可办的最早月份，须以“参保更正”业务件由两人办理。",
                month=str(lost.start),
            )
    with whole_city():  # of whichever agency
        _refuse_rested_on(row, months, blockers)
    rows = _write(row, months, case_id=None)
    record_change(
        name="enrolment.corrected",
        party_id=canonical_id(party_id=row.person_id),
        rows=rows,
        by=by,
        details={"enrolment": row.pk, "reason": reason.strip(), "months": _words(months)},
    )
    return Enrolment.objects.filter(
        person=row.person_id,
        scheme=row.scheme,
        payer=row.payer_id,
        valid=_sql_range(months),
        superseded_at__isnull=True,
    ).first()


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt an ENROLMENT_CORRECTION case can be decided as it asks; writes nothing.

    Content: ``enrolment``, ``from_month`` and ``last_month`` (null: open; ``from_month`` null: it
    should never have been), ``reason``.

    Raises:
        as ``correct``, but for NeedsTwoPersons; OtherPerson, MonthInvalid.
    """
    _asked(case, blockers)
    return 0


@transaction.atomic
def decide(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of an ENROLMENT_CORRECTION case; rows written.

    Raises:
        as ``check``.
    """
    lock_person(person_id=canonical_id(party_id=case.party_id))
    row, months = _asked(case, blockers)
    return 0 if months == months_of(row) else _write(row, months, case_id=case.pk)


def _asked(case: Case, blockers: Sequence[Blocker]) -> tuple[Enrolment, MonthRange | None]:
    """What a case asks for, as it may be done today."""
    named, first, last = (case.content.get(n) for n in ("enrolment", "from_month", "last_month"))
    row = _current(named if type(named) is int else 0)
    if canonical_id(party_id=row.person_id) != canonical_id(party_id=case.party_id):
        raise OtherPerson("这条参保关系不是当事人的。", enrolment_id=row.pk)
    _require_reason(str(case.content.get("reason", "")))
    end = None if last is None else Month.parse(last).next
    months = None if first is None else MonthRange(Month.parse(first), end)
    _require_allowed(row, months, timezone.localdate(case.decided_at or case.received_at))
    _refuse_rested_on(row, months, blockers)
    return row, months


def _current(enrolment_id: int) -> Enrolment:
    row = Enrolment.objects.filter(pk=enrolment_id, superseded_at__isnull=True).first()
    if row is None:
        raise AlreadySuperseded("该参保关系已被更新，请刷新后重办。", enrolment_id=enrolment_id)
    return row


def _require_reason(reason: str) -> None:
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise ReasonMissing(f"更正原因应为{REASON_MIN}至{REASON_MAX}个字。")


def _require_allowed(row: Enrolment, months: MonthRange | None, today: date) -> None:
    """The rules of joining; months before the desk's reach are only gained by a back payment."""
    if months is None:
        return
    person = person_in_register(person_id=row.person_id)
    payer = payer_in_register(payer_id=row.payer_id, kind=Kind(row.kind), person=person)
    known = known_of(person=person, payer=payer)
    (held,) = (one for one in known.held if one.enrolment_id == row.pk)
    check_correction(row=held, months=months, known=known, today=today)
    gained = first_gained(before=months_of(row), after=months)
    if gained is not None and gained < _earliest(row, gained, today):
        raise TooFarBack()


def _refuse_rested_on(
    row: Enrolment, months: MonthRange | None, blockers: Sequence[Blocker]
) -> None:
    person_id = canonical_id(party_id=row.person_id)
    for lost in months_lost(before=months_of(row), after=months):
        refuse_rested_on(blockers=blockers, person_id=person_id, scheme=row.scheme, months=lost)


def _earliest(row: Enrolment, month: Month, today: date) -> Month:
    return earliest_for(kind=row.kind, district=row.district, month=month, today=today)


def _write(row: Enrolment, months: MonthRange | None, *, case_id: int | None) -> int:
    """Supersede the row, and the roll of years that it leaves; rows closed and written."""
    values = {
        "id": row.pk,
        "valid": _sql_range(months),
        "source": Source.DESK if case_id is None else Source.CASE,
        "case": case_id,
    }
    with connection.cursor() as cursor:
        closed, written = store.rewrite(cursor=cursor, select=CORRECTED, parameters=values)
        ended = end_years(cursor=cursor, was=row)
    if not closed:
        raise AlreadySuperseded("该参保关系已被更新，请刷新后重办。", enrolment_id=row.pk)
    return closed + written + ended


def _sql_range(months: MonthRange | None) -> SqlRange | None:
    if months is None:
        return None
    return SqlRange(months.start.first_day, months.end.first_day if months.end else None)


def _words(months: MonthRange | None) -> str:
    return f"{months.start}/{months.end or ''}" if months else ""
