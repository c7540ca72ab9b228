"""Villages' rolls, late and changed entries (居民核定双算样例), and the judge."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from random import Random

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.people.models import Alias, ClockTimestamp
from insurance.collection.rules.lines import Line
from insurance.collection.rules.residents import (
    Resident,
    assess_medical,
    assess_pension,
    medical_terms,
    pension_terms,
)
from insurance.enrolment.groups import groups
from insurance.enrolment.models import RollEntry, Source, SupportGroup
from insurance.policy import parameters
from tests.insurance.accounts.account_city import write_people
from tests.insurance.collection.collection_builders import ANQING

FIRST_VILLAGE = 8_000_000
VILLAGES = """
INSERT INTO people_party (id, kind) OVERRIDING SYSTEM VALUE
SELECT n, 'VILLAGE' FROM generate_series(%(first)s, %(last)s) n;
INSERT INTO people_organisation (party_id, district)
SELECT n, '340802' || lpad((n - %(first)s)::text, 6, '0')
FROM generate_series(%(first)s, %(last)s) n
"""
GRADES = (200_00, 200_00, 300_00, 500_00, 6000_00, 250_00)  # there is no grade of 250 yuan
AIDS = (0, 0, 0, 100_00, 6000_00, 6000_01)  # no more than the highest grade
GROUPS = ("EXTREME_POVERTY", "SUBSISTENCE", "BACK_INTO_POVERTY", "SEVERE_DISABILITY")
YEARS = (2026, 2027)


class RollCity:
    """Villages and their residents, and chance."""

    def __init__(self, *, persons: int, villages: int, random: Random) -> None:
        self.random = random
        last = FIRST_VILLAGE + villages - 1
        with connection.cursor() as cursor:
            cursor.execute(VILLAGES, {"first": FIRST_VILLAGE, "last": last})
        self.villages = range(FIRST_VILLAGE, last + 1)
        self.persons = write_people(count=persons)
        self.merged: set[int] = set()

    def enter(self, *, share: float) -> None:
        """So many come onto a roll, some of them into a group, a few onto two rolls."""
        for person_id in self._some(share):
            for year in self.random.sample(YEARS, self.random.choice((1, 1, 2))):
                self._entry(person_id, year)
        for person_id in self._some(share / 3):
            self._group(person_id)

    def change(self) -> None:
        """Entries are put right, groups end, two people or villages turn out to be one."""
        for row in RollEntry.objects.filter(superseded_at__isnull=True):
            if self.random.random() < 0.06:
                RollEntry.objects.filter(pk=row.pk).update(superseded_at=ClockTimestamp())
                if self.random.random() < 0.7:
                    self._entry(row.person_id, row.valid.lower.year)
        for group in SupportGroup.objects.filter(superseded_at__isnull=True):
            if self.random.random() < 0.1:
                SupportGroup.objects.filter(pk=group.pk).update(superseded_at=ClockTimestamp())
        for person_id in self._some(0.01):
            self._is_another(person_id, self.random.choice(self.persons))
        self._is_another(*self.random.sample(self.villages, 2))

    def _some(self, share: float) -> list[int]:
        return [one for one in self.persons if self.random.random() < share]

    def _entry(self, person_id: int, year: int) -> None:
        scheme = self.random.choice(("170", "390"))
        village_id = self.random.choice(self.villages)
        valid = _year(year)
        there = RollEntry.objects.filter(person=person_id, scheme=scheme, village=village_id)
        if there.filter(superseded_at__isnull=True, valid__overlap=valid).exists():
            return
        RollEntry.objects.create(
            person_id=person_id,
            scheme=scheme,
            village_id=village_id,
            chosen_fen=self.random.choice(GRADES) if scheme == "170" else None,
            collective_fen=self.random.choice(AIDS),
            subsidised=self.random.random() < 0.8,
            valid=valid,
            source=Source.DESK,
        )

    def _group(self, person_id: int) -> None:
        code, valid = self.random.choice(GROUPS), _year(self.random.choice(YEARS))
        there = SupportGroup.objects.filter(person=person_id, group=code, valid__overlap=valid)
        if not there.filter(superseded_at__isnull=True).exists():
            SupportGroup.objects.create(
                person_id=person_id, group=code, valid=valid, source=Source.DESK
            )

    def _is_another(self, party_id: int, survivor_id: int) -> None:
        if party_id != survivor_id and not {party_id, survivor_id} & self.merged:
            Alias.objects.create(party_id=party_id, survivor_id=survivor_id, case_id=1)
            self.merged |= {party_id, survivor_id}


Told = tuple[int, int, str, int]  # person, village, scheme, year


def owed(*, known_at: datetime) -> tuple[list[Line], set[Told]]:
    """What all entries ask for as known at an instant, and which can not be assessed."""
    aliases = Alias.objects.filter(recorded_at__lte=known_at)
    lives_on = dict(aliases.values_list("party_id", "survivor_id"))
    codes: dict[int, list[tuple[str, date, date]]] = defaultdict(list)
    for group in _known(SupportGroup, known_at):
        person_id = lives_on.get(group.person_id, group.person_id)
        codes[person_id].append((group.group, group.valid.lower, group.valid.upper))
    lines: list[Line] = []
    seen: set[Told] = set()
    refused: set[Told] = set()
    for row in sorted(_known(RollEntry, known_at), key=lambda row: row.pk):
        person_id = lives_on.get(row.person_id, row.person_id)
        village_id = lives_on.get(row.village_id, row.village_id)
        told = (person_id, village_id, row.scheme, row.valid.lower.year)
        if told in seen:
            continue
        seen.add(told)
        first = row.valid.lower
        of_person = {c for c, start, end in codes[person_id] if start <= first < end}
        try:
            lines += _assess(row, told, of_person)
        except Refusal:
            refused.add(told)
    return lines, refused


def _assess(row: RollEntry, told: Told, codes: set[str]) -> tuple[Line, ...]:
    """Each group that counts, and the one by which the resident pays least."""
    person_id, village_id, scheme, year = told
    known = groups(on=date(year, 1, 1))
    of_scheme = sorted(code for code in codes if scheme in known[code].schemes)
    resident = Resident(person_id, village_id, row.chosen_fen, row.collective_fen, row.subsidised)
    bills = [_bill(replace(resident, group=code), scheme, year).lines for code in of_scheme] or [
        _bill(resident, scheme, year).lines
    ]
    return min(bills, key=lambda bill: sum(x.fen for x in bill if x.key.part.name == "PERSON"))


def _bill(resident: Resident, scheme: str, year: int):  # type: ignore[no-untyped-def]
    tree = parameters.load()
    if scheme == "170":
        pension = pension_terms(tree=tree, region=ANQING, year=year, demo=True)
        return assess_pension(resident=resident, terms=pension)
    medical = medical_terms(tree=tree, region=ANQING, year=year, demo=True)
    return assess_medical(resident=resident, terms=medical)


def _known(model, known_at: datetime):  # type: ignore[no-untyped-def]
    rows = model.objects.filter(recorded_at__lte=known_at)
    return [r for r in rows if r.superseded_at is None or r.superseded_at > known_at]


def _year(year: int) -> SqlRange:
    return SqlRange(Month(year, 1).first_day, Month(year + 1, 1).first_day)
