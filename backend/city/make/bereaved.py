"""Who comes for what a death brings (遗属材料, 演示): an heir who draws a pension already."""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.files import RowFile
from backend.city.make.records import Resident, month_text
from backend.city.make.stories import Cast
from backend.city.make.told import Told, chance_of

HEADER = "id_number,scheme,heir,relation,paid_months,paid_until"
EMPLOYEES, RESIDENTS = "110", "170"
RELATIONS = ("SPOUSE", "CHILD", "OTHER")
PAID_LEAST, PAID_MORE = 61, 300


class Bereaved(NamedTuple):
    """A death of somebody insured, and the heir."""

    dead: Resident
    scheme: str
    heir: Resident
    relation: str
    paid_months: int | None  # None: the register knows them


def bereaved(*, told: Told, cast: Cast, period: int) -> Iterator[Bereaved]:
    """Give whose death was told in the month before, insured in a pension scheme."""
    for number, person in told.people.items():
        death = person.death
        if death is None or death.told_in != period - 1:
            continue
        scheme, heir = _scheme(told, person), heir_of(told=told, cast=cast, person=person)
        if scheme and heir and number not in told.absent and not _is_held(person):
            chance = _chance(told, person)
            months = _paid_months(told, person, scheme, chance)
            yield Bereaved(person, scheme, heir, RELATIONS[chance % len(RELATIONS)], months)


def heir_of(*, told: Told, cast: Cast, person: Resident) -> Resident | None:
    """Give who inherits from a person: somebody who draws a pension, so that an account is there;
    nobody of whom a story is told."""
    heirs = [
        other
        for other in told.people.values()
        if other.pension is not None
        and other.death is None
        and not other.pension.holds
        and other.id_number not in told.absent
        and other.id_number not in cast.numbers
    ]
    return heirs[_chance(told, person) % len(heirs)] if heirs else None


def tell(file: RowFile, *, one: Bereaved, first: int) -> None:
    """A row of ``survivors.csv``."""
    months = "" if one.paid_months is None else str(one.paid_months)
    file.add(
        f"{one.dead.id_number},{one.scheme},{one.heir.id_number},{one.relation},"
        f"{months},{month_text(first - 1)}"
    )


def _chance(told: Told, person: Resident) -> int:
    return chance_of(told=told, what=f"heir/{person.id_number}")


def _scheme(told: Told, person: Resident) -> str:
    if person.pension is not None:
        return person.pension.scheme
    worked = {scheme for job in told.jobs.get(person.id_number, ()) for scheme in job.schemes}
    return EMPLOYEES if EMPLOYEES in worked else ""


def _is_held(person: Resident) -> bool:
    """Who is in prison leaves no grant; who was held otherwise has matters to be cleared first."""
    return person.pension is not None and bool(person.pension.holds)


def _paid_months(told: Told, person: Resident, scheme: str, chance: int) -> int | None:
    known = person.pension is not None and person.pension.months is not None
    if known or scheme == RESIDENTS:
        return None
    registered = told.employed_months(person=person, scheme=scheme)
    return max(PAID_LEAST + chance % PAID_MORE, registered)
