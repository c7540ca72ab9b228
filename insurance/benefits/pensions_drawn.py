"""Who draws a pension, and in which months (领取养老金的月份): asked by what sits below."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

from backend.kernel.months import Month, MonthRange
from insurance.benefits.double_draws import IN_FORCE, PENSIONS
from insurance.enrolment.pensioners import Drawn

DRAWN = f"""
WITH entry AS MATERIALIZED (
    SELECT person_id, person_id AS party_id FROM unnest(%(persons)s::bigint[]) AS person_id
    UNION SELECT a.survivor_id, a.party_id FROM people_alias a
        WHERE a.survivor_id = ANY (%(persons)s))
SELECT i.person_id, f.scheme, lower(m), upper(m)
FROM entry i JOIN ({IN_FORCE}) f ON f.person_id = i.party_id CROSS JOIN unnest(f.months) m
WHERE f.scheme = ANY (%(pensions)s) ORDER BY 1, 2, 3
"""


def pensions_drawn(*, persons: Collection[int]) -> Sequence[Drawn]:
    """Give the pensions that persons draw, under any of their entries, as known now; held back or
    not, but not in months for which they are stopped."""
    values: dict[str, Any] = {"persons": list(persons), "pensions": list(PENSIONS)}
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, values)
        rows = cursor.fetchall()
    return [
        Drawn(person, scheme, MonthRange(Month.of(first), Month.of(end) if end else None))
        for person, scheme, first, end in rows
    ]
