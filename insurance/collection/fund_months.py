"""Months that another fund paid for somebody (代缴的月份): they count as the person's own."""

from typing import Any

from django.db import connection

from backend.kernel.months import Month
from backend.people.queries import family_of

MONTHS = """
SELECT count(*) FROM (
    SELECT f.month FROM collection_fundline f JOIN collection_fundpayment p
        ON p.list_id = f.list_id AND p.scheme = f.scheme
    JOIN collection_fundreceipt r ON r.payment_id = p.id
    WHERE f.person_id = ANY (%(persons)s) AND f.scheme = %(scheme)s AND f.month < %(until)s
    GROUP BY f.month HAVING sum(f.fen) > 0) m
"""


def months_by_fund(*, person_id: int, scheme: str, until: Month) -> int:
    """Count the months of a scheme before ``until`` whose money has arrived; what was taken back
    does not count."""
    values: dict[str, Any] = {
        "persons": family_of(party_id=person_id),
        "scheme": scheme,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, values)
        (months,) = cursor.fetchone()
    return int(months)
