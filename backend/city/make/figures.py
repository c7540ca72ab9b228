"""What the policy says (政策数), for those who play employers, villages and the finance bureau.

All figures of a demonstration count, invented ones too. Nothing here knows how bills are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import Resolved
from insurance.policy import parameters

REGION = "340800"
MILLION, THOUSAND = 1_000_000, 1000
FOLDERS = {"110": "pension", "210": "unemployment", "310": "medical"}
ACCOUNTS = {"110": "pension.account_credit_rate"}


class Bounds(NamedTuple):
    """Floor and ceiling of a month's base (缴费基数上下限), in fen."""

    floor: int
    ceiling: int

    def base(self, *, wage_fen: int | None) -> int:
        """The wage, but no less than the floor and no more than the ceiling."""
        return max(self.floor, min(self.ceiling, wage_fen or 0))


class Rates(NamedTuple):
    """Shares of the base in millionths: withheld from the employee, paid by the employer."""

    person: int
    employer: int

    def amount(self, *, base_fen: int) -> int:
        """Both shares, each half up to the fen."""
        return _share(base_fen, self.person) + _share(base_fen, self.employer)


class Shares(NamedTuple):
    """What is paid on a base, in fen, and how much of the person's own goes to his account."""

    person: int
    employer: int
    account: int


@dataclass(frozen=True)
class ResidentYear:
    """What a year asks of residents: of 170 by grade, of 390 one amount for all."""

    grades: Mapping[int, int]  # what is paid, in fen: the subsidy that comes with it
    support: Mapping[str, int]  # by group, what others pay of a grade
    amount_fen: int
    subsidy_fen: int
    shares: Mapping[str, int]  # by group, thousandths of the amount that others pay


@cache
def bounds_of(*, month: int) -> Bounds:
    """Floor and ceiling of a counted month."""
    return Bounds(*(_value(f"pension.base_{end}", month).money.fen for end in ("floor", "ceiling")))


@cache
def rates_of(*, scheme: str, district: str, month: int) -> Rates:
    """What an employer withholds and pays there."""
    folder = FOLDERS[scheme]
    rates = (
        _value(f"{folder}.{rate}", month, district).number * MILLION
        for rate in ("rate_employee", "rate_employer")
    )
    return Rates(*map(int, rates))


def shares_of(*, scheme: str, month: int, base_fen: int, alone: bool) -> Shares:
    """What a base of a month comes to, of employees and of who pays alone."""

    def share(key: str) -> int:
        return _share(base_fen, int(_value(key, month).number * MILLION))

    folder = FOLDERS[scheme]
    return Shares(
        person=share(f"{folder}.rate_{'flexible' if alone else 'employee'}"),
        employer=0 if alone else share(f"{folder}.rate_employer"),
        account=share(ACCOUNTS[scheme]),
    )


@cache
def is_declared(*, district: str, month: int) -> bool:
    """Whether employers there declare at the tax bureau by themselves (自行申报)."""
    return _value("collection.mode", month, district).text == "DECLARED"


@cache
def resident_year(*, year: int) -> ResidentYear:
    """Grades, amounts and who pays what of them."""
    january = year * 12
    return ResidentYear(
        grades=_table("resident_pension.grades", january),
        support=_by_group("resident_pension.support_amount", january, 100),
        amount_fen=_value("medical.resident_amount", january).money.fen,
        subsidy_fen=_value("medical.resident_subsidy", january).money.fen,
        shares=_by_group("medical.resident_support_share", january, THOUSAND),
    )


def _share(base_fen: int, ppm: int) -> int:
    return (base_fen * ppm + MILLION // 2) // MILLION


def _table(key: str, month: int) -> dict[int, int]:
    rows = _value(key, month).table.items()
    return {Money.yuan(grade).fen: _times(value, 100) for grade, value in rows}


def _by_group(key: str, month: int, factor: int) -> dict[str, int]:
    return {group: _times(value, factor) for group, value in _value(key, month).table.items()}


def _times(value: object, factor: int) -> int:
    if not isinstance(value, int | Decimal):
        raise TypeError(f"{value!r} is no number")
    return int(value * factor)


def _value(key: str, month: int, region: str = REGION) -> Resolved:
    first = Month.from_index(month).first_day
    return parameters.load().resolve(key, region, first, demo=True)
