"""Whose year is told in full (演示故事): boundary persons of the city, and what they come for.

They stand in ``city.json`` under ``cases``; a small city has only those who work. Nobody of them
dies, leaves or inherits by chance, so that each story comes to its end; months are counted from the
city's first.
"""

import json
from collections.abc import Iterator, Set
from typing import NamedTuple

from backend.city.make.records import Resident
from backend.city.make.told import Told, age_of, rows_of
from backend.city.make.wage_draws import ON_BOUNDARIES

PRISONER, TAKEN_FOR_DEAD, UNSEEN = "name_rare_surname", "name_two_rare", "older_than_100"
WORKERS = tuple(f"wage_{boundary}" for boundary in ON_BOUNDARIES)
YOUNG = 45 * 12  # nobody of this age retires within the year
EMPLOYEES, UNEMPLOYMENT = "110", "210"
# When what happens, in months after the city's first one.
UNMATCHED, VISITED, PROVES = 2, 3, 5
WORKER_DIES = 3  # the match of that month tells it
FALSE_REPORT, FALSE_REPORT_UNDONE = 3, 4
SENTENCE_TOLD, TOLD_LATE, RELEASED = 4, 2, 8
NOTICE, ORDER, AGREEMENT, SET_OFF = 5, 6, 7, 8
INHERITS = 5
LISTED, REFUNDED = 6, 7
CERTIFIED, OBJECTS = 4, 5


class Cast(NamedTuple):
    """Who plays which part; None where the city has nobody for it."""

    prisoner: Resident | None
    taken_for_dead: Resident | None
    unseen: Resident | None
    dies: Resident | None  # in service, and the account is inherited
    skilled: Resident | None

    @property
    def numbers(self) -> Set[str]:
        """Of all to whom nothing happens by chance."""
        return {person.id_number for person in self if person}


class LifeRow(NamedTuple):
    """What is told of one of them at a time, beside what chance tells."""

    person: Resident
    kind: str
    form: str
    from_month: int


def cast_of(*, told: Told) -> Cast:
    """Give who plays in a city: the same persons whenever it is asked."""
    by_old_id = {person.old_id: person for person in told.people.values()}
    insured, with_account, staff = _insured(told), _with_account(told), _staff(told)

    def of(key: str) -> Resident | None:
        return by_old_id.get(told.cases.get(key, ""))

    def works(person: Resident | None) -> bool:
        return (
            person is not None
            and person.old_id not in staff
            and age_of(person=person, month=told.first) < YOUNG
            and insured.get(person.id_number, set()) >= {EMPLOYEES, UNEMPLOYMENT}
        )

    workers = [person for person in map(of, WORKERS) if person and works(person)]
    dies = next((person for person in workers if person.id_number in with_account), None)
    skilled = next((person for person in workers if person is not dies), None)
    return Cast(of(PRISONER), of(TAKEN_FOR_DEAD), of(UNSEEN), dies, skilled)


def life_of(*, cast: Cast, since: int, period: int) -> Iterator[LifeRow]:
    """Give custody that is told two months late, release, and the proof of who was not seen."""
    if cast.prisoner and since == SENTENCE_TOLD:
        yield LifeRow(cast.prisoner, "PRISON", "SENTENCED", period - TOLD_LATE)
    if cast.prisoner and since == RELEASED:
        yield LifeRow(cast.prisoner, "PRISON", "RELEASED", period)
    if cast.unseen and since == PROVES:
        yield LifeRow(cast.unseen, "LIFE_PROOF", "CHECK_MISSED", period)


def _insured(told: Told) -> dict[str, set[str]]:
    """Whom the old system handed over as insured by an employer, and in which schemes."""
    found: dict[str, set[str]] = {}
    for row in rows_of(told.folder / "enrolment-baseline" / "enrolments.csv"):
        if row["kind"] == "EMPLOYED" and not row["to_month"]:
            found.setdefault(row["id_number"], set()).add(row["scheme"])
    return found


def _with_account(told: Told) -> set[str]:
    """Who holds a pension account of the employees' scheme."""
    rows = rows_of(told.folder / "account-baseline" / "balances.csv")
    return {row["id_number"] for row in rows if row["scheme"] == EMPLOYEES}


def _staff(told: Told) -> set[str]:
    content = json.loads((told.folder / "office.json").read_text(encoding="utf-8"))
    return {member["person"] for member in content["staff"]}
