"""A year is owed while somebody is enrolled in one month of it (名册随参保): else its entry ends.

Residents pay for a whole year, with no share of it: who is enrolled in the scheme through the
village in any month of the year owes all of it, who is in none owes nothing. So where doubled
months are closed, or an enrolment is put right or ended, an entry of the roll without a month left
is superseded; the next bills then take the year back by difference.
"""

from typing import Any

from insurance.enrolment.models import Enrolment

# Entries of the closed enrolment's years, as entries and villages that live on as the same.
END = """
WITH person AS (
    SELECT f.party_id FROM (SELECT coalesce((SELECT survivor_id FROM people_alias
        WHERE party_id = %(person)s), %(person)s) AS id) s
    CROSS JOIN LATERAL (SELECT s.id AS party_id
        UNION ALL SELECT party_id FROM people_alias WHERE survivor_id = s.id) f),
village AS (
    SELECT f.party_id FROM (SELECT coalesce((SELECT survivor_id FROM people_alias
        WHERE party_id = %(village)s), %(village)s) AS id) s
    CROSS JOIN LATERAL (SELECT s.id AS party_id
        UNION ALL SELECT party_id FROM people_alias WHERE survivor_id = s.id) f)
UPDATE enrolment_rollentry r SET superseded_at = clock_timestamp()
WHERE r.superseded_at IS NULL AND r.scheme = %(scheme)s AND r.valid && %(valid)s::daterange
    AND r.person_id IN (SELECT party_id FROM person)
    AND r.village_id IN (SELECT party_id FROM village)
    AND NOT EXISTS (
        SELECT FROM enrolment_enrolment e WHERE e.superseded_at IS NULL AND e.scheme = r.scheme
            AND e.valid && r.valid AND e.person_id IN (SELECT party_id FROM person)
            AND e.payer_id IN (SELECT party_id FROM village))
"""


def end_years(*, cursor: Any, was: Enrolment) -> int:
    """End the entries of years in which nothing is left of an enrolment; rows superseded.

    ``was``: the enrolment as it stood before; other than residents have no years.
    """
    if was.kind != "RESIDENT":
        return 0
    values = {
        "person": was.person_id,
        "village": was.payer_id,
        "scheme": was.scheme,
        "valid": was.valid,
    }
    cursor.execute(END, values)
    return int(cursor.rowcount)
