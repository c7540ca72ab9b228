"""Somebody joins (增员): an employee, a flexible worker, a resident; all schemes or none."""

from collections.abc import Collection
from datetime import date

from django.db import connection, transaction

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.enrolment import store
from insurance.enrolment.assess import (
    Joining,
    SchemeNotForKind,
    decide_join,
    months_of_joining,
)
from insurance.enrolment.households import Household, note_household
from insurance.enrolment.known import (
    Payer,
    known_of,
    of_payer,
    payer_in_register,
    person_in_register,
    record_change,
)
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, Source, WageSource
from insurance.enrolment.pensioners import Pensions, refuse_pensioner
from insurance.enrolment.reach import earliest_for
from insurance.enrolment.temporary_accounts import SCHEME, is_newcomer, open_temporary

ENROLMENTS = """
SELECT %(person)s::bigint AS person_id, scheme, %(kind)s AS kind, %(payer)s::bigint AS payer_id,
    %(district)s AS district, daterange(%(first)s::date, %(until)s::date) AS valid,
    %(source)s AS source, NULL::bigint AS source_id
FROM unnest(%(schemes)s::text[]) AS scheme
"""

WAGE = """
SELECT %(person)s::bigint AS person_id, %(payer)s::bigint AS payer_id,
    %(first)s::date AS from_month, %(fen)s::bigint AS monthly_fen,
    %(confirmed)s::boolean AS confirmed, %(wage_source)s AS wage_source, %(source)s AS source,
    NULL::bigint AS source_id, NULL::bigint AS case_id
"""


@transaction.atomic
def join(
    *,
    person_id: int,
    kind: Kind,
    schemes: Collection[str],
    payer_id: int | None,
    month: Month,
    today: date,
    pensions: Pensions,
    wage_fen: int | None = None,
    household: Household | None = None,
    by: Staff | None = None,
) -> list[Enrolment]:
    """Enrol somebody from a month on; give the enrolments in the order of the schemes.

    What is enrolled just so already stays as it is: doing it twice changes nothing. A household's
    place is kept from that month on; who newly joins 110 past an age, and is at home in another
    province, gets a temporary account. ``pensions`` say who draws one.

    Raises:
        RuleSaysNo: the first rule that is broken; nothing is written.
        NotConfigured, NotVerified: how far back the desk may speak.
    """
    person = person_in_register(person_id=person_id)
    lock_person(person_id=person.pk)
    payer = payer_in_register(payer_id=payer_id, kind=kind, person=person)
    known = known_of(person=person, payer=payer)
    if not schemes:
        raise SchemeNotForKind("没有写明参加哪些险种。")
    earliest = earliest_for(kind=kind, district=payer.district, month=month, today=today)
    new = [
        scheme
        for scheme in sorted(set(schemes))
        if decide_join(
            asked=Joining(scheme, kind.value, payer.party_id, month, wage_fen),
            known=known,
            today=today,
            earliest=earliest,
        )
        is None
    ]
    if new:
        refuse_pensioner(
            pensions=pensions,
            person_id=person.pk,
            schemes=new,
            months=months_of_joining(kind=kind.value, month=month),
        )
        newcomer = SCHEME in new and is_newcomer(person_id=person.pk)
        rows = _write(person.pk, kind, payer, new, month, wage_fen)
        if household is not None:
            rows += note_household(person_id=person.pk, household=household, month=month)
            if newcomer:
                rows += open_temporary(
                    person=person, household=household, month=month, district=payer.district
                )
        details = {"payer": payer.party_id, "kind": kind.value, "schemes": new}
        record_change(
            name="enrolment.joined",
            party_id=person.pk,
            rows=rows,
            by=by,
            details={**details, "month": str(month)},
        )
    return list(
        Enrolment.objects.filter(
            of_payer(party_id=payer.party_id),
            person__in=family_of(party_id=person.pk),
            scheme__in=schemes,
            valid__startswith=month.first_day,
            superseded_at__isnull=True,
        ).order_by("scheme")
    )


def _write(
    person_id: int,
    kind: Kind,
    payer: Payer,
    schemes: list[str],
    month: Month,
    wage_fen: int | None,
) -> int:
    until = months_of_joining(kind=kind.value, month=month).end
    alone = kind is Kind.FLEXIBLE
    values = {
        "person": person_id,
        "kind": kind.value,
        "payer": payer.party_id,
        "district": payer.district,
        "first": month.first_day,
        "until": until.first_day if until else None,
        "schemes": schemes,
        "fen": wage_fen,
        "confirmed": alone,
        "wage_source": WageSource.CHOSEN if alone else WageSource.NEW_HIRE,
        "source": Source.DESK,
    }
    with connection.cursor() as cursor:
        rows = store.add(cursor=cursor, select=ENROLMENTS, parameters=values)
        if wage_fen is not None:
            rows += store.set_wages(cursor=cursor, select=WAGE, parameters=values)
    return rows
