"""Somebody retires (退休): employers insure him no more, medical insurance goes on without
contributions.

The act of a decided award, for months of which the desk may not speak any more too. Months after
the retirement month that were billed meanwhile are found and credited by the next run.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from backend.people.supersede import close
from insurance.enrolment import store
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Enrolment, Kind, RetiredStatus, Scheme, Source
from insurance.enrolment.queries import months_insured
from insurance.enrolment.roll_end import end_years

SCHEMES = (Scheme.EMPLOYEE_PENSION, Scheme.UNEMPLOYMENT, Scheme.EMPLOYEE_MEDICAL)

# What reaches beyond the retirement month ends with it; what begins only later never was.
ENDED = """
SELECT e.id AS enrolment_id,
    nullif(e.valid * daterange(NULL, %(until)s::date), 'empty'::daterange) AS valid,
    'CASE' AS source, NULL::bigint AS source_id, %(case)s::bigint AS case_id
FROM enrolment_enrolment e
WHERE e.person_id = ANY (%(persons)s) AND e.scheme = ANY (%(schemes)s)
    AND e.kind = ANY (%(kinds)s) AND e.superseded_at IS NULL
    AND NOT e.valid <@ daterange(NULL, %(until)s::date)
"""


# What the first of some cases ended, and they hold to: as long as it was before, up to the month.
AGAIN = """
SELECT e.id AS enrolment_id, nullif(v.valid, 'empty'::daterange) AS valid, 'CASE' AS source,
    NULL::bigint AS source_id, %(case)s::bigint AS case_id
FROM enrolment_enrolment e
JOIN enrolment_enrolment w ON w.person_id = e.person_id AND w.scheme = e.scheme
    AND w.payer_id IS NOT DISTINCT FROM e.payer_id AND lower(w.valid) = lower(e.valid)
    AND w.case_id = %(first_case)s
JOIN enrolment_enrolment o ON o.person_id = w.person_id AND o.scheme = w.scheme
    AND o.payer_id IS NOT DISTINCT FROM w.payer_id AND o.superseded_at = w.recorded_at
CROSS JOIN LATERAL (SELECT o.valid * daterange(NULL, %(until)s::date) AS valid) v
WHERE e.person_id = ANY (%(persons)s) AND e.scheme = ANY (%(schemes)s)
    AND e.kind = ANY (%(kinds)s) AND e.superseded_at IS NULL AND e.case_id = ANY (%(cases)s)
    AND v.valid <> e.valid AND NOT EXISTS (SELECT FROM enrolment_enrolment n
        WHERE n.person_id = e.person_id AND n.scheme = e.scheme AND n.id <> e.id
            AND n.payer_id IS NOT DISTINCT FROM e.payer_id AND n.superseded_at IS NULL
            AND n.valid && v.valid)
"""


def end_for_retirement(
    *, case: Case, retirement_month: Month, medical_by_fund: int, instead_of: Sequence[int] = ()
) -> int:
    """End the enrolments of a case's person with the retirement month, and let medical insurance
    go on as a retired person's; rows closed and written. ``medical_by_fund`` are months that
    another fund paid for while nobody insured the person; ``instead_of`` are the cases, the last
    first, that ended them with another month: what was insured until then goes on."""
    person = canonical_id(party_id=case.party_id)
    lock_person(person_id=person)
    family = family_of(party_id=person)
    values: dict[str, Any] = {
        "persons": family,
        "schemes": [scheme.value for scheme in SCHEMES],
        "kinds": [Kind.EMPLOYED.value, Kind.FLEXIBLE.value],
        "until": retirement_month.next.first_day,
        "case": case.pk,
    }
    rows = _again(values, instead_of)
    with connection.cursor() as cursor:
        closed, written = store.rewrite(cursor=cursor, select=ENDED, parameters=values)
    for status in RetiredStatus.objects.filter(
        person__in=family, case_id__in=instead_of, superseded_at__isnull=True
    ):
        close(status)
        rows += 1
    rows += closed + written
    return rows + _turn_retired(case, person, family, retirement_month, medical_by_fund)


def end_for_residents_pension(
    *, case: Case, last_month: Month, instead_of: Sequence[int] = ()
) -> int:
    """End a resident's insurance of 170 with the month before the pension begins; the roll of years
    without a month left ends with it; rows closed and written. ``instead_of`` as above; what was on
    the roll of years that have months again is put there by a case of its own."""
    person = canonical_id(party_id=case.party_id)
    lock_person(person_id=person)
    values: dict[str, Any] = {
        "persons": family_of(party_id=person),
        "schemes": [Scheme.RESIDENT_PENSION.value],
        "kinds": [Kind.RESIDENT.value],
        "until": last_month.next.first_day,
        "case": case.pk,
    }
    rows = _again(values, instead_of)
    before = Enrolment.objects.filter(
        person__in=values["persons"],
        scheme=Scheme.RESIDENT_PENSION,
        superseded_at__isnull=True,
    ).exclude(valid__contained_by=SqlRange(None, last_month.next.first_day))
    were = list(before)
    with connection.cursor() as cursor:
        closed, written = store.rewrite(cursor=cursor, select=ENDED, parameters=values)
        ended = sum(end_years(cursor=cursor, was=was) for was in were)
    return rows + closed + written + ended


def _again(values: Mapping[str, Any], instead_of: Sequence[int]) -> int:
    """Let go on, up to the month, what some cases ended with another one."""
    if not instead_of:
        return 0
    told = {**values, "cases": list(instead_of), "first_case": instead_of[-1]}
    with connection.cursor() as cursor:
        closed, written = store.rewrite(cursor=cursor, select=AGAIN, parameters=told)
    return closed + written


def _turn_retired(
    case: Case, person: int, family: list[int], retirement_month: Month, by_fund: int
) -> int:
    """Whether the months insured are enough is the medical bureau's to say: they are told it."""
    scheme = Scheme.EMPLOYEE_MEDICAL
    insured = Enrolment.objects.filter(
        person__in=family, scheme=scheme, superseded_at__isnull=True
    ).exists()
    known = RetiredStatus.objects.filter(
        person__in=family, scheme=scheme, superseded_at__isnull=True
    )
    if not insured or known.exists():
        return 0
    enrolled = months_insured(person_id=person, scheme=scheme, until=retirement_month.next)
    RetiredStatus.objects.create(
        person_id=person,
        scheme=scheme,
        known_months=enrolled + by_fund,
        valid=SqlRange(retirement_month.next.first_day, None),
        source=Source.CASE,
        case_id=case.pk,
    )
    return 1
