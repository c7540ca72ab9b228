"""Who comes for what a death brings (遗属材料, 演示): an heir who draws a pension already."""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.files import RowFile
from backend.city.make.records import Resident, month_text
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


def bereaved(*, told: Told, period: int) -> Iterator[Bereaved]:
    """Give whose death was told in the month before, insured in a pension scheme."""
    heirs = [
        person
        for person in told.people.values()
        if person.pension is not None
        and person.death is None
        and not person.pension.holds
        and person.id_number not in told.absent
    ]
    for number, person in told.people.items():
        death = person.death
        if death is None or death.told_in != period - 1 or not heirs:
            continue
        scheme = _scheme(told, person)
        if scheme and number not in told.absent and not _is_held(person):
            chance = chance_of(told=told, what=f"heir/{number}")
            heir, relation = heirs[chance % len(heirs)], RELATIONS[chance % len(RELATIONS)]
            months = _paid_months(person, scheme, chance)
            yield Bereaved(person, scheme, heir, relation, months)


def tell(file: RowFile, *, one: Bereaved, first: int) -> None:
    """A row of ``survivors.csv``."""
    months = "" if one.paid_months is None else str(one.paid_months)
    file.add(
        f"{one.dead.id_number},{one.scheme},{one.heir.id_number},{one.relation},"
        f"{months},{month_text(first - 1)}"
    )


def _scheme(told: Told, person: Resident) -> str:
    if person.pension is not None:
        return person.pension.scheme
    worked = {scheme for job in told.jobs.get(person.id_number, ()) for scheme in job.schemes}
    return EMPLOYEES if EMPLOYEES in worked else ""


def _is_held(person: Resident) -> bool:
    """Who is in prison leaves no grant; who was held otherwise has matters to be cleared first."""
    return person.pension is not None and bool(person.pension.holds)


def _paid_months(person: Resident, scheme: str, chance: int) -> int | None:
    known = person.pension is not None and person.pension.months is not None
    return None if known or scheme == RESIDENTS else PAID_LEAST + chance % PAID_MORE
