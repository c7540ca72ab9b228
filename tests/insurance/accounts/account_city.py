"""Generated accounts, a fifth of their years on ties and boundaries (计息双算样例)."""

import itertools
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import connection

from backend.kernel.months import Month

SCHEME = "110"
FIRST_ID = 5_000_000
TIE = 800  # at 1.5 %, a product of 400 modulo 800 lies exactly between two fen

PARTIES = """
INSERT INTO people_party (id, kind) OVERRIDING SYSTEM VALUE
SELECT n, 'PERSON' FROM generate_series(%(first)s, %(last)s) n
"""
PERSONS = """
INSERT INTO people_person (party_id, birth_date, sex, nation, district)
SELECT n, date '1980-01-01', 1, '01', '340802' FROM generate_series(%(first)s, %(last)s) n
"""
COPY = (
    "COPY accounts_accountentry (person_id, scheme, kind, part, for_month, arrival_month, fen, "
    "source, source_id) FROM STDIN"
)
_sources = itertools.count(1)


@dataclass(frozen=True)
class Drawn:
    """An entry to be written."""

    person_id: int
    kind: str
    for_month: Month
    arrival: Month
    fen: int

    @property
    def source(self) -> str:
        """What such an entry rests on."""
        return {"OPENING": "BASELINE", "CREDIT": "ALLOCATION", "PAYOUT": "DUE"}[self.kind]


def write_people(*, count: int) -> range:
    """So many persons; nothing else of them matters here."""
    ids = range(FIRST_ID, FIRST_ID + count)
    with connection.cursor() as cursor:
        for statement in (PARTIES, PERSONS):
            cursor.execute(statement, {"first": ids.start, "last": ids.stop - 1})
    return ids


def write(entries: list[Drawn]) -> None:
    """Write entries in one statement."""
    with connection.cursor() as cursor, cursor.copy(COPY) as rows:
        for drawn in entries:
            part = "PERSON" if drawn.kind == "CREDIT" else "WHOLE"
            row: tuple[Any, ...] = (
                *(drawn.person_id, SCHEME, drawn.kind, part, drawn.for_month.first_day),
                *(drawn.arrival.first_day, drawn.fen, drawn.source, next(_sources)),
            )
            rows.write_row(row)


def year_of(*, person_id: int, year: int, balance: int, random: Random) -> list[Drawn]:
    """What happens to one account in a year; it never goes below zero."""
    one = Account(person_id, year, balance)
    shape = random.random()
    if shape < 0.11:
        return one.between_two_fen(random)
    if shape < 0.15:
        return [one.credit(random.choice((1, 12)), random.choice((1, 2, 10**10)))]
    if shape < 0.20:
        return one.at_the_edges(random)
    if shape < 0.42:
        return one.in_payment(random)
    return one.contributions(random) if shape < 0.95 else []


@dataclass(frozen=True)
class Account:
    """An account at the beginning of a year."""

    person_id: int
    year: int
    balance: int

    def credit(self, month: int, fen: int, *, months_late: int = 0) -> Drawn:
        """A contribution, which may be for another month than that of its arrival."""
        arrival = Month(self.year, month)
        return Drawn(self.person_id, "CREDIT", arrival.plus(-months_late), arrival, fen)

    def between_two_fen(self, random: Random) -> list[Drawn]:
        """Exactly half a fen, or a little less or more."""
        fen = random.randrange(1, 5_000_000)
        wanted = 400 + random.choice((-1, 0, 0, 1))
        missing = (wanted - 12 * (self.balance + fen)) % TIE
        return [self.credit(1, fen), self.credit(12, missing or TIE)]

    def at_the_edges(self, random: Random) -> list[Drawn]:
        """January and December, a year late, a month early, and the January after."""
        after = Month(self.year + 1, 1)
        return [
            self.credit(1, random.randrange(1, 90_000), months_late=12),
            self.credit(12, random.randrange(1, 90_000), months_late=-1),
            Drawn(self.person_id, "CREDIT", after.previous, after, 700),
        ]

    def in_payment(self, random: Random) -> list[Drawn]:
        """Twelve months of a pension, or fewer when nothing is left."""
        monthly = max(1, self.balance // random.choice((12, 14, 120)))
        months = range(1, 1 + min(12, self.balance // monthly))
        return [
            Drawn(self.person_id, "PAYOUT", Month(self.year, n), Month(self.year, n), -monthly)
            for n in months
        ]

    def contributions(self, random: Random) -> list[Drawn]:
        """Most months, some of them late."""
        fen = random.randrange(20_000, 180_000)
        return [
            self.credit(month, fen, months_late=random.choice((0, 0, 0, 1, 14)))
            for month in range(1, 13)
            if random.random() < 0.9
        ]


def openings(*, ids: range, first_year: int, random: Random) -> list[Drawn]:
    """What the old system left: some have nothing, some a fen, most years of contributions."""
    found = []
    for person_id in ids:
        for back in range(1, random.choice((1, 2, 5))):
            month = Month(first_year - back, 12)
            fen = random.choice((1, random.randrange(1, 6_000_000)))
            found.append(Drawn(person_id, "OPENING", month, Month(first_year, 1), fen))
    return found
