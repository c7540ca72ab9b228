"""Which employers are late with what they owe the agency (单位逾期未报名单), person by person.

Whoever was insured by an employer and is not any more, draws no pension, lives, and has no other
employer in the month after, lost work: the employer's certificate is looked for. Whom a desk or a
roster insured later than the term allows was registered late. What an old system handed over, and
what a case decided, is nobody's delay.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from backend.deployment import is_demo
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from insurance.policy import parameters as policy
from insurance.unemployment.overdue import Duty, Lateness, Overdue, lateness

NATION = "000000"
MONTHS_BACK = 12
LATE = """
WITH own AS (
    SELECT e.*, coalesce(a.survivor_id, e.person_id) AS who,
        coalesce(p.survivor_id, e.payer_id) AS whose
    FROM enrolment_enrolment e
    LEFT JOIN people_alias a ON a.party_id = e.person_id
    LEFT JOIN people_alias p ON p.party_id = e.payer_id
    WHERE e.scheme = '210' AND e.kind = 'EMPLOYED' AND e.superseded_at IS NULL
        AND (%(payer)s::bigint IS NULL OR coalesce(p.survivor_id, e.payer_id) = %(payer)s)),
ended AS (
    SELECT 'END_REPORT' AS duty, whose, who, upper(valid) - 1 AS day, (
        SELECT min((j.recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
        FROM unemployment_jobendreport j
        JOIN people_canonical c ON c.party_id = j.person_id AND c.canonical_id = o.who
        JOIN people_canonical k ON k.party_id = j.payer_id AND k.canonical_id = o.whose
        WHERE j.ended_on >= upper(valid) - interval '1 month'
            AND j.ended_on < upper(valid) + interval '1 month') AS done_on
    FROM own o
    WHERE upper(valid) > %(since)s AND upper(valid) - 1 + %(end_days)s < %(today)s
        AND NOT EXISTS (SELECT FROM enrolment_enrolment n
            JOIN people_canonical c ON c.party_id = n.person_id AND c.canonical_id = o.who
            WHERE n.scheme = '210' AND n.kind = 'EMPLOYED' AND n.superseded_at IS NULL
                AND n.valid @> upper(o.valid))
        AND NOT EXISTS (SELECT FROM benefits_entitlement b
            JOIN people_canonical c ON c.party_id = b.person_id AND c.canonical_id = o.who
            WHERE b.scheme IN ('110', '170') AND b.start_month <= upper(o.valid))
        AND NOT EXISTS (SELECT FROM people_death x
            JOIN people_canonical c ON c.party_id = x.person_id AND c.canonical_id = o.who
            WHERE x.confirmed AND x.superseded_at IS NULL AND x.death_date < upper(o.valid))),
begun AS (
    SELECT 'HIRE_REPORT', whose, who,
        (date_trunc('month', lower(valid)) + interval '1 month')::date - 1 AS day, (
            SELECT min((f.recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
            FROM enrolment_enrolment f WHERE f.person_id = o.person_id
                AND f.payer_id = o.payer_id AND f.scheme = o.scheme AND f.kind = o.kind
                AND lower(f.valid) = lower(o.valid)) AS done_on
    FROM own o WHERE source IN ('DESK', 'ROSTER') AND lower(valid) >= %(since)s)
SELECT * FROM (
    SELECT * FROM ended WHERE done_on IS NULL OR done_on > day + %(end_days)s
    UNION ALL SELECT * FROM begun WHERE done_on > day + %(hire_days)s) late
WHERE (%(open)s IS NOT TRUE OR done_on IS NULL)
ORDER BY whose, day, who, duty LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclass(frozen=True)
class Late:
    """A duty that is late, and how late."""

    of: Overdue
    lateness: Lateness


def term_of(*, duty: Duty, on: date, counts: bool = False) -> Resolved:
    """The term of a duty: shown whatever it rests on; where it ``counts``, only what may.

    Raises:
        NotConfigured, NotVerified.
    """
    tree = policy.load()
    if counts:
        return tree.resolve(duty.key, NATION, on, demo=is_demo())
    return tree.resolve_any(duty.key, NATION, on)


def late_duties(
    *, today: date, payer_id: int | None = None, only_open: bool, limit: int, offset: int = 0
) -> list[Late]:
    """List duties of the last twelve months that are late, by employer.

    Raises:
        NotConfigured.
    """
    terms = {duty: term_of(duty=duty, on=today) for duty in Duty}
    values = {
        "payer": payer_id,
        "today": today,
        "since": Month.of(today).plus(-MONTHS_BACK).first_day,
        "end_days": terms[Duty.END_REPORT].whole,
        "hire_days": terms[Duty.HIRE_REPORT].whole,
        "open": only_open,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(LATE, values)
        rows = cursor.fetchall()
    found = [Overdue(Duty[duty], *told) for duty, *told in rows]
    version = policy.version()
    return [
        Late(one, lateness(of=one, term=terms[one.duty], today=today, version=version))
        for one in found
    ]
