"""What happens in people's lives beside work and death (人身情形, 演示).

Whom the old system held come one by one: who missed the check proves to live, whose matter was open
is paid again. One person is detained in the fourth month after the first and acquitted two months
later, another is missing in the fifth and found three months later. What is told of the cast of the
year's stories comes besides.
"""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.files import RowFile
from backend.city.make.records import Resident, month_text
from backend.city.make.stories import Cast, life_of
from backend.city.make.told import Told, chance_of

HEADER = "id_number,kind,form,scheme,from_month"
PROOF, RELEASE, PRISON, MISSING = "LIFE_PROOF", "HOLD_RELEASE", "PRISON", "MISSING"
ANSWERS = {"CHECK_MISSED": PROOF, "SUSPENDED": RELEASE}
COMES_FROM, COMES_WITHIN = 2, 6  # months after the first
BEGINS = {4: (PRISON, "DETAINED"), 5: (MISSING, "MISSING")}
ENDS = {6: (PRISON, "DETAINED", "ACQUITTED"), 8: (MISSING, "MISSING", "FOUND")}


class LifeEvent(NamedTuple):
    """Something that a person comes for, or that is told of one."""

    person: Resident
    kind: str
    form: str
    from_month: int


def life_events(*, told: Told, cast: Cast, period: int) -> Iterator[LifeEvent]:
    """Give what is told of the living in a month."""
    since = period - told.first
    for row in life_of(cast=cast, since=since, period=period):
        yield LifeEvent(*row)
    drawing = [
        person
        for person in told.people.values()
        if person.pension is not None
        and person.death is None
        and person.id_number not in cast.numbers
    ]
    for person in drawing:
        yield from _answers(told, person, since)
    if since in ENDS:
        kind, before, form = ENDS[since]
        for person in drawing:
            if told.absent.get(person.id_number) == before:
                yield LifeEvent(person, kind, form, period)
    if since in BEGINS:
        kind, form = BEGINS[since]
        yield from _begun(told, drawing, LifeEvent(drawing[0], kind, form, period))


def tell(file: RowFile, *, one: LifeEvent) -> None:
    """A row of ``life.csv``."""
    assert one.person.pension is not None
    scheme = one.person.pension.scheme
    month = month_text(one.from_month)
    file.add(f"{one.person.id_number},{one.kind},{one.form},{scheme},{month}")


def _answers(told: Told, person: Resident, since: int) -> Iterator[LifeEvent]:
    comes = chance_of(told=told, what=f"comes/{person.id_number}") % COMES_WITHIN + COMES_FROM
    for hold in person.pension.holds if person.pension else ():
        if hold.reason in ANSWERS and comes == since:
            yield LifeEvent(person, ANSWERS[hold.reason], hold.reason, hold.start)


def _begun(told: Told, drawing: list[Resident], event: LifeEvent) -> Iterator[LifeEvent]:
    """The same person whenever the month is written: the first of a draw over all that are free."""
    free = [
        (chance_of(told=told, what=f"{event.form}/{person.id_number}"), person.id_number)
        for person in drawing
        if person.id_number not in told.absent and person.pension and not person.pension.holds
    ]
    for _, number in sorted(free)[:1]:
        yield event._replace(person=told.people[number])
