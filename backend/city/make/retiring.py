"""Who reaches the retirement month, with the papers that they bring (退休材料, 演示).

Men at 60, women who are employed at 50 or, where that is past, at 55, who work alone at 55; each as
much later as the reform of 2025 says. The papers are invented: a first work, service before 1996
that counts as paid, the months paid under the old system and their average.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from backend.city.make.draw import Draw
from backend.city.make.files import RowFile
from backend.city.make.numbers import account_number
from backend.city.make.records import Resident, month_of, month_text
from backend.city.make.told import Told, chance_of
from backend.kernel.months import Month
from insurance.policy import parameters
from insurance.policy.retirement import Category, DelayRule, delay_rule, retirement

HEADER = (
    "id_kind,id_number,name,category,birth_month,retirement_month,first_work_month,deemed_last,"
    "earlier_months,earlier_index,earlier_until,bank,account_no"
)
SCHEME = "110"
PAID_SINCE = 1996 * 12  # what was worked before counts as paid (视同缴费, 演示)
MONTHS_LEAST = 200
FRESH = "101"  # the marker of accounts opened on retirement
ORDERS = 1_000_000_000


class Retiring(NamedTuple):
    """Somebody who retires, and what the papers say; months as in ``records``."""

    person: Resident
    category: Category
    first_work: int
    earlier_months: int
    average_index: str
    account: str


def retiring_in(*, told: Told, month: int) -> Iterator[Retiring]:
    """Give who reaches the statutory retirement month in a month and is insured until then."""
    for number, jobs in told.jobs.items():
        person = told.people[number]
        pensioned = [job for job in jobs if SCHEME in job.schemes]
        if not pensioned or person.pension is not None or person.death is not None:
            continue
        employed = pensioned[-1].employer is not None
        category = category_of(person=person, employed=employed, first=told.first)
        if _month_of(month_of(person.born), category) == month:
            yield _papers(told, person, category)


def tell(file: RowFile, *, one: Retiring, month: int, first: int) -> None:
    """A row of ``retirements.csv``."""
    person = one.person
    deemed = month_text(PAID_SINCE - 1) if one.first_work < PAID_SINCE else ""
    file.add(
        f"{person.id_kind},{person.id_number},{person.name},{one.category.name},"
        f"{month_text(month_of(person.born))},{month_text(month)},{month_text(one.first_work)},"
        f"{deemed},{one.earlier_months},{one.average_index},{month_text(first - 1)},"
        f"NSB,{one.account}"
    )


def category_of(*, person: Resident, employed: bool, first: int) -> Category:
    """As what a person retires: see the first lines."""
    if person.sex == 1:
        return Category.M60
    at_fifty = _month_of(month_of(person.born), Category.F50)
    return Category.F50 if employed and at_fifty >= first else Category.F55


def _month_of(born: int, category: Category) -> int:
    found = retirement(birth_month=Month.from_index(born), rule=_rule(category))
    return found.month.index


@cache
def _rule(category: Category) -> DelayRule:
    return delay_rule(tree=parameters.load(), category=category)


def _papers(told: Told, person: Resident, category: Category) -> Retiring:
    draw = Draw(seed=f"yikatong-demo-city/{told.seed}/retires/{person.id_number}")
    first_work = month_of(person.born) + 12 * draw.between(18, 21) + draw.below(12)
    most = told.first - max(first_work, PAID_SINCE)
    least = max(min(MONTHS_LEAST, most), told.employed_months(person=person, scheme=SCHEME))
    order = chance_of(told=told, what=f"account/{person.id_number}") % ORDERS
    return Retiring(
        person=person,
        category=category,
        first_work=first_work,
        earlier_months=draw.between(least, max(least, most)),
        average_index=f"{draw.between(6000, 18000) / 10000:.4f}",
        account=account_number(bank="NSB", marker=FRESH, order=order),
    )
