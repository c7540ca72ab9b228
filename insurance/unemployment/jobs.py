"""Whether somebody has a job again (重新就业): an employer insures him after the registration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from backend.kernel.months import Month

# ``member`` gives (id, person_id, month of the registration, payers: all entries of the employer of
# the job that ended). That job, if it ended in the month of the registration, is not a new one; who
# is still insured in the month after it never left.
NEW_JOBS = """
SELECT m.id, e.payer_id,
    greatest(lower(e.valid), CASE WHEN lower(e.valid) < m.month
        THEN (m.month + interval '1 month')::date ELSE m.month END) AS since
FROM member m JOIN enrolment_enrolment e ON e.person_id = m.person_id
WHERE e.kind = 'EMPLOYED' AND e.superseded_at IS NULL
    AND (e.valid @> (m.month + interval '1 month')::date
        OR lower(e.valid) >= m.month AND NOT (e.payer_id = ANY (m.payers)
            AND coalesce(upper(e.valid) <= (m.month + interval '1 month')::date, false)))
"""

OF_ONE = f"""
WITH member AS (
    SELECT 1 AS id, person_id, %(month)s::date AS month, %(payers)s::bigint[] AS payers
    FROM unnest(%(persons)s::bigint[]) AS person_id)
SELECT payer_id, since FROM ({NEW_JOBS}) j ORDER BY since, payer_id LIMIT 1
"""


@dataclass(frozen=True)
class NewJob:
    """An employer, and the first month in which it insures somebody who registered."""

    payer_id: int
    since: Month


def new_job(
    *, persons: Sequence[int], registered_on: date, former_payers: Sequence[int]
) -> NewJob | None:
    """Give the first job after a registration; all entries of person and former employer."""
    values: dict[str, Any] = {
        "persons": list(persons),
        "month": Month.of(registered_on).first_day,
        "payers": list(former_payers),
    }
    with connection.cursor() as cursor:
        cursor.execute(OF_ONE, values)
        row = cursor.fetchone()
    return NewJob(row[0], Month.of(row[1])) if row else None
