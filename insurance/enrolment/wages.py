"""Store wages as declared (缴费工资申报入库): once a year for all of an employer, or one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people.queries import canonical_id, family_of
from insurance.enrolment import store
from insurance.enrolment.assess import WAGE_FEN_MAX, NotEnrolled, WageInvalid, check_month
from insurance.enrolment.known import record_change
from insurance.enrolment.locks import lock_all
from insurance.enrolment.models import Source, WageSource

# Who was merged, person or payer, is insured under the entry that joined: the wage goes there.
TOLD = """
DROP TABLE IF EXISTS wages_told;
CREATE TEMP TABLE wages_told ON COMMIT DROP AS
WITH told AS MATERIALIZED (
    SELECT t.person_id AS told_id, coalesce(a.survivor_id, t.person_id) AS person_id, t.fen,
        t.confirmed
    FROM ({select}) AS t (person_id, fen, confirmed)
    LEFT JOIN people_alias a ON a.party_id = t.person_id
), entries AS (
    SELECT told.*, person_id AS entry_id FROM told UNION ALL
    SELECT told.*, a.party_id FROM told JOIN people_alias a ON a.survivor_id = told.person_id
)
SELECT DISTINCT e.person_id, e.payer_id, t.fen, t.confirmed, t.told_id
FROM entries t JOIN enrolment_enrolment e ON e.person_id = t.entry_id AND e.superseded_at IS NULL
    AND {of_payer} AND e.kind <> 'RESIDENT' AND e.valid && daterange(%(first)s::date, NULL);
ANALYZE wages_told;
"""
LISTED = "SELECT * FROM unnest(%(persons)s::bigint[], %(fens)s::bigint[], %(confirmed)s::boolean[])"
# Who is not insured there; how many are told of; and whether somebody stands there twice.
MISFITS = """
SELECT min(t.person_id), count(*) FROM ({select}) AS t (person_id, fen, confirmed)
WHERE NOT EXISTS (SELECT FROM wages_told w WHERE w.told_id = t.person_id)
"""
TOLD_OF = """
SELECT (SELECT count(*) FROM (SELECT FROM wages_told GROUP BY told_id) p), EXISTS (
    SELECT FROM wages_told GROUP BY person_id, payer_id HAVING count(*) > 1)
"""
AT_PAYER, ALONE = "e.payer_id = ANY (%(payers)s::bigint[])", "e.payer_id IS NULL"
WAGES = """
SELECT person_id, payer_id, %(first)s::date AS from_month, fen AS monthly_fen, confirmed,
    %(wage_source)s AS wage_source, %(source)s AS source, %(source_id)s::bigint AS source_id,
    NULL::bigint AS case_id
FROM wages_told
"""


@dataclass(frozen=True)
class DeclaredWage:
    """One person's monthly wage, and whether the person confirmed it."""

    person_id: int
    fen: int
    confirmed: bool


@transaction.atomic
def declare_wages(
    *,
    payer_id: int | None,
    from_month: Month,
    wages: Sequence[DeclaredWage],
    today: date,
    file_id: int | None = None,
    by: Staff | None = None,
) -> int:
    """Let wages hold from a month on, all or none; give the rows written. Twice changes nothing.

    Without ``payer_id`` a flexible worker chooses: confirmed by itself. ``file_id`` is the file of
    a yearly declaration.

    Raises:
        NotEnrolled: naming the first who is not insured there; WageInvalid, TooFarAhead.
    """
    alone = payer_id is None
    if not all(0 < wage.fen <= WAGE_FEN_MAX and wage.confirmed >= alone for wage in wages):
        raise WageInvalid("月缴费工资须大于零；个人选定的须由本人确认。")
    listed = {
        "persons": [wage.person_id for wage in wages],
        "fens": [wage.fen for wage in wages],
        "confirmed": [wage.confirmed for wage in wages],
    }
    return _declare(payer_id, from_month, today, select=LISTED, listed=listed, by=by)


@transaction.atomic
def declare_staged(
    *, payer_id: int, from_month: Month, select: str, today: date, file_id: int
) -> int:
    """Let the wages of a file hold from a month on, as ``declare_wages`` does.

    ``select`` gives (person_id, fen, confirmed), each wage checked already.

    Raises:
        NotEnrolled, WageInvalid, TooFarAhead.
    """
    return _declare(payer_id, from_month, today, select=select, listed={}, file_id=file_id)


def _declare(
    payer_id: int | None,
    from_month: Month,
    today: date,
    *,
    select: str,
    listed: dict[str, Any],
    file_id: int | None = None,
    by: Staff | None = None,
) -> int:
    check_month(month=from_month, today=today)
    lock_all()
    payer = None if payer_id is None else canonical_id(party_id=payer_id)
    values = {
        **listed,
        "payers": [] if payer is None else family_of(party_id=payer),
        "first": from_month.first_day,
        "wage_source": WageSource.CHOSEN if payer is None else WageSource.DECLARED,
        "source": Source.DESK if file_id is None else Source.WAGES,
        "source_id": file_id,
    }
    told = TOLD.format(select=select, of_payer=ALONE if payer is None else AT_PAYER)
    with connection.cursor() as cursor:
        cursor.execute(told, values)
        people = _require_fits(cursor, MISFITS.format(select=select), listed)
        rows = store.set_wages(cursor=cursor, select=WAGES, parameters=values)
    if rows:
        record_change(
            name="enrolment.wages_declared",
            party_id=listed["persons"][0] if payer is None else payer,
            rows=rows,
            by=by,
            details={"from_month": str(from_month), "wages": people, "file": file_id},
        )
    return rows


def _require_fits(cursor: Any, misfits: str, listed: dict[str, Any]) -> int:
    """All are insured there, and each stands there once; how many they are."""
    cursor.execute(misfits, listed)
    first, missing = cursor.fetchone()
    if missing:
        raise NotEnrolled(person_id=first, missing=missing)
    cursor.execute(TOLD_OF)
    people, twice = cursor.fetchone()
    if twice:
        raise WageInvalid("同一人的缴费工资申报了两次。")
    return int(people)
