"""Residents who reached the age in the month before (居民到龄材料, 演示): years, and an account."""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.files import RowFile
from backend.city.make.numbers import account_number
from backend.city.make.records import Resident, month_of, month_text
from backend.city.make.retiring import FRESH, ORDERS
from backend.city.make.told import Told, chance_of, read_roll
from backend.city.make.villagers import OLDEST, PENSION

HEADER = "id_number,name,first_month,earlier_years,earlier_until,bank,account_no"
YEARS_LEAST, YEARS_MORE = 15, 3  # paid until the year before the city's first month


class OfAge(NamedTuple):
    """A resident who may draw from ``first_month`` on."""

    person: Resident
    first_month: int
    earlier_years: int
    account: str


def of_age(*, told: Told, period: int) -> Iterator[OfAge]:
    """Give whom the rolls of villages know and who reached the age in the month before."""
    on_roll: set[str] = set()
    for year in (period // 12 - 1, period // 12):
        for person, _ in read_roll(told=told, scheme=PENSION, year=year):
            on_roll.add(person.id_number)
    for number, person in told.people.items():
        reached = month_of(person.born) + OLDEST == period - 1
        if not reached or number not in on_roll or told.jobs.get(number):
            continue
        if person.pension is None and person.death is None:
            order = chance_of(told=told, what=f"account/{number}") % ORDERS
            years = YEARS_LEAST + chance_of(told=told, what=f"years/{number}") % YEARS_MORE
            account = account_number(bank="NSB", marker=FRESH, order=order)
            yield OfAge(person, period, years, account)


def tell(file: RowFile, *, one: OfAge, first: int) -> None:
    """A row of ``residents.csv``."""
    file.add(
        f"{one.person.id_number},{one.person.name},{month_text(one.first_month)},"
        f"{one.earlier_years},{first // 12 - 1},NSB,{one.account}"
    )
