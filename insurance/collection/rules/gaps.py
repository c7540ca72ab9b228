"""Months that individuals did not pay (断缴): gaps, no arrears. Pure.

Flexible people and residents pay of their own will: what they leave open is a gap that may be
filled up to its last day to pay, bears no late fee and is never pursued. A month has one of what is
lost, and one of each day up to which more of it may still be paid.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from insurance.collection.rules.last_days import Due


class GapClosed(Refusal):
    """After its last day a gap is filled no more (已过补缴期限)."""

    code = "collection_gap_closed"


class GapState(Enum):
    """Whether a gap may still be filled."""

    OPEN = "可以补缴"
    CLOSED = "断缴"


@dataclass(frozen=True)
class OwnMonth:
    """A month that somebody could pay of their own will; of a year's amount its January."""

    month: Month
    open: tuple[Due, ...]


@dataclass(frozen=True)
class Gap:
    """What is missing of a month (断缴); of what is lost ``pay_by`` is when the last of it was."""

    month: Month
    fen: int
    pay_by: date
    state: GapState


def find_gaps(*, months: Iterable[OwnMonth], today: date) -> tuple[Gap, ...]:
    """Give what is open of months that are not paid in full, in their order; each month once."""
    ordered = sorted(months, key=lambda own: own.month)
    return tuple(gap for own in ordered for gap in _of_month(own, today))


def _of_month(own: OwnMonth, today: date) -> Iterator[Gap]:
    lost = [due for due in own.open if due.last_day < today]
    if lost:
        last = max(due.last_day for due in lost)
        yield Gap(own.month, sum(due.fen for due in lost), last, GapState.CLOSED)
    may: Counter[date] = Counter()
    for due in own.open:
        if due.last_day >= today:
            may[due.last_day] += due.fen
    for day in sorted(may):
        yield Gap(own.month, may[day], day, GapState.OPEN)


def check_may_fill(*, month: Month, pay_by: date, today: date) -> None:
    """Refuse to bill a gap after its last day.

    Raises:
        GapClosed.
    """
    if today > pay_by:
        raise GapClosed(
            f"{month} 的缴费截止日是 {pay_by}，已过期限，不能补缴。",
            month=str(month),
            pay_by=pay_by.isoformat(),
        )
