"""What the generator knows of one resident; months are running numbers, as in ``Month.index``."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple


class Component(NamedTuple):
    """One part of a pension (待遇项目): in force from ``start`` until before ``end``."""

    code: str
    start: int
    end: int | None
    fen: int
    standing: str = "BASELINE"


class Account(NamedTuple):
    """One bank account of a payee (发放账户); ``until`` is the first day it no longer serves."""

    bank: str
    number: str
    holder: str
    since: date
    until: date | None = None


class Hold(NamedTuple):
    """A pension that the old system had stopped for a reason (暂停发放)."""

    reason: str
    start: int
    note: str


class Death(NamedTuple):
    """A death, and the monthly match that tells it (None: the old system knew it already)."""

    day: date
    source: str
    told_in: int | None = None


class Pension(NamedTuple):
    """An entitlement in payment (在发待遇)."""

    scheme: str
    start: int
    paid_through: int
    months: int | None  # paid for, or deemed to be; None: the old system does not know
    components: tuple[Component, ...]
    accounts: tuple[Account, ...]
    holds: tuple[Hold, ...] = ()


class Resident(NamedTuple):
    """One person of the old system's roll."""

    old_id: str
    name: str
    id_kind: str
    id_number: str
    born: date
    sex: int
    nation: str
    district: str
    village: str
    pension: Pension | None = None
    death: Death | None = None


def month_of(day: date) -> int:
    """The counted month in which ``day`` lies."""
    return day.year * 12 + day.month - 1


@lru_cache(maxsize=4096)
def month_text(month: int) -> str:
    """``2026-11`` for the counted month."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def first_day(month: int) -> date:
    """The first day of the counted month."""
    return date(month // 12, month % 12 + 1, 1)


def yuan(fen: int) -> str:
    """``1234.56`` for 123456 fen."""
    return f"{fen // 100}.{fen % 100:02d}"
