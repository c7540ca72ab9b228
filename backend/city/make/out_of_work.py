"""Who lost a job, and who finds one again (失业材料, 演示).

Whoever an employer told to have left in the month before registers, unless another job is there;
some left by themselves and claim nothing. Three of four have work again some months later.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from backend.city.make.files import RowFile
from backend.city.make.records import Resident, first_day, month_of, month_text
from backend.city.make.retiring import category_of
from backend.city.make.stories import Cast
from backend.city.make.told import Left, Told, chance_of
from backend.city.make.working import YOUNGEST
from insurance.policy.retirement import Category

HEADER = "id_number,credit_code,ended_on,reason,category,earlier_months,earlier_until,claims"
SCHEME = "210"
REASONS = ("CONTRACT_EXPIRED", "LAID_OFF", "DISMISSED_WITHOUT_FAULT", "RESIGNED")
UNCLAIMED = "RESIGNED"
MONTHS_LEAST, MONTHS_MORE = 14, 120  # paid under the old system
SEARCH, SEARCH_MORE = 2, 4  # months from the registration to the next job
NEVER = 4  # one in so many finds none
LAYS_OFF = 3  # one person more in the second month of each quarter


class OutOfWork(NamedTuple):
    """Somebody without a job, and what the papers say."""

    person: Resident
    left: Left
    reason: str
    category: Category
    earlier_months: int

    @property
    def claims(self) -> bool:
        """Whether benefit is asked for: not by who resigned, nor by who paid too little."""
        return self.reason != UNCLAIMED and self.earlier_months >= MONTHS_LEAST


def out_of_work(*, told: Told, period: int) -> Iterator[OutOfWork]:
    """Give who was told to have left in the month before and is out of work since."""
    for number, left in told.left.items():
        person = told.people[number]
        if left.told_in != period - 1 or SCHEME not in left.schemes or told.jobs.get(number):
            continue
        if person.death is None and person.pension is None:
            yield _papers(told, person, left)


def works_again(*, told: Told, number: str, period: int) -> bool:
    """Whether who lost a job finds one in this month."""
    left = told.left.get(number)
    if left is None:
        return False
    chance = chance_of(told=told, what=f"again/{number}/{left.told_in}")
    search = SEARCH + chance // NEVER % SEARCH_MORE
    return chance % NEVER > 0 and left.told_in + 1 + search == period


def laid_off(*, told: Told, cast: Cast, period: int) -> str | None:
    """Whom, beside those who leave by chance, an employer lets go this month."""
    if period % 12 % LAYS_OFF != 1:
        return None
    chances = [
        (chance_of(told=told, what=f"laid-off/{period}/{number}"), number)
        for number, jobs in told.jobs.items()
        if len(jobs) == 1
        and jobs[0].employer is not None
        and SCHEME in jobs[0].schemes
        and jobs[0].start < told.first
        and told.people[number].death is None
        and number not in cast.numbers
    ]
    return min(chances)[1] if chances else None


def tell(file: RowFile, *, one: OutOfWork, first: int) -> None:
    """A row of ``unemployed.csv``."""
    file.add(
        f"{one.person.id_number},{one.left.employer.credit_code},{_last_day(one.left.last_month)},"
        f"{one.reason},{one.category.name},{one.earlier_months},{month_text(first - 1)},"
        f"{int(one.claims)}"
    )


def _papers(told: Told, person: Resident, left: Left) -> OutOfWork:
    chance = chance_of(told=told, what=f"left/{person.id_number}/{left.told_in}")
    most = max(0, told.first - month_of(person.born) - YOUNGEST)
    known = told.employed_months(person=person, scheme=SCHEME)
    earlier = max(min(most, MONTHS_LEAST + chance % MONTHS_MORE), known)
    category = category_of(person=person, employed=True, first=told.first)
    return OutOfWork(person, left, REASONS[chance % len(REASONS)], category, earlier)


def _last_day(month: int) -> date:
    day = first_day(month)
    return day.replace(day=monthrange(day.year, day.month)[1])
