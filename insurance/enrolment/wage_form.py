"""Fill in the form that an employer downloads (缴费工资申报表): all whom it insures that year."""

from datetime import date
from typing import IO, Any

from django.db import connection

from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind
from backend.people import queries
from backend.people.queries import family_of
from insurance.enrolment.wage_declaration import first_month
from insurance.enrolment.wage_layout import YEAR_MAX, YEAR_MIN, WageHead
from insurance.enrolment.wage_template import WageLine, write_wages

INSURED = """
WITH insured AS (
    SELECT DISTINCT c.canonical_id AS person_id FROM enrolment_enrolment e
    JOIN people_canonical c ON c.party_id = e.person_id
    WHERE e.payer_id = ANY (%(payers)s) AND e.superseded_at IS NULL AND e.kind = 'EMPLOYED'
        AND e.valid && daterange(%(first)s::date, %(until)s::date))
SELECT DISTINCT ON (n.name, i.person_id) n.name, p.kind, p.number
FROM insured i
JOIN people_partyname n ON n.party_id = i.person_id AND n.superseded_at IS NULL
    AND upper_inf(n.valid)
JOIN people_partyidentifier p ON p.party_id = i.person_id AND p.superseded_at IS NULL
    AND upper_inf(p.valid) AND p.kind <> 'CREDIT_CODE'
ORDER BY n.name, i.person_id, p.kind <> 'CITIZEN', p.number
"""


class EmployerUnknown(Refusal):
    """There is no such employer (没有这个用人单位)."""

    code = "wages_employer_unknown"


class NothingToDeclare(Refusal):
    """The employer insures nobody in that year (该年度没有参保职工)."""

    code = "wages_nothing_to_declare"


def write_form(*, file: IO[bytes], payer_id: int, year: int, on: date, mark: str = "") -> int:
    """Write the form of an employer for a year; give how many people stand in it. ``mark`` is what
    each page says of whose export it is.

    Raises:
        NothingToDeclare: nobody is insured there that year.
    """
    employer = queries.canonical_id(party_id=payer_id)
    sight = queries.sights(party_ids=[employer], on=on)[employer]
    rows = _insured(employer, year) if YEAR_MIN <= year <= YEAR_MAX else []
    if not rows:
        raise NothingToDeclare(f"该单位 {year} 年没有参保职工，没有可申报的。", payer_id=employer)
    lines = [WageLine(name, IdKind(kind), number) for name, kind, number in rows]
    head = WageHead(employer_name=sight.name, credit_code=sight.number, year=year)
    write_wages(file=file, head=head, lines=lines, mark=mark)
    return len(lines)


def _insured(employer: int, year: int) -> list[tuple[Any, ...]]:
    first = first_month(year=year)
    values: dict[str, Any] = {
        "payers": family_of(party_id=employer),
        "first": first.first_day,
        "until": first.plus(12).first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(INSURED, values)
        return list(cursor.fetchall())
