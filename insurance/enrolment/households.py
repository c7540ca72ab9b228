"""Where somebody's household is registered (户籍所在地), in time, as desk and rosters told it."""

from dataclasses import dataclass

from django.db import connection

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.enrolment import store
from insurance.enrolment.models import HouseholdPlace, Source

TOLD = """
SELECT %(person)s::bigint AS person_id, %(region)s::text AS region, %(evidence)s::text AS evidence,
    %(first)s::date AS from_month, %(source)s::text AS source, NULL::bigint AS source_id
"""


@dataclass(frozen=True)
class Household:
    """Where somebody's household is registered, and on what paper."""

    region: str  # six digits
    evidence: str


def note_household(*, person_id: int, household: Household, month: Month) -> int:
    """Put down what was told at the desk, from a month on; rows closed and written."""
    told = {
        "person": person_id,
        "region": household.region,
        "evidence": household.evidence,
        "first": month.first_day,
        "source": Source.DESK,
    }
    with connection.cursor() as cursor:
        return store.set_households(cursor=cursor, select=TOLD, parameters=told)


def household_of(*, person_id: int, month: Month) -> HouseholdPlace | None:
    """Give what was told of a person's household in a month, under whatever entry; the last word
    where entries differ."""
    rows = HouseholdPlace.objects.filter(
        person__in=family_of(party_id=person_id),
        superseded_at__isnull=True,
        valid__contains=month.first_day,
    )
    return rows.order_by("recorded_at", "pk").last()
