"""Who is to be checked (待认证人员): whose last proof of life is not good any more, set-wise.

Twin of ``rules.due_since``. Who is known to be dead, stopped, in prison or missing is not asked.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from backend.deployment import is_demo
from backend.kernel.months import Month
from insurance.benefits.checks.rules import Stage
from insurance.policy import parameters as policy

MONTHS_KEY, NATION = "benefits.certification_months", "000000"
EVERYBODY = "true"
SCOPES = {
    "person": "p.party_id = ANY (%(persons)s)",
    "district": "p.district = %(district)s",
    "village": "p.village_id = %(village)s",
}

# (person, district, village, since, stage) of whom {of_e} and {of_f} let through.
DUE = """
WITH drawing AS (
    SELECT e.person_id, min(e.start_month) AS started FROM benefits_entitlement e
    WHERE e.start_month <= %(day)s AND e.scheme IN ('110', '170') AND {of_e}
        AND NOT EXISTS (SELECT FROM benefits_stop s WHERE s.entitlement_id = e.id
            AND s.superseded_at IS NULL AND s.valid @> %(day)s::date)
        AND NOT EXISTS (SELECT FROM benefits_hold h WHERE h.entitlement_id = e.id
            AND h.superseded_at IS NULL AND h.reason IN ('IN_PRISON', 'MISSING')
            AND h.valid @> %(day)s::date)
    GROUP BY e.person_id),
proven AS (
    SELECT f.person_id, max(f.proven_on) AS proven_on FROM benefits_proof f
    WHERE f.superseded_at IS NULL AND f.proven_on <= %(day)s AND {of_f}
    GROUP BY f.person_id),
lapsed AS (
    SELECT d.person_id, (greatest(d.started, f.proven_on)
        + make_interval(months => %(months)s))::date AS since
    FROM drawing d LEFT JOIN proven f USING (person_id))
SELECT l.person_id, p.district, p.village_id, l.since, (SELECT max(t.stage)
    FROM benefits_checkstep t WHERE t.person_id = l.person_id AND t.since = l.since) AS stage
FROM lapsed l JOIN people_person p ON p.party_id = l.person_id
WHERE l.since <= %(day)s AND NOT EXISTS (SELECT FROM people_death x
    WHERE x.person_id = l.person_id AND x.superseded_at IS NULL)
"""
LIST = """
SELECT person_id, district, village_id, since, stage FROM ({due}) u
WHERE person_id > %(after)s AND (%(stage)s::int IS NULL OR coalesce(stage, 0) = %(stage)s)
ORDER BY person_id LIMIT %(limit)s
"""
# With whom nothing is left to try, who is not held, and whose hold nobody proposed from that month.
TO_HOLD = """
SELECT person_id, district, village_id, since, stage FROM ({due}) u
WHERE stage = %(stage)s
    AND NOT EXISTS (SELECT FROM benefits_hold h JOIN benefits_entitlement e
        ON e.id = h.entitlement_id WHERE e.person_id = u.person_id AND h.reason = 'CHECK_MISSED'
        AND h.superseded_at IS NULL AND upper_inf(h.valid))
    AND NOT EXISTS (SELECT FROM cases_case c WHERE c.party_id = u.person_id
        AND c.kind = 'CHECK_HOLD' AND (c.state IN ('RECEIVED', 'REVIEWED')
            OR c.origin = concat_ws('/', 'check-hold', u.person_id, u.since, %(from_month)s::text)))
ORDER BY person_id LIMIT %(limit)s
"""
COUNT = """
SELECT district, coalesce(stage, 0) AS stage, count(*) FROM ({due}) u GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Area:
    """Of which people one speaks: some persons, a village, a district, or everybody."""

    district: str = ""
    village: int | None = None
    persons: tuple[int, ...] | None = None

    def condition(self, column: str) -> str:
        """That a column is the number of one of them."""
        given = {
            "person": self.persons is not None,
            "district": bool(self.district),
            "village": self.village is not None,
        }
        scopes = " AND ".join(SCOPES[name] for name, named in given.items() if named)
        if not scopes:
            return EVERYBODY
        return f"{column} IN (SELECT p.party_id FROM people_person p WHERE {scopes})"

    @property
    def values(self) -> dict[str, Any]:
        """What the condition is given."""
        return {
            "district": self.district,
            "village": self.village,
            "persons": list(self.persons or ()),
        }


@dataclass(frozen=True)
class Due:
    """Somebody to be checked (待认证), since when, and what was tried so far."""

    person_id: int
    district: str
    village_id: int | None
    since: date
    stage: Stage | None


@dataclass(frozen=True)
class Tally:
    """How many of a district stand at a stage."""

    district: str
    stage: Stage | None
    count: int


def due_people(
    *, area: Area, day: date, after: int = 0, limit: int = 200, stage: int | None = None
) -> list[Due]:
    """List who is to be checked, in the order of their numbers, those after ``after``.

    ``stage`` 0: those with whom nothing was tried yet.

    Raises:
        NotConfigured, NotVerified: how long a proof is good for.
    """
    values = {"after": after, "limit": limit, "stage": stage}
    return _listed(_rows(LIST.format(due=due_sql(area=area)), area, day, values))


def people_to_hold(*, area: Area, day: date, from_month: Month, limit: int) -> list[Due]:
    """List those with whom nothing is left to try, in the order of their numbers.

    Left out is who is held, whose hold waits for its decision, or was proposed from the month.

    Raises:
        NotConfigured, NotVerified: how long a proof is good for.
    """
    values = {"stage": Stage.LISTED.value, "from_month": str(from_month), "limit": limit}
    return _listed(_rows(TO_HOLD.format(due=due_sql(area=area)), area, day, values))


def hold_origin(*, of: Due, from_month: Month) -> str:
    """The mark by which a proposal to hold is made once."""
    return f"check-hold/{of.person_id}/{of.since}/{from_month}"


def due_counts(*, area: Area, day: date) -> list[Tally]:
    """Count who is to be checked, by district and by what was tried."""
    rows = _rows(COUNT.format(due=due_sql(area=area)), area, day, {})
    return [Tally(district, Stage(stage) if stage else None, n) for district, stage, n in rows]


def due_sql(*, area: Area) -> str:
    """The statement that selects them; its parameters are ``due_values``."""
    return DUE.format(of_e=area.condition("e.person_id"), of_f=area.condition("f.person_id"))


def due_values(*, area: Area, day: date) -> dict[str, Any]:
    """The parameters of ``due_sql``."""
    return {"day": day, "months": months_good(on=day), **area.values}


def months_good(*, on: date) -> int:
    """For how many months a proof is good.

    Raises:
        NotConfigured, NotVerified.
    """
    return policy.load().resolve(MONTHS_KEY, NATION, on, demo=is_demo()).whole


def months_good_any(*, on: date) -> int:
    """For how many months a proof is good, whatever the figure rests on: to prove what was done.

    Raises:
        NotConfigured.
    """
    return policy.load().resolve_any(MONTHS_KEY, NATION, on).whole


def _listed(rows: list[tuple[Any, ...]]) -> list[Due]:
    return [
        Due(person, district, village, since, Stage(reached) if reached else None)
        for person, district, village, since, reached in rows
    ]


def _rows(statement: str, area: Area, day: date, more: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**due_values(area=area, day=day), **more})
        return list(cursor.fetchall())
