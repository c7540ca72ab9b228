"""Store wages as declared (缴费工资申报入库): once a year for all of an employer, or one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from backend.access.models import Staff
from backend.kernel.months import Month
from backend.people.queries import canonical_id
from insurance.enrolment import store
from insurance.enrolment.assess import WAGE_FEN_MAX, NotEnrolled, WageInvalid, check_month
from insurance.enrolment.known import family_of, record_change
from insurance.enrolment.locks import lock_all
from insurance.enrolment.models import Source, WageSource

# Who was merged, person or payer, is insured under the entry that joined: the wage goes there.
TOLD = """
DROP TABLE IF EXISTS wages_told;
CREATE TEMP TABLE wages_told ON COMMIT DROP AS
WITH told AS MATERIALIZED (
    SELECT t.person_id AS told_id, coalesce(a.survivor_id, t.person_id) AS person_id, t.fen,
        t.confirmed
    FROM unnest(%(persons)s::bigint[], %(fens)s::bigint[], %(confirmed)s::boolean[])
        AS t (person_id, fen, confirmed)
    LEFT JOIN people_alias a ON a.party_id = t.person_id
), entries AS (
    SELECT person_id, person_id AS entry_id FROM told UNION
    SELECT a.survivor_id, a.party_id FROM people_alias a JOIN told ON told.person_id = a.survivor_id
)
SELECT DISTINCT e.person_id, e.payer_id, told.fen, told.confirmed, told.told_id
FROM told JOIN entries USING (person_id)
JOIN enrolment_enrolment e ON e.person_id = entries.entry_id AND e.superseded_at IS NULL
    AND {of_payer} AND e.kind <> 'RESIDENT' AND e.valid && daterange(%(first)s::date, NULL);
ANALYZE wages_told;
"""
AT_PAYER, ALONE = "e.payer_id = ANY (%(payers)s::bigint[])", "e.payer_id IS NULL"
WAGES = """
SELECT person_id, payer_id, %(first)s::date AS from_month, fen AS monthly_fen, confirmed,
    %(wage_source)s AS wage_source, %(source)s AS source, %(source_id)s::bigint AS source_id
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
    check_month(month=from_month, today=today)
    alone = payer_id is None
    if not all(0 < wage.fen <= WAGE_FEN_MAX and wage.confirmed >= alone for wage in wages):
        raise WageInvalid("月缴费工资须大于零；个人选定的须由本人确认。")
    lock_all()
    payer = None if payer_id is None else canonical_id(party_id=payer_id)
    values: dict[str, Any] = {
        "payers": [] if payer is None else family_of(party_id=payer),
        "first": from_month.first_day,
        "wage_source": WageSource.CHOSEN if alone else WageSource.DECLARED,
        "source": Source.DESK if file_id is None else Source.WAGES,
        "source_id": file_id,
        "persons": [wage.person_id for wage in wages],
        "fens": [wage.fen for wage in wages],
        "confirmed": [wage.confirmed for wage in wages],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD.format(of_payer=ALONE if alone else AT_PAYER), values)
        _refuse_misfits(cursor, wages)
        rows = store.set_wages(cursor=cursor, select=WAGES, parameters=values)
    if rows:
        record_change(
            name="enrolment.wages_declared",
            party_id=wages[0].person_id if payer is None else payer,
            rows=rows,
            by=by,
            details={"from_month": str(from_month), "wages": len(wages), "file": file_id},
        )
    return rows


def _refuse_misfits(cursor: Any, wages: Sequence[DeclaredWage]) -> None:
    """All are insured there, and each stands there once."""
    cursor.execute("SELECT told_id, person_id, payer_id FROM wages_told")
    found = cursor.fetchall()
    told = {told_id for told_id, _, _ in found}
    missing = [wage.person_id for wage in wages if wage.person_id not in told]
    if missing:
        raise NotEnrolled(person_id=missing[0], missing=len(missing))
    if len({(person, payer) for _, person, payer in found}) != len(found):
        raise WageInvalid("同一人的缴费工资申报了两次。")
