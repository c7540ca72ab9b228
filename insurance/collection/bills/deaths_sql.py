"""What a confirmed death ends (死亡次月起停缴): no month after it is owed, whoever stays enrolled.

A death of any entry of a person counts. ``known`` and ``changed`` are the conditions of
``bill_sql`` on the death's row, ``d``.
"""

ENTRIES_OF_DEAD = """
    CROSS JOIN LATERAL (
        SELECT d.person_id AS party_id
        UNION ALL SELECT a.survivor_id FROM people_alias a WHERE a.party_id = d.person_id
        UNION ALL SELECT a.party_id FROM people_alias a WHERE a.survivor_id = d.person_id
        UNION ALL SELECT b.party_id FROM people_alias a JOIN people_alias b USING (survivor_id)
            WHERE a.party_id = d.person_id AND b.party_id <> d.person_id) f"""
MONTHS_AFTER = "daterange((date_trunc('month', d.death_date) + interval '1 month')::date, NULL)"


def outlives(*, person: str, month: str, known: str) -> str:
    """No confirmed death of a person, who lives on as no other, lies before the month."""
    gone = f"d.confirmed AND d.death_date < {month} AND {known}"
    return f"""
        NOT EXISTS (SELECT FROM people_death d WHERE d.person_id = {person} AND {gone})
        AND NOT EXISTS (SELECT FROM people_alias o JOIN people_death d ON d.person_id = o.party_id
            WHERE o.survivor_id = {person} AND o.recorded_at <= %(known_at)s AND {gone})"""


def deaths_told(*, months: str, changed: str) -> str:
    """Who was insured beyond a death that was confirmed or withdrawn, and in which ``months`` the
    deaths of an entry say something else."""
    return f"""
    SELECT d.person_id, {months}
    FROM people_death d JOIN (
        SELECT DISTINCT person_id FROM people_death d WHERE d.confirmed AND {changed}) n
        USING (person_id) {ENTRIES_OF_DEAD}
    WHERE d.confirmed AND EXISTS (SELECT FROM enrolment_enrolment e WHERE e.person_id = f.party_id
        AND e.kind = ANY (%(kinds)s) AND e.valid && {MONTHS_AFTER})
    GROUP BY d.person_id"""
