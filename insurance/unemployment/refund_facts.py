"""What employers paid, and whom they laid off, in a year (单位上年情况): all of them at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from backend.kernel.months import Month
from insurance.unemployment.assess import JobEnd
from insurance.unemployment.paid_months import SCHEME
from insurance.unemployment.refund_decision import EmployerYear
from insurance.unemployment.stability_refund import Size

# By month: what was billed for it to employer and staff, and what of it came in. Enrolments and
# reports of merged entries count for the survivor.
FACTS = """
WITH line AS MATERIALIZED (
    SELECT key_id, min(payer_id) AS payer_id, min(month) AS month, sum(fen) AS owed
    FROM collection_billline
    WHERE scheme = %(scheme)s AND month BETWEEN %(first)s AND %(last)s AND part IN (1, 2, 3, 4)
        AND (%(only)s::bigint[] IS NULL OR payer_id = ANY (%(only)s))
    GROUP BY key_id),
paid AS (
    SELECT a.key_id, sum(a.fen) AS fen FROM collection_allocation a
    JOIN line l USING (key_id) GROUP BY a.key_id),
month AS (
    SELECT p.canonical_id AS payer_id, l.month, sum(l.owed) AS owed,
        coalesce(sum(d.fen), 0) AS paid
    FROM line l JOIN people_canonical p ON p.party_id = l.payer_id
    LEFT JOIN paid d USING (key_id)
    GROUP BY p.canonical_id, l.month),
year AS (
    SELECT payer_id, sum(paid)::bigint AS paid_fen,
        count(*) FILTER (WHERE owed > 0 AND paid >= owed) AS paid_months
    FROM month GROUP BY payer_id),
staff AS (
    SELECT p.canonical_id AS payer_id, sum(s.months)::int AS months
    FROM enrolment_enrolment e JOIN people_canonical p ON p.party_id = e.payer_id
    CROSS JOIN LATERAL (SELECT e.valid * daterange(%(first)s, %(next)s) AS in_year) y
    CROSS JOIN LATERAL (SELECT 12 * (extract(year FROM upper(y.in_year)) - extract(year FROM
        lower(y.in_year))) + extract(month FROM upper(y.in_year)) - extract(month FROM
        lower(y.in_year)) AS months) s
    WHERE e.scheme = %(scheme)s AND e.kind = 'EMPLOYED' AND e.superseded_at IS NULL
        AND e.valid && daterange(%(first)s, %(next)s)
        AND (%(only)s::bigint[] IS NULL OR e.payer_id = ANY (%(only)s))
    GROUP BY p.canonical_id),
gone AS (
    SELECT p.canonical_id AS payer_id, count(*) AS persons
    FROM unemployment_jobendreport r JOIN people_canonical p ON p.party_id = r.payer_id
    WHERE r.superseded_at IS NULL AND r.reason = ANY (%(layoffs)s)
        AND r.ended_on >= %(first)s AND r.ended_on < %(next)s
        AND (%(only)s::bigint[] IS NULL OR r.payer_id = ANY (%(only)s))
    GROUP BY p.canonical_id)
SELECT y.payer_id, y.paid_fen, y.paid_months, coalesce(g.persons, 0), coalesce(s.months, 0)
FROM year y LEFT JOIN staff s USING (payer_id) LEFT JOIN gone g USING (payer_id)
JOIN people_party q ON q.id = y.payer_id AND q.kind = 'EMPLOYER'
ORDER BY y.payer_id
"""


def employers_of(
    *,
    year: int,
    layoffs: Sequence[JobEnd],
    large: Mapping[int, Size],
    excluded: Mapping[int, str],
    only: Sequence[int] | None = None,
) -> list[EmployerYear]:
    """Give every employer that was billed for ``year``; sizes and exclusions as the case says.

    ``only``: the entries of one employer, of which alone it is asked.
    """
    first = Month(year, 1)
    values: dict[str, Any] = {
        "scheme": SCHEME,
        "first": first.first_day,
        "last": Month(year, 12).first_day,
        "next": Month(year + 1, 1).first_day,
        "layoffs": [one.name for one in layoffs],
        "only": None if only is None else list(only),
    }
    with connection.cursor() as cursor:
        cursor.execute(FACTS, values)
        rows = cursor.fetchall()
    return [
        EmployerYear(
            payer_id=payer,
            paid_fen=paid_fen,
            paid_months=paid_months,
            laid_off=laid_off,
            staff_months=staff_months,
            size=large.get(payer, Size.SMALL),
            excluded=excluded.get(payer, ""),
        )
        for payer, paid_fen, paid_months, laid_off, staff_months in rows
    ]
