"""Who is insured, since when, for how long (参保查询): set-wise for others, and by person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from backend.kernel.months import Month
from backend.people import queries as people
from backend.people.models import PartyIdentifier, PartyName
from backend.people.queries import family_of
from insurance.enrolment.certificate import Certificate, Insured, assemble
from insurance.enrolment.models import Deregistration, Enrolment, Kind

MONTHS = """
SELECT coalesce(sum((extract(year FROM age(upper(r), lower(r))) * 12
    + extract(month FROM age(upper(r), lower(r))))::integer), 0)
FROM (SELECT unnest(range_agg(valid * daterange(NULL, %(until)s::date))) AS r
    FROM enrolment_enrolment
    WHERE person_id = ANY (%(ids)s) AND scheme = %(scheme)s AND superseded_at IS NULL) u
WHERE NOT isempty(r)
"""

# Enrolments that reach beyond the month of a confirmed death, under any entry of the person.
BEYOND_DEATH = """
SELECT e.id FROM people_death d
CROSS JOIN LATERAL (SELECT coalesce((SELECT a.survivor_id FROM people_alias a
    WHERE a.party_id = d.person_id), d.person_id) AS person_id) s
CROSS JOIN LATERAL (SELECT s.person_id AS party_id
    UNION ALL SELECT a.party_id FROM people_alias a WHERE a.survivor_id = s.person_id) f
JOIN enrolment_enrolment e ON e.person_id = f.party_id AND e.superseded_at IS NULL
    AND NOT e.valid <@ daterange(NULL,
        (date_trunc('month', d.death_date) + interval '1 month')::date)
WHERE d.confirmed AND d.superseded_at IS NULL
"""

HEADCOUNT = """
SELECT e.scheme, count(DISTINCT c.canonical_id) FROM enrolment_enrolment e
JOIN people_canonical c ON c.party_id = e.person_id
WHERE e.payer_id = ANY (%(ids)s) AND e.valid @> %(month)s::date AND e.superseded_at IS NULL
GROUP BY e.scheme ORDER BY e.scheme
"""


@dataclass(frozen=True)
class EmployerHistory:
    """An employer in time (单位沿革), and how many it insures by scheme in a month."""

    party_id: int
    names: tuple[PartyName, ...]
    numbers: tuple[PartyIdentifier, ...]
    deregistrations: tuple[Deregistration, ...]
    insured: Mapping[str, int]


def known_now() -> datetime:
    """Give an instant up to which everything is known: writers before it are waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT enrolment_known_now()")
        (instant,) = cursor.fetchone()
    moment: datetime = instant
    return moment


def enrolments_of(*, person_id: int) -> list[Enrolment]:
    """Give the current enrolments of a person, merged entries too, by scheme and time."""
    ids = _ids(person_id)
    rows = Enrolment.objects.filter(person__in=ids, superseded_at__isnull=True)
    return list(rows.order_by("scheme", "valid", "pk"))


def insured_after_death() -> list[int]:
    """Give the enrolments that nobody ended after a confirmed death: who is to be reported as a
    leaver (死亡未减员). Nothing is billed for them."""
    with connection.cursor() as cursor:
        cursor.execute(BEYOND_DEATH)
        return [enrolment_id for (enrolment_id,) in cursor.fetchall()]


def months_insured(*, person_id: int, scheme: str, until: Month) -> int:
    """Count the months enrolled in a scheme before ``until``; doubled months count once.

    Enrolled is not paid: what was paid, collection and accounts know.
    """
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"ids": _ids(person_id), "scheme": scheme, "until": until.first_day})
        (months,) = cursor.fetchone()
    return int(months)


def employed_last_in(*, family: list[int], scheme: str, region: str) -> str:
    """Give the district where an employer insured somebody last, by whose values that scheme goes;
    the agency's own ``region`` for who was insured elsewhere."""
    last = (
        Enrolment.objects.filter(
            person__in=family, scheme=scheme, kind=Kind.EMPLOYED, superseded_at__isnull=True
        )
        .order_by("-valid", "-pk")
        .first()
    )
    return last.district if last and last.district[:4] == region[:4] else region


def history_of_employer(*, payer_id: int, month: Month) -> EmployerHistory:
    """Give names, numbers, deregistrations and the heads insured in a month."""
    party_id = people.canonical_id(party_id=payer_id)
    family = family_of(party_id=party_id)
    with connection.cursor() as cursor:
        cursor.execute(HEADCOUNT, {"ids": family, "month": month.first_day})
        insured = {str(scheme): int(heads) for scheme, heads in cursor.fetchall()}
    return EmployerHistory(
        party_id=party_id,
        names=tuple(people.name_history(party_id=party_id)),
        numbers=tuple(people.number_history(party_id=party_id)),
        deregistrations=tuple(Deregistration.objects.filter(payer__in=family).order_by("pk")),
        insured=insured,
    )


def certificate_of(*, person_id: int, on: date) -> Certificate:
    """Assemble the certificate of a person's enrolments (参保证明) as of a day."""
    party_id = people.canonical_id(party_id=person_id)
    rows = enrolments_of(person_id=party_id)
    payers = {row.payer_id for row in rows if row.payer_id is not None}
    sights = people.sights(party_ids={party_id, *payers}, on=on)
    return assemble(
        person_id=party_id,
        name=sights[party_id].name,
        number=sights[party_id].number,
        on=on,
        rows=[
            Insured(
                scheme=row.scheme,
                kind=row.kind,
                payer=sights[row.payer_id].name if row.payer_id else "",
                district=row.district,
                start=Month.of(row.valid.lower),
                end=Month.of(row.valid.upper) if row.valid.upper else None,
            )
            for row in rows
        ],
    )


def _ids(person_id: int) -> list[int]:
    return family_of(party_id=person_id)
