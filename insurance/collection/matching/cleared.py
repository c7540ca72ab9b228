"""Who gives back what was paid for doubled months (清退与退费): the accounts, or a refund.

Of a resident's months that an employee's double, the accounts give the person's own contributions
and the collective's back (``accounts.refunds``; 人社部发〔2014〕17号). That money is no credit, and
is not refunded a second time. Where the months stay insured in the same scheme, or the scheme keeps
no accounts, collection refunds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from backend.kernel.months import MonthRange
from insurance.accounts.models import Scheme as AccountScheme
from insurance.collection.models import LinePart

# Months of decided merges whose account part the accounts give back, by the person as of today.
BY_ACCOUNTS = """
SELECT coalesce(a.survivor_id, c.person_id) AS person_id, c.scheme,
    daterange(c.from_month, c.until_month) AS months
FROM enrolment_cleared c LEFT JOIN people_alias a ON a.party_id = c.person_id
WHERE c.scheme = ANY (%(account_schemes)s) AND NOT EXISTS (
    SELECT FROM people_canonical f
    JOIN enrolment_enrolment e ON e.person_id = f.party_id AND e.scheme = c.scheme
        AND e.superseded_at IS NULL AND e.valid && daterange(c.from_month, c.until_month)
    WHERE f.canonical_id = coalesce(a.survivor_id, c.person_id))
"""

# A year's contribution is of its twelve months.
YEARLY = ("170", "390")
_OF_LINE = f"""
daterange(s.month, (s.month + CASE WHEN s.scheme IN {YEARLY} THEN interval '12 months'
    ELSE interval '1 month' END)::date)"""

# Of keys that may be paid too much, what goes back to the person by the accounts is no credit.
NO_CREDIT = f"""
DELETE FROM match_stood WHERE key_id IN (
    SELECT s.key_id FROM match_stood s LEFT JOIN people_alias a ON a.party_id = s.person_id
    JOIN ({BY_ACCOUNTS}) c ON c.person_id = coalesce(a.survivor_id, s.person_id)
        AND c.scheme = s.scheme AND c.months && {_OF_LINE}
    WHERE s.excess_fen > 0 AND s.part = ANY (%(own_parts)s))
"""
ASKED = f"""
SELECT EXISTS (SELECT FROM ({BY_ACCOUNTS}) c WHERE c.person_id = ANY (%(persons)s)
    AND c.scheme = %(scheme)s AND c.months && daterange(%(first)s, %(until)s))
"""
OWN_PARTS = (LinePart.PERSON, LinePart.COLLECTIVE)
VALUES: Mapping[str, Any] = {
    "account_schemes": list(AccountScheme.values),
    "own_parts": [part.value for part in OWN_PARTS],
}


def accounts_give_back(*, persons: Sequence[int], scheme: str, months: MonthRange) -> bool:
    """Whether some of these months, or of these years, go back by the accounts."""
    assert months.end is not None
    until = months.end.plus(11) if scheme in YEARLY else months.end
    values = {
        **VALUES,
        "persons": list(persons),
        "scheme": scheme,
        "first": months.start.first_day,
        "until": until.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(ASKED, values)
        return bool(cursor.fetchone()[0])
