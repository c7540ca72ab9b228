"""Employers, their people and flexible workers, and what becomes known late (核定双算样例).

A fifth of the wages lies on floor and ceiling or between two fen. Everything is written straight
into the tables, as files and desks would leave it.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from backend.people.models import Alias, ClockTimestamp, Death
from insurance.collection.models import Undeclared
from insurance.enrolment.models import Enrolment, Kind, Source, Wage, WageSource
from tests.insurance.accounts.account_city import write_people
from tests.insurance.collection.collection_builders import CEILING_FEN, FLOOR_FEN

FIRST_EMPLOYER = 7_000_000
SINCE = Month(2026, 1)
EDGES = tuple(edge + off for edge in (FLOOR_FEN, CEILING_FEN) for off in (-1, 0, 1))
EMPLOYERS = """
INSERT INTO people_party (id, kind) OVERRIDING SYSTEM VALUE
SELECT n, 'EMPLOYER' FROM generate_series(%(first)s, %(last)s) n;
INSERT INTO people_organisation (party_id, district)
SELECT n, '340802' FROM generate_series(%(first)s, %(last)s) n
"""


@dataclass
class City:
    """Who is there, and chance."""

    random: Random
    persons: range
    employers: range
    merged: set[int] = field(default_factory=set)

    def wage_fen(self) -> int:
        """A wage: on an edge, between two fen of some share, or anything."""
        shape = self.random.random()
        if shape < 0.1:
            return self.random.choice(EDGES)
        if shape < 0.2:  # 2 % of 25 modulo 50 fen, and 0.5 % of 100 modulo 200
            step, rest = self.random.choice(((50, 25), (200, 100)))
            return self.random.randrange(FLOOR_FEN, CEILING_FEN) // step * step + rest
        return self.random.randrange(1, 3_000_000)

    def draw(self, people: range | list[int], share: float) -> list[int]:
        """Some of these."""
        return [one for one in people if self.random.random() < share]


def found_city(*, persons: int, employers: int, random: Random) -> City:
    """So many people, insured since some month, at an employer, at several, or alone."""
    last = FIRST_EMPLOYER + employers - 1
    with connection.cursor() as cursor:
        cursor.execute(EMPLOYERS, {"first": FIRST_EMPLOYER, "last": last})
    city = City(random, write_people(count=persons), range(FIRST_EMPLOYER, last + 1))
    for person_id in city.persons:
        joins(city, person_id)
    return city


def joins(city: City, person_id: int) -> None:
    """Somebody is insured from a month on, perhaps up to another."""
    start = SINCE.plus(city.random.randrange(10))
    if city.random.random() < 0.2:
        _insured(city, person_id, Kind.FLEXIBLE, None, start)
        return
    places = 2 if city.random.random() < 0.25 else 1
    for payer_id in city.random.sample(city.employers, places):
        _insured(city, person_id, Kind.EMPLOYED, payer_id, start)
        start = SINCE.plus(city.random.randrange(10))


def late_facts(city: City, *, period: Month) -> None:
    """What becomes known before ``period`` is billed, of months billed before too."""
    people = city.persons
    for person_id in city.draw(people, 0.08):
        _leaves(city, person_id, period.plus(city.random.randrange(-3, 2)))
    for person_id in city.draw(people, 0.06):
        _earns(city, person_id, period.plus(city.random.randrange(-3, 1)))
    for person_id in city.draw(people, 0.02):
        _current(Enrolment, person_id).update(superseded_at=ClockTimestamp())
    for person_id in city.draw(people, 0.08):
        if not _current(Enrolment, person_id).exists():
            joins(city, person_id)
    for person_id in city.draw(people, 0.04):
        _dies_or_lives(city, person_id, period.plus(city.random.randrange(-4, 1)))
    for person_id in city.draw(people, 0.01):
        _is_another(city, person_id, city.random.choice(people))
    _is_another(city, *city.random.sample(city.employers, 2))
    for payer_id in city.draw(city.employers, 0.12):
        _falls_silent_or_speaks(city, payer_id, period.plus(city.random.randrange(-2, 1)))


def _insured(city: City, person_id: int, kind: Kind, payer_id: int | None, start: Month) -> None:
    schemes = ("110", "310") if kind is Kind.FLEXIBLE else ("110", "210", "310")
    end = start.plus(city.random.randrange(9, 14)) if city.random.random() < 0.2 else None
    valid = SqlRange(start.first_day, end.first_day if end else None)
    for scheme in city.draw(list(schemes), 0.9):  # type: ignore[arg-type]
        Enrolment.objects.create(
            person_id=person_id,
            scheme=scheme,
            kind=kind,
            payer_id=payer_id,
            district="340802",
            valid=valid,
            source=Source.DESK,
        )
    if city.random.random() < 0.9:
        _wage(person_id, payer_id, city.wage_fen(), valid)


def _wage(person_id: int, payer_id: int | None, fen: int, valid: SqlRange) -> None:
    rows = _current(Wage, person_id).filter(payer=payer_id, valid__overlap=valid)
    rows.update(superseded_at=ClockTimestamp())
    Wage.objects.create(
        person_id=person_id,
        payer_id=payer_id,
        monthly_fen=fen,
        confirmed=payer_id is None,
        wage_source=WageSource.CHOSEN if payer_id is None else WageSource.DECLARED,
        valid=valid,
        source=Source.DESK,
    )


def _leaves(city: City, person_id: int, end: Month) -> None:
    for row in _current(Enrolment, person_id):
        if row.valid.lower < end.first_day and row.valid.upper is None:
            _shorten(row, end)


def _shorten(row: Enrolment, end: Month) -> None:
    Enrolment.objects.filter(pk=row.pk).update(superseded_at=ClockTimestamp())
    Enrolment.objects.create(
        person_id=row.person_id,
        scheme=row.scheme,
        kind=row.kind,
        payer_id=row.payer_id,
        district=row.district,
        valid=SqlRange(row.valid.lower, end.first_day),
        source=Source.DESK,
    )


def _earns(city: City, person_id: int, start: Month) -> None:
    for payer_id in set(_current(Enrolment, person_id).values_list("payer", flat=True)):
        _wage(person_id, payer_id, city.wage_fen(), SqlRange(start.first_day, None))


def _is_another(city: City, party_id: int, survivor_id: int) -> None:
    """Two entries are found to be one; chains there are none."""
    if party_id != survivor_id and not {party_id, survivor_id} & city.merged:
        Alias.objects.create(party_id=party_id, survivor_id=survivor_id, case_id=1)
        city.merged |= {party_id, survivor_id}


def _dies_or_lives(city: City, person_id: int, month: Month) -> None:
    """A death is reported, confirmed at once or never; who is on record as dead lives after all."""
    if _current(Death, person_id).update(superseded_at=ClockTimestamp()):
        return
    day = city.random.choice((1, 15, month.last_day.day))
    Death.objects.create(
        person_id=person_id,
        death_date=month.first_day.replace(day=day),
        source="OFFICE",
        confirmed=city.random.random() < 0.8,
    )


def _falls_silent_or_speaks(city: City, payer_id: int, month: Month) -> None:
    rows = Undeclared.objects.filter(payer=payer_id, superseded_at__isnull=True)
    if rows.exists():
        rows.update(superseded_at=ClockTimestamp())
        return
    until: date | None = month.plus(1).first_day if city.random.random() < 0.5 else None
    Undeclared.objects.create(
        payer_id=payer_id, reason="演示", valid=SqlRange(month.first_day, until)
    )


def _current(model, person_id: int):  # type: ignore[no-untyped-def]
    return model.objects.filter(person=person_id, superseded_at__isnull=True)
