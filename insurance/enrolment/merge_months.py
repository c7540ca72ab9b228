"""Close doubled months by a case of two persons (重复参保归并): superseded, given back, kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.people.queries import canonical_id
from insurance.enrolment import store
from insurance.enrolment.known import months_of
from insurance.enrolment.locks import lock_person
from insurance.enrolment.models import Cleared, Enrolment
from insurance.enrolment.rests import Blocker, refuse_rested_on
from insurance.enrolment.roll_end import end_years

RESIDENT_OF = {"110": "170", "310": "390"}

# What lies before and after the doubled months stays; an enrolment of these months alone goes.
REMAINDERS = """
SELECT e.id AS enrolment_id, r.valid, 'CASE' AS source, NULL::bigint AS source_id,
    %(case)s::bigint AS case_id
FROM enrolment_enrolment e LEFT JOIN LATERAL (
    SELECT valid FROM (VALUES (e.valid * daterange(NULL, %(first)s::date)),
        (e.valid * daterange(%(until)s::date, NULL))) v (valid)
    WHERE NOT isempty(valid)) r ON true
WHERE e.id = %(close)s
"""


class NothingDoubled(Refusal):
    """The case does not name two current enrolments of the person that double (并无重复)."""

    code = "enrolment_nothing_doubled"


class EmployeeMonthsCount(Refusal):
    """Of employee's and resident's months the employee's count (人社部发〔2014〕17号 七)."""

    code = "enrolment_employee_months_count"


@dataclass(frozen=True)
class Asked:
    """What a case asks for: which enrolment gives way to which, in which months."""

    close: Enrolment
    keep: Enrolment
    months: MonthRange


def check(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """At its receipt an ENROLMENT_MERGE case can be decided as it asks; writes nothing.

    Content: ``close`` and ``keep`` (enrolments), ``from_month`` and ``last_month`` (2026-11).

    Raises:
        NothingDoubled, EmployeeMonthsCount, MonthsRestedOn.
    """
    _checked(case, canonical_id(party_id=case.party_id), blockers)
    return 0


def merge_months(case: Case, *, blockers: Sequence[Blocker]) -> int:
    """The act of an ENROLMENT_MERGE case; rows written.

    The closed months come into the list by which accounts give back what was paid for them. A
    resident's year of which no month is left is owed no more.

    Raises:
        as ``check``.
    """
    person_id = canonical_id(party_id=case.party_id)
    lock_person(person_id=person_id)
    asked = _checked(case, person_id, blockers)
    until = asked.months.end
    assert until is not None
    values = {
        "close": asked.close.pk,
        "case": case.pk,
        "first": asked.months.start.first_day,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        rows = sum(store.rewrite(cursor=cursor, select=REMAINDERS, parameters=values))
        rows += end_years(cursor=cursor, was=asked.close)
    Cleared.objects.create(
        person_id=asked.close.person_id,
        scheme=asked.close.scheme,
        enrolment=asked.close,
        from_month=asked.months.start.first_day,
        until_month=until.first_day,
        case_id=case.pk,
    )
    return rows + 1


def _checked(case: Case, person_id: int, blockers: Sequence[Blocker]) -> Asked:
    asked = _asked(case, person_id)
    _require_doubled(asked)
    refuse_rested_on(
        blockers=blockers, person_id=person_id, scheme=asked.close.scheme, months=asked.months
    )
    return asked


def _asked(case: Case, person_id: int) -> Asked:
    close, keep = (_current(case.content.get(name), person_id) for name in ("close", "keep"))
    if close is None or keep is None or close.pk == keep.pk:
        raise NothingDoubled("申请没有写明此人两条现行的参保关系。", case_id=case.pk)
    first = Month.parse(case.content.get("from_month"))
    last = Month.parse(case.content.get("last_month"))
    if last < first:
        raise NothingDoubled("重复期间的止月早于起月。", case_id=case.pk)
    return Asked(close, keep, MonthRange(first, last.next))


def _current(enrolment_id: object, person_id: int) -> Enrolment | None:
    if type(enrolment_id) is not int:
        return None
    row = Enrolment.objects.filter(pk=enrolment_id, superseded_at__isnull=True).first()
    return row if row and canonical_id(party_id=row.person_id) == person_id else None


def _require_doubled(asked: Asked) -> None:
    close, keep = asked.close, asked.keep
    if RESIDENT_OF.get(close.scheme) == keep.scheme:
        raise EmployeeMonthsCount("职工与居民重复的月份，保留职工的，清退居民的。")
    if close.scheme not in (keep.scheme, RESIDENT_OF.get(keep.scheme)):
        raise NothingDoubled("两条参保关系不是同一类保险，没有重复。")
    for row in (close, keep):
        if months_of(row).intersect(asked.months) != asked.months:
            raise NothingDoubled("两条参保关系并非在所写的各月都重复。", enrolment_id=row.pk)
